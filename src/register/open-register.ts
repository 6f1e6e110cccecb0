import type { GatewayDatabase } from '../db/gateway-database.ts';
import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { RegisterActs, RegisterHistory, RegisterRecords } from '../flows/ports-register.ts';
import type { Clock, PartState, RegisterProposals, RegisterReader } from '../flows/ports.ts';
import { keyFingerprint, type Administrator } from './administrator-keys.ts';
import { createApplication } from './apply-proposals.ts';
import { auditRegister, type Tampered } from './audit-register.ts';
import { createActs } from './create-acts.ts';
import { createProposals } from './create-proposals.ts';
import { loadRegister, type LoadedRegister, type LoggedState } from './load-register.ts';
import { createPolicyStore } from './policy-store.ts';
import type { ProposalStore } from './proposal-store.ts';
import { createHistory, type KeptPolicies } from './read-history.ts';
import { createRecordReader } from './read-records.ts';
import type { RegisterParts } from './register-parts.ts';
import { createRegisterStore } from './register-store.ts';

/** The Trust's AI register: read from memory, changed only by what two administrators signed, or people who had signed in agreed to. */
export interface Register
  extends RegisterReader, RegisterProposals, RegisterActs, RegisterRecords, RegisterHistory {
  /** Reads the tables again; what they say is in force for the next `snapshot()`. Never throws: `state()` says what is wrong. */
  readonly reload: () => Promise<void>;
  /** `countersign init` only: the first two. Throws GatewayError('conflict') when there are some, or when the two are one. */
  readonly nameAdministrators: (administrators: readonly [Administrator, Administrator]) => Promise<void>;
  readonly administrators: () => Promise<readonly Administrator[]>;
  /**
   * Goes through every row there is, and who agreed to it; resolves to what does not match, a sentence for IT. What is in force
   * does not depend on it. Takes seconds for a large register. Throws RegisterUnavailable.
   */
  readonly audit: () => Promise<string | undefined>;
  readonly state: () => PartState;
}

interface OpenRegisterOptions {
  readonly database: GatewayDatabase;
  readonly policy: Policy;
  readonly clock: Clock;
  /**
   * What the newest entry of the case log that is about the register says of its state; undefined where there is none, or it is of
   * a release that did not write it down. Without it every signature is verified at start.
   */
  readonly logged?: () => Promise<LoggedState | undefined>;
  /** Those kept in the database when absent. */
  readonly policies?: KeptPolicies;
}

/**
 * Opens the register and loads it into memory. Resolves even when it cannot be trusted or read: then `snapshot()` throws
 * RegisterUnavailable, so that AI stays locked while images pass, and `state()` says why. One process alone may have it open.
 */
export async function openRegister(options: OpenRegisterOptions): Promise<Register> {
  const { database, policy, clock } = options;
  const store = createRegisterStore(database);
  let held = await load(options);
  const loaded = (): LoadedRegister => {
    if ('problem' in held) {
      throw new RegisterUnavailable(
        'The AI register cannot be trusted, so AI is locked. Images can be read.',
        held.problem,
      );
    }
    return held;
  };
  const parts: RegisterParts = { store, policy, clock, loaded };
  return {
    snapshot: () => loaded().live.snapshot(),
    reload: async () => {
      held = await load(options);
    },
    ...createProposals(parts),
    ...createApplication(parts),
    ...createActs(parts),
    ...createRecordReader(parts),
    ...createHistory({ policy, policies: options.policies ?? createPolicyStore(database), loaded }),
    nameAdministrators: (two) => nameAdministrators(store.proposals, two, clock.nowMs()),
    administrators: store.proposals.administrators,
    audit: async () => (await auditRegister(database))?.problem,
    state: () => stateOf(held),
  };
}

async function load({ database, policy, logged }: OpenRegisterOptions): Promise<LoadedRegister | Tampered> {
  try {
    return await loadRegister({ database, policy, logged: await logged?.() });
  } catch (error: unknown) {
    if (!(error instanceof RegisterUnavailable)) throw error;
    return { problem: 'its database cannot be read' };
  }
}

function stateOf(held: LoadedRegister | Tampered): PartState {
  if ('problem' in held) {
    return { part: 'register', ok: false, detail: `The AI register cannot be trusted: ${held.problem}.` };
  }
  const sequence = String(held.live.sequence());
  return { part: 'register', ok: true, detail: `The AI register stands at change ${sequence}.` };
}

async function nameAdministrators(
  store: ProposalStore,
  two: readonly [Administrator, Administrator],
  at: number,
): Promise<void> {
  const [first, second] = two;
  const isOne =
    first.name === second.name || keyFingerprint(first.publicKeyPem) === keyFingerprint(second.publicKeyPem);
  if (isOne) {
    throw new GatewayError('conflict', { detail: 'Two administrators must be two people with a key each.' });
  }
  if ((await store.administrators()).length > 0) {
    throw new GatewayError('conflict', { detail: 'The administrators of this register are named already.' });
  }
  await store.addAdministrators(two, at);
}
