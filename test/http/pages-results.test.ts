import request from 'supertest';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { classificationForm } from '../../src/http/result-schemas.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { ALICE, fakeFlows, logEntry } from '../fakes/fake-flows.ts';
import { aWord, readWord, RESULT_OBJECT } from '../fakes/fake-result-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';
import { modelName, versionString } from '../fakes/register-builder.ts';

const { study, series, sopInstanceUid } = RESULT_OBJECT;
const LIST = '/me/results';
const ONE = `${LIST}/${study}/${series}/${sopInstanceUid}`;
const withFlows = (flows: Partial<Flows> = {}) => edgeApp({ flows: fakeFlows(flows) });
const open = (path: string, over = withFlows()): request.Test =>
  request(over).get(path).set('cookie', SIGNED_IN);
const send = (fields: Readonly<Record<string, string>>, over = withFlows()): request.Test =>
  request(over).post(`${ONE}/send`).set('cookie', SIGNED_IN).type('form').send(fields);

describe('the list', () => {
  test('names each object and its study, and leads to where they are named', async () => {
    const { status, text, headers } = await open(LIST);
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(textsOf(text, 'h1')).toEqual(['Stored results without a name']);
    expect(linksOf(text)).toEqual(
      expect.arrayContaining([
        { text: `Say what made ${sopInstanceUid}`, href: ONE },
        { text: `Open the study ${study}`, href: `/me/studies/${study}` },
        { text: 'Newer ones', href: expect.stringMatching(/^\/me\/results\?cursor=\d+%3A1[.]2/) },
      ]),
    );
    expect(plainText(text)).toContain('First seen 3 Mar 2026, 14:05:06');
  });

  test.each([
    ['', 'Nothing waits for a name.'],
    ['?cursor=5:1.2', 'No more of them wait for a name.'],
  ])('with nothing on it%s: %s', async (query, words) => {
    const { text } = await open(
      LIST + query,
      withFlows({ listProbableResults: async () => ({ results: [] }) }),
    );
    expect(plainText(text)).toContain(words);
  });

  test('somebody else is told why not', async () => {
    const reasons = [reasonOf('function-not-in-duty', { function: 'saying what made a stored object' })];
    const listProbableResults = (): Promise<never> => Promise.reject(new NotPermitted(reasons));
    const { status, text } = await open(LIST, withFlows({ listProbableResults }));
    expect(status).toBe(403);
    expect(plainText(text)).toContain('not among the duties of your role');
  });

  test.each([true, false])('a link leads there for whom it opens: %s', async (maySeeUnnamed) => {
    const { text } = await open(
      '/me/register/models',
      withFlows({ whoAmI: async () => ({ ...ALICE, maySeeUnnamed }) }),
    );
    expect(linksOf(text).some(({ href }) => href === LIST)).toBe(maySeeUnnamed);
  });
});

