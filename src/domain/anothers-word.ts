import { judgeDuty } from './act-authority.ts';
import type { ActMatter } from './act-matter.ts';
import { GATEWAY } from './endpoint-lock.ts';
import { SELF_ATTESTED } from './evidence-count.ts';
import { parsePractitionerId } from './identifiers.ts';
import {
  approvalText,
  comparable,
  evidenceText,
  guidelineId,
  guidelineText,
  recordText,
  type RecordText,
} from './record-text.ts';
import type { RecordDraft, RegisterKind } from './register-acts.ts';
import type { Evidence, RegisterSnapshot } from './register.ts';

/** One record of a file, and the whole file. */
interface FromFile {
  readonly id: string;
  /** Absent where it is taken back. */
  readonly words: RecordText | undefined;
  readonly changes: readonly RecordDraft[];
  readonly matter: ActMatter;
}

/**
 * Whether a record of a file says something that only somebody themselves could say: who enters or declares, grants, approves a plan,
 * records a test or signs a guideline off does it as themselves, and a file could name anybody.
 */
export function isAnothersWord(
  draft: RecordDraft,
  changes: readonly RecordDraft[],
  matter: ActMatter,
): boolean {
  const words = 'record' in draft ? draft.record : undefined;
  return WORD_OF[draft.kind]?.({ id: draft.id, words, changes, matter }) ?? false;
}

const WORD_OF: { readonly [K in RegisterKind]?: (record: FromFile) => boolean } = {
  evidence: (record) => touchesAward(record) || touchesStatement(record),
  approval: touchesGrant,
  plan: ({ id, words, matter }) => {
    const known = matter.register.plan(id);
    return differs(known === undefined ? undefined : recordText({ ...known }, ['approvedAt']), words);
  },
  'acceptance-test': ({ id, words, matter }) => {
    const tests = words === undefined ? [] : matter.register.acceptanceTestsOf(textOf(words['plan']));
    const known = tests.find((test) => test.id === id);
    return known === undefined || differs(recordText({ ...known }, ['happenedAt']), words);
  },
  guideline: touchesSignature,
  'stop-use': ({ id, words, matter: { register } }) =>
    words?.['by'] === GATEWAY && !register.stopUses().some((stop) => stop.id === id),
};

function differs(before: RecordText | undefined, words: RecordText | undefined): boolean {
  return comparable(before) !== comparable(words);
}

/** What keeps a credential current is asked from its first award on: losing it, or another day for it, would undo a lapse. */
function touchesAward({ id, words, matter: { register } }: FromFile): boolean {
  const before = register.evidence(id);
  if (before?.type === 'award') return differs(evidenceText(before), words);
  if (words?.['type'] !== 'award') return false;
  return awardsOf(words['practitioner'], register).some(({ scheme }) => scheme === words['scheme']);
}

/** What somebody has entered as themselves stands as they entered it, and no file enters anything in their name. */
function touchesStatement({ id, words, matter: { register } }: FromFile): boolean {
  const known = register.evidence(id);
  const before = known === undefined ? undefined : evidenceText(known);
  if (!differs(before, words)) return false;
  const said = [before, words].filter((one) => one !== undefined);
  if (said.some(({ recordedBy }) => recordedBy !== undefined)) return true;
  // Taken back it could only lock.
  return words !== undefined && said.some((one) => isOnesOwn(one, register));
}

/**
 * The entry clearance is the clinical director's signature. What people declare of themselves comes in from elsewhere until they hold a
 * credential here; then they sign in and say it.
 */
function isOnesOwn({ type, practitioner }: RecordText, register: RegisterSnapshot): boolean {
  if (type === 'entry-clearance') return true;
  return SELF_ATTESTED.some((own) => own === type) && awardsOf(practitioner, register).length > 0;
}

function awardsOf(holder: unknown, register: RegisterSnapshot): readonly Evidence[] {
  const id = parsePractitionerId(textOf(holder));
  return id === undefined ? [] : register.evidenceOf(id).filter(({ type }) => type === 'award');
}

/** An approval that is kept here stays as it was granted or ended; a new one is granted by whoever proposes the file, if they may. */
function touchesGrant({ id, words, matter: { actor, register, now } }: FromFile): boolean {
  // Taken back it can only lock.
  if (words === undefined) return false;
  const known = register.approval(id);
  if (known !== undefined) return differs(approvalText(known), words);
  const duty = judgeDuty({ act: 'grant-approval', person: actor, seat: 'first' }, register, now);
  return words['grantedBy'] !== actor.id || duty.length > 0;
}

/** A version that is kept here stays as it is; a new one of a guideline that is kept or named here comes in unsigned. */
function touchesSignature({ id, words, changes, matter: { register } }: FromFile): boolean {
  const known = register.guidelines().find((one) => guidelineId(one) === id);
  if (known !== undefined) return differs(guidelineText(known), words);
  if (words?.['signedBy'] === undefined) return false;
  const name = textOf(words['id']);
  return register.guidelineVersions(name).length > 0 || namedGuidelines(changes, register).has(name);
}

/** Ids of guidelines that model versions name, also those of the file: where a Trust keeps its own elsewhere, this is all there is of it. */
function namedGuidelines(changes: readonly RecordDraft[], register: RegisterSnapshot): ReadonlySet<unknown> {
  const kept = register.modelVersions().map(({ guideline }) => guideline?.id);
  const written = changes.flatMap((draft) => {
    const guideline: unknown =
      draft.kind === 'model-version' && 'record' in draft ? draft.record['guideline'] : undefined;
    return typeof guideline === 'object' && guideline !== null && 'id' in guideline ? [guideline.id] : [];
  });
  return new Set([...kept, ...written]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
