import type { RecordDraft, RegisterKind } from '../../src/domain/register-acts.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { actDraft } from './act-drafts.ts';
import { aRegisterFile, createRegisterHouse, type RegisterHouse } from './register-house.ts';

type Json = Readonly<Record<string, unknown>>;

export const put = (kind: RegisterKind, id: string, record: Json): RecordDraft => ({ kind, id, record });
export const gone = (kind: RegisterKind, id: string): RecordDraft => ({
  kind,
  id,
  removed: true,
  reason: 'x',
});
const person = (id: string, more: Json = {}): RecordDraft =>
  put('practitioner', id, { ...aRegisterFile().practitioners[0], id, identities: [], ...more });

const [released] = aRegisterFile().modelVersions;
const UPGRADE: Json = { ...released, version: '3.0.0', state: 'acceptance', releases: [] };
const MODEL = put('model-version', 'lung-nodule@3.0.0', UPGRADE);
const PLAN_RECORD: Json = {
  id: 'P-1',
  model: 'lung-nodule',
  version: '3.0.0',
  title: 'Upgrade',
  studies: ['1.2.3', '1.2.4'],
  script: [{ id: 'T1', title: 'finds it' }],
  operator: 'op',
  approvedBy: 'lead',
  approvedAt: '2026-03-01',
};
const PLAN = put('plan', 'P-1', PLAN_RECORD);
export const plan = (more: Json): RecordDraft => put('plan', 'P-2', { ...PLAN_RECORD, id: 'P-2', ...more });
const TEST_RECORD: Json = {
  id: 'AT-1',
  plan: 'P-1',
  item: 'T1',
  result: 'pass',
  recordedBy: 'op',
  happenedAt: '2026-03-02',
};
const TEST = put('acceptance-test', 'AT-1', TEST_RECORD);
export const tested = (more: Json): RecordDraft =>
  put('acceptance-test', 'AT-2', { ...TEST_RECORD, id: 'AT-2', ...more });
const GUIDELINE_RECORD: Json = {
  id: 'lung',
  version: '1',
  title: 'Lung nodules',
  digest: `sha256:${'a'.repeat(64)}`,
  links: [],
  draftedBy: 'lead',
  draftedAt: '2026-01-01',
  reviews: [],
  comments: [],
};
const GUIDELINE = put('guideline', 'lung@1', GUIDELINE_RECORD);
export const guideline = (more: Json): RecordDraft =>
  put('guideline', 'lung@2', { ...GUIDELINE_RECORD, version: '2', ...more });
const [granted] = aRegisterFile().approvals;
export const approval = (id: string, more: Json): RecordDraft =>
  put('approval', id, { ...granted, id, ...more });
/** Sue may work alone, Tom and Op may not. */
const OWN = approval('A-sue', { practitioner: 'sue' });
export const supervised = (
  id: string,
  practitioner: string,
  supervisor: string,
  more: Json = {},
): RecordDraft => approval(id, { practitioner, mode: 'supervised', supervisor, ...more });
export const acceptanceRecord = (id: string, more: Json): Json => ({
  ...granted,
  id,
  practitioner: 'op',
  version: '3.0.0',
  mode: 'acceptance',
  plan: 'P-1',
  planStudies: ['1.2.4', '1.2.3'],
  ...more,
});
export const acceptance = (more: Json & { readonly id?: string }): RecordDraft => {
  const { id = 'A-9' } = more;
  return put('approval', id, acceptanceRecord(id, more));
};
const [registration] = aRegisterFile().evidence;
export const evidence = (id: string, more: Json): RecordDraft =>
  put('evidence', id, { ...registration, id, ...more });
const LOGGED = evidence('E-log', { type: 'log-book-case', ordinal: 1, caseId: 'c-1', recordedBy: 'sue' });
export const version = (more: Json): RecordDraft =>
  put('model-version', 'lung-nodule@3.0.0', { ...UPGRADE, ...more });
export const release = (more: Json): Json => ({
  state: 'released',
  releases: [{ site: '*', from: '2026-03-05', signedBy: 'lead', plan: 'P-1', ...more }],
});

/** A register with people who supervise and test, an upgrade in acceptance with its plan and a test, and a guideline. */
export async function createLifeHouse(): Promise<RegisterHouse> {
  const house = await createRegisterHouse();
  await house.applied();
  const drafts = [person('op'), person('sue'), person('tom'), MODEL, PLAN, TEST, GUIDELINE, OWN, LOGGED];
  await applyRegister(house, await house.register.proposeAct(actDraft(drafts)));
  return house;
}

/** What the register finds wrong with records, a line each. */
export async function faultsOf(
  { register }: RegisterHouse,
  drafts: readonly RecordDraft[],
): Promise<readonly string[]> {
  const faults = await register.check(drafts);
  return faults.map(({ kind, id, field, message }) => `${kind} ${id}: ${field}: ${message}`);
}
