import { sql, type Kysely } from 'kysely';
import { addCaseOfStoredResult } from '../../src/db/migrations/0011-add-case-of-stored-result.ts';
import { addCaseOfStoredResultOnPostgres } from '../../src/db/postgres-migrations/0011-add-case-of-stored-result.ts';
import { caseNameFrom } from '../../src/domain/case-name.ts';
import type { StoredResult, StoredResults } from '../../src/flows/ports-store.ts';
import { createStoredResults } from '../../src/register/stored-results.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { createMemoryStoredResults } from '../fakes/memory-stored-results.ts';
import { CASE } from '../fakes/result-files.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.7');
const RESULT: StoredResult = {
  sopInstanceUid: sopInstanceUid('1.7.1.1'),
  sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
  study: STUDY,
  series: seriesUid('1.7.1'),
  machine: 'chest-ai',
  madeBy: { model: 'chest-detector', version: '2.1.0' },
  keptAt: 1_000,
};
const SECOND: StoredResult = {
  sopInstanceUid: sopInstanceUid('1.7.1.0'),
  sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
  study: STUDY,
  series: RESULT.series,
  machine: 'chest-ai',
  keptAt: 1_000,
};

function contract(make: () => Promise<StoredResults>): void {
  test('a result is found by its UID and among those of its study, in the order of coming', async () => {
    const results = await make();
    for (const one of [RESULT, SECOND]) await results.keep(one);
    await results.keep({ ...SECOND, sopInstanceUid: sopInstanceUid('1.7.1.00'), keptAt: 1 });
    await results.keep({ ...SECOND, sopInstanceUid: sopInstanceUid('1.8'), study: studyUid('1.8') });
    expect(await results.find(RESULT.sopInstanceUid)).toEqual(RESULT);
    expect(await results.find(sopInstanceUid('1.9'))).toBeUndefined();
    expect((await results.ofStudies([STUDY])).map((one) => one.sopInstanceUid)).toEqual([
      '1.7.1.00',
      '1.7.1.0',
      '1.7.1.1',
    ]);
  });

  test('those of several studies come with one question, however many are asked for', async () => {
    const results = await make();
    const other = { ...SECOND, sopInstanceUid: sopInstanceUid('1.8'), study: studyUid('1.8') };
    for (const one of [RESULT, other]) await results.keep(one);
    await results.keep({ ...SECOND, sopInstanceUid: sopInstanceUid('1.9'), study: studyUid('1.9') });
    const many = Array.from({ length: 600 }, (_, at) => studyUid(`2.${String(at)}`));
    const found = await results.ofStudies([STUDY, ...many, studyUid('1.8')]);
    expect(found.toSorted((a, b) => (a.study < b.study ? -1 : 1))).toEqual([RESULT, other]);
    expect(await results.ofStudies([])).toEqual([]);
  });

  test('an object is found by its UID in whatever study it came, and once however it is asked for', async () => {
    const results = await make();
    const other = { ...SECOND, sopInstanceUid: sopInstanceUid('1.8'), study: studyUid('1.8') };
    for (const one of [RESULT, SECOND, other]) await results.keep(one);
    const many = Array.from({ length: 12_000 }, (_, at) => `2.${String(at)}`);
    const uids = [...many, other.sopInstanceUid, RESULT.sopInstanceUid];
    expect(await results.ofStudies([], uids)).toEqual(expect.arrayContaining([RESULT, other]));
    expect(await results.ofStudies([STUDY], uids)).toHaveLength(3);
    expect(await results.ofStudies([studyUid('1.9')], ['1.9'])).toEqual([]);
  });

  test('kept again by its machine it stays as it came first', async () => {
    const results = await make();
    const { madeBy: _madeBy, ...nameless } = SECOND;
    for (const one of [RESULT, nameless]) await results.keep(one);
    await results.keep({ ...RESULT, keptAt: 9_000 });
    // What nobody known made stays locked, whatever it names later.
    await results.keep({ ...nameless, madeBy: { model: 'chest-detector', version: '2.1.0' } });
    expect(await results.ofStudies([STUDY])).toEqual([nameless, RESULT]);
  });

  test.each<[string, Partial<StoredResult>]>([
    ['another machine', { machine: 'other-ai' }],
    ['another study', { study: studyUid('1.8') }],
    ['another series', { series: seriesUid('1.7.2') }],
    ['another version', { madeBy: { model: 'chest-detector', version: '2.2.0' } }],
    ['another model', { madeBy: { model: 'other-detector', version: '2.1.0' } }],
  ])('for %s its UID is taken', async (_name, other) => {
    const results = await make();
    await results.keep(RESULT);
    await expect(results.keep({ ...RESULT, ...other })).rejects.toMatchObject({ code: 'conflict' });
    expect(await results.find(RESULT.sopInstanceUid)).toEqual(RESULT);
  });

  test('for no version that is known its UID is taken', async () => {
    const results = await make();
    await results.keep(RESULT);
    const { madeBy: _madeBy, ...nameless } = RESULT;
    await expect(results.keep(nameless)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('the case that an object was stored for last is noted with it', async () => {
    const results = await make();
    for (const one of [RESULT, SECOND]) await results.keep(one);
    const another = caseNameFrom('b'.repeat(64));
    await results.noteCase([RESULT.sopInstanceUid, SECOND.sopInstanceUid], CASE);
    await results.noteCase([SECOND.sopInstanceUid], another);
    await results.noteCase([], CASE);
    await results.keep({ ...RESULT, keptAt: 9_000 });
    expect(await results.ofStudies([STUDY])).toEqual([
      { ...SECOND, caseId: another },
      { ...RESULT, caseId: CASE },
    ]);
    for (let time = 0; time < 2; time += 1) await results.noteCase([SECOND.sopInstanceUid], undefined);
    expect(await results.ofStudies([STUDY])).toEqual([SECOND, { ...RESULT, caseId: CASE }]);
  });

  test('digests are added when the bytes have passed, and change with the bytes', async () => {
    const results = await make();
    for (const one of [RESULT, SECOND]) await results.keep(one);
    for (const digest of ['sha256:aa', 'sha256:bb'])
      await results.noteDigests([{ sopInstanceUid: RESULT.sopInstanceUid, digest }]);
    await results.noteDigests([]);
    expect(await results.find(RESULT.sopInstanceUid)).toEqual({ ...RESULT, digest: 'sha256:bb' });
    expect(await results.find(SECOND.sopInstanceUid)).toEqual(SECOND);
  });
}

/** As migrations have it, who know no tables. */
function parseAnyTables(database: unknown): Kysely<unknown> {
  return database as Kysely<unknown>;
}

describe('results in memory', () => {
  contract(async () => createMemoryStoredResults());
});

describeOnBoth('results', ({ make, kind }) => {
  contract(async () => createStoredResults((await make())[0]));

  test('two nodes keep one result once', async () => {
    const [one, other] = (await make()).map(createStoredResults);
    if (one === undefined || other === undefined) throw new Error('two ways to one database');
    await Promise.all([one.keep(RESULT), other.keep(RESULT)]);
    expect(await other.ofStudies([STUDY])).toEqual([RESULT]);
  });

  test('no row is taken out', async () => {
    const [database] = await make();
    await createStoredResults(database).keep(RESULT);
    await expect(database.deleteFrom('stored_result').execute()).rejects.toThrow();
    expect(await createStoredResults(database).find(RESULT.sopInstanceUid)).toEqual(RESULT);
  });

  test('what a release before this one kept stands there with no case, and can be given one', async () => {
    const [database] = await make();
    await sql`alter table stored_result drop column case_id`.execute(database);
    const { sopInstanceUid: uid, sopClassUid, study, series, machine } = SECOND;
    await sql`insert into stored_result (sop_instance_uid, sop_class_uid, study, series, machine, kept_at)
      values (${uid}, ${sopClassUid}, ${study}, ${series}, ${machine}, ${SECOND.keptAt})`.execute(database);
    const migrate = kind === 'sqlite' ? addCaseOfStoredResult : addCaseOfStoredResultOnPostgres;
    await migrate(parseAnyTables(database));
    const results = createStoredResults(database);
    expect(await results.find(uid)).toEqual(SECOND);
    await results.noteCase([uid], CASE);
    expect(await results.find(uid)).toEqual({ ...SECOND, caseId: CASE });
  });

  test('a database that is away is told as such', async () => {
    if (kind !== 'sqlite') return;
    const [database] = await make();
    await database.schema.dropTable('stored_result').execute();
    const results = createStoredResults(database);
    const all = [
      results.keep(RESULT),
      results.find(RESULT.sopInstanceUid),
      results.ofStudies([STUDY]),
      results.noteDigests([{ sopInstanceUid: RESULT.sopInstanceUid, digest: 'x' }]),
      results.noteCase([RESULT.sopInstanceUid], CASE),
    ];
    for (const one of all) await expect(one).rejects.toMatchObject({ code: 'register-unavailable' });
  });
});
