import type { OneTimeCodes } from '../../flows/ports.ts';
import type { DoorDeps } from '../door-deps.ts';
import { secretHash } from '../secret-hash.ts';
import { demand } from '../sign-in-refusal.ts';
import type { StoredSession, Transaction } from '../stores/identity-stores.ts';
import { newCode, newHandle, plainCode, plainHandle } from './code-spelling.ts';
import type { Grant } from './grant.ts';

type Deps = Pick<DoorDeps, 'transactions' | 'sessions' | 'limits' | 'clock' | 'randomBytes'>;

/** Codes, made and taken back. */
export interface CodeBook extends OneTimeCodes {
  /** What a code is good for. Throws SignInRefused('wrong-credentials') for one that is wrong, used, over or whose session ended. */
  readonly grantOf: (typed: { readonly username: string; readonly password: string }) => Promise<Grant>;
}

const KIND = 'one-time-code';
/** From the page to the viewer beside it. */
const CODE_LIFE_MS = 2 * 60_000;

/** Codes of this gateway, kept under its own entity ID, hashed together with the user name shown beside them. */
export function createOneTimeCodes(deps: Deps, entityId: string): CodeBook {
  return {
    issue: async ({ sessionToken, scopes }) => {
      const sessionHash = secretHash(sessionToken);
      await deps.limits.ofAccount(`codes of ${sessionHash}`);
      const username = newHandle(deps.randomBytes);
      const code = newCode(deps.randomBytes);
      const startedAt = deps.clock.nowMs();
      const expiresAt = startedAt + CODE_LIFE_MS;
      const id = idOf(username, code);
      const fixed = { kind: KIND, provider: entityId, returnTo: '/' } as const;
      await deps.transactions.save({ ...fixed, id, startedAt, expiresAt, sessionHash, scopes });
      return { username, code, expiresAt };
    },
    grantOf: async ({ username, password }) => {
      await deps.limits.ofAccount(`code ${plainHandle(username)}`);
      const code = await deps.transactions.find(KIND, entityId, idOf(username, password));
      const parent = await parentOf(deps, code);
      demand(code !== undefined && parent !== undefined, 'wrong-credentials');
      return grantFrom(code, parent);
    },
  };
}

/** Looked up by hash: a wrong name finds nothing, a wrong code finds nothing, and neither takes longer. */
function idOf(username: string, code: string): string {
  return secretHash(`${plainHandle(username)}\n${plainCode(code)}`);
}

async function parentOf(deps: Deps, code: Transaction | undefined): Promise<StoredSession | undefined> {
  const hash = code?.sessionHash;
  const parent = hash === undefined ? undefined : await deps.sessions.findByHash(hash);
  const mayHaveTokens =
    parent?.use === 'browser' && deps.sessions.isLive(parent) && parent.principal.method !== 'break-glass';
  return mayHaveTokens ? parent : undefined;
}

function grantFrom({ kind, provider, id, scopes }: Transaction, parent: StoredSession): Grant {
  const { kind: _person, sessionRef: _parent, expiresAt, ...person } = parent.principal;
  return {
    arrival: {
      ...person,
      sessionEndsAt: expiresAt,
      ...(parent.role === undefined ? {} : { role: parent.role }),
    },
    scopes: scopes ?? [],
    usual: scopes ?? [],
    opening: { transaction: { kind, provider, id }, parentHash: parent.tokenHash },
  };
}
