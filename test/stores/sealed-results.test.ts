import { parseCaseId } from '../../src/domain/identifiers.ts';
import type { SealedResult, SealedResults } from '../../src/flows/ports-sealed.ts';
import { createSealedResults } from '../../src/register/sealed-results.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { createMemorySealedResults } from '../fakes/memory-sealed-results.ts';
import { aStudy, MODEL, practitionerId, VERSION } from '../fakes/register-builder.ts';

const FIRST: SealedResult = {
  caseId: aCaseId(1),
  intentId: 'intent-1',
  asker: practitionerId('radiologist'),
  function: 'prescribing-suggestion',
  model: MODEL,
  version: VERSION,
  study: aStudy().studyInstanceUid,
  digest: `sha256:${'d'.repeat(64)}`,
  body: { outputs: [{ name: 'text', data: ['Contrast: 70 mL; “half” dose ½'] }] },
  sealedAt: 1_000,
  expiresAt: 9_000,
};
const SECOND: SealedResult = {
  ...FIRST,
  caseId: aCaseId(2),
  intentId: 'intent-2',
  sealedAt: 500,
  expiresAt: 8_000,
};
const namesOf = (covers: readonly { readonly intentId: string }[]) => covers.map(({ intentId }) => intentId);

function contract(make: () => Promise<SealedResults>): void {
  test('what is kept is found as it was, once however often it is kept', async () => {
    const sealed = await make();
    await Promise.all([sealed.keep(FIRST), sealed.keep(FIRST)]);
    await sealed.keep({ ...FIRST, body: { other: true } });
    expect(await sealed.find(FIRST.caseId)).toEqual(FIRST);
    expect(await sealed.find(aCaseId(9))).toBeUndefined();
  });

  test('waiting are those that nobody answered and whose time is not over, the oldest first, without what they say', async () => {
    const sealed = await make();
    for (const one of [FIRST, SECOND]) await sealed.keep(one);
    const { body: _body, ...cover } = SECOND;
    expect((await sealed.waiting({ nowMs: 7_999, limit: 9 }))[0]).toEqual(cover);
    expect(namesOf(await sealed.waiting({ nowMs: 7_999, limit: 1 }))).toEqual(['intent-2']);
    expect(namesOf(await sealed.waiting({ nowMs: 8_000, limit: 9 }))).toEqual(['intent-1']);
    await sealed.noteAnswered(FIRST.caseId);
    expect(await sealed.waiting({ nowMs: 8_000, limit: 9 })).toEqual([]);
    expect(await sealed.find(FIRST.caseId)).toEqual(FIRST);
  });

  test('expired are those whose time is over, answered or not; what is removed is gone', async () => {
    const sealed = await make();
    for (const one of [FIRST, SECOND]) await sealed.keep(one);
    await sealed.noteAnswered(FIRST.caseId);
    expect(namesOf(await sealed.expired({ nowMs: 7_999, limit: 9 }))).toEqual([]);
    expect(namesOf(await sealed.expired({ nowMs: 9_000, limit: 9 }))).toEqual(['intent-2', 'intent-1']);
    for (const { caseId } of [FIRST, FIRST]) await sealed.remove(caseId);
    expect(await sealed.find(FIRST.caseId)).toBeUndefined();
    expect(namesOf(await sealed.expired({ nowMs: 9_000, limit: 9 }))).toEqual(['intent-2']);
  });
}

describe('in memory', () => {
  contract(async () => createMemorySealedResults());
});

describeOnBoth('the table of sealed results', ({ make }) => {
  contract(async () => createSealedResults((await make())[0]));

  test('another node sees them at once', async () => {
    const [one, other] = await make();
    await createSealedResults(one).keep(FIRST);
    expect(await createSealedResults(other).find(FIRST.caseId)).toEqual(FIRST);
  });

  test('no more than there is room for, and none that is too long', async () => {
    const sealed = createSealedResults((await make())[0], { maxResults: 1, maxBodyCharacters: 200 });
    expect(await faultOf(sealed.keep({ ...FIRST, body: { text: 'x'.repeat(200) } }))).toMatchObject({
      code: 'overloaded',
      caseId: FIRST.caseId,
    });
    await sealed.keep(FIRST);
    expect(await faultOf(sealed.keep(SECOND))).toMatchObject({ code: 'overloaded' });
  });

  test('a row that is not what was written -> the database is not to be trusted', async () => {
    const [database] = await make();
    const sealed = createSealedResults(database);
    await sealed.keep(FIRST);
    await database.updateTable('sealed_result').set({ version: 'latest' }).execute();
    expect(await faultOf(sealed.find(FIRST.caseId))).toMatchObject({ code: 'register-unavailable' });
  });
});

test('the ready-made case is one', () => {
  expect(parseCaseId(FIRST.caseId)).toBe(FIRST.caseId);
});
