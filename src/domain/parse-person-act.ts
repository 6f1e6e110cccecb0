import type { ActReadings, Written } from './act-reading.ts';
import type { RecordText } from './record-text.ts';
import type { EvidenceEntry } from './register-acts.ts';
import type { PractitionerId } from './identifiers.ts';
import type { DeclarationStatement } from './words.ts';

/** Acts about people, their evidence and credentials, read from the records that they wrote. */
export const PERSON_READINGS: ActReadings<
  | 'declare'
  | 'log-cpd'
  | 'acknowledge-guideline'
  | 'add-practitioner'
  | 'change-practitioner'
  | 'attest-evidence'
  | 'correct-evidence'
  | 'withdraw-evidence'
  | 'award-credential'
  | 'suspend'
  | 'lift-suspension'
> = {
  declare: ({ record }) => ({ act: 'declare', statements: parseStatements(record) }),
  'log-cpd': ({ record }) => ({ act: 'log-cpd', ...parseCpd(record) }),
  'acknowledge-guideline': ({ record }) => ({ act: 'acknowledge-guideline', ...parseGuidelineName(record) }),
  'add-practitioner': (written) => ({ act: 'add-practitioner', practitioner: parsePractitioner(written) }),
  'change-practitioner': (written) => ({
    act: 'change-practitioner',
    practitioner: parsePractitioner(written),
  }),
  'attest-evidence': ({ record }) => ({
    act: 'attest-evidence',
    piece: { ...parsePiece(record), ...parseWords(record) },
  }),
  'correct-evidence': ({ id, record }) => ({
    act: 'correct-evidence',
    id,
    piece: parsePiece(record),
    reason: parseNote(record),
  }),
  'withdraw-evidence': ({ id, removedBecause }) => ({ act: 'withdraw-evidence', id, reason: removedBecause }),
  'award-credential': ({ record }) => ({ act: 'award-credential', ...parseAward(record) }),
  suspend: ({ record }) => ({ act: 'suspend', ...parseSuspension(record) }),
  'lift-suspension': ({ record }) => ({ act: 'lift-suspension', ...parseSuspension(record) }),
};

function parseStatements({ statements }: RecordText): readonly DeclarationStatement[] {
  return statements as readonly DeclarationStatement[];
}

function parseCpd(record: RecordText) {
  const { note, credits, happenedAt, modelFamily, document } = record as {
    note: string;
    credits: number;
    happenedAt: string;
    modelFamily?: string;
    document?: string;
  };
  return {
    title: note,
    credits,
    happenedAt: Date.parse(happenedAt),
    ...(modelFamily === undefined ? {} : { modelFamily }),
    ...(document === undefined ? {} : { document }),
  };
}

function parseGuidelineName(record: RecordText): { readonly guideline: string; readonly version: string } {
  const [guideline = '', version = ''] = (record as { guideline: string }).guideline.split('@');
  return { guideline, version };
}

function parsePractitioner({ id, record }: Written): RecordText & { readonly id: string } {
  return { ...record, id };
}

function parsePiece({ id: _id, recordedBy: _by, note: _note, ...said }: RecordText): EvidenceEntry {
  const { happenedAt, validUntil, ...piece } = said as unknown as Omit<
    EvidenceEntry,
    'happenedAt' | 'validUntil'
  > & { readonly happenedAt: string; readonly validUntil?: string };
  return {
    ...piece,
    happenedAt: Date.parse(happenedAt),
    ...(validUntil === undefined ? {} : { validUntil: Date.parse(validUntil) }),
  };
}

/** Of an attestation they are the attester's; of a correction they say why. */
function parseWords({ note }: RecordText): { readonly note?: string } {
  return note === undefined ? {} : { note: note as string };
}

function parseNote({ note }: RecordText): string {
  return note as string;
}

function parseAward(record: RecordText) {
  const { practitioner, scheme, document } = record as {
    practitioner: PractitionerId;
    scheme: string;
    document?: string;
  };
  return { practitioner, scheme, ...(document === undefined ? {} : { document }) };
}

function parseSuspension(record: RecordText) {
  const { practitioner, scheme, note } = record as {
    practitioner: PractitionerId;
    scheme?: string;
    note: string;
  };
  return { practitioner, reason: note, ...(scheme === undefined ? {} : { scheme }) };
}
