import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { NotIdentified } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { createSessions, type Arrival, type Sessions } from '../../src/identity/sessions/create-sessions.ts';
import { createSamlRequestStore } from '../../src/identity/saml/saml-request-store.ts';
import { createSessionStore, type SessionStore } from '../../src/identity/sessions/session-store.ts';

const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 60 * 60_000;
const MINUTE = 60_000;
const START = 1_700_000_000_000;
const ALICE: Arrival = {
  provider: 'urn:idp',
  subject: 'alice.osei',
  method: 'saml',
  assurance: 3,
  authenticatedAt: START,
};

let folder: string;
let database: GatewayDatabase;
let nowMs: number;
let store: SessionStore;
let sessions: Sessions;
let warnings: string[];
let serial = 0;

function open(changes: Partial<SessionStore> = {}, idleMs = IDLE_MS): Sessions {
  return createSessions({
    store: { ...store, ...changes },
    limits: { idleMs, absoluteMs: ABSOLUTE_MS },
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    randomBytes,
    newId: () => `ref-${(serial += 1)}`,
    onWarn: (message) => warnings.push(message),
  });
}

/** Opens a session as a sign-in does, with a request and an assertion to spend. */
async function arrive(arrival: Arrival = ALICE, house = sessions): Promise<string> {
  const requestId = `_${(serial += 1)}`;
  const requests = createSamlRequestStore(database, () => nowMs);
  const request = { provider: arrival.provider, requestId, issuedAt: '', browserHash: '', returnTo: '/' };
  await requests.save({ ...request, expiresAt: nowMs + MINUTE });
  const spent = { requestId, assertionId: `a${requestId}`, rememberUntil: nowMs + MINUTE };
  return (await house.open(arrival, spent)).token;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  nowMs = START;
  warnings = [];
  store = createSessionStore(database);
  sessions = open();
});
afterEach(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const whose = (token: string, house = sessions): Promise<string | undefined> =>
  house.verify(token).then(
    (principal: Principal) => principal.subject,
    (error: unknown) => {
      if (error instanceof NotIdentified) return undefined;
      throw error;
    },
  );
const lastSeen = async (): Promise<readonly number[]> =>
  (await database.selectFrom('session').selectAll().execute()).map((row) => row.last_seen_at);

describe('limits', () => {
  const rows = [
    { name: 'just used', after: [0], there: true },
    { name: 'a moment before the idle limit', after: [IDLE_MS - 1], there: true },
    { name: 'at the idle limit', after: [IDLE_MS], there: false },
    {
      name: 'used every 29 minutes',
      after: [29, 29, 29, 29].map((minutes) => minutes * MINUTE),
      there: true,
    },
    { name: 'used every 30 seconds, then not', after: [30_000, 30_000, 30_000, IDLE_MS], there: false },
    {
      name: 'a moment before the absolute limit',
      after: [...Array<number>(35).fill(20 * MINUTE), 20 * MINUTE - 1],
      there: true,
    },
    {
      name: 'at the absolute limit, in constant use',
      after: Array<number>(36).fill(20 * MINUTE),
      there: false,
    },
  ];
  test.each(rows)('$name -> still there: $there', async ({ after, there }) => {
    const token = await arrive();
    let last: string | undefined;
    for (const ms of after) {
      nowMs += ms;
      last = await whose(token);
    }
    expect(last).toBe(there ? 'alice.osei' : undefined);
    expect(await lastSeen()).toHaveLength(there ? 1 : 0);
  });

  test('the identity provider ends it earlier', async () => {
    const token = await arrive({ ...ALICE, sessionEndsAt: START + 5 * MINUTE });
    nowMs += 5 * MINUTE - 1;
    expect(await whose(token)).toBe('alice.osei');
    nowMs += 1;
    expect(await whose(token)).toBeUndefined();
  });

  test('the identity provider cannot end it later', async () => {
    const token = await arrive({ ...ALICE, sessionEndsAt: START + 99 * ABSOLUTE_MS });
    expect((await sessions.verify(token)).expiresAt).toBe(START + ABSOLUTE_MS);
  });

  test('a session in steady use outlives a short idle limit', async () => {
    const brief = open({}, 40_000);
    const token = await arrive(ALICE, brief);
    for (let used = 0; used < 20; used += 1) {
      nowMs += 15_000;
      expect(await whose(token, brief)).toBe('alice.osei');
    }
  });
});

describe('being seen', () => {
  test('is written down at most once a minute', async () => {
    const token = await arrive();
    for (let seconds = 0; seconds < 59; seconds += 1) {
      nowMs += 1_000;
      await sessions.verify(token);
    }
    expect(await lastSeen()).toEqual([START]);
    nowMs += 1_000;
    await Promise.all(Array.from({ length: 20 }, () => sessions.verify(token)));
    expect(await lastSeen()).toEqual([START + MINUTE]);
  });

  test('goes on from memory when it cannot be written down', async () => {
    const stuck = open({ touch: () => Promise.reject(new Error('disk full')) });
    const token = await arrive(ALICE, stuck);
    for (let minutes = 0; minutes < 60; minutes += 1) {
      nowMs += MINUTE;
      expect(await whose(token, stuck)).toBe('alice.osei');
    }
    expect(warnings.length).toBeGreaterThan(0);
    expect(await lastSeen()).toEqual([START]);
  });
});

describe('the token', () => {
  test('stands nowhere on disk, in no form', async () => {
    const token = await arrive();
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const forms = [token, Buffer.from(token, 'base64url'), Buffer.from(token, 'base64url').toString('hex')];
    for (const file of files) for (const form of forms) expect(file.includes(form)).toBe(false);
  });

  test('is another one each time, and 256 bits long', async () => {
    const tokens = await Promise.all([arrive(), arrive(), arrive()]);
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  test.each(['', 'x', 'A'.repeat(43), 'alice.osei', `' or 1=1 --`])('%j opens nothing', async (token) => {
    await arrive();
    expect(await whose(token)).toBeUndefined();
  });

  test('its hash opens nothing', async () => {
    await arrive();
    const [row] = await database.selectFrom('session').selectAll().execute();
    expect(await whose(row?.token_hash ?? '')).toBeUndefined();
  });
});

describe('signing out', () => {
  test('ends the session at once, though it was just read', async () => {
    const token = await arrive();
    await sessions.verify(token);
    expect((await sessions.end(token))?.subject).toBe('alice.osei');
    expect(await whose(token)).toBeUndefined();
  });

  test('ends it for a look-up that is under way, too', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let reads = 0;
    const slow = open({
      find: async (hash) => {
        const session = await store.find(hash);
        if ((reads += 1) === 1) await held;
        return session;
      },
    });
    const token = await arrive(ALICE, slow);
    const underWay = whose(token, slow);
    await slow.end(token);
    letGo();
    expect(await underWay).toBeUndefined();
    expect(await whose(token, slow)).toBeUndefined();
  });
});

test('a restart keeps the session, its limits and its reference', async () => {
  const token = await arrive();
  const before = await sessions.verify(token);
  const after = await open().verify(token);
  expect(after).toEqual(before);
  nowMs += IDLE_MS;
  expect(await whose(token, open())).toBeUndefined();
});

test('a store that cannot be read is a fault of ours, told without its words', async () => {
  const token = await arrive();
  await database.schema.dropTable('session').execute();
  await expect(sessions.verify(token)).rejects.toMatchObject({
    code: 'internal',
    detail: expect.not.stringContaining('table'),
  });
});

describe('opening', () => {
  const request = { provider: 'urn:idp', issuedAt: '', browserHash: '', returnTo: '/' };

  test('an assertion is taken once for as long as it is remembered', async () => {
    const spend = async (requestId: string): Promise<unknown> => {
      await createSamlRequestStore(database, () => nowMs).save({
        ...request,
        requestId,
        expiresAt: nowMs + MINUTE,
      });
      return sessions.open(ALICE, { requestId, assertionId: '_a', rememberUntil: nowMs + 5 * MINUTE });
    };
    await spend('_1');
    await expect(spend('_2')).rejects.toMatchObject({ refusal: 'already-used' });
    nowMs += 5 * MINUTE - 1;
    await expect(spend('_3')).rejects.toMatchObject({ refusal: 'already-used' });
    nowMs += 1;
    await spend('_4');
    expect(await database.selectFrom('saml_assertion').selectAll().execute()).toHaveLength(1);
  });

  test('a request that is gone opens nothing, and leaves the assertion unused', async () => {
    const spent = { requestId: '_gone', assertionId: '_a', rememberUntil: nowMs + MINUTE };
    await expect(sessions.open(ALICE, spent)).rejects.toMatchObject({ refusal: 'unknown-request' });
    expect(await lastSeen()).toEqual([]);
    expect(await database.selectFrom('saml_assertion').selectAll().execute()).toEqual([]);
  });

  test('clears away sessions that are over', async () => {
    await arrive();
    nowMs += IDLE_MS;
    await arrive({ ...ALICE, subject: 'ben.carter' });
    expect(await lastSeen()).toEqual([nowMs]);
  });
});
