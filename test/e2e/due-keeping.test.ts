import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfig } from '../../fixtures/sandbox/gateway-config.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { keepDue, openDueParts } from '../../src/compose-due.ts';
import type { Config } from '../../src/config.ts';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { keptLog } from '../fakes/edge-app.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { aRegister, NOW } from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'countersign-keeping-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whoever wants to be told; answers with this status. */
async function receiver() {
  const got: { id: string; items: readonly { id: string }[] }[] = [];
  const state = { status: 204 };
  const waiting: (() => void)[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      got.push({ id: String(req.headers['webhook-id']), items: JSON.parse(body).data.items });
      res.writeHead(state.status).end();
      waiting.shift()?.();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    got,
    state,
    url: `http://127.0.0.1:${port}/hook`,
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function configFor(dataDir: string, webhookUrl?: string): Config {
  const { certificatePem } = makeKeyPair();
  const identityProvider = { ssoUrl: 'http://127.0.0.1:1', certificatePem };
  const base = gatewayConfig({
    dataDir,
    policyFile: '',
    ports: { gateway: 1, admin: 2 },
    pacsUrl: 'http://127.0.0.1:3',
    identityProvider,
  } as never);
  const secretFile = { path: '', text: 'a-shared-secret-of-the-trust\n' };
  return { ...base, ...(webhookUrl === undefined ? {} : { notices: { webhookUrl, secretFile } }) };
}

/** Lets everything else have its turn until something holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

/** A gateway's parts on a data folder of their own; opened again they are those of a restart. */
async function openHouse(dataDir: string, webhookUrl?: string) {
  const config = configFor(dataDir, webhookUrl);
  const path = join(dataDir, 'gateway.sqlite');
  const database = await openGatewayDatabase(path, { create: !existsSync(path) });
  const { logger, lines } = keptLog();
  const due = openDueParts({ config, database, logger });
  const caseLog = createMemoryCaseLog();
  const register = aRegister();
  const stop = await keepDue({
    ...due,
    config,
    logger,
    caseLog,
    register: { snapshot: () => register },
    nodes: { aloneAtNotices: (work) => work(new AbortController().signal) },
    clock: { nowMs: () => NOW + 195 * DAY, monotonicMs: () => 0 },
  });
  return {
    due,
    lines,
    caseLog,
    close: async () => {
      await stop();
      await database.destroy();
    },
  };
}

test('at the start a key is made, on record and kept for the next start', async () => {
  const dataDir = mkdtempSync(join(folder, 'keys-'));
  const first = await openHouse(dataDir);
  const [key] = await first.due.cardKeys.published();
  expect(statSync(join(dataDir, 'card-keys.json')).mode & 0o777).toBe(0o600);
  expect(first.caseLog.all().map(({ kind }) => kind)).toEqual(['key.rotate']);
  await first.close();
  const again = await openHouse(dataDir);
  expect(await again.due.cardKeys.published()).toEqual([key]);
  expect(again.caseLog.all()).toEqual([]);
  await again.close();
});

test('what falls due is told at the start, and a restart tells nothing again', async () => {
  const one = await receiver();
  const dataDir = mkdtempSync(join(folder, 'told-'));
  const told = one.next();
  const first = await openHouse(dataDir, one.url);
  await told;
  expect(one.got[0]?.items.map(({ id }) => id)).toContain('registration/radiologist');
  const { noticeBook } = first.due;
  const notice = { item: 'registration/radiologist', dueAt: NOW + 200 * DAY, notice: 7 };
  await until(async () => (await noticeBook.unsent([notice])).length === 0);
  await first.close();
  const second = await openHouse(dataDir, one.url);
  let turns = 0;
  await until(async () => (turns += 1) > 200);
  await second.close();
  expect(one.got).toHaveLength(1);
  one.close();
});

test('a receiver that refuses is a warning, and stops nothing', async () => {
  const one = await receiver();
  one.state.status = 403;
  const refused = one.next();
  const house = await openHouse(mkdtempSync(join(folder, 'refused-')), one.url);
  await refused;
  await until(async () => house.lines.some(({ level }) => level === 'warn'));
  expect(house.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
    'what falls due could not be told; the next hour tries again',
  ]);
  expect(JSON.stringify(house.lines)).not.toContain('a-shared-secret');
  await house.close();
  one.close();
});

test('without the block nobody is told anything', async () => {
  const house = await openHouse(mkdtempSync(join(folder, 'none-')));
  await house.close();
  expect(house.lines.filter(({ level }) => level !== 'info')).toEqual([]);
});
