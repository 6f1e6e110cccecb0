import request from 'supertest';
import { GatewayError, NotPermitted, RegisterUnavailable, UpstreamFault } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { InferenceRequest } from '../../src/flows/inference-case.ts';
import { wholeAnswer } from '../../src/http/whole-answer.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, CT_ROW, fakeFlows, rowsAnswer, STUDY } from '../fakes/fake-flows.ts';
import { MODELS } from '../fakes/fake-models.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';

const app = edgeApp();
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);
const RUN = { model: 'burned-in-text', version: '1.0.0', function: 'quality-check' };
const run = (over = app, form: string | object = RUN): request.Test =>
  request(over).post(`/me/studies/${STUDY}/run`).set('cookie', SIGNED_IN).type('form').send(form);

describe('a study', () => {
  test('says whose it is, what it is, and shows one image with a text for those who do not see it', async () => {
    const { text } = await open(`/me/studies/${STUDY}`);
    expect(textsOf(text, 'h1')).toEqual(['CT head']);
    expect(textsOf(text, 'dd')).toEqual([
      'MADEUP, Mary Ann',
      'SIM-0001',
      '12 April 1961',
      'Female',
      '3 March 2026',
      'CT',
      'A1001',
    ]);
    expect(text).toContain(
      `src="/dicom-web/studies/${STUDY}/series/${STUDY}.1/instances/${STUDY}.1.12/rendered"`,
    );
    expect(text).toContain('alt="CT head: one image of the study, for orientation only"');
  });

  test('offers a run for what is unlocked and read from the study, and nothing else', async () => {
    const { text } = await open(`/me/studies/${STUDY}`);
    expect(ownFormsOf(text)).toEqual([
      {
        method: 'post',
        action: `/me/studies/${STUDY}/run`,
        fields: RUN,
        buttons: ['Run Quality check: Burned-in text version 1.0.0'],
      },
      {
        method: 'post',
        action: `/me/studies/${STUDY}/run`,
        fields: { model: 'template-drafter', version: '1.0.0', function: 'report-draft' },
        buttons: ['Run Report draft: Template report drafter (no language model) version 1.0.0'],
      },
    ]);
    expect(plainText(text)).toContain('Run it from your viewer');
  });

  test('offers no run that would be refused: what this page does not call is run from elsewhere', async () => {
    const others = ['monai-label', 'openai-chat'] as const;
    const [known] = MODELS;
    if (known === undefined) throw new Error('there is no model');
    const listModels = async () => others.map((protocol) => ({ ...known, protocol, permitted: true }));
    const { text } = await open(`/me/studies/${STUDY}`, edgeApp({ flows: fakeFlows({ listModels }) }));
    expect(ownFormsOf(text)).toEqual([]);
    for (const name of ['MONAI Label', 'Chat completions of the OpenAI API'])
      expect(plainText(text)).toContain(`Run it from your viewer or a program. It is called by: ${name}.`);
  });

  test('offers a run of what TorchServe serves, where it reads the study', async () => {
    const [known] = MODELS;
    if (known === undefined) throw new Error('there is no model');
    const served = { ...known, protocol: 'torchserve', permitted: true } as const;
    const listModels = async () => [served, { ...served, input: 'caller' as const }];
    const { text } = await open(`/me/studies/${STUDY}`, edgeApp({ flows: fakeFlows({ listModels }) }));
    expect(ownFormsOf(text).map(({ fields }) => fields)).toEqual([{ ...RUN, protocol: 'torchserve' }]);
  });

  test('says why the rest is locked, with every reason and what to do', async () => {
    const { text } = await open(`/me/studies/${STUDY}`);
    const said = plainText(text);
    for (const reason of MODELS[2]?.reasons ?? []) {
      expect(said).toContain(`${reason.text} What to do: ${reason.remedy}`);
    }
    expect(said).toContain('Quality check: Burned-in text version 2.0.0 Locked');
  });

  test('offers nothing while AI is locked for everybody, but shows the study', async () => {
    const flows = fakeFlows({
      checkReadiness: async () => ({ ready: true, parts: [], aiLockedBecause: ['The disk is full.'] }),
    });
    const { text } = await open(`/me/studies/${STUDY}`, edgeApp({ flows }));
    expect(ownFormsOf(text)).toHaveLength(0);
    expect(plainText(text)).toContain('AI is locked for everybody The disk is full.');
    expect(textsOf(text, 'h1')).toEqual(['CT head']);
  });

  test('the register goes away in between -> the study stays', async () => {
    const flows = fakeFlows({
      listModels: () => Promise.reject(new RegisterUnavailable('The AI register cannot be read.')),
    });
    const res = await open(`/me/studies/${STUDY}`, edgeApp({ flows }));
    expect([res.status, ownFormsOf(res.text).length]).toEqual([200, 0]);
    expect(plainText(res.text)).toContain('The AI register cannot be read.');
  });

  test('no picture to be had -> the study stays', async () => {
    const flows = fakeFlows({
      search: async ({ resource }) => {
        if (resource.of === 'studies') return rowsAnswer([CT_ROW]);
        throw new UpstreamFault('upstream-timeout', 'pacs');
      },
    });
    const { text } = await open(`/me/studies/${STUDY}`, edgeApp({ flows }));
    expect(text).not.toContain('<img');
    expect(plainText(text)).toContain('There is no picture to show for this study.');
  });

  test('a study the PACS does not hold -> 404 page', async () => {
    const res = await open(
      `/me/studies/${STUDY}`,
      edgeApp({ flows: fakeFlows({ search: async () => rowsAnswer([]) }) }),
    );
    expect([res.status, plainText(res.text)]).toEqual([
      404,
      expect.stringContaining('The PACS holds no such study.'),
    ]);
  });
});

