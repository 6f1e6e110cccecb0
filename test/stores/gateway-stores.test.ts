import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { GatewayDatabase } from '../../src/db/gateway-database.ts';
import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { createCardKeySet } from '../../src/register/card-key-set.ts';
import { createFeedTokens } from '../../src/register/feed-tokens.ts';
import { createNoticeBook } from '../../src/register/notice-book.ts';
import { createPolicyStore } from '../../src/register/policy-store.ts';
import { writeProposal, type Proposal } from '../../src/register/proposal.ts';
import { writeChange } from '../../src/register/register-change.ts';
import { createRegisterStore, type RegisterStore } from '../../src/register/register-store.ts';
import { consentOf, cpdDraft } from '../fakes/act-drafts.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { policyWith } from '../fakes/policy-house.ts';
import { practitionerId } from '../fakes/register-builder.ts';

const cpd = (
  id: string,
  changes: Readonly<Record<string, unknown>> = {},
): Parameters<typeof writeChange>[0] => {
  const draft = cpdDraft(id, changes);
  return { kind: 'evidence', id, record: 'record' in draft ? draft.record : {} };
};
const proposalOf = (basedOn: number, ...ids: readonly string[]): Proposal =>
  writeProposal({ act: 'log-cpd', people: 1, basedOn, changes: ids.map((id) => writeChange(cpd(id))) });

/** Written as if it had been agreed to and logged; gives the sequence after it. */
async function applied({ proposals, records }: RegisterStore, proposal: Proposal): Promise<number> {
  const first = (await records.reach()).newest + 1;
  await proposals.add(proposal, 1, consentOf('radiologist'));
  expect(await proposals.markBegun(proposal.digest, 2, first - 1)).toBe(true);
  const places = proposal.changes.map(() => ({ logSeq: 0, replaces: 0 }));
  expect(await records.write({ proposal, first, places, recordedAt: 2, appliedAt: 3 })).toBe(true);
  return first + places.length - 1;
}

