import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import { auditRegister } from '../../src/register/audit-register.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { openRegisterNode, seedPeople, type RegisterNode } from '../fakes/register-nodes.ts';

let folder = '';
let database: GatewayDatabase;
let node: RegisterNode;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-audit-'));
  database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const caseLog = createMemoryCaseLog();
  node = await openRegisterNode({ database, caseLog, monotonicMs: () => 0 });
  await seedPeople(node, caseLog);
  await node.act('E-1');
});
afterEach(async () => {
  await database.destroy();
  rmSync(folder, { recursive: true });
});

/** The same database, on which somebody acts after so many queries. */
function interrupted(after: number, act: () => Promise<unknown>): GatewayDatabase {
  let queries = 0;
  return database.withPlugin({
    transformQuery: ({ node: query }) => query,
    transformResult: async ({ result }) => {
      queries += 1;
      if (queries === after) await act();
      return result;
    },
  });
}

test.each([1, 2, 3, 4, 5, 6])('an act after query %d of an audit is nothing that is wrong', async (after) => {
  let acts = 0;
  const slow = interrupted(after, async () => {
    acts += 1;
    await node.act('E-2');
  });
  expect(await auditRegister(slow)).toBeUndefined();
  expect(acts).toBe(1);
  expect(await auditRegister(database)).toBeUndefined();
});
