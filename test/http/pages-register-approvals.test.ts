import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import { ETAG, loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { DIRECTOR, HOLDER, NEXT, PEOPLE, RADIOGRAPHER } from '../fakes/people-register.ts';
import { buildSnapshot } from '../fakes/register-builder.ts';

const BEN = '/me/register/people/ben.adeyemi';
const APPROVE = `${BEN}/approve`;
const GRANT = `${APPROVE}/lung-nodule/2.1.0`;
const END = `${BEN}/approvals/A-supervised/end`;
const day = (text: string): number => Date.parse(text);

describe('choosing the version', () => {
  test('shows every version that is not retired, and says which are not released', async () => {
    const { text } = await peopleApp().open(APPROVE);
    expect(textsOf(text, 'option')).toEqual([
      'Choose one',
      'Lung nodule detector, lung-nodule 2.1.0',
      'Lung nodule detector, lung-nodule 2.2.0 – in acceptance',
    ]);
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('leads on without a script', async () => {
    const res = await peopleApp().open(`${APPROVE}?of=lung-nodule%402.1.0`);
    expect([res.status, res.headers['location']]).toEqual([303, GRANT]);
  });

  test.each(['of=', 'of=lung-nodule', 'of=lung-nodule%40latest', 'of=a%40b%40c', 'x=1'])(
    '%s -> said at the field',
    async (query) => {
      const res = await peopleApp().open(`${APPROVE}?${query}`);
      expect(res.status).toBe(400);
      expect(linksOf(res.text)).toContainEqual({ text: 'Choose a model version.', href: '#of' });
    },
  );

  test('an empty register -> so', async () => {
    const { text } = await peopleApp({ register: buildSnapshot({ practitioners: PEOPLE }) }).open(APPROVE);
    expect(plainText(text)).toContain('The register holds no model version yet.');
  });
});

const FORM = {
  functions: ['detection', 'view'],
  mode: 'independent',
  from: '2026-03-10',
  until: '2027-03-09',
};
const GRANTED = {
  act: 'grant-approval',
  practitioner: RADIOGRAPHER,
  model: 'lung-nodule',
  version: '2.1.0',
  functions: ['detection', 'view'],
  mode: 'independent',
  from: day('2026-03-10'),
  until: day('2027-03-10'),
};

describe('granting an approval', () => {
  test('shows what the version serves, who may supervise, and what is held already', async () => {
    const { text } = await peopleApp().open(GRANT);
    expect(unlabelledFields(text)).toEqual([]);
    const said = plainText(text);
    expect(said).toContain('Held already Supervised, 8 February 2026 to 30 March 2026: Detection');
    expect(textsOf(text, 'option')).toEqual(['None', 'Chris Rowe: Detection, Viewing a stored AI result']);
    expect(said).toContain('Independent They use it on their own responsibility.');
    expect(ownFormsOf(text).at(-1)?.fields).toMatchObject({ from: '2026-03-10', until: '' });
  });

  test('nobody can supervise yet -> so; a plan is offered to whoever runs it', async () => {
    const { text } = await peopleApp().open(`${APPROVE}/lung-nodule/${NEXT}`);
    expect(plainText(text)).toContain('Nobody holds an independent approval for this version yet.');
    expect(textsOf(text, 'option')).toEqual(['None', 'None', 'Re-validation of 2.2.0']);
  });

  test.each([
    { name: 'independent', form: FORM, act: GRANTED },
    {
      name: 'supervised',
      form: { ...FORM, functions: 'detection', mode: 'supervised', supervisor: HOLDER },
      act: { ...GRANTED, functions: ['detection'], mode: 'supervised', supervisor: HOLDER },
    },
    {
      name: 'acceptance',
      form: { ...FORM, mode: 'acceptance', plan: 'plan-1' },
      act: { ...GRANTED, mode: 'acceptance', plan: 'plan-1' },
    },
    {
      name: 'sandbox',
      form: { ...FORM, mode: 'sandbox', supervisor: '' },
      act: { ...GRANTED, mode: 'sandbox' },
    },
  ])('$name', async ({ form, act }) => {
    const app = peopleApp();
    const res = await app.send(`${GRANT}/send`, form);
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, BEN, '"grant-approval"']);
    expect(app.acts).toEqual([{ act }]);
  });

  test.each([
    { change: { functions: [] }, says: 'Functions needs at least one.', href: '#functions' },
    { change: { functions: 'telepathy' }, says: 'Functions needs at least one.', href: '#functions' },
    { change: { mode: '' }, says: 'How far it goes is missing.', href: '#mode' },
    { change: { until: '2026-03-09' }, says: 'Last day is before the first day.', href: '#until' },
    { change: { until: '' }, says: 'Last day is missing.', href: '#until' },
    {
      change: { mode: 'supervised' },
      says: 'Supervisor (only where it is supervised) is missing.',
      href: '#supervisor',
    },
    {
      change: { supervisor: HOLDER },
      says: 'Supervisor (only where it is supervised) goes with the mode “Supervised” only.',
      href: '#supervisor',
    },
    {
      change: { mode: 'acceptance' },
      says: 'How far it goes needs a plan that this person is to run.',
      href: '#mode',
    },
  ])('$change -> $says', async ({ change, says, href }) => {
    const app = peopleApp();
    const res = await app.send(`${GRANT}/send`, { ...FORM, ...change });
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href });
    expect(app.acts).toEqual([]);
  });

  test('what was ticked and chosen is kept', async () => {
    const refusal = new NotPermitted([actReasonOf('approval-overlaps', { detail: 'A-1' })]);
    const form = { ...FORM, functions: 'view', mode: 'supervised', supervisor: HOLDER };
    const { status, text } = await peopleApp({ refusal }).send(`${GRANT}/send`, form);
    expect(status).toBe(403);
    expect(plainText(text)).toContain('Not done: Grant an approval');
    expect(text).toMatch(/value="view" checked/);
    expect(text).not.toMatch(/value="detection" checked/);
    expect(text).toMatch(/value="supervised" checked/);
    expect(text).toMatch(/value="chris.rc" selected/);
  });

  test.each(['old-model/2.1.0', 'lung-nodule/9', 'nothing/1'])('%s -> nothing is there', async (name) => {
    expect((await peopleApp().open(`${APPROVE}/${name}`)).status).toBe(404);
  });

  test('by the director too, and not by a radiographer', async () => {
    expect(ownFormsOf((await peopleApp({ viewer: loginOf(DIRECTOR) }).open(GRANT)).text)).toHaveLength(1);
    expect((await peopleApp({ viewer: loginOf(RADIOGRAPHER) }).open(GRANT)).status).toBe(403);
  });
});

