import request from 'supertest';
import { digestOfText } from '../../src/domain/byte-digest.ts';
import type { CaseView } from '../../src/domain/case-view.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { sayHref } from '../../src/ui/say-page.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, unlabelledFields } from '../fakes/page-text.ts';

const DRAFT = 'DRAFT – AI-generated, not verified\n\nNo “focal” lesion.\n';
const FINAL = 'Small lesion.\nSee CT.';
const ONCE = '00000000-0000-4000-8000-000000000001';
const LINK = sayHref(CASE, 'edited');
const DRAFT_CASE: CaseView = {
  ...RELEASED_CASE,
  function: 'report-draft',
  model: 'drafter',
  version: '2.1.0',
  textDigest: digestOfText(DRAFT),
};

function house(flows: Partial<Flows> = {}, view: CaseView = DRAFT_CASE) {
  const record = jest.fn(async (..._said: Parameters<Flows['recordDisposition']>) => ({
    ...{ seq: 1, id: 'x', leaf: 'y' },
  }));
  const app = edgeApp({
    flows: fakeFlows({ readMyCase: async () => view, recordDisposition: record, ...flows }),
  });
  return { app, record };
}
const get = (app: ReturnType<typeof edgeApp>, path: string) =>
  request(app).get(path).set('cookie', SIGNED_IN);
const send = (app: ReturnType<typeof edgeApp>, path: string, form: object) =>
  request(app).post(`${path}/send`).set('cookie', SIGNED_IN).type('form').send(form);
/** As a browser sends a text of several lines (HTML, form submission). */
const sent = (text: string): string => text.replaceAll('\n', '\r\n');

describe('the page of one disposition of a draft', () => {
  test.each(['accepted', 'edited', 'overridden'] as const)(
    '%s: asks for both texts, labelled',
    async (said) => {
      const { text } = await get(house().app, sayHref(CASE, said));
      expect(Object.keys(ownFormsOf(text).at(-1)?.fields ?? {})).toEqual([
        'once',
        'draft',
        'final',
        'reason',
      ]);
      expect(unlabelledFields(text)).toEqual([]);
      expect(plainText(text)).toContain('neither text is kept');
    },
  );

  test.each<readonly [string, string, CaseView]>([
    ['a draft that was ignored', sayHref(CASE, 'ignored'), DRAFT_CASE],
    ['a case without a draft', LINK, RELEASED_CASE],
  ])('%s: asks for none', async (_name, path, view) => {
    const { text } = await get(house({}, view).app, path);
    expect(Object.keys(ownFormsOf(text).at(-1)?.fields ?? {})).toEqual(['once', 'reason']);
  });

  test('both are handed on with the line ends that people typed, and none of what a form makes of them', async () => {
    const { app, record } = house();
    const form = { once: ONCE, draft: sent(DRAFT), final: sent(FINAL), reason: '' };
    const res = await send(app, LINK, form);
    expect([res.status, res.headers['location']]).toEqual([303, `/me/cases/${CASE}`]);
    expect(record.mock.calls[0]?.[0]).toMatchObject({
      disposition: 'edited',
      texts: { draft: DRAFT, final: FINAL },
      once: ONCE,
    });
  });

  test('neither is said without texts', async () => {
    const { app, record } = house();
    await send(app, LINK, { once: ONCE, draft: ' ', final: '', reason: 'Reworded' });
    expect(record.mock.calls[0]?.[0].texts).toBeUndefined();
    expect(record).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['the draft alone', { draft: DRAFT, final: '' }],
    ['the final text alone', { draft: '', final: FINAL }],
  ])('%s -> told, nothing recorded, and it is still there', async (_name, texts) => {
    const { app, record } = house();
    const res = await send(app, LINK, { once: ONCE, ...texts });
    expect([res.status, record.mock.calls.length]).toEqual([400, 0]);
    expect(plainText(res.text)).toContain('Paste both texts, or neither.');
    expect(plainText(res.text)).toContain(plainText(texts.draft + texts.final));
  });

  test('another text than the draft -> told, and both are still there', async () => {
    const error = new GatewayError('conflict', { detail: 'The draft is not the text that this case gave.' });
    const { app } = house({ recordDisposition: () => Promise.reject(error) });
    const res = await send(app, LINK, { once: ONCE, draft: 'Other', final: FINAL });
    expect([res.status, plainText(res.text).includes(error.detail)]).toEqual([409, true]);
    expect(res.text).toContain('>Other</textarea>');
    expect(res.text).toContain(`>${FINAL}</textarea>`);
  });

  test('long texts fit; more than any report does not', async () => {
    const { app, record } = house();
    const long = 'Größe '.repeat(16_000);
    expect((await send(app, LINK, { once: ONCE, draft: long, final: long })).status).toBe(303);
    const longer = { once: ONCE, draft: 'x'.repeat(100_001), final: 'x' };
    expect((await send(app, LINK, longer)).status).toBe(400);
    expect(record).toHaveBeenCalledTimes(1);
  });
});

describe('the page of the case', () => {
  const RUN = `/me/studies/${STUDY}/run`;
  const run = { model: 'drafter', version: '2.1.0', function: 'report-draft' };

  function ran(outputs: readonly string[], view = DRAFT_CASE) {
    const body = { outputs: [{ name: 'text', datatype: 'BYTES', data: outputs }] };
    const runInference: Flows['runInference'] = async () => ({
      ...{ kind: 'result', caseId: CASE, function: 'report-draft', body },
      receipt: { seq: 1, id: 'x', leaf: 'y' },
      again: () => Promise.reject(new Error('not here')),
    });
    return house({ runInference }, view);
  }

  test('a case that gave a draft leads to the page where both texts are pasted', async () => {
    const { text } = await get(house().app, `/me/cases/${CASE}`);
    expect(linksOf(text)).toContainEqual({ text: 'Paste the final text', href: LINK });
    const none = await get(house({}, RELEASED_CASE).app, `/me/cases/${CASE}`);
    expect(linksOf(none.text).map(({ href }) => href)).not.toContain(LINK);
  });

  test('where the draft is shown it is at hand: only the final text is pasted', async () => {
    const { app, record } = ran([DRAFT]);
    const { text } = await request(app).post(RUN).set('cookie', SIGNED_IN).type('form').send(run);
    const form = ownFormsOf(text).find(({ action }) => action === `${LINK}/send`);
    expect(form?.buttons).toEqual(['Record “Edited” with this text']);
    expect(unlabelledFields(text)).toEqual([]);
    expect(text).toContain(`name="draft" value="${DRAFT}"`);
    const { once = '' } = form?.fields ?? {};
    await send(app, LINK, { once, draft: sent(DRAFT), final: sent(FINAL) });
    expect(record.mock.calls[0]?.[0]).toMatchObject({ texts: { draft: DRAFT, final: FINAL }, once });
  });

  test.each<readonly [string, readonly string[], CaseView]>([
    ['several texts', [DRAFT, FINAL], DRAFT_CASE],
    ['a text that the case does not know', ['Another'], DRAFT_CASE],
    ['a case without a digest', [DRAFT], RELEASED_CASE],
  ])('%s: no such form', async (_name, outputs, view) => {
    const res = await request(ran(outputs, view).app)
      .post(RUN)
      .set('cookie', SIGNED_IN)
      .type('form')
      .send(run);
    expect(res.status).toBe(200);
    expect(ownFormsOf(res.text).map(({ action }) => action)).not.toContain(`${LINK}/send`);
  });
});
