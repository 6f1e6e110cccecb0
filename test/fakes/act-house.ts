import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { NotIdentified } from '../../src/domain/errors.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { evidenceText, modelVersionText, recordText } from '../../src/domain/record-text.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { Instant, ModelVersion, Practitioner } from '../../src/domain/register.ts';
import { createTurns } from '../../src/domain/turns.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import type { ActDeps } from '../../src/flows/settle-act.ts';
import { makeAdministratorKey, signProposalDigest } from '../../src/register/administrator-keys.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import { HOUR_MS, POLICY, signedIn } from './act-people.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from './memory-case-log.ts';
import { NOW } from './register-builder.ts';
import { signRegister } from '../../src/flows/sign-register.ts';

export const NEVER = new AbortController().signal;

interface Seed {
  readonly practitioners: readonly Practitioner[];
  readonly evidence: Parameters<typeof evidenceText>[0][];
  readonly modelVersions: readonly ModelVersion[];
}

/** A real register on a disk, a case log in memory, people who sign in by their names, and a clock that the test moves. */
export interface ActHouse {
  readonly deps: ActDeps & { readonly register: Register; readonly caseLogReader: MemoryCaseLog };
  readonly caseLog: MemoryCaseLog;
  readonly now: () => Instant;
  readonly moveTo: (instant: Instant) => void;
  readonly later: (ms: number) => void;
  /** How somebody is signed in from now on; a smart card shown a minute ago where nothing is said. */
  readonly signIn: (subject: string, changes: Partial<Principal>) => void;
  readonly perform: (by: string, act: RegisterAct) => Promise<RegisterProposal>;
  readonly confirm: (by: string, proposal: Pick<RegisterProposal, 'digest'>) => Promise<RegisterProposal>;
  /** Signed by an administrator, `ada` or `bo`, with their key. */
  readonly signByKey: (
    administrator: string,
    proposal: Pick<RegisterProposal, 'digest'>,
  ) => Promise<RegisterProposal>;
  /** Done by one, confirmed by the other. */
  readonly together: (by: string, second: string, act: RegisterAct) => Promise<RegisterProposal>;
  /** The same folder and log under another register, as another node or a restart would have it. */
  readonly reopened: () => Promise<ActHouse['deps']>;
  readonly close: () => Promise<void>;
}

/** With `shared`, registers that are opened beside it follow one another, as those of several nodes do. */
export async function createActHouse(
  seed: Seed,
  policy: Policy = POLICY,
  shared?: { readonly confirmWithinMs: number },
): Promise<ActHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-acts-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  let instant = NOW;
  const clock = { nowMs: () => instant, monotonicMs: () => 0 };
  const caseLog = createMemoryCaseLog({ clock });
  const logins = new Map<string, Partial<Principal>>();
  const identity: ActDeps['identity'] = {
    verifyEvidence: async ({ sessionToken }: LoginEvidence, signal: AbortSignal) => {
      signal.throwIfAborted();
      if (sessionToken === undefined) throw new NotIdentified();
      const fresh = { authenticatedAt: instant - 60_000, expiresAt: instant + HOUR_MS };
      return signedIn('lead', {
        subject: sessionToken,
        sessionRef: `of-${sessionToken}`,
        ...fresh,
        ...logins.get(sessionToken),
      });
    },
  };
  let ids = 0;
  const open = (): Promise<Register> =>
    openRegister({ database, policy, clock, ...ofNodes(caseLog, shared) });
  const depsOf = (register: Register): ActHouse['deps'] => ({
    identity,
    register,
    caseLog,
    caseLogReader: caseLog,
    clock,
    ids: {
      newCaseId: () => {
        throw new Error('no case is opened here');
      },
      newId: () => `id-${String((ids += 1))}`,
    },
    turns: createTurns(),
  });
  const deps = depsOf(await open());
  const signByKey: ActHouse['signByKey'] = async (administrator, { digest }) => {
    const signature = signProposalDigest(digest, readFileSync(join(folder, `${administrator}.pem`), 'utf8'));
    return await signRegister(deps, { digest, administrator, signature });
  };
  await nameAdministrators(deps, folder);
  const seeded = await propose(deps, seed);
  for (const administrator of ['ada', 'bo']) await signByKey(administrator, seeded);
  const call = (by: string) => ({ evidence: { sessionToken: by }, requestId: 'request-1' });
  const perform = (by: string, act: RegisterAct): Promise<RegisterProposal> =>
    performAct(deps, { ...call(by), act }, NEVER);
  const confirm = (by: string, { digest }: Pick<RegisterProposal, 'digest'>): Promise<RegisterProposal> =>
    confirmAct(deps, { ...call(by), digest }, NEVER);
  return {
    deps,
    caseLog,
    now: () => instant,
    moveTo: (to) => void (instant = to),
    later: (ms) => void (instant += ms),
    signIn: (subject, changes) => void logins.set(subject, changes),
    perform,
    confirm,
    signByKey,
    together: async (by, second, act) => await confirm(second, await perform(by, act)),
    reopened: async () => depsOf(await open()),
    close: async () => {
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ofNodes(
  caseLogReader: MemoryCaseLog,
  shared: { readonly confirmWithinMs: number } | undefined,
): Partial<Pick<Parameters<typeof openRegister>[0], 'logged' | 'shared'>> {
  if (shared === undefined) return {};
  return {
    logged: () => readRegisterHead({ caseLogReader }),
    shared: { ...shared, monotonicMs: () => 0 },
  };
}

async function nameAdministrators({ register }: ActHouse['deps'], folder: string): Promise<void> {
  const named = (name: string) => makeAdministratorKey(name, join(folder, `${name}.pem`));
  await register.nameAdministrators([named('ada'), named('bo')]);
}

/** What the house starts with, as an import that two administrators sign with their keys. */
async function propose({ register }: ActHouse['deps'], seed: Seed): Promise<RegisterProposal> {
  const file = {
    practitioners: seed.practitioners.map((one) => recordText({ ...one })),
    evidence: seed.evidence.map(evidenceText),
    modelVersions: seed.modelVersions.map(modelVersionText),
  };
  return await register.propose(JSON.stringify(file), 'seed.json');
}
