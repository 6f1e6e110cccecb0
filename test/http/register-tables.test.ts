import { COLLECTIONS } from '../../src/http/register-kinds.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { createRegisterApiHouse, type RegisterApiHouse } from '../fakes/register-api-house.ts';

let at: RegisterApiHouse;
const open = async (): Promise<void> => {
  at = await createRegisterApiHouse();
};
const close = (): Promise<void> => at.house.close();

const tableOf = async (kind: string): Promise<string> => {
  const res = await at.get('lead', `/api/register/export/${kind}.csv`).buffer(true);
  expect([res.status, res.headers['register-sequence']]).toEqual([200, String(sequence())]);
  return res.text;
};
const sequence = (): number => at.register.snapshot().sequence;
const pending = async (): Promise<readonly unknown[]> =>
  (await at.get('lead', '/api/register/proposals')).body.proposals;

describe('a table that comes back as it went out', () => {
  beforeAll(open);
  afterAll(close);

  test.each(COLLECTIONS)('%s: changes nothing', async (kind) => {
    const text = await tableOf(kind);
    const dry = await at.sendTable('lead', kind, text, true);
    expect(dry.body).toMatchObject({ added: [], changed: [], faults: [], reasons: [] });
    expect(dry.body.unchanged).toBe(text.split('\r\n').length - 2);
    const wet = await at.sendTable('lead', kind, text);
    expect([wet.status, wet.body.proposal, await pending()]).toEqual([200, undefined, []]);
    expect(await tableOf(kind)).toBe(text);
  });
});

