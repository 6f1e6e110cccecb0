import type { ActFinding } from './act-finding.ts';
import { concernedBy } from './act-interest.ts';
import type { ActMatter, ActNamed, ActOutline, ActOutlines } from './act-matter.ts';
import { anotherVersion } from './act-model.ts';
import { judgeLeads, judgeNumbers } from './act-practitioner.ts';
import { isAnothersWord } from './anothers-word.ts';
import { sharesAssessor } from './assessors.ts';
import { suspensionOf } from './credential-status.ts';
import { parsePractitionerId } from './identifiers.ts';
import { bringsSignature } from './name-only-signature.ts';
import { comparable, evidenceText, stopUseText, type RecordText } from './record-text.ts';
import type { RecordDraft } from './register-acts.ts';
import type { Evidence, ModelVersion, RegisterSnapshot } from './register.ts';
import { statedInputs } from './stated-inputs.ts';
import { frozenDifferences, lifeDifferences } from './version-change.ts';

/** What a file or a table says, proposed as it stands there. */
export const IMPORT_OUTLINES: ActOutlines<'import'> = { import: outlineImport };

/**
 * A file may bring a register in from elsewhere, but it is no way round what named people sign: it lifts no stop-use and no suspension,
 * brings versions in as registered and leaves their state and releases as they are, awards nothing anew, and speaks for nobody
 * (`isAnothersWord`).
 */
function outlineImport({ changes: said }: ActNamed<'import'>, matter: ActMatter): ActOutline {
  const { actor, register } = matter;
  const changes = said.map(stated);
  const findings: ActFinding[] = [...judgeLeads(changes, register), ...judgeNumbers(changes, register)];
  if (changes.length === 0) findings.push({ code: 'nothing-to-change' });
  if (concernedBy(changes, register).has(actor.id)) findings.push({ code: 'interested-party' });
  const ofKind = (kind: RecordDraft['kind']): readonly RecordDraft[] =>
    changes.filter((draft) => draft.kind === kind);
  return {
    findings: [
      ...findings,
      ...ofKind('stop-use')
        .filter((draft) => changesStopUse(draft, matter))
        .map(beyond),
      ...liftings(ofKind('evidence'), matter).map(beyond),
      ...changes.filter((draft) => isAnothersWord(draft, changes, matter)).map(beyond),
      ...judgeAssessors(ofKind('evidence'), register),
      ...ofKind('model-version').flatMap((draft) => judgeVersion(draft, matter)),
    ],
    changes,
  };
}

function stated(draft: RecordDraft): RecordDraft {
  const isVersion = draft.kind === 'model-version' && 'record' in draft;
  return isVersion ? { ...draft, record: statedInputs(draft.record) } : draft;
}

function beyond({ kind, id }: RecordDraft): ActFinding {
  return { code: 'import-beyond', facts: { detail: `${kind} ${id}` } };
}

function wordsOf(draft: RecordDraft): RecordText | undefined {
  return 'record' in draft ? draft.record : undefined;
}

function changesStopUse(draft: RecordDraft, { register }: ActMatter): boolean {
  const stop = register.stopUses().find(({ id }) => id === draft.id);
  return stop !== undefined && comparable(stopUseText(stop)) !== comparable(wordsOf(draft));
}

/** Evidence that takes back or changes a suspension, or lifts one that is in force. */
function liftings(drafts: readonly RecordDraft[], { register, now }: ActMatter): readonly RecordDraft[] {
  return drafts.filter((draft) => {
    const before = register.evidence(draft.id);
    const words = wordsOf(draft);
    if (before !== undefined && isOfSuspension(before.type)) {
      return comparable(evidenceText(before)) !== comparable(words);
    }
    if (words?.['type'] !== 'suspension-lifted') return false;
    const holder = parsePractitionerId(textOf(words['practitioner']) ?? '');
    return (
      holder !== undefined &&
      suspensionOf(register.evidenceOf(holder), textOf(words['scheme']), now) !== undefined
    );
  });
}

/** Marks that would stand with those of the same assessor in another capacity. */
function judgeAssessors(drafts: readonly RecordDraft[], register: RegisterSnapshot): readonly ActFinding[] {
  const touched = new Set(drafts.map(({ id }) => id));
  const marks = drafts.flatMap((draft) => {
    const { type, attestedBy, practitioner } = wordsOf(draft) ?? {};
    return [{ id: draft.id, type, attestedBy, holder: textOf(practitioner) ?? '' }];
  });
  return [...Map.groupBy(marks, ({ holder }) => holder)].flatMap(([holder, own]) => {
    const id = parsePractitionerId(holder);
    const stay = (id === undefined ? [] : register.evidenceOf(id)).filter((one) => !touched.has(one.id));
    return own
      .filter((mark) => sharesAssessor(mark, [...stay, ...own], register))
      .map((mark): ActFinding => ({
        code: 'assessors-must-differ',
        facts: { detail: `evidence ${mark.id}` },
      }));
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isOfSuspension(type: Evidence['type']): boolean {
  return type === 'suspension' || type === 'suspension-lifted';
}

function judgeVersion(draft: RecordDraft, { register }: ActMatter): readonly ActFinding[] {
  const words = wordsOf(draft);
  const known = register.modelVersions().find(({ model, version }) => `${model}@${version}` === draft.id);
  if (known === undefined) {
    return words === undefined || isNewlyRegistered(words) ? [] : [beyond(draft)];
  }
  if (words === undefined) return known.state === 'registered' ? [] : [beyond(draft)];
  const isBeyond = lifeDifferences(known, words).length > 0 || bringsSignature(words, known);
  return [...judgeWords(known, words), ...(isBeyond ? [beyond(draft)] : [])];
}

function isNewlyRegistered(words: RecordText): boolean {
  return words['state'] === 'registered' && !bringsSignature(words, undefined);
}

function judgeWords(known: ModelVersion, words: RecordText): readonly ActFinding[] {
  const frozen = frozenDifferences(known, words);
  return frozen.length === 0 ? [] : [anotherVersion(known, frozen)];
}