describe('the form', () => {
  test('offers what can be said, in doubt the safe answer, and nothing chosen beforehand', async () => {
    const { text } = await open(ONE);
    expect(textsOf(text, 'label')).toEqual([
      'Not made by AI',
      'Made by Burned-in text, burned-in-text 1.0.0',
      'Made by AI, version not known',
      'Reason (optional)',
    ]);
    expect(text).not.toContain('checked');
    expect(plainText(text)).toContain('Choose this in doubt.');
    expect(ownFormsOf(text).map(({ action, buttons }) => [action, buttons])).toEqual([
      [`${ONE}/send`, ['Say so']],
    ]);
  });

  test('shows what stands, who said it when and why, and what was said before', async () => {
    const said = {
      verdict: 'ai-of',
      model: modelName('burned-in-text'),
      version: versionString('1.0.0'),
    } as const;
    const history = [
      aWord(9, { said, reason: 'See <vendor>' }),
      aWord(5, { practitioner: aWord(1).practitioner }),
    ];
    const { text } = await open(ONE, withFlows({ readClassification: async () => readWord(history) }));
    const words = plainText(text);
    expect(words).toContain(
      'What stands Made by burned-in-text 1.0.0. Alice Osei, 3 Mar 2026, 14:05:06. Reason: See <vendor>',
    );
    expect(words).toContain('Said before Made by AI, version not known. Alice Osei');
    expect(text).not.toContain('<vendor>');
    expect(text).toMatch(/value="ai-of:burned-in-text@1\.0\.0" checked/);
    expect(text).toContain('name="etag" value="classified-9"');
  });

  test('whoever may not say anything reads why, and has no form', async () => {
    const reasons = [reasonOf('assurance-too-low', { assurance: 3 })];
    const { text } = await open(
      ONE,
      withFlows({ readClassification: async () => ({ ...readWord(), reasons, names: {} }) }),
    );
    expect(ownFormsOf(text)).toEqual([]);
    expect(plainText(text)).toContain('You cannot do this at the moment');
    const way = linksOf(text).find(({ href }) => href?.startsWith('/auth/step-up'));
    expect(way?.href).toContain(encodeURIComponent(ONE));
  });

  test.each<[Readonly<Record<string, string>>, unknown]>([
    [
      { said: 'not-ai', reason: '' },
      { said: { verdict: 'not-ai' }, reason: undefined, ifMatch: '' },
    ],
    [
      { said: 'ai-of:burned-in-text@1.0.0', reason: ' As its vendor says ', etag: 'classified-9' },
      {
        said: { verdict: 'ai-of', model: 'burned-in-text', version: '1.0.0' },
        reason: 'As its vendor says',
        ifMatch: 'classified-9',
      },
    ],
    [{ said: 'ai-unknown' }, { said: { verdict: 'ai-unknown' }, reason: undefined, ifMatch: '' }],
  ])('%j is said, and what stands is shown', async (fields, expected) => {
    const given: unknown[] = [];
    const classifyResult: Flows['classifyResult'] = async ({ said, reason, ifMatch, object }) => {
      given.push({ said, reason, ifMatch });
      expect(object).toEqual(RESULT_OBJECT);
      return aWord(1);
    };
    const res = await send(fields, withFlows({ classifyResult }));
    expect([res.status, res.headers['location'], given]).toEqual([303, ONE, [expected]]);
  });

  test.each([
    [{}, 'What made it is missing.'],
    [{ said: 'perhaps' }, 'What made it is not one of the list.'],
    [{ said: 'ai-of:x' }, 'What made it is not one of the list.'],
    [{ said: 'ai-of:x@latest' }, 'What made it is not one of the list.'],
    [{ said: 'not-ai', reason: 'two\nlines' }, 'Reason takes one line of at most 500 characters.'],
    [{ said: 'not-ai', reason: 'seen\0it' }, 'Reason takes one line of at most 500 characters.'],
  ])('%j is told beside the field, and what was typed stays', async (fields, words) => {
    const { status, text } = await send({ reason: 'typed', ...fields });
    expect(status).toBe(400);
    expect(plainText(text)).toContain(words);
    if (!('reason' in fields)) expect(text).toContain('value="typed"');
  });

  test('half a character, which no form can send, is no reason', () => {
    const read = (reason: string): boolean =>
      classificationForm.safeParse({ said: 'not-ai', reason }).success;
    expect([read('seen \u{1f9ea} it'), read('seen \ud83e it')]).toEqual([true, false]);
  });

  test.each([
    ['not-classifiable', 409, 'Nothing can be said of this object'],
    ['precondition-failed', 412, 'Somebody else has changed this meanwhile'],
    ['not-permitted', 403, 'You may not do this'],
  ] as const)('a refusal is told on the form, with what was typed: %s', async (code, status, words) => {
    const classifyResult = (): Promise<never> =>
      Promise.reject(new GatewayError(code, { detail: 'So it is.' }));
    const res = await send({ said: 'not-ai', reason: 'typed' }, withFlows({ classifyResult }));
    expect([res.status, res.headers['gateway-origin']]).toEqual([status, 'gateway']);
    expect(plainText(res.text)).toContain(words);
    expect(plainText(res.text)).toContain('So it is.');
    expect(res.text).toContain('value="typed"');
  });

  test('what is away is for the error page', async () => {
    const classifyResult = (): Promise<never> => Promise.reject(new GatewayError('case-log-unavailable'));
    expect((await send({ said: 'not-ai' }, withFlows({ classifyResult }))).status).toBe(503);
  });
});

test('the case log page tells of a word in words, and can be asked for these alone', async () => {
  const entries = [
    logEntry(3, 'result.classified', { facts: { classified: { verdict: 'not-ai' } } }),
    logEntry(2, 'study.accessed', {
      facts: { access: { reader: 'person', at: 1, unnamedResult: true } },
      personal: { studyUid: '1.2' },
    }),
  ];
  const readCaseLog: Flows['readCaseLog'] = async () => ({
    entries,
    verification: { verifiedSize: 4, size: 4 },
  });
  const { text, status } = await open('/me/case-log?kind=result.classified', withFlows({ readCaseLog }));
  expect(status).toBe(200);
  expect(plainText(text)).toContain('Stored object classified');
  expect(plainText(text)).toContain('Not made by AI');
  expect(plainText(text)).toContain('study 1.2 with what is probably an AI result of no known version');
});
