import type { ProposedChange } from '../domain/waiting-act.ts';
import { evidenceText } from './evidence-words.ts';
import type { Choice } from './form-page.ts';
import { functionText } from './plain-words.ts';
import {
  levelChoices,
  populationChoices,
  professionChoices,
  resultChoices,
  roleChoices,
  statementChoices,
} from './register-choices.ts';
import { modeChoices, recordKindText } from './register-words.ts';

interface Fact {
  readonly key: string;
  readonly value: string;
}
type Names = Readonly<Record<string, string>>;

/** One member of a record, as it stands and as it would stand. */
export interface ChangeRow {
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

const NOTHING = 'Nothing';

const LABELS: Readonly<Record<string, string>> = {
  id: 'Identifier',
  name: 'Name',
  profession: 'Profession',
  professionalBody: 'Professional body',
  registrationNumber: 'Registration number',
  band: 'Band',
  practiceLevel: 'Level of practice',
  roles: 'Duties',
  identities: 'Logins',
  scope: 'Scope of practice',
  practitioner: 'Person',
  type: 'Kind',
  happenedAt: 'Date',
  validUntil: 'Ends before',
  attestedBy: 'Attested by',
  recordedBy: 'Entered by',
  scheme: 'Credential',
  score: 'Score',
  credits: 'Credits',
  modelFamily: 'Model family',
  guideline: 'Guideline',
  result: 'Result',
  station: 'Station',
  unit: 'Unit',
  count: 'How many',
  ordinal: 'Place in the log-book',
  caseId: 'Case',
  ratings: 'Assessment',
  criterion: 'Criterion',
  statements: 'Declared',
  document: 'Document',
  note: 'Note',
  model: 'Model',
  version: 'Version',
  family: 'Family',
  title: 'Title',
  vendor: 'Vendor',
  digest: 'Digest',
  udi: 'UDI',
  riskClass: 'Class',
  marking: 'Marking',
  intendedUse: 'Intended use',
  recognition: 'Recognition rules',
  state: 'State',
  releases: 'Releases',
  retiredAt: 'Retired',
  retiredBecause: 'Why it was retired',
  operatingThreshold: 'Operating threshold',
  endpoints: 'Endpoints',
  functions: 'Functions',
  mode: 'Mode',
  from: 'From',
  until: 'Ends before',
  grantedBy: 'Granted by',
  supervisor: 'Supervisor',
  plan: 'Plan',
  planStudies: 'Studies of the plan',
  carriedFrom: 'Carried over from',
  endedBecause: 'Why it was ended',
  liftedAt: 'Lifted',
  liftedBy: 'Lifted by',
  liftedBecause: 'Why it was lifted',
  reason: 'Reason',
  by: 'By',
  site: 'Site',
  href: 'Address',
  links: 'Links',
  draftedBy: 'Drafted by',
  draftedAt: 'Drafted',
  signedBy: 'Signed by',
  signedAt: 'Signed',
  effectiveFrom: 'In effect from',
  reviews: 'Reviews',
  comments: 'Comments',
  studies: 'Studies',
  script: 'Tests',
  operator: 'Operator',
  approvedBy: 'Approved by',
  approvedAt: 'Approved',
  item: 'Test',
};

/** A record in words, one member to a line. */
export function recordRows(record: Readonly<Record<string, unknown>>, names: Names): readonly Fact[] {
  return Object.entries(record).map(([name, value]) => ({
    key: labelOf(name),
    value: valueText(name, value, names),
  }));
}

/** What a change would change: every member that differs, but for the name of the record itself. */
export function changeRows({ before = {}, after = {} }: ProposedChange, names: Names): readonly ChangeRow[] {
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return members
    .filter((name) => name !== 'id')
    .map((name) => ({
      key: labelOf(name),
      before: memberText(before, name, names),
      after: memberText(after, name, names),
    }))
    .filter((row) => row.before !== row.after);
}

/** What a record is called where it is one of several. */
export function recordTitle({ kind, id, before, after }: ProposedChange, names: Names): string {
  const { type, model, version } = { ...before, ...after };
  return `${recordKindText(kind)}: ${titleIn(kind, { type, model, version }) ?? names[id] ?? id}`;
}

function titleIn(
  kind: ProposedChange['kind'],
  { type, model, version }: { readonly type?: unknown; readonly model?: unknown; readonly version?: unknown },
): string | undefined {
  if (kind === 'evidence' && typeof type === 'string') return evidenceText(type);
  return typeof model === 'string' && typeof version === 'string' ? `${model} ${version}` : undefined;
}

function labelOf(name: string): string {
  return Object.hasOwn(LABELS, name) ? (LABELS[name] ?? name) : name;
}

function memberText(record: Readonly<Record<string, unknown>>, name: string, names: Names): string {
  return Object.hasOwn(record, name) ? valueText(name, record[name], names) : NOTHING;
}

/** Members whose values are words of a closed set. */
const WORDS: Readonly<Record<string, (text: string) => string>> = {
  type: evidenceText,
  function: functionText,
  functions: functionText,
  profession: among(professionChoices()),
  roles: among(roleChoices()),
  practiceLevel: among(levelChoices()),
  populations: among(populationChoices()),
  statements: among(statementChoices()),
  result: among(resultChoices()),
  mode: among(modeChoices()),
};

function among(choices: readonly Choice[]): (text: string) => string {
  return (text) => choices.find(({ value }) => value === text)?.text ?? text;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;
const SPOKEN = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const SPOKEN_TIME = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' });

/** A value of any shape that a record can hold; a list that is empty, and an object without members, say nothing. */
function valueText(name: string, value: unknown, names: Names): string {
  if (Array.isArray(value)) {
    return value.map((one: unknown) => valueText(name, one, names)).join('; ') || NOTHING;
  }
  if (typeof value === 'object' && value !== null) {
    return (
      recordRows({ ...value }, names)
        .map(({ key, value: text }) => `${key}: ${text}`)
        .join(', ') || NOTHING
    );
  }
  return plainValue(name, String(value), names);
}

function plainValue(name: string, text: string, names: Names): string {
  const words = WORDS[name];
  if (words !== undefined) return words(text);
  if (DAY.test(text)) return SPOKEN.format(new Date(text));
  if (TIME.test(text)) {
    const at = new Date(text);
    return `${SPOKEN.format(at)}, ${SPOKEN_TIME.format(at)} UTC`;
  }
  return Object.hasOwn(names, text) ? `${names[text] ?? ''} (${text})` : text;
}
