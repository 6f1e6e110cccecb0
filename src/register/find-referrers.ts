import type { RegisterKind } from '../domain/register-acts.ts';
import type { Instant } from '../domain/register.ts';
import type { LiveRegister } from './live-register.ts';
import type { Outlook } from './outlook.ts';
import type { RecordOf, TypedChange } from './parse-record.ts';
import { keyOfChange } from './register-change.ts';

interface Looked {
  readonly changes: readonly TypedChange[];
  readonly live: LiveRegister;
  readonly outlook: Outlook;
  readonly now: Instant;
}

/**
 * Records that the changes leave as they are, and that name something the changes take back: people, versions, plans, guidelines; or
 * that are still in date for a version which now says something else of what it serves.
 */
export function findReferrers(looked: Looked): readonly TypedChange[] {
  const { changes, outlook } = looked;
  const gone = changes.filter(({ record }) => record === undefined);
  const found = [
    ...gone.flatMap((change) => evidenceNaming(looked, change)),
    ...objectsNaming(looked, gone),
    ...changes.flatMap((change) => (change.kind === 'model-version' ? approvalsFor(looked, change) : [])),
  ];
  const others = found.filter(({ kind, id }) => !outlook.isTouched(kind, id));
  return [...new Map(others.map((one) => [keyOfChange(one), one])).values()];
}

function evidenceNaming({ live, outlook }: Looked, { kind, id }: TypedChange): readonly TypedChange[] {
  const person = kind === 'practitioner' ? live.find(kind, id)?.id : undefined;
  if (person === undefined) return [];
  const entered = live.tables.evidence.enteredBy(person).map((piece) => live.find('evidence', piece));
  return [...outlook.before.evidenceOf(person), ...entered]
    .filter((record) => record !== undefined)
    .map((record) => ({ kind: 'evidence', id: record.id, record }));
}

/** Nothing that stands is looked through for evidence, approvals and the like: nobody is named by them. */
const NAMED_BY_OTHERS: readonly RegisterKind[] = ['practitioner', 'model-version', 'plan', 'guideline'];

function objectsNaming({ live }: Looked, gone: readonly TypedChange[]): readonly TypedChange[] {
  const keys = new Set(gone.filter(({ kind }) => NAMED_BY_OTHERS.includes(kind)).map(keyOfChange));
  if (keys.size === 0) return [];
  // What a stop-use means is worked out from all versions.
  if (gone.some(({ kind }) => kind === 'model-version')) keys.add(ANY_VERSION);
  const isNaming = (names: readonly string[]): boolean => names.some((name) => keys.has(name));
  const { records } = live.tables;
  return [
    ...naming('model-version', records['model-version'].standing(), isNaming),
    ...naming('approval', records.approval.standing(), isNaming),
    ...naming('stop-use', records['stop-use'].standing(), isNaming),
    ...naming('guideline', records.guideline.standing(), isNaming),
    ...naming('plan', records.plan.standing(), isNaming),
    ...naming('acceptance-test', records['acceptance-test'].standing(), isNaming),
  ];
}

const ANY_VERSION = 'model-version *';
const person = (id: string | undefined): string => `practitioner ${id ?? ''}`;
const plan = (id: string | undefined): string => `plan ${id ?? ''}`;

/** Which other records a record names, as keys. */
const NAMES: {
  readonly [K in Exclude<RegisterKind, 'evidence' | 'practitioner'>]: (
    record: RecordOf[K],
  ) => readonly string[];
} = {
  'model-version': ({ releases, guideline, endpoints }) => [
    ...endpoints.map(({ nameOnly }) => person(nameOnly?.signedBy)),
    ...releases.flatMap((release) => [person(release.signedBy), plan(release.plan)]),
    `guideline ${guideline?.id ?? ''}@${guideline?.version ?? ''}`,
  ],
  approval: (approval) => [
    person(approval.practitioner),
    person(approval.grantedBy),
    person(approval.supervisor),
    plan(approval.plan),
    `model-version ${approval.model}@${approval.version}`,
  ],
  'stop-use': ({ by }) => [person(by), ANY_VERSION],
  guideline: ({ draftedBy, signedBy, reviews, comments }) =>
    [draftedBy, signedBy, ...[...reviews, ...comments].map(({ by }) => by)].map(person),
  plan: ({ operator, approvedBy, model, version }) => [
    person(operator),
    person(approvedBy),
    `model-version ${model}@${version}`,
  ],
  'acceptance-test': (test) => [person(test.recordedBy), plan(test.plan)],
};

function naming<K extends keyof typeof NAMES>(
  kind: K,
  standing: Iterable<readonly [id: string, record: RecordOf[K]]>,
  isNaming: (names: readonly string[]) => boolean,
): readonly { readonly kind: K; readonly id: string; readonly record: RecordOf[K] }[] {
  const found = [];
  for (const [id, record] of standing) {
    if (isNaming(NAMES[kind](record))) found.push({ kind, id, record });
  }
  return found;
}

/** An approval that has run out may say what it said. */
function approvalsFor({ live, outlook, now }: Looked, { id }: TypedChange): readonly TypedChange[] {
  const known = live.find('model-version', id);
  if (known === undefined) return [];
  return outlook.before
    .approvalsOfVersion(known.model, known.version)
    .filter(({ until }) => until > now)
    .map((record) => ({ kind: 'approval', id: record.id, record }));
}
