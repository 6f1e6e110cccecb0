import type { GatewayDatabase } from '../db/gateway-database.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import { createTurns, type Turns } from '../domain/turns.ts';
import type { PartState } from '../flows/ports.ts';
import type { Tampered } from './audit-register.ts';
import type { LoggedState } from './is-as-logged.ts';
import { loadRegister } from './load-register.ts';
import { readOn, takeRecords, type LoadedRegister } from './read-on.ts';
import { createRegisterStore, type RegisterStore } from './register-store.ts';

/** How long a register that others change too is believed without another look. */
export interface Following {
  readonly monotonicMs: () => number;
  readonly confirmWithinMs: number;
}

/** The register in memory, and whether it can be believed. */
export interface HeldRegister {
  /** Throws RegisterUnavailable when it cannot be trusted. */
  readonly loaded: () => LoadedRegister;
  /** The same; throws too when nobody has looked at the tables for too long: others may have changed them. */
  readonly confirmed: () => LoadedRegister;
  readonly reload: () => Promise<void>;
  readonly catchUp: () => Promise<void>;
  readonly state: () => PartState;
}

interface Holding {
  readonly database: GatewayDatabase;
  readonly policy: Policy;
  readonly logged: () => Promise<LoggedState | undefined>;
  readonly shared: Following | undefined;
}

/** What is in memory and what is known of it. */
interface Held {
  register: LoadedRegister | Tampered;
  /** Nothing could be read, so that nothing is wrong with it: the next look tries again. */
  isUnread: boolean;
  /** What rows that came later are, where they are not what the log says. */
  doubt: string | undefined;
  /** When the look began that last found all in order; monotonic. */
  confirmedAt: number;
  /** When all of it was last read; monotonic. */
  loadedAt: number;
  /** What looks have found begun and not applied, and since when. */
  begun: { readonly digest: string; readonly since: number } | undefined;
}

const UNREAD: Tampered = { problem: 'its database cannot be read' };
/** Reading all of a large register takes seconds: one that was not right is not read again and again without a pause. */
const READ_AGAIN_MS = 10_000;
/** An act stands in the log and not in the tables for some milliseconds; longer than this, somebody was cut off there. */
const LINGERS_MS = 200;
const LOST = 'its newest records are gone';

/** Loads the register and holds it. Resolves even when it cannot be trusted or read. */
export async function holdRegister(holding: Holding): Promise<HeldRegister> {
  const { shared } = holding;
  const store = createRegisterStore(holding.database);
  const held = nothingYet();
  await load(held, holding);
  // Reading a large register takes longer than it is believed for.
  // Where that fails nothing is in force, and whoever follows hears of it.
  if (shared !== undefined) await look(held, { ...holding, store, shared }).catch(() => undefined);
  const turns = createTurns();
  const isLate = (): boolean =>
    shared !== undefined && shared.monotonicMs() - held.confirmedAt > shared.confirmWithinMs;
  const loaded = (): LoadedRegister => trusted(held);
  return {
    loaded,
    confirmed: () => {
      if (isLate()) throw new RegisterUnavailable(LATE);
      const register = loaded();
      if (isBehind(register)) throw new RegisterUnavailable(BEHIND);
      return register;
    },
    reload: () => turns(() => load(held, holding)),
    catchUp:
      shared === undefined
        ? () => Promise.resolve()
        : atOnce(turns, () => look(held, { ...holding, store, shared })),
    state: () => stateOf(held, isLate()),
  };
}

function nothingYet(): Held {
  const never = -Infinity;
  return {
    register: UNREAD,
    isUnread: true,
    doubt: undefined,
    confirmedAt: never,
    loadedAt: never,
    begun: undefined,
  };
}

/** What is in the log may be what stops a model, or suspends somebody. */
function isBehind({ live, behindAt }: LoadedRegister): boolean {
  return behindAt === live.sequence();
}

const BEHIND =
  'A change of the AI register stands in the case log and is not in force yet, so AI is locked. Images can be read. It is finished by itself; tell IT if it is not.';

const LATE =
  'The AI register could not be looked at for some seconds, so AI is locked. Images can be read. It comes back by itself; tell IT if it does not.';

/** The register where it can be trusted. */
function believed({ register, doubt }: Held): LoadedRegister | Tampered {
  return doubt === undefined ? register : { problem: doubt };
}

