import { isAnswerable } from './answerable-case.ts';
import { foldCase, type CaseView } from './case-view.ts';
import { isAcceptanceRun } from './drift-cells.ts';
import { parsePractitionerId, type PractitionerId } from './identifiers.ts';
import type { LogEntry } from './log-entry.ts';
import { ACCEPTING_DISPOSITIONS, type Disposition, type HeldFor } from './words.ts';

/** Whose answer a stored result waits for: those of the case that asked for it, whoever looks at what nobody asked for, or nobody. */
export type HeldResult =
  | {
      readonly by: 'case';
      /** Absent once erased. */
      readonly caseOwner?: PractitionerId;
      readonly supervisor?: PractitionerId;
    }
  | { readonly by: 'whoever-looks' }
  | { readonly by: 'nobody' };

/** What waits among the objects of a study, by SOP Instance UID. What is not in it was accepted, or no AI machine stored it here. */
export type HeldResults = ReadonlyMap<string, HeldResult>;

const BY_NOBODY: HeldResult = { by: 'nobody' };

/**
 * Whether what was stored for a case waits for an answer; undefined where it waits no more. `entries` are those of the case, `answers` all
 * dispositions of its study, both in any order.
 *
 * The last word counts, and only for what had been stored when it was said. Of a case that somebody asked for it is that case's own;
 * of one that nobody asked for, the last that anybody who looked at such results of the study has said. A run of an acceptance test is
 * never accepted, and only for those of its plan to see anyhow.
 */
export function heldByCase(
  entries: readonly LogEntry[],
  answers: readonly LogEntry[],
): HeldResult | undefined {
  const ordered = entries.toSorted((a, b) => a.seq - b.seq);
  const [opening] = ordered;
  const view = foldCase(ordered);
  if (opening === undefined || view === undefined) return BY_NOBODY;
  if (isAcceptanceRun(opening)) return undefined;
  const said = view.state === 'unsolicited' ? answers.filter((answer) => isOfLookAt(view, answer)) : ordered;
  const holder = holderOf(view);
  if (holder === BY_NOBODY) return holder;
  return isAccepted(said, lastStored(ordered)) ? undefined : holder;
}

function holderOf(view: CaseView): HeldResult {
  if (view.state === 'unsolicited') return { by: 'whoever-looks' };
  if (!isAnswerable(view)) return BY_NOBODY;
  const caseOwner = parsePractitionerId(view.practitioner ?? '');
  const supervisor = parsePractitionerId(view.supervisor ?? '');
  return {
    by: 'case',
    ...(caseOwner === undefined ? {} : { caseOwner }),
    ...(supervisor === undefined ? {} : { supervisor }),
  };
}

/** A look at stored results is a case of its own, and is answered there. */
function isOfLookAt({ model, version }: CaseView, { facts }: LogEntry): boolean {
  return facts.function === 'view' && facts.model?.id === model && facts.model.version === version;
}

function isAccepted(said: readonly LogEntry[], since: number): boolean {
  const [last] = said.flatMap(answerIn).toSorted((a, b) => b.seq - a.seq);
  return last !== undefined && last.seq > since && ACCEPTING_DISPOSITIONS.includes(last.disposition);
}

function answerIn({
  kind,
  facts: { human },
  seq,
}: LogEntry): readonly { readonly seq: number; readonly disposition: Disposition }[] {
  return kind === 'case.disposition' && human !== undefined ? [{ seq, disposition: human.disposition }] : [];
}

/** Where in the log something was last stored that had not been stored before; -1 for nothing. The same bytes sent again are nothing new. */
function lastStored(ordered: readonly LogEntry[]): number {
  const known = new Set<string>();
  let last = -1;
  for (const { kind, facts, seq } of ordered) {
    if (kind !== 'delivery') continue;
    const bytes = facts.delivered?.after;
    if (bytes !== undefined && known.has(bytes)) continue;
    if (bytes !== undefined) known.add(bytes);
    last = seq;
  }
  return last;
}

/** How a held result stands to a person; nobody knows it of one who is in no register. */
export function heldForPerson(held: HeldResult, person: PractitionerId | undefined): HeldFor {
  if (held.by === 'nobody') return 'nobody';
  if (held.by === 'whoever-looks') return 'caller';
  const isTheirs = person !== undefined && (person === held.caseOwner || person === held.supervisor);
  return isTheirs ? 'caller' : 'another';
}
