import type { PractitionerId } from '../domain/identifiers.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { Approval, Evidence, ModelVersion, Practitioner, RegisterSnapshot } from '../domain/register.ts';
import type { LiveRegister } from './live-register.ts';
import type { RecordOf, TypedChange } from './parse-record.ts';
import { keyOfChange } from './register-change.ts';

/** The register as it would stand after some changes. */
export interface Outlook {
  /** As it stands before them. */
  readonly before: RegisterSnapshot;
  readonly find: <K extends RegisterKind>(kind: K, id: string) => RecordOf[K] | undefined;
  readonly hasPerson: (id: string) => boolean;
  readonly evidenceOf: (person: PractitionerId) => readonly Evidence[];
  readonly approvalsOf: (person: PractitionerId) => readonly Approval[];
  readonly modelVersions: () => readonly ModelVersion[];
  /** Whether any version of a guideline is kept here; many Trusts keep theirs elsewhere. */
  readonly keepsGuideline: (id: string) => boolean;
  /** Ids of those whom a login would name. */
  readonly namedBy: (provider: string, subject: string) => ReadonlySet<string>;
  /** Whether the changes write or take back a record. */
  readonly isTouched: (kind: RegisterKind, id: string) => boolean;
}

/** Lays changes over the register without taking them: costs what they cost, however large the register is. */
export function createOutlook(live: LiveRegister, changes: readonly TypedChange[]): Outlook {
  const before = live.snapshot();
  const touched = new Map(changes.map((change) => [keyOfChange(change), change]));
  const isTouched = (kind: RegisterKind, id: string): boolean => touched.has(keyOfChange({ kind, id }));
  const find: Outlook['find'] = (kind, id) => {
    const change = touched.get(keyOfChange({ kind, id }));
    return change === undefined ? live.find(kind, id) : parseRecordOf(kind, change);
  };
  const versions = writtenOf(changes, 'model-version');
  const guidelines = new Set(writtenOf(changes, 'guideline').map(({ id }) => id));
  return {
    before,
    isTouched,
    find,
    hasPerson: (id) => find('practitioner', id) !== undefined,
    ...peopleIn(before, changes, isTouched),
    modelVersions: () => {
      const others = before.modelVersions().filter((known) => !isTouched('model-version', versionId(known)));
      return [...others, ...versions];
    },
    keepsGuideline: (id) => guidelines.has(id) || before.guidelineVersions(id).length > 0,
  };
}

/** What is found by the person it is about. */
function peopleIn(
  before: RegisterSnapshot,
  changes: readonly TypedChange[],
  isTouched: Outlook['isTouched'],
): Pick<Outlook, 'evidenceOf' | 'approvalsOf' | 'namedBy'> {
  const evidence = Map.groupBy(writtenOf(changes, 'evidence'), ({ practitioner }) => practitioner);
  const approvals = Map.groupBy(writtenOf(changes, 'approval'), ({ practitioner }) => practitioner);
  const logins = loginsOf(writtenOf(changes, 'practitioner'));
  return {
    evidenceOf: (person) => [
      ...before.evidenceOf(person).filter(({ id }) => !isTouched('evidence', id)),
      ...(evidence.get(person) ?? []),
    ],
    approvalsOf: (person) => [
      ...before.approvalsOf(person).filter(({ id }) => !isTouched('approval', id)),
      ...(approvals.get(person) ?? []),
    ],
    namedBy: (provider, subject) => {
      const others = before
        .practitionersByIdentity(provider, subject)
        .filter(({ id }) => !isTouched('practitioner', id));
      return new Set([...others.map(({ id }) => id), ...(logins.get(loginKey(provider, subject)) ?? [])]);
    },
  };
}

function versionId({ model, version }: ModelVersion): string {
  return `${model}@${version}`;
}

function writtenOf<K extends RegisterKind>(changes: readonly TypedChange[], kind: K): readonly RecordOf[K][] {
  return changes.flatMap((change) => {
    const record = change.kind === kind ? parseRecordOf(kind, change) : undefined;
    return record === undefined ? [] : [record];
  });
}

/** The key that a change was found by names its kind. */
function parseRecordOf<K extends RegisterKind>(_kind: K, change: TypedChange): RecordOf[K] | undefined {
  return change.record as RecordOf[K] | undefined;
}

/** A pair as one key: the length of the first half keeps `ab`+`c` apart from `a`+`bc`. */
function loginKey(provider: string, subject: string): string {
  return `${String(provider.length)}:${provider}${subject}`;
}

function loginsOf(people: readonly Practitioner[]): ReadonlyMap<string, readonly string[]> {
  const rows = people.flatMap(({ id, identities }) =>
    identities.map(({ provider, subject }) => ({ id, key: loginKey(provider, subject) })),
  );
  const byLogin = Map.groupBy(rows, ({ key }) => key);
  return new Map([...byLogin].map(([key, same]) => [key, same.map(({ id }) => id)]));
}
