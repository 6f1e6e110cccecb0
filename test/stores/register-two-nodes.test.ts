import { isDeepStrictEqual } from 'node:util';
import { withdrawnActEntry } from '../../src/domain/withdrawn-act.ts';
import { applyRegister } from '../../src/flows/apply-register.ts';
import { settleWithdrawal } from '../../src/flows/settle-withdrawal.ts';
import { createSharedTurns } from '../../src/register/shared-turns.ts';
import { actDraft, consentOf, cpdDraft } from '../fakes/act-drafts.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { openPostgresNodes, until, type PostgresNode, type PostgresNodes } from '../fakes/postgres-nodes.ts';
import { FORGETFUL, startPostgres, type PostgresServer } from '../fakes/postgres-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { aPractitioner, aPrincipal } from '../fakes/register-builder.ts';
import { followHeads } from '../fakes/register-nodes.ts';

describeWithBinary('several nodes with one register on PostgreSQL', ['postgres', 'initdb'], () => {
  let server: PostgresServer;
  let house: PostgresNodes;
  let here: PostgresNode;
  let there: PostgresNode;

  beforeAll(async () => {
    server = await startPostgres({ settings: FORGETFUL });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    house = await openPostgresNodes(server);
    [here, there] = await house.two();
  });
  afterEach(() => house.close());

  /** Both nodes, and one that is started now, hold the same; the log tells of as many changes, one after the other. */
  const expectEqual = async (changes: number): Promise<void> => {
    const late = await house.open();
    for (const { register } of [here, there]) await register.catchUp();
    expect(here.pieces()).toHaveLength(changes);
    for (const node of [there, late]) expect(node.pieces()).toEqual(here.pieces());
    expect(followHeads(house.caseLog.all()).proposals).toHaveLength(changes + 1);
    expect(await late.register.audit()).toBeUndefined();
  };
  const outcomeOf = async (node: PostgresNode, id: string): Promise<string> => {
    const acting = node.act(id);
    const [outcome] = await Promise.allSettled([acting]);
    return outcome.status === 'fulfilled' ? outcome.value.state : (await faultOf(acting)).code;
  };

  test('a change made on one is in force on the others by the next look', async () => {
    let begun = 0;
    const inForce: boolean[] = [];
    const catchUp = async (): Promise<void> => {
      begun += 1;
      try {
        await there.register.catchUp();
      } finally {
        inForce.push(there.pieces().includes('E-1'));
      }
    };
    // When looks begin is held by follow-looks.test.ts.
    house.follow({ register: { ...there.register, catchUp } });
    await until(() => inForce.length > 0, 20_000);
    expect(inForce).not.toContain(true);
    await here.act('E-1');
    const next = begun;
    await until(() => inForce.length > next, 20_000);
    expect(inForce[next]).toBe(true);
  });

  test('that is within a second; one of three may be late, where the machine stands still', async () => {
    house.follow(there);
    const took: number[] = [];
    for (const entry of ['E-1', 'E-2', 'E-3']) {
      await here.act(entry);
      const began = performance.now();
      await until(() => there.pieces().includes(entry), 20_000);
      took.push(performance.now() - began);
    }
    expect(took.toSorted((a, b) => a - b)[1]).toBeLessThan(1_000);
  });

  test('many acts at once, taken in turns: each is applied once, none is lost, and all nodes end equal', async () => {
    const acts = [here, there].flatMap((node, nth) => {
      const turns = createSharedTurns({ postgres: node.postgres, catchUp: node.register.catchUp });
      const ids = Array.from({ length: 20 }, (_, place) => `E-${String(nth)}-${String(place)}`);
      return ids.map((id) => turns(() => outcomeOf(node, id)));
    });
    expect(new Set(await Promise.all(acts))).toEqual(new Set(['applied']));
    await expectEqual(40);
  });

  test('many acts at once without turns: some are told to try again, and the chain is never broken', async () => {
    const ids = Array.from({ length: 15 }, (_, place) => `E-${String(place)}`);
    const acts = [here, there].flatMap((node, nth) =>
      ids.map((id) => outcomeOf(node, `${id}-${String(nth)}`)),
    );
    const outcomes = await Promise.all(acts);
    expect(outcomes).toContain('applied');
    const again = new Set(['applied', 'conflict', 'register-unavailable']);
    expect(outcomes.filter((outcome) => !again.has(outcome))).toEqual([]);
    await expectEqual(outcomes.filter((outcome) => outcome === 'applied').length);
  });

  test('a register that goes on between a check and its mark: told to try again, and then it is well', async () => {
    let isFirst = true;
    const slow = await house.open({
      before: async (sql) => {
        if (!isFirst || !sql.startsWith('update "register_proposal" set "started_at"')) return;
        isFirst = false;
        await here.act('E-1');
      },
    });
    const fault = await faultOf(slow.act('E-2'));
    expect(fault).toMatchObject({
      code: 'conflict',
      detail: 'The register has changed meanwhile. Try again.',
    });
    expect(slow.pieces()).toEqual(['E-1']);
    await slow.act('E-2');
    await expectEqual(2);
  });

  test('even within the statement that marks: its place in the sequence is given once', async () => {
    // Its statement waits for as long as another whole act takes.
    there = await house.open({ patienceMs: 20_000 });
    const { digest } = await there.propose('E-2');
    const holder = await here.postgres.connect();
    await holder.query('begin');
    await holder.query('select digest from register_proposal where digest = $1 for update', [digest]);
    const beginning = faultOf(there.register.begin(digest));
    await until(async () => {
      const waiting = await here.postgres.query(`select 1 from pg_locks where not granted`);
      return waiting.rowCount > 0;
    }, 20_000);
    await here.act('E-1');
    await holder.query('rollback');
    holder.release();
    expect((await beginning).code).toBe('conflict');
    expect(await there.act('E-2')).toMatchObject({ state: 'applied' });
    await expectEqual(2);
  });

  test('two that are begun at once: one is, and the other after it', async () => {
    const [one, other] = [await here.propose('E-1'), await there.propose('E-2')];
    await Promise.allSettled([here.register.begin(one.digest), there.register.begin(other.digest)]);
    const begun = await here.postgres.query(
      'select digest from register_proposal where started_at is not null and applied_at is null',
    );
    expect(begun.rowCount).toBe(1);
    const isHere = begun.rows.some((row) => isDeepStrictEqual(row, { digest: one.digest }));
    // Whoever began it goes on; the others wait for what the log does not hold yet.
    const order = isHere
      ? ([
          [here, one],
          [there, other],
        ] as const)
      : ([
          [there, other],
          [here, one],
        ] as const);
    for (const [{ register }, { digest }] of order) await applyRegister({ register, ...house }, { digest });
    await expectEqual(2);
  });

  test('a withdrawal that was stopped between log and rows holds on another, which follows what came before it', async () => {
    const proposal = await here.propose('E-1');
    await here.act('E-2');
    const person = aPractitioner();
    const entry = { proposal, principal: aPrincipal(), person, requestId: 'r' };
    await house.caseLog.append(withdrawnActEntry(entry));
    await there.register.catchUp();
    expect(there.pieces()).toEqual(['E-2']);
    const asItWaits = await there.register.proposal(proposal.digest);
    expect(asItWaits.state).toBe('pending');
    const deps = { register: there.register, caseLogReader: house.caseLog };
    expect(await settleWithdrawal(deps, asItWaits)).toMatchObject({ state: 'withdrawn' });
    for (const { register } of [here, there]) {
      expect((await faultOf(register.begin(proposal.digest))).code).toBe('conflict');
    }
  });

  test('one that is stopped between log and rows is finished by another, which then goes on', async () => {
    const { digest } = await here.propose('E-1');
    const stopped = { ...here.register, commit: () => Promise.reject(new Error('power cut')) };
    await expect(applyRegister({ register: stopped, ...house }, { digest })).rejects.toThrow('power cut');
    await there.act('E-2');
    await expectEqual(2);
  });

  test('two people who confirm at the same moment both stand behind it, one after the other', async () => {
    const { digest } = await here.register.proposeAct(
      actDraft([cpdDraft('E-1')], { act: 'attest-evidence', people: 2 }),
    );
    const people = ['lead', 'other', 'third'] as const;
    await Promise.all(
      people.map((name, nth) => (nth % 2 === 0 ? here : there).register.consent(digest, consentOf(name))),
    );
    const { consents } = await there.register.proposal(digest);
    expect(consents.map(({ practitioner }) => practitioner).toSorted()).toEqual(
      ['radiologist', ...people].toSorted(),
    );
    expect(consents[0]?.practitioner).toBe('radiologist');
  });
});