describe('a table that was edited', () => {
  beforeEach(open);
  afterEach(close);

  test('is one proposal, in force when a second person has confirmed it, and then comes out as it went in', async () => {
    const before = sequence();
    const text = (await tableOf('practitioners'))
      .replace('Dr nobody', '"Nowak; Anna ""Ania"""')
      .concat("new.one,'=Newcomer,other,none,,,,,\r\n".replace(',,,,,', ',,,,,,,,'));
    const dry = await at.sendTable('lead', 'practitioners', text, true);
    expect([dry.status, sequence(), await pending()]).toEqual([200, before, []]);
    expect(dry.body).toEqual({
      kind: 'practitioner',
      added: [{ row: 8, id: 'new.one' }],
      changed: [{ row: 5, id: 'nobody', fields: ['name'] }],
      unchanged: 5,
      faults: [],
      reasons: [],
    });
    const waits = await at.sendTable('lead', 'practitioners', text);
    expect([waits.status, waits.body.proposal.act, sequence()]).toEqual([202, 'import', before]);
    const confirmed = await at.post('director', `${waits.headers['location']}/confirm`);
    expect([confirmed.status, confirmed.body.state, sequence()]).toEqual([200, 'applied', before + 2]);
    const { body } = await at.get('lead', '/api/register/practitioners/new.one');
    expect([body.record.name, body.by]).toEqual(['=Newcomer', ['director', 'lead']]);
    const rows = (written: string): readonly string[] => written.split('\r\n').toSorted();
    expect(rows(await tableOf('practitioners'))).toEqual(rows(text));
  });

  test.each([
    {
      name: 'a person who does not exist, a day that has not come, days that contradict each other',
      kind: 'evidence',
      rows: [
        'E-2,ghost,cct,2026-01-01,,GMC',
        'E-3,radiologist,cct,2099-01-01,,GMC',
        'E-4,radiologist,registration,2026-01-02,2026-01-01,GMC',
      ],
      header: 'id,practitioner,type,happenedAt,validUntil,attestedBy',
      faults: [
        { row: 2, column: 'practitioner', message: expect.stringContaining('ghost') },
        { row: 3, column: 'happenedAt', message: expect.any(String) },
        { row: 4, column: 'validUntil', message: expect.any(String) },
      ],
    },
    {
      name: 'approvals that overlap, and one that somebody grants for themselves',
      kind: 'approvals',
      rows: [
        'A-2,radiologist,lung-nodule,2.1.0,detection,independent,2026-03-01,2026-09-01,lead',
        'A-3,lead,lung-nodule,2.1.0,detection,independent,2026-03-01,2026-09-01,lead',
      ],
      header: 'id,practitioner,model,version,functions,mode,from,until,grantedBy',
      faults: [
        { row: 2, column: expect.any(String), message: expect.stringMatching(/A-1|overlap/) },
        { row: 3, column: 'grantedBy', message: 'nobody grants for themselves' },
      ],
    },
    {
      name: 'a login that names somebody else',
      kind: 'practitioners',
      rows: ['twin,Twin,other,none,,urn:test:identity-provider|lead'],
      header: 'id,name,profession,professionalBody,roles,identities',
      faults: [{ row: 2, column: 'identities', message: expect.any(String) }],
    },
  ])('$name: every fault by row and column, and nothing changed', async ({ kind, header, rows, faults }) => {
    const before = sequence();
    const text = [header, ...rows].join('\n');
    const dry = await at.sendTable('lead', kind, text, true);
    expect(dry.body.faults).toEqual(faults);
    const wet = await at.sendTable('lead', kind, text);
    expectProblem(wet, 400, 'bad-request');
    expect(wet.body.detail).toMatch(/Nothing was changed\.\nrow 2/);
    expect([sequence(), await pending()]).toEqual([before, []]);
  });

  test('one bad row among good ones keeps all of it out', async () => {
    const header = 'id,practitioner,type,happenedAt,attestedBy';
    const text = `${header}\nE-2,radiologist,cct,2026-01-01,GMC\nE-3,radiologist,frcr,03/04/2026,RCR\n`;
    expectProblem(await at.sendTable('lead', 'evidence', text), 400, 'bad-request');
    expect(await pending()).toEqual([]);
    expectProblem(await at.get('lead', '/api/register/evidence/E-2'), 404, 'not-found');
    const good = await at.sendTable('lead', 'evidence', text.replace('03/04/2026', '2026-02-03'));
    expect([good.status, good.body.added.length, (await pending()).length]).toEqual([202, 2, 1]);
  });

  test('what no table may do is told by a dry run too', async () => {
    const text = (await tableOf('models'))
      .replace(',released,', ',retired,')
      .replace('general|2026-01-01,,', 'general|2026-01-01,2026-02-01,');
    const dry = await at.sendTable('lead', 'models', text, true);
    expect(dry.body).toMatchObject({ faults: [], changed: [{ row: 2, id: 'lung-nodule@2.1.0' }] });
    expect(dry.body.reasons).toContainEqual(expect.objectContaining({ code: 'import-beyond' }));
    const wet = await at.sendTable('lead', 'models', text);
    expect([wet.status, wet.body.code, await pending()]).toEqual([403, 'not-permitted', []]);
  });
});

describe('who takes tables out and in', () => {
  beforeAll(open);
  afterAll(close);

  test.each([
    { who: 'nobody', out: 403, in: 403 },
    { who: 'stranger', out: 403, in: 403 },
    { who: 'auditor', out: 200, in: 403 },
    { who: 'lead-by-password', out: 200, in: 403 },
    { who: 'images-only', out: 403, in: 403 },
    { who: 'gone', out: 401, in: 401 },
  ])('$who', async ({ who, out, in: taken }) => {
    expect((await at.get(who, '/api/register/export/practitioners.csv')).status).toBe(out);
    for (const isDryRun of [true, false]) {
      expect((await at.sendTable(who, 'practitioners', 'id\n', isDryRun)).status).toBe(taken);
    }
    expect(await pending()).toEqual([]);
  });

  test('an export is on record before its first byte', async () => {
    await tableOf('approvals');
    expect(at.house.caseLog.all().at(-1)).toMatchObject({
      kind: 'export',
      facts: { change: { what: 'register', form: 'csv', kind: 'approval', sequence: sequence() } },
      personal: { user: 'lead', subject: 'lead' },
    });
    at.house.caseLog.behave('fails');
    const res = await at.get('lead', '/api/register/export/approvals.csv');
    at.house.caseLog.behave('ok');
    expectProblem(res, 503, 'case-log-unavailable');
  });
});
