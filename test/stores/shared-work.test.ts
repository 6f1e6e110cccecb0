import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { readCardKeys } from '../../src/flows/read-card.ts';
import { rotateCardKeys } from '../../src/flows/rotate-card-keys.ts';
import { sendNotices } from '../../src/flows/send-notices.ts';
import { takePolicy } from '../../src/flows/take-policy.ts';
import type { CardKeys } from '../../src/flows/ports-card.ts';
import { createCardKeySet } from '../../src/register/card-key-set.ts';
import { openCardKeys } from '../../src/register/card-keys.ts';
import { createNoticeBook } from '../../src/register/notice-book.ts';
import { createPolicyStore } from '../../src/register/policy-store.ts';
import { createNodeLock } from '../../src/register/shared-turns.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { policyWith } from '../fakes/policy-house.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { aRegister, currentEvidence, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { openSharedDatabase, type SharedDatabase } from '../fakes/shared-database.ts';

const DAY = 86_400_000;
const TYPE = 'countersign-card+jwt';
const clock = { nowMs: () => NOW };

describeWithBinary('what several nodes do of themselves', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let here: SharedDatabase;
  let there: SharedDatabase;
  let folder: string;

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
    const url = await server.createDatabase();
    [here, there] = [await openSharedDatabase(url), await openSharedDatabase(url)];
    folder = mkdtempSync(join(tmpdir(), 'countersign-nodes-'));
  });
  afterAll(async () => {
    await here.close();
    await there.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test('no notice is sent twice, however many nodes begin at the same moment', async () => {
    const posted: string[] = [];
    const register = aRegister({ evidence: currentEvidence(RADIOLOGIST) });
    const round = ({ postgres, database }: SharedDatabase): Promise<number | undefined> => {
      const alone = createNodeLock({ postgres, name: 'notices' });
      const deps = {
        register: { snapshot: () => register },
        noticeBook: createNoticeBook(database),
        noticeReceiver: {
          post: async ({ body }: { readonly body: string }) => {
            await postgres.query('select pg_sleep(0.05)');
            const { data }: { data: { items: { id: string; noticeDays: number }[] } } = JSON.parse(body);
            posted.push(...data.items.map(({ id, noticeDays }) => `${id} ${String(noticeDays)}`));
          },
        },
        clock: { nowMs: () => NOW + 340 * DAY },
        publicUrl: 'https://gateway.example',
        othersTurn: async () => undefined,
      };
      return alone((lost) => sendNotices(deps, lost));
    };
    const rounds = await Promise.all([here, there, here, there].map(round));
    expect(rounds.filter((told) => told === undefined)).not.toHaveLength(0);
    expect(await round(there)).toBe(0);
    expect(posted.length).toBeGreaterThan(0);
    expect(new Set(posted).size).toBe(posted.length);
  });

  test('a policy that both begin with is taken once; two policies, one after the other', async () => {
    const caseLog = createMemoryCaseLog();
    const [first, second] = [policyWith(), policyWith(["version: '2'", "version: '3'"])];
    const take = ({ database }: SharedDatabase, given: typeof first): ReturnType<typeof takePolicy> => {
      const register = { snapshot: () => aRegister(), asItStood: async () => aRegister() };
      const othersTurn = (): Promise<void> => Promise.resolve();
      return takePolicy(
        { policies: createPolicyStore(database), register, caseLog, clock, othersTurn },
        given,
      );
    };
    await Promise.all([take(here, first), take(there, first)]);
    expect(caseLog.all()).toHaveLength(1);
    await Promise.all([take(here, second), take(there, first)]);
    await Promise.all([take(here, first), take(there, second)]);
    const rows = await here.database.selectFrom('policy_taken').select('place').orderBy('place').execute();
    expect(rows.map(({ place }) => place)).toEqual(rows.map((_, nth) => nth + 1));
  });

  describe('keys of the credential card', () => {
    const caseLog = createMemoryCaseLog();
    const keysOf = ({ database }: SharedDatabase, node: string): CardKeys =>
      openCardKeys({
        path: join(folder, `${node}.json`),
        keyDays: 90,
        onWarn: () => undefined,
        keySet: createCardKeySet({ database, node }),
      });
    const rotate = (cardKeys: CardKeys, day: number): Promise<number> =>
      rotateCardKeys({ cardKeys, caseLog, clock: { nowMs: () => NOW + day * DAY } });
    const sign = (keys: CardKeys, day: number): string =>
      keys.sign({ exp: NOW / 1_000 + day * 86_400 + 60 }, TYPE, NOW + day * DAY);
    const isGood = async (token: string, by: CardKeys, day: number): Promise<boolean> => {
      const { keys } = await readCardKeys({ cardKeys: by });
      const options = { typ: TYPE, currentDate: new Date(NOW + day * DAY) };
      return await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), options).then(
        () => true,
        () => false,
      );
    };

    test('a card that one node signed is checked by the keys that another shows; each withdraws its own', async () => {
      const [one, other] = [keysOf(here, 'one'), keysOf(there, 'other')];
      await rotate(one, 0);
      await rotate(other, 5);
      const early = sign(one, 5);
      for (const node of [one, other]) expect(await isGood(early, node, 5)).toBe(true);
      expect(await one.published()).toEqual(await other.published());
      expect(await one.published()).toHaveLength(2);
      for (const day of [89, 90, 91]) await rotate(one, day);
      expect(await isGood(early, other, 5)).toBe(false);
      expect(await isGood(sign(one, 91), other, 91)).toBe(true);
      expect(await isGood(sign(other, 91), one, 91)).toBe(true);
      expect(await other.published()).toHaveLength(2);
    });

    test('what a table lost is shown again, and what was shown and never kept is not', async () => {
      const one = keysOf(here, 'again');
      await rotate(one, 0);
      const before = await one.published();
      await here.database.deleteFrom('card_key').where('node', '=', 'again').execute();
      const left = { kid: 'left', x: 'x', publishedAt: 1, signsFrom: 1 };
      await createCardKeySet({ ...here, node: 'again' }).show([left], 1);
      expect(await rotate(keysOf(here, 'again'), 1)).toBe(0);
      expect(await one.published()).toEqual(before);
    });

    test('a key that cannot be shown signs nothing', async () => {
      const away = keysOf(here, 'away');
      await here.database.schema.alterTable('card_key').renameTo('card_key_away').execute();
      await expect(rotate(away, 0)).rejects.toThrow(RegisterUnavailable);
      await expect(readCardKeys({ cardKeys: away })).rejects.toThrow(RegisterUnavailable);
      expect(() => sign(away, 0)).toThrow('no key');
      await here.database.schema.alterTable('card_key_away').renameTo('card_key').execute();
      await rotate(away, 0);
      expect(await isGood(sign(away, 0), away, 0)).toBe(true);
    });
  });
});
