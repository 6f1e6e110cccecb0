import request from 'supertest';
import { BadRequest, GatewayError, NotPermitted, UpstreamFault } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import * as schemas from '../../src/http/co-sign-schemas.ts';
import { coSignedPage } from '../../src/ui/co-sign-page.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { SEALED } from '../fakes/fake-answer-flows.ts';
import { fakeFlows, RELEASED_CASE } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

const { caseId, digest } = SEALED;
const PAGE = `/me/co-sign/${caseId}`;

function house(flows: Partial<Flows> = {}) {
  const answer = jest.fn(async (..._said: Parameters<Flows['answerForCoSignature']>) => undefined);
  return { app: edgeApp({ flows: fakeFlows({ answerForCoSignature: answer, ...flows }) }), answer };
}
const get = (path: string, app = house().app) => request(app).get(path).set('cookie', SIGNED_IN);
const send = (app: ReturnType<typeof edgeApp>, form: object) =>
  request(app).post(`${PAGE}/send`).set('cookie', SIGNED_IN).type('form').send(form);
const refuse = (error: GatewayError) => ({ answerForCoSignature: () => Promise.reject(error) });

describe('the API', () => {
  test.each([
    ['/api/co-sign', schemas.coSignList],
    [`/api/co-sign/${caseId}`, schemas.coSignSeen],
    [`/api/cases/${caseId}/result`, schemas.coSignedResult],
  ])('GET %s is what its document says, and is not kept', async (path, schema) => {
    const res = await get(path);
    expect([res.status, res.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(schema.safeParse(res.body).error?.issues).toBeUndefined();
  });

  test('the list does not say what the AI said', async () => {
    expect((await get('/api/co-sign')).text).not.toContain('70 mL');
  });

  test('an answer is recorded, with what was seen', async () => {
    const { app, answer } = house();
    const body = { answer: 'refused', digest, reason: 'Allergy' };
    const res = await request(app).post(`/api/co-sign/${caseId}`).set('cookie', SIGNED_IN).send(body);
    expect([res.status, res.headers['case-id'], res.body]).toEqual([
      201,
      caseId,
      { caseId, answer: 'refused' },
    ]);
    expect(answer.mock.calls[0]?.[0]).toMatchObject({ caseId, answer: 'refused', digest, words: 'Allergy' });
  });

  test.each([
    ['without the digest', { answer: 'co-signed' }],
    ['with another word', { answer: 'yes', digest }],
    ['with a digest that is none', { answer: 'co-signed', digest: 'x' }],
    ['with more', { answer: 'co-signed', digest, name: 'x' }],
  ])('an answer %s -> 400', async (_name, body) => {
    const { app, answer } = house();
    const res = await request(app).post(`/api/co-sign/${caseId}`).set('cookie', SIGNED_IN).send(body);
    expect([res.status, answer.mock.calls.length]).toEqual([400, 0]);
  });
});

describe('the pages', () => {
  test('the list leads to each, and does not say what the AI said', async () => {
    const { text } = await get('/me/co-sign');
    expect(linksOf(text).map(({ href }) => href)).toContain(PAGE);
    expect(plainText(text)).toContain('Alice Osei');
    expect(text).not.toContain('70 mL');
    const none = house({ listForCoSignature: async () => [] });
    expect(plainText((await get('/me/co-sign', none.app)).text)).toContain(
      'Nothing waits for your signature.',
    );
  });

  test('a sealed result is shown whole, with the form that answers it', async () => {
    const { text } = await get(PAGE);
    expect(textsOf(text, 'h1')).toEqual(['Co-sign this AI result?']);
    const said = plainText(text);
    for (const words of ['Contrast 70 mL', 'F, 57 years', 'CT, CHEST', 'contrast-adviser 1.0.0']) {
      expect(said).toContain(words);
    }
    expect(ownFormsOf(text).at(-1)).toMatchObject({ action: `${PAGE}/send`, fields: { digest } });
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('an answer goes on record, then the list is shown', async () => {
    const { app, answer } = house();
    const res = await send(app, { answer: 'co-signed', digest, reason: '' });
    expect([res.status, res.headers['location']]).toEqual([303, '/me/co-sign']);
    expect(answer.mock.calls[0]?.[0]).toMatchObject({
      caseId,
      answer: 'co-signed',
      digest,
      words: undefined,
    });
  });

  describe.each<readonly [string, GatewayError, string]>([
    [
      'the PACS is away',
      new UpstreamFault('upstream-unreachable', 'pacs', { detail: 'The PACS is away.' }),
      'The PACS is away.',
    ],
    [
      'its version is stopped',
      new NotPermitted([reasonOf('stop-use', { model: 'contrast-adviser' })], caseId),
      'contrast-adviser',
    ],
  ])('%s', (_name, error, why) => {
    const unseen = { readForCoSignature: () => Promise.reject(error) };

    test('it is not shown, and can be refused: the page says why, and has the one button', async () => {
      const { app, answer } = house(unseen);
      const { status, text } = await get(PAGE, app);
      expect([status, textsOf(text, 'h1')]).toEqual([200, ['Refuse this AI result?']]);
      expect(plainText(text)).toContain(why);
      expect(plainText(text)).toContain('Alice Osei');
      expect(text).not.toContain('70 mL');
      const form = ownFormsOf(text).at(-1);
      expect(form).toMatchObject({ action: `${PAGE}/send`, fields: { digest, answer: 'refused' } });
      expect(unlabelledFields(text)).toEqual([]);
      const res = await send(app, { ...form?.fields, reason: 'Nobody can look at it' });
      expect([res.status, res.headers['location']]).toEqual([303, '/me/co-sign']);
      expect(answer.mock.calls[0]?.[0]).toMatchObject({ answer: 'refused', digest });
    });

    test('refused without words -> told on that page', async () => {
      const { app } = house({ ...unseen, ...refuse(new BadRequest('Say why it is refused.')) });
      const res = await send(app, { answer: 'refused', digest, reason: '' });
      expect([res.status, plainText(res.text).includes('Say why it is refused.')]).toEqual([400, true]);
      expect(ownFormsOf(res.text).at(-1)?.fields).toMatchObject({ answer: 'refused' });
    });

    test('what is not theirs to refuse is not shown to them either', async () => {
      const { app } = house({ ...unseen, listForCoSignature: async () => [] });
      expect((await get(PAGE, app)).status).toBeGreaterThanOrEqual(400);
    });
  });

  test.each(['case-log-unavailable', 'conflict'] as const)(
    '%s -> no page that could refuse nothing',
    async (code) => {
      const { app } = house({ readForCoSignature: () => Promise.reject(new GatewayError(code)) });
      const res = await get(PAGE, app);
      expect(res.status).toBeGreaterThanOrEqual(400);
    },
  );

  test('no answer chosen -> the form again, with what was typed', async () => {
    const { app, answer } = house();
    const res = await send(app, { digest, reason: 'Hm' });
    expect([res.status, answer.mock.calls.length]).toEqual([400, 0]);
    expect(res.text).toContain('>Hm</textarea>');
  });

  test.each<readonly [string, GatewayError, number, string]>([
    [
      'refused',
      new NotPermitted([reasonOf('co-signer-is-asker')], caseId),
      403,
      'you cannot be the second person',
    ],
    ['a refusal without words', new BadRequest('Say why it is refused.'), 400, 'Say why it is refused.'],
  ])('%s -> told on the form', async (_name, error, status, words) => {
    const res = await send(house(refuse(error)).app, { answer: 'refused', digest });
    expect([res.status, plainText(res.text).includes(words)]).toEqual([status, true]);
    expect(ownFormsOf(res.text).at(-1)?.action).toBe(`${PAGE}/send`);
  });

  test('the signed result is read by whoever asked for it, from their case', async () => {
    const view = { ...RELEASED_CASE, coSigned: true };
    const { app } = house({ readMyCase: async () => view });
    const href = `/me/cases/${caseId}/result`;
    expect(linksOf((await get(`/me/cases/${caseId}`, app)).text)).toContainEqual({ text: 'Read it', href });
    const res = await get(href, app);
    expect([res.status, res.headers['cache-control'], res.headers['case-id']]).toEqual([
      200,
      'no-store',
      caseId,
    ]);
    expect(plainText(res.text)).toContain('Contrast 70 mL');
    expect(plainText(res.text)).toContain('Not a prescription.');
  });

  test('answered by somebody else meanwhile -> a page that says so', async () => {
    const error = new GatewayError('conflict', { detail: 'Somebody else has answered this meanwhile.' });
    const res = await send(house(refuse(error)).app, { answer: 'co-signed', digest });
    expect([res.status, plainText(res.text).includes(error.detail)]).toEqual([409, true]);
  });

  test('from another site -> refused, nothing recorded', async () => {
    const { app, answer } = house();
    const res = await send(app, { answer: 'co-signed', digest }).set('origin', 'https://elsewhere.example');
    expect([res.status, answer.mock.calls.length]).toEqual([403, 0]);
  });
});

test.each([
  [{ outputs: [{ name: 'a', data: ['x', 1] }] }, [{ key: 'Result: a', value: 'x, 1' }]],
  [{ outputs: [{ name: 'a', data: 'x' }] }, [{ key: 'Result: a', value: 'x' }]],
  [{ outputs: [{ data: 1 }] }, [{ key: 'Result', value: '{\n "outputs": [\n  {\n   "data": 1\n  }\n ]\n}' }]],
  [
    { model_name: 'm', outputs: [{ name: 'a', data: 1 }], parameters: { dose: 2 } },
    [
      { key: 'Result: a', value: '1' },
      { key: 'Result: besides', value: '{\n "parameters": {\n  "dose": 2\n }\n}' },
    ],
  ],
  [{ choices: [] }, [{ key: 'Result', value: '{\n "choices": []\n}' }]],
])('of %j all is shown', (body, rows) => {
  expect(coSignedPage({ caseId, body, expiresAt: 0 }, 'UTC').rows).toEqual(rows);
});