describe('running AI from a study', () => {
  test('asks for exactly what the form says, and goes on to the case', async () => {
    let asked: InferenceRequest | undefined;
    const base = fakeFlows();
    const asking = edgeApp({
      flows: fakeFlows({
        runInference: async (input, signal) => {
          asked = input;
          return await base.runInference(input, signal);
        },
      }),
    });
    const res = await run(asking);
    expect([res.status, res.headers['location'], res.headers['case-id']]).toEqual([
      303,
      `/me/cases/${CASE}`,
      CASE,
    ]);
    expect(asked).toEqual({
      evidence: { address: '127.0.0.1', sessionToken: 'known-session' },
      requestId: res.headers['request-id'],
      ...RUN,
      study: STUDY,
      input: 'study',
      inputDigest: undefined,
      protocol: 'oip-v2',
      payload: { kind: 'study' },
    });
  });

  test('a draft is shown on the answer itself: it is kept nowhere', async () => {
    const res = await run(app, { model: 'template-drafter', version: '1.0.0', function: 'report-draft' });
    expect([res.status, res.headers['cache-control'], res.headers['case-id']]).toEqual([
      200,
      'no-store',
      CASE,
    ]);
    expect(plainText(res.text)).toContain('Not a diagnosis. A machine wrote this draft.');
    expect(res.text).toContain('CT head.\n\nFindings: none.');
    expect(ownFormsOf(res.text).at(-1)?.action).toBe(`/me/cases/${CASE}/disposition`);
  });

  test('what TorchServe serves is called in its dialect; its draft is text, and shown as it came', async () => {
    const asked: InferenceRequest[] = [];
    const draft = '# DRAFT\n\nCT <b>head</b>.';
    const files = [
      { name: 'prediction', contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(draft) },
      { name: 'prediction', contentType: 'image/png', bytes: Buffer.from('PNG') },
    ];
    const base = fakeFlows();
    const asking = edgeApp({
      flows: fakeFlows({
        runInference: async (input, signal) => {
          asked.push(input);
          return { ...(await wholeAnswer(await base.runInference(input, signal))), body: {}, files };
        },
      }),
    });
    const form = { model: 'm', version: '1', function: 'report-draft', protocol: 'torchserve' };
    const res = await run(asking, form);
    expect(asked).toMatchObject([{ ...form, input: 'study', payload: { kind: 'study' } }]);
    expect(res.text).toContain('# DRAFT\n\nCT &lt;b&gt;head&lt;/b&gt;.</div>');
    expect(res.text).not.toContain('PNG');
  });

  test('refused -> every reason and what to do, the case on record, the way back', async () => {
    const reasons = [reasonOf('declaration-overdue', { date: '2026-03-03' }), reasonOf('stop-use')];
    const res = await run(
      edgeApp({ flows: fakeFlows({ runInference: () => Promise.reject(new NotPermitted(reasons, CASE)) }) }),
    );
    expect([res.status, res.headers['case-id'], textsOf(res.text, 'h1')]).toEqual([
      403,
      CASE,
      ['AI did not run'],
    ]);
    for (const { text, remedy } of reasons)
      expect(plainText(res.text)).toContain(`${text} What to do: ${remedy}`);
    expect(linksOf(res.text).slice(-3)).toEqual([
      { text: 'Back to the study', href: `/me/studies/${STUDY}` },
      { text: 'See the case on record', href: `/me/cases/${CASE}` },
      { text: 'Go to studies', href: '/me/studies' },
    ]);
  });

  test.each([
    { code: 'model-failed', status: 502, says: 'Report without it' },
    { code: 'case-log-unavailable', status: 503, says: 'No AI result was shown.' },
    { code: 'attestation-mismatch', status: 502, says: 'another version than it should' },
    { code: 'case-closed', status: 409, says: 'Report without it' },
  ] as const)('$code -> $status, and what to do', async ({ code, status, says }) => {
    const error = new GatewayError(code, { detail: 'What happened.', caseId: CASE });
    const res = await run(edgeApp({ flows: fakeFlows({ runInference: () => Promise.reject(error) }) }));
    expect(res.status).toBe(status);
    expect(plainText(res.text)).toContain('What happened.');
    expect(plainText(res.text)).toContain(says);
  });

  test.each([
    { name: 'no version', form: { model: 'm', function: 'triage' } },
    { name: 'version "latest"', form: { ...RUN, version: 'latest' } },
    { name: 'function "view"', form: { ...RUN, function: 'view' } },
    { name: 'a dialect that this page does not call', form: { ...RUN, protocol: 'monai-label' } },
    { name: 'a field nobody knows', form: { ...RUN, input: 'caller' } },
    { name: 'the model twice', form: 'model=a&model=b&version=1&function=triage' },
  ])('a form with $name -> 400, and nothing is run', async ({ form }) => {
    const running = jest.fn();
    const res = await run(edgeApp({ flows: fakeFlows({ runInference: running }) }), form);
    expect(res.status).toBe(400);
    expect(running).not.toHaveBeenCalled();
  });
});
