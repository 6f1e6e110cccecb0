import { isWhole } from './answerable-case.ts';
import { foldCase, type CaseView } from './case-view.ts';
import { isAcceptanceRun } from './drift-cells.ts';
import { parsePractitionerId, type PractitionerId } from './identifiers.ts';
import type { LogEntry } from './log-entry.ts';
import { ACCEPTING_DISPOSITIONS, type Disposition, type HeldFor } from './words.ts';

/**
 * Whose answer a stored result waits for: those of the case that asked for it, whoever looks at what nobody asked for, or nobody. What an
 * acceptance test stored waits for nobody either, and is not held while its version is in acceptance.
 */
export type HeldResult =
  | {
      readonly by: 'case';
      /** Absent once erased. */
      readonly caseOwner?: PractitionerId;
      readonly supervisor?: PractitionerId;
      /** The last word is that of somebody who looked at it, and accepts it: it counts where nobody of the case may accept. */
      readonly isAcceptedByLook?: true;
    }
  | { readonly by: 'whoever-looks' }
  | { readonly by: 'test' }
  | { readonly by: 'nobody' };

/** What waits among the objects of a study, by SOP Instance UID. What is not in it was accepted, or no AI machine stored it here. */
export type HeldResults = ReadonlyMap<string, HeldResult>;

const BY_NOBODY: HeldResult = { by: 'nobody' };
const BY_LOOK: HeldResult = { by: 'whoever-looks' };

/**
 * Whether what was stored for a case waits for an answer; undefined where it waits no more. `entries` are those of the case, `answers` all
 * dispositions of its study, both in any order.
 *
 * The last word counts, and only for what had been stored when it was said. Of a case that somebody asked for it is that case's own;
 * of one that nobody asked for, the last that anybody who looked at such results of the study has said. A run of an acceptance test is
 * never accepted.
 */
export function heldByCase(
  entries: readonly LogEntry[],
  answers: readonly LogEntry[],
): HeldResult | undefined {
  const ordered = entries.toSorted((a, b) => a.seq - b.seq);
  const [opening] = ordered;
  const view = foldCase(ordered);
  if (opening === undefined || view === undefined) return BY_NOBODY;
  if (isAcceptanceRun(opening)) return { by: 'test' };
  const looks = answers.filter((answer) => isOfLookAt(view, answer));
  if (view.state === 'unsolicited') return isAccepted(looks, lastStored(ordered)) ? undefined : BY_LOOK;
  return isWhole(view) ? heldForPeople(view, ordered, looks) : BY_NOBODY;
}

function heldForPeople(
  view: CaseView,
  ordered: readonly LogEntry[],
  looks: readonly LogEntry[],
): HeldResult | undefined {
  const since = lastStored(ordered);
  if (isAccepted(ordered, since)) return undefined;
  return { ...peopleOf(view), ...(isAccepted([...ordered, ...looks], since) && { isAcceptedByLook: true }) };
}

function peopleOf(view: CaseView): Extract<HeldResult, { readonly by: 'case' }> {
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

/** Stands for what came together, and for what cannot be told apart: it may be any object of the case. */
const SEVERAL = '';

/** Where in the log something was last stored that did not stand there already; -1 for nothing. */
function lastStored(ordered: readonly LogEntry[]): number {
  const standing = new Map<string, string>();
  const deliveries = ordered.filter(({ kind }) => kind === 'delivery');
  const [last] = deliveries.filter((entry) => isNewAmong(standing, entry)).slice(-1);
  return last?.seq ?? -1;
}

/**
 * Whether a delivery brings what does not stand there already, by object; it stands there then. The same bytes sent again are nothing new,
 * unless others may have taken their place meanwhile.
 */
function isNewAmong(standing: Map<string, string>, { facts, personal }: LogEntry): boolean {
  const { objects, after } = facts.delivered ?? {};
  const object = objects === 1 ? (personal.resultSop ?? SEVERAL) : SEVERAL;
  if (after !== undefined && standing.get(object) === after) return false;
  if (object === SEVERAL) standing.clear();
  standing.delete(SEVERAL);
  if (after !== undefined) standing.set(object, after);
  return true;
}

/** How a held result stands to a person; nobody knows it of one who is in no register. */
export function heldForPerson(held: HeldResult, person: PractitionerId | undefined): HeldFor {
  if (held.by === 'nobody' || held.by === 'test') return 'nobody';
  if (held.by === 'whoever-looks') return 'caller';
  const isTheirs = person !== undefined && (person === held.caseOwner || person === held.supervisor);
  return isTheirs ? 'caller' : 'another';
}