describeOnBoth('the register’s tables', ({ make, kind }) => {
  let database: GatewayDatabase;
  let here: RegisterStore;
  let there: RegisterStore;
  beforeEach(async () => {
    const [one, other] = await make();
    database = one;
    [here, there] = [createRegisterStore(one), createRegisterStore(other)];
  });

  test('consents are read in the order in which they were given, whatever clocks say', async () => {
    const proposal = proposalOf(0, 'E-1');
    await here.proposals.add(proposal, 9, consentOf('radiologist', 9));
    await there.proposals.addConsent(proposal.digest, consentOf('lead', 5));
    await here.proposals.addConsent(proposal.digest, consentOf('lead', 1));
    await here.proposals.addConsent(proposal.digest, consentOf('another', 7));
    const { consents } = await there.proposals.agreementTo(proposal.digest);
    expect(consents).toEqual([consentOf('radiologist', 9), consentOf('lead', 5), consentOf('another', 7)]);
    expect(await here.proposals.peopleBehind([proposal.digest])).toEqual(
      new Map([[proposal.digest, ['another', 'lead', 'radiologist']]]),
    );
  });

  test('many who consent at once each have a place of their own', async () => {
    const { digest } = proposalOf(0, 'E-1');
    await here.proposals.add(proposalOf(0, 'E-1'), 9);
    const names = Array.from({ length: 8 }, (_, nth) => `person-${String(nth)}`);
    await Promise.all(
      names.map((name, nth) => (nth % 2 === 0 ? here : there).proposals.addConsent(digest, consentOf(name))),
    );
    const rows = await database.selectFrom('register_consent').selectAll().orderBy('place').execute();
    expect(rows.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('what waits comes oldest first; what is taken back does not, and is not begun', async () => {
    const [late, early, back] = [proposalOf(0, 'E-1'), proposalOf(0, 'E-2'), proposalOf(0, 'E-3')];
    await here.proposals.add(late, 3);
    await here.proposals.add(early, 1);
    await here.proposals.add(back, 2);
    await here.proposals.add(late, 0);
    await there.proposals.markWithdrawn(back.digest, 4);
    expect((await there.proposals.open()).map(({ digest }) => digest)).toEqual([early.digest, late.digest]);
    expect(await here.proposals.markBegun(back.digest, 5, 0)).toBe(false);
    expect(await here.proposals.find(back.digest)).toMatchObject({ withdrawnAt: 4, startedAt: undefined });
  });

  test('one is begun at a time, at the place where the register is, and then cannot be taken back', async () => {
    const [one, other] = [proposalOf(0, 'E-1'), proposalOf(0, 'E-2')];
    for (const proposal of [one, other]) await here.proposals.add(proposal, 1);
    expect(await here.proposals.markBegun(one.digest, 2, 5)).toBe(false);
    const marks = await Promise.all([
      here.proposals.markBegun(one.digest, 2, 0),
      there.proposals.markBegun(other.digest, 2, 0),
    ]);
    expect(marks.filter(Boolean)).toHaveLength(1);
    const begun = await there.proposals.begun();
    expect(begun).toMatchObject({ startedAt: 2, firstSequence: 1 });
    await here.proposals.markWithdrawn(begun?.digest ?? '', 3);
    expect(await here.proposals.begun()).toEqual(begun);
  });

  test('records are written all or none, with their proposal, and once', async () => {
    const proposal = proposalOf(0, 'E-1', 'E-2');
    await here.proposals.add(proposal, 1);
    await here.proposals.markBegun(proposal.digest, 2, 0);
    const written = { proposal, recordedAt: 2, appliedAt: 3 };
    const places = [
      { logSeq: 4, replaces: 0 },
      { logSeq: 5, replaces: 0 },
    ];
    const twice = proposal.changes.map((change) => ({ ...change, change: { ...change.change } }));
    await database
      .insertInto('register_record')
      .values({
        sequence: 2,
        kind: 'k',
        id: 'i',
        body: 'b',
        digest: 'd',
        proposal: proposal.digest,
        log_seq: 0,
        recorded_at: 0,
        replaces: null,
      })
      .execute();
    const half = here.records.write({
      ...written,
      proposal: { ...proposal, changes: twice },
      first: 1,
      places,
    });
    await expect(half).rejects.toThrow(RegisterUnavailable);
    expect(await there.proposals.applied()).toEqual({ digests: [], newest: 0 });
    expect(await there.records.textsAfter(0)).toHaveLength(1);
    const begun = { digest: proposal.digest, startedAt: 2 };
    await here.proposals.takeBack({ ...begun, startedAt: 3 });
    expect(await there.records.reach()).toEqual({ newest: 2, begun: proposal.digest });
    await here.proposals.takeBack(begun);
    expect(await there.records.reach()).toEqual({ newest: 2, begun: undefined });
    expect(await here.records.write({ ...written, first: 3, places })).toBe(false);
    expect(await here.proposals.markBegun(proposal.digest, 2, 2)).toBe(true);
    for (const other of [{ first: 4 }, { recordedAt: 4 }])
      expect(await here.records.write({ ...written, first: 3, places, ...other })).toBe(false);
    const both = await Promise.all(
      [here, there].map(({ records }) => records.write({ ...written, first: 3, places })),
    );
    expect(both.toSorted()).toEqual([false, true]);
    expect(await there.records.reach()).toEqual({ newest: 4, begun: undefined });
    expect(await there.proposals.applied()).toEqual({ digests: [proposal.digest], newest: 4 });
  });

  test('pages follow the bytes of ids, and hold what stood at a sequence', async () => {
    const ids = ['a', 'B', 'b', 'A-10', 'A-9', '_', 'é'.normalize()];
    let sequence = await applied(here, proposalOf(0, ...ids));
    const page = (after: string, at: number): Promise<readonly string[]> =>
      there.records
        .standing({ kind: 'evidence', after, limit: 3, sequence: at })
        .then((rows) => rows.map(({ id }) => id));
    expect(await page('', sequence)).toEqual(['A-10', 'A-9', 'B']);
    expect(await page('B', sequence)).toEqual(['_', 'a', 'b']);
    expect(await page('b', sequence)).toEqual(['é']);
    const removal = writeChange({ kind: 'evidence', id: 'a', removed: true, reason: 'by mistake' });
    const taken = writeProposal({ act: 'log-cpd', people: 1, basedOn: sequence, changes: [removal] });
    sequence = await applied(here, taken);
    expect(await page('B', sequence)).toEqual(['_', 'b', 'é']);
    expect(await page('B', sequence - 1)).toEqual(['_', 'a', 'b']);
    expect(await there.records.statesOf({ kind: 'evidence', id: 'a' }, sequence)).toHaveLength(2);
    expect(await there.records.statesOf({ kind: 'evidence', id: 'a' }, sequence - 1)).toHaveLength(1);
  });

  test('the newest states of many records at once, as they stood', async () => {
    const ids = Array.from({ length: 1_100 }, (_, nth) => `E-${String(nth)}`);
    const first = await applied(here, proposalOf(0, ...ids));
    const again = writeProposal({
      ...{ act: 'log-cpd', people: 1, basedOn: first },
      changes: ids.slice(0, 3).map((id) => writeChange(cpd(id, { credits: 9 }))),
    });
    const second = await applied(here, again);
    const named = ids.map((id) => ({ kind: 'evidence', id }) as const);
    expect((await there.records.statesAt(named, first)).every((row) => row.sequence <= first)).toBe(true);
    const now = await there.records.statesAt(named, second);
    expect(now).toHaveLength(1_100);
    expect(now.filter(({ sequence }) => sequence > first)).toHaveLength(3);
    expect((await there.records.textsAfter(first)).map(({ sequence }) => sequence)).toEqual([
      1_101, 1_102, 1_103,
    ]);
  });

  test('texts come back letter by letter', async () => {
    const odd = 'naïve “quotes” \u{1F9EA} \\ % _ \u2028 line\u0007';
    await applied(
      here,
      writeProposal({ act: 'log-cpd', people: 1, basedOn: 0, changes: [writeChange(cpd('E-1', { odd }))] }),
    );
    const [row] = await there.records.textsAfter(0);
    expect(row?.body).toBe(writeChange(cpd('E-1', { odd })).body);
  });

  test('a database that is away is told as the register being away', async () => {
    await sql
      .raw(kind === 'sqlite' ? 'drop table register_consent' : 'drop table register_consent cascade')
      .execute(database);
    await expect(here.proposals.agreementTo('x')).rejects.toThrow(RegisterUnavailable);
  });
});

describeOnBoth('what else is kept beside the register', ({ make }) => {
  let nodes: readonly [GatewayDatabase, GatewayDatabase];
  beforeAll(async () => {
    nodes = await make();
  });

  test('policies: a place is taken once, by whoever is first; the same one by two is one', async () => {
    const [here, there] = [createPolicyStore(nodes[0]), createPolicyStore(nodes[1])];
    const [first, second] = [policyWith(), policyWith(["version: '2'", "version: '3'"])];
    const keep = (store: typeof here, { policy, text }: typeof first, place: number): Promise<boolean> => {
      const { id, version, digest } = policy;
      return store.keep({ place, digest, id, version, text, takenAt: place, logSeq: place });
    };
    expect(await Promise.all([keep(here, first, 1), keep(there, first, 1)])).toEqual([true, true]);
    const outcomes = await Promise.all([keep(here, first, 2), keep(there, second, 2)]);
    expect(outcomes.toSorted()).toEqual([false, true]);
    expect((await there.newest())?.place).toBe(2);
    expect(await there.policyOf(first.policy.digest)).toEqual(first.policy);
    expect(await here.policyAt(1)).toBe(first.policy.digest);
  });

  test('secrets of calendar addresses: the newest of a person is good', async () => {
    const bytes = (count: number): Uint8Array => randomBytes(count);
    const here = createFeedTokens({ database: nodes[0], randomBytes: bytes });
    const there = createFeedTokens({ database: nodes[1], randomBytes: bytes });
    const alice = practitionerId('alice');
    const [first, second] = [await here.issue(alice, 1), await there.issue(alice, 2)];
    expect(await here.ownerOf(first)).toBeUndefined();
    expect(await here.ownerOf(second)).toBe(alice);
    expect(await here.madeAt(alice)).toBe(2);
    expect([await there.revoke(alice), await there.revoke(alice)]).toEqual([true, false]);
  });

  test('notices that have been sent, thousands at once, noted by two', async () => {
    const [here, there] = [createNoticeBook(nodes[0]), createNoticeBook(nodes[1])];
    const notices = Array.from({ length: 2_500 }, (_, nth) => ({
      item: `i-${String(nth)}`,
      dueAt: 5,
      notice: 30,
    }));
    await Promise.all([
      here.noteSent(notices.slice(0, 1_500), 1),
      there.noteSent(notices.slice(1_000, 2_499), 2),
    ]);
    expect(await here.unsent(notices)).toEqual(notices.slice(2_499));
    expect(await here.unsent([{ item: 'i-1', dueAt: 5, notice: 7 }])).toHaveLength(1);
  });

  test('keys of the card: each node shows its own, all nodes show all, and nobody withdraws another’s', async () => {
    const here = createCardKeySet({ database: nodes[0], node: 'here' });
    const there = createCardKeySet({ database: nodes[1], node: 'there' });
    const key = (kid: string, signsFrom: number) => ({ kid, x: `x-${kid}`, publishedAt: 1, signsFrom });
    const kids = async (set: typeof here): Promise<readonly string[]> =>
      (await set.shown()).map(({ kid }) => kid);
    await here.show([key('a', 1)], 1);
    await there.show([key('b', 2)], 1);
    await here.show([key('a', 1), key('c', 3)], 2);
    expect(await kids(there)).toEqual(['a', 'b', 'c']);
    await here.show([key('c', 3)], 4);
    expect(await kids(there)).toEqual(['b', 'c']);
    await there.show([], 5);
    expect(await kids(here)).toEqual(['c']);
  });
});
