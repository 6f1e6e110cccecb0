import { parsePractitionerId, type PractitionerId } from '../domain/identifiers.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { Approval, Evidence, Instant } from '../domain/register.ts';
import { deepFreeze } from './deep-freeze.ts';
import { createEvidenceRows, type EvidenceRows } from './evidence-rows.ts';
import type { RecordOf, TypedChange } from './parse-record.ts';
import { createGrouping, createRecordStates, type Grouping, type RecordStates } from './record-states.ts';
import { createWordTable, type WordTable } from './word-table.ts';

/** Kinds of which each record is an object. Of evidence there is too much. */
type ObjectKind = Exclude<RegisterKind, 'evidence'>;

/** Every record there ever was, each with the sequences between which it stood, and the ways to find it. */
export interface RegisterTables {
  readonly records: { readonly [K in ObjectKind]: RecordStates<RecordOf[K]> };
  readonly evidence: EvidenceRows;
  readonly groups: RegisterGroups;
  /** Takes a change; sequences come in order. Gives the people whom it is about. */
  readonly put: (change: TypedChange, sequence: number) => readonly PractitionerId[];
}

/** Records by what they say; an empty path is all of a kind. */
interface RegisterGroups {
  /** By nothing, and by provider and subject of a login. */
  readonly practitioners: Grouping<RecordOf['practitioner']>;
  /** By nothing, and by model and version. */
  readonly modelVersions: Grouping<RecordOf['model-version']>;
  /** By person. */
  readonly approvals: Grouping<Approval>;
  /** By model and version, and by these and the person. */
  readonly approvalsFor: Grouping<Approval>;
  readonly stopUses: Grouping<RecordOf['stop-use']>;
  /** By nothing, and by id. */
  readonly guidelines: Grouping<RecordOf['guideline']>;
  /** By model and version. */
  readonly plans: Grouping<RecordOf['plan']>;
  /** By plan. */
  readonly acceptanceTests: Grouping<RecordOf['acceptance-test']>;
}

/** Empty tables. `recordedAt` says when a sequence was recorded, where that is known. */
export function createRegisterTables(recordedAt: (sequence: number) => Instant | undefined): RegisterTables {
  const words = createWordTable();
  const groups = createGroups();
  const evidence = createEvidenceRows({ words, recordedAt });
  const share = createApprovalSharer(words);
  const records: RegisterTables['records'] = {
    practitioner: createRecordStates([groups.practitioners]),
    'model-version': createRecordStates([groups.modelVersions]),
    approval: createRecordStates([groups.approvals, groups.approvalsFor]),
    'stop-use': createRecordStates([groups.stopUses]),
    guideline: createRecordStates([groups.guidelines]),
    plan: createRecordStates([groups.plans]),
    'acceptance-test': createRecordStates([groups.acceptanceTests]),
  };
  const putEvidence = (id: string, piece: Evidence | undefined, sequence: number) =>
    piece === undefined ? evidence.end(id, sequence) : evidence.put(piece, sequence);
  const putApproval = (id: string, given: Approval | undefined, sequence: number) =>
    records.approval.put(id, given === undefined ? undefined : share(given), sequence)?.practitioner;
  /** Gives whom the record was about before. */
  const put = (change: TypedChange, sequence: number): PractitionerId | undefined => {
    const { kind, id } = change;
    if (kind === 'evidence') return putEvidence(id, change.record, sequence);
    if (kind === 'approval') return putApproval(id, change.record, sequence);
    putObject(records, change, sequence);
    return undefined;
  };
  return {
    records,
    evidence,
    groups,
    put: (change, sequence) => [put(change, sequence), personAfter(change)].filter((id) => id !== undefined),
  };
}

/** A practitioner's own record names them also where it is taken back. */
function personAfter(change: TypedChange): PractitionerId | undefined {
  if (change.kind === 'practitioner') return parsePractitionerId(change.id);
  return change.kind === 'evidence' || change.kind === 'approval' ? change.record?.practitioner : undefined;
}

/** Each kind by itself, so that the compiler sees that a record goes to the table of its kind. */
function putObject(
  records: RegisterTables['records'],
  change: Exclude<TypedChange, { kind: 'evidence' | 'approval' }>,
  sequence: number,
): void {
  const { kind, id } = change;
  switch (kind) {
    case 'practitioner':
      records[kind].put(id, deepFreeze(change.record), sequence);
      break;
    case 'model-version':
      records[kind].put(id, deepFreeze(change.record), sequence);
      break;
    case 'stop-use':
      records[kind].put(id, deepFreeze(change.record), sequence);
      break;
    case 'guideline':
      records[kind].put(id, deepFreeze(change.record), sequence);
      break;
    case 'plan':
      records[kind].put(id, deepFreeze(change.record), sequence);
      break;
    case 'acceptance-test':
      records[kind].put(id, deepFreeze(change.record), sequence);
  }
}

function createGroups(): RegisterGroups {
  return {
    practitioners: createGrouping(({ identities }) => [
      [],
      ...identities.map(({ provider, subject }) => [provider, subject]),
    ]),
    modelVersions: createGrouping(({ model, version }) => [[], [model, version]]),
    approvals: createGrouping(({ practitioner }) => [[practitioner]]),
    approvalsFor: createGrouping(({ model, version, practitioner }) => [
      [model, version],
      [model, version, practitioner],
    ]),
    stopUses: createGrouping(() => [[]]),
    guidelines: createGrouping(({ id }) => [[], [id]]),
    plans: createGrouping(({ model, version }) => [[model, version]]),
    acceptanceTests: createGrouping(({ plan }) => [[plan]]),
  };
}

/** Of approvals there are many, and most say the same words: each word, and each list of functions, is kept once. */
function createApprovalSharer(words: WordTable): (approval: Approval) => Approval {
  const lists = new Map<string, Approval['functions']>();
  const shared = <T extends string>(text: T): T => parseAs(text, words.wordOf(words.numberOf(text)));
  const functionsOf = ({ functions }: Approval): Approval['functions'] => {
    const key = functions.join(' ');
    const known = lists.get(key) ?? deepFreeze(functions);
    lists.set(key, known);
    return known;
  };
  return (approval) => {
    const common = {
      ...approval,
      practitioner: shared(approval.practitioner),
      model: shared(approval.model),
      version: shared(approval.version),
      grantedBy: shared(approval.grantedBy),
      functions: functionsOf(approval),
    };
    const { supervisor } = approval;
    deepFreeze(approval.planStudies);
    return Object.freeze(supervisor === undefined ? common : { ...common, supervisor: shared(supervisor) });
  };
}

/** A word that says the same is of the same kind. */
function parseAs<T extends string>(_like: T, text: string): T {
  return text as T;
}
