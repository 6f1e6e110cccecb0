import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import { ETAG, loginOf } from '../fakes/fake-people-flows.ts';
import { modelApp } from '../fakes/model-app.ts';
import { OPERATOR, RC_TWO, STAFF } from '../fakes/model-register.ts';
import { linksOf, ownFormsOf, plainText, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn } from '../fakes/people-app.ts';

const MODELS = '/me/register/models';
const ONE = `${MODELS}/lung-nodule/2.1.0`;
const NEXT = `${MODELS}/lung-nodule/2.2.0`;
const TEST = `${NEXT}/plans/P-next/tests/T2`;
const LIFT = '/me/register/stop-uses/S-family/lift';
const WAITING = `/me/register/waiting/${'e'.repeat(64)}`;
const record = (version: string, etag = ETAG) => ({
  kind: 'model-version',
  id: `lung-nodule@${version}`,
  etag,
});

describe.each([
  { act: 'stop-use', path: `${ONE}/stop`, viewer: undefined, button: 'Stop its use now' },
  {
    act: 'hold-model',
    path: `${ONE}/hold`,
    viewer: loginOf(OPERATOR, { assurance: 1 }),
    button: 'Hold it for 4 hours',
  },
])('$act', ({ act, path, viewer, button }) => {
  const scene = viewer === undefined ? {} : { viewer };

  test('one button, a reason, and what happens at once', async () => {
    const { text } = await modelApp(scene).open(path);
    expect(unlabelledFields(text)).toEqual([]);
    expect(ownFormsOf(text)).toHaveLength(1);
    expect(ownFormsOf(text)[0]?.buttons).toEqual([button]);
    expect(plainText(text)).toContain('It is in force at once, on every node');
  });

  test.each([
    { form: { target: 'version', site: '' }, target: { model: 'lung-nodule', version: '2.1.0' } },
    { form: { target: 'model', site: '' }, target: { model: 'lung-nodule' } },
    { form: { target: 'family', site: 'general' }, target: { family: 'lung-ct', site: 'general' } },
    { form: { target: 'site', site: 'general' }, target: { site: 'general' } },
  ])('$form', async ({ form, target }) => {
    const app = modelApp(scene);
    const res = await app.send(`${path}/send`, { ...form, reason: ' Wrong side shown. ' });
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, ONE, `"${act}"`]);
    expect(app.acts).toEqual([{ act: { act, ...target, reason: 'Wrong side shown.' } }]);
  });

  test.each([
    { form: { target: 'version' }, says: 'Reason is missing.', href: '#reason' },
    { form: { reason: 'x' }, says: 'What is missing.', href: '#target' },
    { form: { reason: 'x', target: 'everything' }, says: 'What is not one of the list.', href: '#target' },
    { form: { reason: 'x', target: 'site' }, says: 'Where is missing: choose the site.', href: '#site' },
  ])('$form -> $says', async ({ form, says, href }) => {
    const app = modelApp(scene);
    const res = await app.send(`${path}/send`, form);
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href });
    expect(app.acts).toEqual([]);
  });

  test('nobody else has the form', async () => {
    const { text } = await modelApp({ viewer: loginOf(STAFF) }).open(path);
    expect(ownFormsOf(text)).toEqual([]);
    expect(plainText(text)).toContain('You cannot do this at the moment');
  });
});

test('the page says since when it is stopped, and that it is done', async () => {
  const app = modelApp();
  const done = Buffer.from('"stop-use"').toString('base64url');
  const cookie = `__Host-countersign-session=known-session; __Secure-countersign-done=${done}`;
  const said = plainText((await app.open(ONE).set('cookie', cookie)).text);
  expect(said).toContain('The stop-use is in force.');
  expect(said).toContain('since 10 Mar 2026, 08:00:00');
});

describe('lifting a stop-use', () => {
  test('shows which, and waits for the second', async () => {
    const app = modelApp({ waits: true });
    const { text } = await app.open(LIFT);
    expect(plainText(text)).toContain('Stopped Every version of the family lung-ct, at north');
    expect(plainText(text)).toContain('Nothing changes before a second person has confirmed it.');
    const res = await app.send(`${LIFT}/send`, { etag: ETAG, reason: 'Put right.' });
    expect(res.headers['location']).toBe(WAITING);
    expect(app.acts).toEqual([
      {
        act: { act: 'lift-stop-use', id: 'S-family', reason: 'Put right.' },
        ifMatch: { kind: 'stop-use', id: 'S-family', etag: ETAG },
      },
    ]);
  });

  test('a hold says when it ends by itself', async () => {
    const { text } = await modelApp().open('/me/register/stop-uses/S-hold/lift');
    expect(plainText(text)).toContain('Ends by itself 10 Mar 2026, 12:00:00');
    expect(plainText(text)).toContain('Lift a hold');
  });

  test('a sign-in without a card -> the way to prove more', async () => {
    const { text } = await modelApp({ viewer: loginOf(RC_TWO, { assurance: 2 }) }).open(LIFT);
    expect(ownFormsOf(text)).toEqual([]);
    expect(linksOf(text)).toContainEqual({
      text: 'Confirm with your smart card',
      href: `/auth/step-up?assurance=3&return=${encodeURIComponent(LIFT)}`,
    });
  });

  test('an unknown one -> nothing is there', async () => {
    expect((await modelApp().open('/me/register/stop-uses/S-none/lift')).status).toBe(404);
  });
});

const UIDS = '1.2.826.0.1.99.1\r\n 1.2.826.0.1.99.2 \r\n';
const PLAN = {
  etag: ETAG,
  title: 'Re-validation',
  operator: OPERATOR,
  studies: UIDS,
  script: 'One\r\n\r\nTwo',
};

