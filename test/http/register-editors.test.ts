import type { Response } from 'supertest';
import { createRegisterApiHouse, type RegisterApiHouse } from '../fakes/register-api-house.ts';
import { expectProblem } from '../fakes/expect-problem.ts';

let at: RegisterApiHouse;
beforeEach(async () => {
  at = await createRegisterApiHouse();
});
afterEach(() => at.house.close());

const idsIn = ({ body }: Response): readonly string[] => {
  const records: readonly { readonly id: string }[] = body.records;
  return records.map(({ id }) => id);
};
const RADIOLOGIST = '/api/register/practitioners/radiologist';
const etagOf = async (path: string): Promise<string> => {
  const res = await at.get('lead', path);
  expect(res.status).toBe(200);
  return String(res.headers['etag']);
};

describe('two editors', () => {
  test('who change one record at once cannot overwrite each other: one gets 412', async () => {
    const path = '/api/register/guidelines/lung@1';
    const seen = await etagOf(path);
    const comment = (text: string) => ({ act: 'comment-on-guideline', id: 'lung', version: '1', text });
    const both = await Promise.all([
      at.act('lead', comment('First.'), seen),
      at.act('other-lead', comment('Second.'), seen),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 412]);
    const lost = both.find(({ status }) => status === 412);
    if (lost !== undefined) expectProblem(lost, 412, 'precondition-failed');
    const { body } = await at.get('lead', path);
    expect(body.record.comments).toHaveLength(1);
    // Whoever looks again gets theirs in beside the other's.
    const again = await at.act('other-lead', comment('Third.'), await etagOf(path));
    expect(again.status).toBe(201);
    expect((await at.get('lead', path)).body.record.comments).toHaveLength(2);
  });

  test('a change that a second person confirmed meanwhile: 412 for who had read before', async () => {
    const seen = await etagOf(RADIOLOGIST);
    const { record } = (await at.get('lead', RADIOLOGIST)).body;
    const change = (name: string) => ({ act: 'change-practitioner', practitioner: { ...record, name } });
    const first = await at.act('lead', change('Dr One'), seen);
    expect([first.status, first.body.state]).toEqual([202, 'pending']);
    const rival = await at.act('other-lead', change('Dr Two'), seen);
    expect(rival.status).toBe(202);
    const confirmed = await at.post('director', `${first.headers['location']}/confirm`);
    expect([confirmed.status, confirmed.body.state]).toEqual([200, 'applied']);
    expectProblem(await at.act('other-lead', change('Dr Two'), seen), 412, 'precondition-failed');
    // What was proposed for the earlier state can no longer be confirmed.
    const late = await at.post('director', `${rival.headers['location']}/confirm`);
    expect([late.status, late.body.code]).toEqual([409, 'conflict']);
    expect((await at.get('lead', RADIOLOGIST)).body.record.name).toBe('Dr One');
  });

  test('something that must be new and is there already', async () => {
    const { record } = (await at.get('lead', RADIOLOGIST)).body;
    const res = await at
      .act('lead', { act: 'add-practitioner', practitioner: { ...record, id: 'nobody' } })
      .set('if-none-match', '*');
    expect([409, 412]).toContain(res.status);
  });
});

