import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { openRegisterNode, seedPeople } from '../fakes/register-nodes.ts';

/** Something that is waited for until it is opened. */
interface Gate {
  readonly isOpen: Promise<void>;
  readonly open: () => void;
}
function gate(): Gate {
  let open: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  return { isOpen, open };
}

/** A database that says of a transaction only later that it is committed, as one does that is far away. */
function slowToAnswer(database: GatewayDatabase, after: () => Promise<void>): GatewayDatabase {
  type Work = Parameters<ReturnType<GatewayDatabase['transaction']>['execute']>[0];
  const transaction = () => ({
    execute: async (work: Work) => {
      const result = await database.transaction().execute(work);
      await after();
      return result;
    },
  });
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'transaction') return transaction;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

let folder = '';
let database: GatewayDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-own-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
});
afterEach(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true });
});

test.each([
  { name: 'the look takes it, and the change finds it taken', isLookFirst: true },
  { name: 'the change takes it, and the look finds it taken', isLookFirst: false },
])('what a node has written itself, and a look has read: $name', async ({ isLookFirst }) => {
  const caseLog = createMemoryCaseLog();
  const [written, answered] = [gate(), gate()];
  let isSlow = false;
  let meanwhile: (() => Promise<unknown>) | undefined;
  const node = await openRegisterNode({
    database: slowToAnswer(database, async () => {
      if (!isSlow) return;
      written.open();
      await answered.isOpen;
    }),
    caseLog,
    monotonicMs: () => 0,
    beforeLog: async () => {
      await meanwhile?.();
    },
  });
  await seedPeople(node, caseLog);
  const { digest } = await node.propose('E-1');
  isSlow = true;
  const applying = applyRegister({ register: node.register, caseLog }, { digest });
  await written.isOpen;
  if (!isLookFirst) {
    meanwhile = async () => {
      answered.open();
      await applying;
    };
  }
  await node.register.catchUp();
  answered.open();
  expect(await applying).toMatchObject({ state: 'applied' });
  expect(node.pieces()).toEqual(['E-1']);
  expect(node.register.snapshot().sequence).toBe(3);
  await node.register.catchUp();
  expect(node.register.state()).toMatchObject({ ok: true });
});