describe('approving a plan', () => {
  test('offers whoever can record tests, and not oneself', async () => {
    const { text } = await modelApp().open(`${NEXT}/plan`);
    expect(unlabelledFields(text)).toEqual([]);
    expect(text).toContain('<option value="ben.adeyemi">Ben Adéyemi</option>');
    expect(text).toContain('<option value="dana.ito">');
    expect(text).not.toContain('<option value="chris.rowe">');
  });

  test('writes studies and tests, one to a line', async () => {
    const app = modelApp();
    const res = await app.send(`${NEXT}/plan/send`, { ...PLAN, document: '' });
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, NEXT, '"approve-plan"']);
    expect(app.acts).toEqual([
      {
        act: {
          act: 'approve-plan',
          model: 'lung-nodule',
          version: '2.2.0',
          title: 'Re-validation',
          operator: OPERATOR,
          studies: ['1.2.826.0.1.99.1', '1.2.826.0.1.99.2'],
          script: [
            { id: 'T1', title: 'One' },
            { id: 'T2', title: 'Two' },
          ],
        },
        ifMatch: record('2.2.0'),
      },
    ]);
  });

  test.each([
    {
      change: { studies: '1.2.x' },
      says: 'Studies takes one Study Instance UID on each line, each of them once.',
    },
    {
      change: { studies: '1.2.3\n1.2.3' },
      says: 'Studies takes one Study Instance UID on each line, each of them once.',
    },
    { change: { script: '' }, says: 'Tests is missing.' },
    { change: { operator: '' }, says: 'Who runs it is missing.' },
  ])('$change -> $says', async ({ change, says }) => {
    const app = modelApp();
    const res = await app.send(`${NEXT}/plan/send`, { ...PLAN, ...change });
    expect(res.status).toBe(400);
    expect(linksOf(res.text).map(({ text }) => text)).toContain(says);
    expect(app.acts).toEqual([]);
  });

  test('changed meanwhile -> what stands now, with what was typed', async () => {
    const refusal = new GatewayError('precondition-failed');
    const res = await modelApp({ refusal }).send(`${NEXT}/plan/send`, { ...PLAN, etag: 'old' });
    expect(res.status).toBe(412);
    expect(ownFormsOf(res.text)[0]?.fields).toMatchObject({ etag: ETAG, title: 'Re-validation' });
  });

  test('a released version is not open for one', async () => {
    const { text } = await modelApp().open(`${ONE}/plan`);
    expect(ownFormsOf(text)).toEqual([]);
  });
});

describe('acceptance tests, release, retirement', () => {
  test('a result is recorded', async () => {
    const app = modelApp({ viewer: loginOf(OPERATOR) });
    expect(plainText((await app.open(TEST)).text)).toContain('Test T2: A chest without findings');
    const res = await app.send(`${TEST}/send`, { result: 'fail', note: 'A false nodule.', document: '' });
    expect([res.status, res.headers['location']]).toEqual([303, NEXT]);
    const act = {
      act: 'record-acceptance-test',
      plan: 'P-next',
      item: 'T2',
      result: 'fail',
      note: 'A false nodule.',
    };
    expect(app.acts).toEqual([{ act }]);
  });

  test('no result -> said', async () => {
    const res = await modelApp({ viewer: loginOf(OPERATOR) }).send(`${TEST}/send`, {});
    expect(linksOf(res.text)).toContainEqual({ text: 'Result is missing.', href: '#result' });
  });

  test('a release names sites and rests on a plan', async () => {
    const app = modelApp({ viewer: loginOf(RC_TWO) });
    expect(plainText((await app.open(`${NEXT}/release`)).text)).toContain(
      'Re-validation of 2.2.0: tests open',
    );
    const form = { etag: ETAG, plan: 'P-next', sites: 'general, north' };
    const res = await app.send(`${NEXT}/release/send`, form);
    expect([res.status, doneIn(res)]).toEqual([303, '"release-model"']);
    const version = { model: 'lung-nodule', version: '2.2.0' };
    expect(app.acts).toEqual([
      {
        act: { act: 'release-model', ...version, plan: 'P-next', sites: ['general', 'north'] },
        ifMatch: record('2.2.0'),
      },
    ]);
  });

  test('refused -> every reason, with what was typed', async () => {
    const refusal = new NotPermitted([actReasonOf('tests-incomplete', { detail: 'Twenty known nodules' })]);
    const form = { etag: ETAG, plan: 'P-next', sites: '*' };
    const res = await modelApp({ refusal }).send(`${NEXT}/release/send`, form);
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain('Not done: Release a model version');
    expect(ownFormsOf(res.text)[0]?.fields).toMatchObject({ sites: '*' });
  });

  test('no site -> said', async () => {
    const res = await modelApp().send(`${NEXT}/release/send`, { etag: ETAG, plan: 'P-next', sites: ' , ' });
    expect(linksOf(res.text)).toContainEqual({
      text: 'Sites takes names of sites with commas between them, or *.',
      href: '#sites',
    });
  });

  test('retired with a reason', async () => {
    const app = modelApp();
    const res = await app.send(`${ONE}/retire/send`, { etag: ETAG, reason: 'Replaced.' });
    expect([res.status, res.headers['location']]).toEqual([303, ONE]);
    const act = { act: 'retire-model', model: 'lung-nodule', version: '2.1.0', reason: 'Replaced.' };
    expect(app.acts).toEqual([{ act, ifMatch: record('2.1.0') }]);
    expect(ownFormsOf((await app.open(`${MODELS}/fracture/2.1.0/retire`)).text)).toEqual([]);
  });
});
