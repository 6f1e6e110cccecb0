import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import type { ModelVersion } from '../../src/domain/register.ts';
import { ETAG, loginOf } from '../fakes/fake-people-flows.ts';
import { modelApp } from '../fakes/model-app.ts';
import { modelRegister, OPERATOR, RC_TWO, RELEASED } from '../fakes/model-register.ts';
import { linksOf, ownFormsOf, plainText, unlabelledFields } from '../fakes/page-text.ts';
import { aBinding, aNameOnlyBinding } from '../fakes/register-builder.ts';

const ONE = '/me/register/models/lung-nodule/2.1.0';
const SIGN = `${ONE}/sign-name-only`;
const WAITING = `/me/register/waiting/${'e'.repeat(64)}`;
const UNSIGNED = aBinding({ attestation: 'name-only' });
const FORM = { etag: ETAG, function: 'detection' };

/** The released version with other endpoints, or in another state. */
function changed(changes: Partial<ModelVersion>) {
  return { register: modelRegister({ modelVersions: [{ ...RELEASED, ...changes }] }) };
}
const unsigned = changed({ endpoints: [UNSIGNED] });

/** Where the page of the version leads to the form. */
async function waysIn(scene: NonNullable<Parameters<typeof modelApp>[0]>) {
  const { text } = await modelApp(scene).open(ONE);
  return linksOf(text).filter(({ href }) => href === SIGN);
}

describe('the page of a version', () => {
  test('leads whoever may sign to the form, and says that the endpoint is locked', async () => {
    expect(await waysIn(unsigned)).toEqual([{ text: 'Sign for an endpoint', href: SIGN }]);
    const said = plainText((await modelApp(unsigned).open(ONE)).text);
    expect(said).toContain('Signed for By nobody yet: it is locked');
  });

  test.each([
    { name: 'an endpoint that proves itself', scene: changed({}) },
    { name: 'one that is signed for', scene: changed({ endpoints: [aNameOnlyBinding()] }) },
    { name: 'a retired version', scene: changed({ endpoints: [UNSIGNED], state: 'retired' }) },
    { name: 'who may not', scene: { ...unsigned, viewer: loginOf(OPERATOR) } },
  ])('$name: no way there', async ({ scene }) => {
    expect(await waysIn(scene)).toEqual([]);
  });

  test('moved to another address -> to be signed for again', async () => {
    const moved = aNameOnlyBinding({ baseUrl: 'https://other.example:8000' });
    expect(await waysIn(changed({ endpoints: [moved] }))).toHaveLength(1);
  });
});

describe('the form', () => {
  test('says what is signed for and where, and that a second person confirms it', async () => {
    const { text } = await modelApp(unsigned).open(SIGN);
    expect(unlabelledFields(text)).toEqual([]);
    expect(ownFormsOf(text)).toMatchObject([{ buttons: ['Sign for it'], fields: FORM }]);
    const said = plainText(text);
    expect(said).toContain(`It calls itself ${UNSIGNED.endpointModel}, at ${UNSIGNED.baseUrl}.`);
    expect(said).toContain('Nothing changes before a second person has confirmed it.');
  });

  test('of several endpoints nobody has chosen for you, and only those to be signed for are there', async () => {
    const proofs = { detection: 'name-only', triage: 'name-only', segmentation: 'reply' } as const;
    const endpoints = (['detection', 'triage', 'segmentation'] as const).map((name) =>
      aBinding({ function: name, attestation: proofs[name] }),
    );
    const { text } = await modelApp(changed({ endpoints })).open(SIGN);
    const radios = text.match(/<input[^>]*name="function"[^>]*>/g) ?? [];
    expect(radios.map((one) => /value="([^"]*)"/.exec(one)?.[1])).toEqual(['detection', 'triage']);
    expect(radios.filter((one) => /\schecked\b/.test(one))).toEqual([]);
  });

  test('asks for the signature of exactly this endpoint, which then waits for IT', async () => {
    const app = modelApp({ ...unsigned, waits: true });
    const res = await app.send(`${SIGN}/send`, FORM);
    expect([res.status, res.headers['location']]).toEqual([303, WAITING]);
    const named = { model: 'lung-nodule', version: '2.1.0' };
    const ifMatch = { kind: 'model-version', id: 'lung-nodule@2.1.0', etag: ETAG };
    expect(app.acts).toEqual([{ act: { act: 'sign-name-only', ...named, function: 'detection' }, ifMatch }]);
  });

  test.each([
    { name: 'none chosen', form: { etag: ETAG }, says: 'Endpoint is missing.' },
    { name: 'no endpoint', form: { ...FORM, function: 'view' }, says: 'Endpoint is not one of the list.' },
    { name: 'none at all', form: { ...FORM, function: '' }, says: 'Endpoint is missing.' },
  ])('$name -> said', async ({ form, says }) => {
    const app = modelApp(unsigned);
    const res = await app.send(`${SIGN}/send`, form);
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href: '#function' });
    expect(app.acts).toEqual([]);
  });

  test.each([
    {
      refusal: new NotPermitted([actReasonOf('nothing-to-change')]),
      status: 403,
      says: 'Not done: Sign for an endpoint that proves no version',
    },
    {
      refusal: new GatewayError('precondition-failed'),
      status: 412,
      says: 'Somebody else has changed this meanwhile',
    },
  ])('$refusal.code -> said, with what was chosen', async ({ refusal, status, says }) => {
    const res = await modelApp({ ...unsigned, refusal }).send(`${SIGN}/send`, FORM);
    expect(res.status).toBe(status);
    expect(plainText(res.text)).toContain(says);
    expect(ownFormsOf(res.text)[0]?.fields).toMatchObject(FORM);
  });

  test('a sign-in without a card -> the way to prove more', async () => {
    const viewer = loginOf(RC_TWO, { assurance: 2 });
    const { text } = await modelApp({ ...unsigned, viewer }).open(SIGN);
    expect(ownFormsOf(text)).toEqual([]);
    expect(linksOf(text).map((link) => link.text)).toContain('Confirm with your smart card');
  });

  test.each([
    { name: 'who may not', scene: { ...unsigned, viewer: loginOf(OPERATOR) } },
    { name: 'a retired version', scene: changed({ endpoints: [UNSIGNED], state: 'retired' }) },
  ])('$name: the page says why, without a form', async ({ scene }) => {
    const { text } = await modelApp(scene).open(SIGN);
    expect(ownFormsOf(text)).toEqual([]);
    expect(plainText(text)).toContain('You cannot do this at the moment');
  });

  test('nothing to sign for -> nothing is there', async () => {
    const app = modelApp(changed({}));
    expect((await app.open(SIGN)).status).toBe(404);
    expect((await app.send(`${SIGN}/send`, FORM)).status).toBe(404);
    expect(app.acts).toEqual([]);
  });
});