describe('an act from end to end', () => {
  const suspend = { act: 'suspend', practitioner: 'radiologist', reason: 'Under review.' };

  test('of one person is in force at once, with its record, its history and its entry in the case log', async () => {
    const res = await at.act('lead', suspend);
    expect([res.status, res.body.state, res.body.changes.length]).toEqual([201, 'applied', 1]);
    const { id } = res.body.changes[0];
    const read = await at.get('auditor', `/api/register/evidence/${id}`);
    expect(read.body).toMatchObject({
      by: ['lead'],
      record: { type: 'suspension', practitioner: 'radiologist' },
    });
    expect((await at.get('radiologist', `/api/register/evidence/${id}`)).status).toBe(200);
    const listed = await at.get('radiologist', '/api/register/evidence?practitioner=radiologist');
    expect(idsIn(listed).toSorted()).toEqual(['E-1', id].toSorted());
    expect(listed.body.sequence).toBe(at.register.snapshot().sequence);
    expect(at.house.caseLog.all().at(-1)).toMatchObject({
      kind: 'register.change',
      personal: { user: 'radiologist', signer: 'lead' },
    });
  });

  test('of two people waits, is seen by who may confirm it, and can be taken back', async () => {
    const withdraw = { act: 'withdraw-evidence', id: 'E-1', reason: 'Entered twice.' };
    const waits = await at.act('lead', withdraw, await etagOf('/api/register/evidence/E-1'));
    expect(waits.status).toBe(202);
    const location = String(waits.headers['location']);
    const seen = await at.get('director', location);
    expect(seen.body).toMatchObject({
      mayConfirm: true,
      reasons: [],
      state: 'pending',
      drafts: [{ kind: 'evidence', id: 'E-1', removed: true, reason: 'Entered twice.' }],
    });
    const own = await at.get('lead', '/api/register/proposals');
    expect(own.body.proposals).toMatchObject([
      { digest: waits.body.digest, size: 1, mayConfirm: false, mayWithdraw: true },
    ]);
    const self = await at.post('lead', `${location}/confirm`);
    expect([self.status, self.body.code]).toEqual([403, 'not-permitted']);
    expectProblem(await at.get('nobody', location), 404, 'not-found');
    const back = await at.post('lead', `${location}/withdraw`);
    expect([back.status, back.body.state]).toEqual([200, 'withdrawn']);
    expect((await at.get('lead', '/api/register/proposals')).body.proposals).toEqual([]);
    expect((await at.get('auditor', location)).body).toMatchObject({ state: 'withdrawn', mayConfirm: false });
    expectProblem(await at.get('nobody', location), 404, 'not-found');
    expectProblem(await at.get('director', location.replace(/.$/, 'x')), 400, 'bad-request');
    expectProblem(
      await at.get('director', `/api/register/proposals/sha256:${'0'.repeat(64)}`),
      404,
      'not-found',
    );
  });

  test.each([
    { who: 'nobody', status: 403, code: 'not-permitted' },
    { who: 'stranger', status: 403, code: 'not-permitted' },
    { who: 'lead-by-password', status: 403, code: 'not-permitted' },
    { who: 'images-only', status: 403, code: 'scope-missing' },
    { who: 'gone', status: 401, code: 'not-identified' },
  ])('by $who changes nothing', async ({ who, status, code }) => {
    const before = at.register.snapshot().sequence;
    const res = await at.act(who, suspend);
    expect([res.status, res.body.code]).toEqual([status, code]);
    expect(at.register.snapshot().sequence).toBe(before);
  });

  test('with a record that is none says every fault, and keeps nothing', async () => {
    const practitioner = { id: 'new.one', name: ' ', profession: 'wizard', extra: 1 };
    const res = await at.act('lead', { act: 'add-practitioner', practitioner });
    expectProblem(res, 400, 'bad-request');
    for (const field of ['name', 'profession', 'extra', 'roles'])
      expect(res.body.detail).toContain(`${field}:`);
    expect((await at.get('lead', '/api/register/proposals')).body.proposals).toEqual([]);
  });

  test('for another’s records is not the business of somebody without a duty', async () => {
    expectProblem(await at.get('nobody', RADIOLOGIST), 403, 'not-permitted');
    expectProblem(await at.get('nobody', '/api/register/evidence'), 403, 'not-permitted');
    expect((await at.get('nobody', '/api/register/models/lung-nodule@2.1.0')).status).toBe(200);
  });
});

test('pages follow one another without a gap', async () => {
  const seen: string[] = [];
  let next = '';
  do {
    const page = await at.get(
      'auditor',
      `/api/register/practitioners?limit=2${next === '' ? '' : `&cursor=${next}`}`,
    );
    seen.push(...idsIn(page));
    next = page.body.next ?? '';
  } while (next !== '');
  expect(seen).toEqual(['auditor', 'director', 'lead', 'nobody', 'other-lead', 'radiologist']);
});
