import request from 'supertest';
import type { CaseView } from '../../src/domain/case-view.ts';
import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

const app = edgeApp();
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
const appWith = (view: CaseView) => edgeApp({ flows: fakeFlows({ readMyCase: async () => view }) });

describe('a case', () => {
  test('shows result, exact version, function, state, and that it is no diagnosis', async () => {
    const { text, headers } = await open(`/me/cases/${CASE}`);
    expect(headers['case-id']).toBe(CASE);
    expect(textsOf(text, 'h1')).toEqual(['Quality check: burned-in-text 1.0.0']);
    expect(textsOf(text, 'dd')).toEqual([
      'text found',
      '0.831',
      'Positive: at or above it',
      'burned-in-text',
      '1.0.0',
      'Quality check',
      'CT',
      'sandbox-general',
      'The study, read through the gateway',
    ]);
    const said = plainText(text);
    expect(said).toContain('Result released 3 Mar 2026, 14:05:06');
    expect(said).toContain('Not a diagnosis. An AI made this. You decide what it means for the patient.');
    expect(said).toContain('Case opened, 3 Mar 2026, 14:05:06 (entry 41 of the case log)');
    expect(linksOf(text)).toContainEqual({ text: 'Back to the study', href: `/me/studies/${STUDY}` });
  });

  test('takes each disposition by one button, none of them pushed forward', async () => {
    const { text } = await open(`/me/cases/${CASE}`);
    expect(ownFormsOf(text).at(-1)).toEqual({
      method: 'post',
      action: `/me/cases/${CASE}/disposition`,
      fields: { reasonCode: '', reason: '', disclosed: 'yes' },
      buttons: ['Accept', 'Edit', 'Override', 'Ignore', 'Flag'],
    });
    expect(
      [...text.matchAll(/<button class="([^"]*)"[^>]*name="disposition"/g)].map(([, classes]) => classes),
    ).toEqual(Array.from({ length: 5 }, () => 'nhsuk-button nhsuk-button--secondary'));
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('offers an operator what is an operator’s to say, and tells who says the rest', async () => {
    const view = {
      ...RELEASED_CASE,
      textDigest: `sha256:${'0'.repeat(64)}`,
      answers: ['ignored', 'flagged'],
    } as const;
    const { text } = await open(`/me/cases/${CASE}`, appWith(view));
    expect(ownFormsOf(text).at(-1)).toMatchObject({ buttons: ['Ignore', 'Flag'] });
    expect(plainText(text)).toContain('Other answers are for a Responsible Clinician (RC-AI) to record');
    expect(plainText(text)).toContain('A Responsible Clinician decides what it means for the patient.');
    expect(plainText(text)).not.toContain('Paste the final text');
    const nothing = await open(`/me/cases/${CASE}`, appWith({ ...view, answers: [] }));
    expect(plainText(nothing.text)).toContain(
      'Other answers are for a Responsible Clinician (RC-AI) to record',
    );
    expect(nothing.text).not.toContain('countersign-disposition"');
  });

  const { score: _score, finding: _finding, positive: _positive, ...bare } = RELEASED_CASE;
  test.each<{ name: string; view: CaseView; says: readonly string[]; hasButtons: boolean }>([
    {
      name: 'a disposition on record',
      view: { ...RELEASED_CASE, disposition: 'overridden', dispositionReason: 'Artefact.' },
      says: ['On record: Overridden (“Artefact.”).', 'I disagree; my own finding stands. On record now.'],
      hasButtons: true,
    },
    {
      name: 'a recommended dose above the local level',
      view: {
        ...RELEASED_CASE,
        dose: [
          {
            ...{ quantity: 'CTDIvol', unit: 'mGy', value: 15, exceeds: true },
            level: { id: 'ct-chest', value: 12, unit: 'mGy' },
          },
        ],
      },
      says: [
        'Recommended dose: CTDIvol 15 mGy: above the local diagnostic reference level of 12 mGy (ct-chest)',
      ],
      hasButtons: true,
    },
    {
      name: 'a result that may not be seen now',
      view: bare,
      says: ['you may not see it at this moment'],
      hasButtons: true,
    },
    {
      name: 'a draft of yesterday',
      view: { ...bare, function: 'report-draft' },
      says: ['A draft is shown once, when it is made, and is not kept here.'],
      hasButtons: true,
    },
    {
      name: 'a refusal',
      view: { ...bare, state: 'refused', reasons: ['not-released', 'a-code-of-a-later-release'] },
      says: ['Why there is no result', 'burned-in-text 1.0.0 is not released for use. What to do:'],
      hasButtons: false,
    },
    {
      name: 'a failure',
      view: { ...bare, state: 'failed', err: 'timeout' },
      says: ['AI failed', 'The AI endpoint did not answer in time. No result was shown.'],
      hasButtons: false,
    },
    {
      name: 'input of the caller',
      view: { ...RELEASED_CASE, inputVerified: false },
      says: ['Sent by the caller, not verified'],
      hasButtons: true,
    },
    {
      name: 'below the threshold',
      view: { ...RELEASED_CASE, positive: false },
      says: ['Negative: below it'],
      hasButtons: true,
    },
    { name: 'one still running', view: { ...bare, state: 'open' }, says: ['Running'], hasButtons: false },
  ])('$name is said', async ({ view, says, hasButtons }) => {
    const { text } = await open(`/me/cases/${CASE}`, appWith(view));
    for (const words of says) expect(plainText(text)).toContain(words);
    expect(ownFormsOf(text).length).toBe(hasButtons ? 1 : 0);
  });

  test('escapes the reason somebody gave', async () => {
    const { text } = await open(
      `/me/cases/${CASE}`,
      appWith({ ...RELEASED_CASE, disposition: 'flagged', dispositionReason: '<img src=x>' }),
    );
    expect(text).not.toContain('<img');
  });

  test('once its study is erased, leads back to the cases', async () => {
    const { studyInstanceUid: _erased, ...view } = RELEASED_CASE;
    expect(linksOf((await open(`/me/cases/${CASE}`, appWith(view))).text)).toContainEqual({
      text: 'Back to my cases',
      href: '/me/cases',
    });
  });
});

describe('saying what was done with it', () => {
  const send = (over: ReturnType<typeof edgeApp>, form: object): request.Test =>
    request(over).post(`/me/cases/${CASE}/disposition`).set('cookie', SIGNED_IN).type('form').send(form);

  test.each([
    { form: { disposition: 'overridden', reason: ' Artefact. ' }, said: { reason: 'Artefact.' } },
    { form: { disposition: 'overridden', reason: '', reasonCode: '' }, said: {} },
    { form: { disposition: 'overridden' }, said: {} },
    { form: { disposition: 'overridden', reasonCode: 'artefact' }, said: { reasonCode: 'artefact' } },
    { form: { disposition: 'overridden', disclosed: 'yes' }, said: { disclosed: true } },
  ])('$form is recorded, then the case is shown', async ({ form, said }) => {
    const { reason, reasonCode, disclosed } = {
      reason: undefined,
      reasonCode: undefined,
      disclosed: undefined,
      ...said,
    };
    const record = jest.fn(async () => ({ seq: 1, id: 'x', leaf: 'y' }));
    const res = await send(edgeApp({ flows: fakeFlows({ recordDisposition: record }) }), form);
    expect([res.status, res.headers['location']]).toEqual([303, `/me/cases/${CASE}`]);
    expect(record).toHaveBeenCalledWith(
      {
        evidence: { address: '127.0.0.1', sessionToken: 'known-session' },
        requestId: res.headers['request-id'],
        caseId: CASE,
        disposition: 'overridden',
        reason,
        reasonCode,
        disclosed,
      },
      expect.any(AbortSignal),
    );
  });

  test('a reason with what no text holds -> 400, and nothing is recorded', async () => {
    const record = jest.fn(async () => ({ seq: 1, id: 'x', leaf: 'y' }));
    const over = edgeApp({ flows: fakeFlows({ recordDisposition: record }) });
    const res = await send(over, { disposition: 'overridden', reason: 'seen\0it' });
    expect([res.status, record.mock.calls]).toEqual([400, []]);
  });

  test('refused -> the case again, why, what to do, and the reason still typed', async () => {
    const reasons = [reasonOf('assurance-too-low', { assurance: 3 })];
    const flows = fakeFlows({ recordDisposition: () => Promise.reject(new NotPermitted(reasons, CASE)) });
    const res = await send(edgeApp({ flows }), { disposition: 'accepted', reason: 'I agree' });
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain(
      '“Accepted” was not recorded This needs a sign-in with your smart card. What to do:',
    );
    expect(res.text).toContain('>I agree</textarea>');
    expect(ownFormsOf(res.text)).toHaveLength(1);
  });

  test('nothing to answer any more -> said on the case', async () => {
    const error = new GatewayError('conflict', {
      detail: 'This case is failed: there is no AI result to answer.',
      caseId: CASE,
    });
    const res = await send(
      edgeApp({ flows: fakeFlows({ recordDisposition: () => Promise.reject(error) }) }),
      { disposition: 'ignored' },
    );
    expect(res.status).toBe(409);
    expect(plainText(res.text)).toContain('there is no AI result to answer.');
  });

  test('the case log away -> a page that says so; nothing is shown as recorded', async () => {
    const error = new GatewayError('case-log-unavailable', { detail: 'It could not be written down.' });
    const res = await send(
      edgeApp({ flows: fakeFlows({ recordDisposition: () => Promise.reject(error) }) }),
      { disposition: 'ignored' },
    );
    expect([res.status, textsOf(res.text, 'h1')]).toEqual([
      503,
      ['The case log cannot be written, so AI is locked'],
    ]);
  });

  test.each([
    { disposition: 'liked' },
    {},
    { disposition: 'ignored', reason: 'a'.repeat(501) },
    { disposition: 'ignored', x: '1' },
  ])('%j -> 400', async (form) => {
    expect((await send(app, form)).status).toBe(400);
  });
});

describe('my cases', () => {
  test('shows each with its state and what I did, newest first, and goes on', async () => {
    const cases: readonly CaseView[] = [
      RELEASED_CASE,
      { ...RELEASED_CASE, disposition: 'edited' },
      { ...RELEASED_CASE, state: 'refused', version: '2.0.0' },
    ];
    const { text } = await open(
      '/me/cases',
      edgeApp({ flows: fakeFlows({ listCases: async () => ({ cases, next: '12' }) }) }),
    );
    expect(textsOf(text, 'h1')).toEqual(['My cases']);
    const said = plainText(text);
    for (const words of ['Waiting for you', 'Edited', 'Refused', 'Nothing to do', 'burned-in-text 2.0.0']) {
      expect(said).toContain(words);
    }
    expect(linksOf(text)).toContainEqual({
      text: 'Quality check of 3 Mar 2026, 14:05:06',
      href: `/me/cases/${CASE}`,
    });
    expect(linksOf(text).at(-1)).toEqual({ text: 'Older cases', href: '/me/cases?cursor=12' });
  });

  test('none yet -> where to begin; none older -> so', async () => {
    const none = edgeApp({ flows: fakeFlows({ listCases: async () => ({ cases: [] }) }) });
    expect(plainText((await open('/me/cases', none)).text)).toContain('You have no cases yet.');
    const older = (await open('/me/cases?cursor=3', none)).text;
    expect(plainText(older)).toContain('There are no older cases.');
    expect(linksOf(older)).toContainEqual({ text: 'Back to the newest', href: '/me/cases' });
  });
});