describe('ending an approval', () => {
  test('shows which, and ends it with a reason', async () => {
    const app = peopleApp();
    const { text } = await app.open(END);
    expect(plainText(text)).toContain('Dates 8 February 2026 to 30 March 2026');
    expect(ownFormsOf(text).at(-1)?.fields).toEqual({ etag: ETAG, reason: '' });
    const res = await app.send(`${END}/send`, { etag: ETAG, reason: 'Moved away.' });
    expect([res.status, res.headers['location']]).toEqual([303, BEN]);
    expect(app.acts).toEqual([
      {
        act: { act: 'end-approval', id: 'A-supervised', reason: 'Moved away.' },
        ifMatch: { kind: 'approval', id: 'A-supervised', etag: ETAG },
      },
    ]);
  });

  test('changed meanwhile -> said, with the reason kept', async () => {
    const refusal = new GatewayError('precondition-failed');
    const res = await peopleApp({ refusal }).send(`${END}/send`, { etag: 'old', reason: 'Moved away.' });
    expect(res.status).toBe(412);
    expect(ownFormsOf(res.text).at(-1)?.fields).toEqual({ etag: ETAG, reason: 'Moved away.' });
  });

  test('no reason -> said', async () => {
    const res = await peopleApp().send(`${END}/send`, { etag: ETAG });
    expect(linksOf(res.text)).toContainEqual({ text: 'Reason is missing.', href: '#reason' });
  });

  test.each([`${BEN}/approvals/A-none/end`, '/me/register/people/chris.rc/approvals/A-supervised/end'])(
    '%s -> nothing is there',
    async (path) => {
      expect((await peopleApp().open(path)).status).toBe(404);
    },
  );
});
