import type { GatewayDatabase } from '../db/gateway-database.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type {
  RegisterActs,
  RegisterHistory,
  RegisterLocks,
  RegisterRecords,
} from '../flows/ports-register.ts';
import type { Clock, RegisterProposals, RegisterReader } from '../flows/ports.ts';
import { keyFingerprint, type Administrator } from './administrator-keys.ts';
import { createApplication } from './apply-proposals.ts';
import { auditRegister } from './audit-register.ts';
import { createActs } from './create-acts.ts';
import { createProposals } from './create-proposals.ts';
import { holdRegister, type Following, type HeldRegister } from './held-register.ts';
import type { LoggedState } from './is-as-logged.ts';
import { createPolicyStore } from './policy-store.ts';
import type { ProposalStore } from './proposal-store.ts';
import { createHistory, type KeptPolicies } from './read-history.ts';
import { createRecordReader } from './read-records.ts';
import type { RegisterParts } from './register-parts.ts';
import { createRegisterStore } from './register-store.ts';

/** The Trust's AI register: read from memory, changed only by what two administrators signed, or people who had signed in agreed to. */
export interface Register
  extends RegisterReader, RegisterProposals, RegisterActs, RegisterLocks, RegisterRecords, RegisterHistory {
  /** Reads the tables again; what they say is in force for the next `snapshot()`. Never throws: `state()` says what is wrong. */
  readonly reload: () => Promise<void>;
  /**
   * Takes into force what other nodes have changed; resolves once everything is there that stood in the tables at the time of the call.
   * Calls at once are one. Throws RegisterUnavailable and CaseLogUnavailable when the tables or the log cannot be read, or the tables
   * hold what the log does not: then nothing of it is in force. Without `shared` there is nobody to follow, and nothing to do.
   */
  readonly catchUp: () => Promise<void>;
  /** `countersign init` only: the first two. Throws GatewayError('conflict') when there are some, or when the two are one. */
  readonly nameAdministrators: (administrators: readonly [Administrator, Administrator]) => Promise<void>;
  readonly administrators: () => Promise<readonly Administrator[]>;
  /**
   * Goes through every row there is, and who agreed to it; resolves to what does not match, a sentence for IT. What is in force
   * does not depend on it. Takes seconds for a large register. Throws RegisterUnavailable.
   */
  readonly audit: () => Promise<string | undefined>;
  readonly state: HeldRegister['state'];
}

interface OpenRegisterOptions {
  readonly database: GatewayDatabase;
  readonly policy: Policy;
  readonly clock: Clock;
  /**
   * What the newest entry of the case log that is about the register says of its state; undefined where there is none, or it is of
   * a release that did not write it down. Without it every signature is verified at start, and no change of another node is believed.
   */
  readonly logged?: () => Promise<LoggedState | undefined>;
  /** Those kept in the database when absent. */
  readonly policies?: KeptPolicies;
  /**
   * Other nodes change the same tables: somebody must call `catchUp`, and `snapshot()` throws RegisterUnavailable while the last one
   * that found all in order lies further back than this. Without it one process alone may have the register open.
   */
  readonly shared?: Following;
}

/**
 * Opens the register and loads it into memory. Resolves even when it cannot be trusted or read: then `snapshot()` throws
 * RegisterUnavailable, so that AI stays locked while images pass, and `state()` says why.
 */
export async function openRegister(options: OpenRegisterOptions): Promise<Register> {
  const { database, policy, clock, shared } = options;
  const { logged = () => Promise.resolve(undefined) } = options;
  const store = createRegisterStore(database);
  const held = await holdRegister({ database, policy, logged, shared });
  const { loaded, catchUp } = held;
  const isAlone = shared === undefined;
  const parts: RegisterParts = { store, policy, clock, loaded, catchUp, isAlone, logged: options.logged };
  const policies = options.policies ?? createPolicyStore(database);
  return {
    snapshot: () => held.confirmed().live.snapshot(),
    reload: held.reload,
    catchUp,
    ...createProposals(parts),
    ...createApplication(parts),
    ...createActs(parts),
    ...createRecordReader(parts),
    ...createHistory({ policy, policies, loaded, catchUp }),
    nameAdministrators: (two) => nameAdministrators(store.proposals, two, clock.nowMs()),
    administrators: store.proposals.administrators,
    audit: async () => (await auditRegister(database))?.problem,
    state: held.state,
  };
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
