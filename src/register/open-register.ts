import type { GatewayDatabase } from '../db/gateway-database.ts';
import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { Clock, PartState, RegisterProposals, RegisterReader } from '../flows/ports.ts';
import { keyFingerprint, type Administrator } from './administrator-keys.ts';
import { createProposals } from './create-proposals.ts';
import { loadRegister, type LoadedRegister, type Tampered } from './load-register.ts';
import { createRegisterStore, type RegisterStore } from './register-store.ts';

/** The Trust's AI register: read from memory, changed only by what two administrators signed. */
export interface Register extends RegisterReader, RegisterProposals {
  /** Reads the tables again; what they say is in force for the next `snapshot()`. Never throws: `state()` says what is wrong. */
  readonly reload: () => Promise<void>;
  /** Proposals that are not applied yet, in the order of their names. Throws RegisterUnavailable. */
  readonly pending: () => Promise<readonly RegisterProposal[]>;
  /** One proposal, applied or not. Throws GatewayError('not-found'), RegisterUnavailable. */
  readonly proposal: (digest: string) => Promise<RegisterProposal>;
  /** `countersign init` only: the first two. Throws GatewayError('conflict') when there are some, or when the two are one. */
  readonly nameAdministrators: (administrators: readonly [Administrator, Administrator]) => Promise<void>;
  readonly administrators: () => Promise<readonly Administrator[]>;
  readonly state: () => PartState;
}

/**
 * Opens the register and loads it into memory. Resolves even when it cannot be trusted or read: then `snapshot()` throws
 * RegisterUnavailable, so that AI stays locked while images pass, and `state()` says why. One process alone may have it open.
 */
export async function openRegister(options: {
  readonly database: GatewayDatabase;
  readonly policy: Policy;
  readonly clock: Clock;
}): Promise<Register> {
  const { policy, clock } = options;
  const store = createRegisterStore(options.database);
  let held = await load(store, policy);
  const reload = async (): Promise<void> => {
    held = await load(store, policy);
  };
  const loaded = (): LoadedRegister => {
    if ('problem' in held) {
      throw new RegisterUnavailable(
        'The AI register cannot be trusted, so AI is locked. Images can be read.',
        held.problem,
      );
    }
    return held;
  };
  return {
    snapshot: () => loaded().snapshot,
    reload,
    ...createProposals({ store, policy, clock, loaded, reload }),
    nameAdministrators: (two) => nameAdministrators(store, two, clock.nowMs()),
    administrators: async () => (await store.read()).administrators,
    state: () => stateOf(held),
  };
}

async function load(store: RegisterStore, policy: Policy): Promise<LoadedRegister | Tampered> {
  try {
    return loadRegister(await store.read(), policy);
  } catch (error: unknown) {
    if (!(error instanceof RegisterUnavailable)) throw error;
    return { problem: 'its database cannot be read' };
  }
}

function stateOf(held: LoadedRegister | Tampered): PartState {
  return 'problem' in held
    ? { part: 'register', ok: false, detail: `The AI register cannot be trusted: ${held.problem}.` }
    : { part: 'register', ok: true, detail: `The AI register stands at change ${String(held.sequence)}.` };
}

async function nameAdministrators(
  store: RegisterStore,
  two: readonly [Administrator, Administrator],
  at: number,
): Promise<void> {
  const [first, second] = two;
  const isOne =
    first.name === second.name || keyFingerprint(first.publicKeyPem) === keyFingerprint(second.publicKeyPem);
  if (isOne) {
    throw new GatewayError('conflict', { detail: 'Two administrators must be two people with a key each.' });
  }
  if ((await store.read()).administrators.length > 0) {
    throw new GatewayError('conflict', { detail: 'The administrators of this register are named already.' });
  }
  await store.addAdministrators(two, at);
}