function trusted(held: Held): LoadedRegister {
  const register = believed(held);
  if (!('problem' in register)) return register;
  throw new RegisterUnavailable(
    'The AI register cannot be trusted, so AI is locked. Images can be read.',
    register.problem,
  );
}

async function load(held: Held, { database, policy, logged, shared }: Holding): Promise<void> {
  const beganAt = shared?.monotonicMs() ?? 0;
  held.doubt = undefined;
  held.loadedAt = beganAt;
  try {
    held.register = await loadRegister({ database, policy, logged });
    held.isUnread = false;
    held.confirmedAt = beganAt;
  } catch (error: unknown) {
    if (!(error instanceof RegisterUnavailable)) throw error;
    held.register = UNREAD;
    held.isUnread = true;
  }
}

interface Looking extends Holding {
  readonly store: RegisterStore;
  readonly shared: Following;
}

/** Takes into force what the tables hold beyond what is in memory. Throws RegisterUnavailable, CaseLogUnavailable. */
async function look(held: Held, looking: Looking): Promise<void> {
  const beganAt = looking.shared.monotonicMs();
  if (isToBeRead(held, beganAt)) await load(held, looking);
  const { register } = held;
  if (!('problem' in register)) {
    held.doubt = await takeNew(register, looking, held);
    if (lingers(held, beganAt)) await lockWhatIsLogged(register, held.begun, looking);
  }
  trusted(held);
  held.confirmedAt = beganAt;
}

/** What was not right when it was read may have been put right since. */
function isToBeRead({ isUnread, register, loadedAt }: Held, now: number): boolean {
  return isUnread || ('problem' in register && now - loadedAt >= READ_AGAIN_MS);
}

function lingers({ begun }: Held, now: number): boolean {
  return begun !== undefined && now - begun.since >= LINGERS_MS;
}

/** A change that stands in the log, and whose rows somebody did not come to write, may be what stops a model. */
async function lockWhatIsLogged(
  register: LoadedRegister,
  begun: Held['begun'],
  { logged }: Looking,
): Promise<void> {
  if (isBehind(register)) return;
  const sequence = register.live.sequence();
  const head = register.chain.head();
  const state = await logged();
  if (state?.proposal === begun?.digest && state?.before === head) register.behindAt = sequence;
}

/** What is wrong with the rows, if anything is. Most looks find nothing new: those are one small query, and the log is not asked. */
async function takeNew(
  register: LoadedRegister,
  { store, logged, shared }: Looking,
  held: Held,
): Promise<string | undefined> {
  const { live } = register;
  for (;;) {
    const base = live.sequence();
    const { newest, begun } = await store.records.reach();
    held.begun = sightOf(begun, held.begun, shared.monotonicMs());
    if (newest < base) return LOST;
    if (newest === base && held.doubt === undefined) return undefined;
    const records = await readOn(register, { store, logged });
    // What this node has applied itself meanwhile is no news.
    if (live.sequence() !== base) continue;
    if ('problem' in records) return records.problem;
    takeRecords(register, records);
    return undefined;
  }
}

function sightOf(digest: string | undefined, before: Held['begun'], now: number): Held['begun'] {
  if (digest === undefined || digest === before?.digest) return digest === undefined ? undefined : before;
  return { digest, since: now };
}

/** Whoever asks while a look is under way waits for the next one: it may have read already what they know to be newer. */
function atOnce(turns: Turns, act: () => Promise<void>): () => Promise<void> {
  let waiting: Promise<void> | undefined;
  return () =>
    (waiting ??= turns(() => {
      waiting = undefined;
      return act();
    }));
}

function stateOf(held: Held, isLate: boolean): PartState {
  const register = believed(held);
  if ('problem' in register) {
    return { part: 'register', ok: false, detail: `The AI register cannot be trusted: ${register.problem}.` };
  }
  if (isLate) return { part: 'register', ok: false, detail: LATE_STATE };
  if (isBehind(register)) return { part: 'register', ok: false, detail: BEHIND };
  const sequence = String(register.live.sequence());
  return { part: 'register', ok: true, detail: `The AI register stands at change ${sequence}.` };
}

const LATE_STATE =
  'The AI register is not known to be up to date: its database has not answered for some seconds. It comes back by itself.';
