import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { LoggedState } from '../../src/register/is-as-logged.ts';
import { makeAdministratorKey, signProposalDigest } from '../../src/register/administrator-keys.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import { writeProposal } from '../../src/register/proposal.ts';
import { createRecordChain, type RecordChain } from '../../src/register/record-chain.ts';
import { createRegisterStore, type RegisterStore } from '../../src/register/register-store.ts';
import { writeChange, type RecordChange } from '../../src/register/register-change.ts';
import { DATASET_NOW, datasetChanges, type DatasetSize } from './dataset-records.ts';

const CHANGES_A_PROPOSAL = 2_500;
const ADMINISTRATORS = ['ada', 'bo'] as const;

/** An open register of the data set. */
export interface OpenDataset {
  readonly register: Register;
  readonly policy: Policy;
  readonly database: GatewayDatabase;
  readonly close: () => Promise<void>;
}

/**
 * Builds the register of a whole Trust at a path, and what the case log would say of it beside it; the same for the same size. Every
 * proposal carries two real signatures. Does nothing where it is there already.
 */
export async function buildRegisterDataset(path: string, size: DatasetSize): Promise<void> {
  if (existsSync(headFile(path))) return;
  const database = await openGatewayDatabase(path, { create: true });
  const store = createRegisterStore(database);
  const administrators = ADMINISTRATORS.map((name) => makeAdministratorKey(name, `${path}.${name}.pem`));
  await store.proposals.addAdministrators(administrators, DATASET_NOW);
  const keys = ADMINISTRATORS.map((name) => readFileSync(`${path}.${name}.pem`, 'utf8'));
  const chain = createRecordChain();
  let state = { sequence: 0, logged: { head: chain.head(), before: chain.head(), proposal: '' } };
  let batch: RecordChange[] = [];
  for (const change of datasetChanges(size)) {
    batch.push(change);
    if (batch.length < CHANGES_A_PROPOSAL) continue;
    state = await apply(store, { batch, sequence: state.sequence, chain, keys });
    batch = [];
  }
  if (batch.length > 0) state = await apply(store, { batch, sequence: state.sequence, chain, keys });
  await database.destroy();
  writeFileSync(headFile(path), JSON.stringify(state.logged));
}

/** Opens what was built. `policyFile` is the one that ships when absent. */
export async function openRegisterDataset(path: string, policyFile?: string): Promise<OpenDataset> {
  const policy = loadPolicy(policyFile ?? resolve('config/policy/uk-pathway-2025.yaml'));
  const database = await openGatewayDatabase(path);
  const logged = parseLogged(readFileSync(headFile(path), 'utf8'));
  const clock = { nowMs: () => DATASET_NOW, monotonicMs: () => performance.now() };
  const register = await openRegister({ database, policy, clock, logged: () => Promise.resolve(logged) });
  return { register, policy, database, close: () => database.destroy() };
}

const headFile = (path: string): string => `${path}.logged.json`;

function parseLogged(text: string): LoggedState {
  return JSON.parse(text) as LoggedState;
}

interface Applying {
  readonly batch: readonly RecordChange[];
  readonly sequence: number;
  readonly chain: RecordChain;
  readonly keys: readonly string[];
}

async function apply(
  { records, proposals }: RegisterStore,
  { batch, sequence, chain, keys }: Applying,
): Promise<{ readonly sequence: number; readonly logged: LoggedState }> {
  const recordedAt = DATASET_NOW - 86_400_000 * 365 + sequence * 1_000;
  const changes = batch.map(writeChange);
  const proposal = writeProposal({ act: 'import', people: 2, basedOn: sequence, changes });
  await proposals.add(proposal, recordedAt);
  for (const [place, administrator] of ADMINISTRATORS.entries()) {
    const signature = signProposalDigest(proposal.digest, keys[place] ?? '');
    await proposals.addSignature({ proposal: proposal.digest, administrator, signature }, recordedAt);
  }
  await proposals.markBegun(proposal.digest, recordedAt, sequence);
  await records.write({
    proposal,
    first: sequence + 1,
    places: changes.map((_, place) => ({ logSeq: sequence + place, replaces: 0 })),
    recordedAt,
    appliedAt: recordedAt,
  });
  const before = chain.head();
  chain.take(changes.map(({ body }) => ({ body, recordedAt })));
  return {
    sequence: sequence + changes.length,
    logged: { head: chain.head(), before, proposal: proposal.digest },
  };
}
