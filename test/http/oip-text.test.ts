import { request as openRequest, type ServerResponse } from 'node:http';
import request from 'supertest';
import { digestOfText } from '../../src/domain/byte-digest.ts';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';
import { beginStream, eventsIn, listen, sendEvent } from '../fakes/chat-app.ts';
import { aCaseId, SESSION } from '../fakes/inference-house.ts';
import { openOipHouse, type OipHouse } from '../fakes/oip-house.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { json } from '../fakes/scripted-endpoint.ts';

const VERSION = '/v2/models/lung-nodule/versions/2.1.0';
const COOKIE = `__Host-countersign-session=${SESSION}`;
const STUDY = aStudy().studyInstanceUid;

let at: OipHouse;
beforeEach(async () => {
  at = await openOipHouse();
  at.bind({ input: 'study', function: 'report-draft' });
});
afterEach(() => at.close());

const said = (text: string, more: object = {}): object => ({
  model_name: 'nodules',
  model_version: '3',
  text_output: text,
  ...more,
});
const asked = (parameters: object = {}, more: object = {}): object => ({
  text_input: 'Draft it.',
  parameters: { study_instance_uid: STUDY, ...parameters },
  ...more,
});

function post(action: string, body: unknown): request.Test {
  return request(at.app)
    .post(`${VERSION}/${action}`)
    .set({ Cookie: COOKIE, 'Content-Type': 'application/json' })
    .send(typeof body === 'string' ? body : JSON.stringify(body));
}

const events =
  (...all: readonly unknown[]) =>
  (res: ServerResponse) => {
    beginStream(res);
    for (const one of all) sendEvent(res, one);
    res.end();
  };

test('a draft among the outputs of infer is marked as that of generate is, and the case knows it so', async () => {
  const report = { name: 'report', shape: [1], datatype: 'BYTES', data: ['No nodule.'] };
  at.bind({
    input: 'study',
    function: 'report-draft',
    scoreOutput: undefined,
    findingOutput: undefined,
  } as never);
  at.endpoint.answer((res) => json(res, { model_name: 'nodules', model_version: '3', outputs: [report] }));
  const answer = await post('infer', { parameters: { study_instance_uid: STUDY } });
  const shown = `${DRAFT_MARK}No nodule.`;
  expect(answer.body.outputs).toEqual([{ ...report, data: [shown] }]);
  expect(answer.headers['countersign-draft']).toBe('true');
  expect(at.house.last().facts.output?.textDigest).toBe(digestOfText(shown));
});

describe('generate', () => {
  test('the text under the register’s names, marked as a draft, with the case; the endpoint reads the study', async () => {
    at.endpoint.answer((res) => json(res, said('No nodule.')));
    const answer = await post('generate', asked({ temperature: 0 }, { id: 'mine' }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      model_name: 'lung-nodule',
      model_version: '2.1.0',
      id: 'mine',
      parameters: { case_id: aCaseId(1), log_index: 1, function: 'report-draft' },
      text_output: `${DRAFT_MARK}No nodule.`,
    });
    expect(answer.headers).toMatchObject({
      'case-id': aCaseId(1),
      'countersign-draft': 'true',
      'cache-control': 'no-store',
    });
    expect(at.endpoint.calls[0]?.body).toMatchObject({
      id: aCaseId(1),
      text_input: 'Draft it.',
      parameters: { temperature: 0, study_instance_uid: STUDY, dicomweb_token: expect.any(String) },
    });
    expect(at.house.log.all()[0]?.facts.study?.inputDigest).toBe(digestOfText('Draft it.'));
    expect(at.house.last().facts.output?.textDigest).toBe(digestOfText(`${DRAFT_MARK}No nodule.`));
    expect(at.house.livingTokens.size).toBe(0);
  });

  test('another version answers -> withheld', async () => {
    at.endpoint.answer((res) => json(res, said('SECRET', { model_version: '4' })));
    const answer = await post('generate', asked());
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ code: 'attestation-mismatch', case_id: aCaseId(1) });
    expect(answer.text).not.toContain('SECRET');
  });

  test.each<[string, unknown, number]>([
    ['no text', { parameters: { study_instance_uid: STUDY } }, 400],
    ['a text with a lone surrogate', '{"text_input":"\\ud800"}', 400],
    ['no study', { text_input: 'x' }, 400],
    ['a parameter of nobody', asked({ logit_bias: 1 }), 400],
    ['the key of a study', asked({ dicomweb_token: 'mine' }), 400],
    ['a member of nobody', asked({}, { model: 'other' }), 400],
    ['a stream at the other address', asked({ stream: true }), 400],
    ['a setting beyond sense', asked({ max_tokens: -1 }), 400],
    ['a parameter that steers the server', asked({ priority: 1 }), 403],
    ['a sequence', asked({ sequence_id: 1 }), 403],
  ])('%s -> %3$i, and nothing is decided', async (_name, body, status) => {
    const answer = await post('generate', body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: expect.stringMatching(/\.$/) });
    expect(at.house.kinds()).toEqual([]);
  });

  test.each(['generate', 'generate_stream'])('%s without a version -> 400', async (action) => {
    const answer = await request(at.app)
      .post(`/v2/models/lung-nodule/${action}`)
      .set({ Cookie: COOKIE, 'Content-Type': 'application/json' })
      .send(asked());
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain('Name the exact version');
  });
});

describe('generate_stream', () => {
  test('event by event under the register’s names; release before the first, outcome before the last', async () => {
    at.endpoint.answer(events(said('No '), said('nodule.')));
    const answer = await post('generate_stream', asked({ stream: true }, { id: 'mine' }));
    expect(answer.status).toBe(200);
    const names = { model_name: 'lung-nodule', model_version: '2.1.0', id: 'mine' };
    expect(eventsIn(answer.text)).toEqual([
      { ...names, text_output: `${DRAFT_MARK}No ` },
      { ...names, text_output: 'nodule.' },
    ]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'case-id': aCaseId(1),
      'countersign-draft': 'true',
    });
    expect(at.house.kinds()).toEqual(['case.intent', 'case.release', 'case.outcome']);
    expect(at.house.last().facts.output?.textDigest).toBe(digestOfText(`${DRAFT_MARK}No nodule.`));
  });

  test('another version in the first event -> 502, and nothing of it', async () => {
    at.endpoint.answer(events(said('SECRET', { model_version: '4' })));
    const answer = await post('generate_stream', asked());
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ code: 'attestation-mismatch' });
    expect(answer.text).not.toContain('SECRET');
  });

  test.each<[string, object, string]>([
    ['another version later', said('SECRET', { model_version: '4' }), 'attestation-mismatch'],
    ['an error later', { error: 'patient SMITH' }, 'model-failed'],
  ])('%s -> an error event, and nothing more', async (_name, last, code) => {
    at.endpoint.answer(events(said('No '), said('nodule.'), last, said('SECRET')));
    const answer = await post('generate_stream', asked());
    expect(answer.status).toBe(200);
    const all = eventsIn(answer.text);
    expect(all.at(-1)).toMatchObject({ error: expect.stringMatching(/\.$/), code, case_id: aCaseId(1) });
    expect(answer.text).not.toMatch(/SECRET|SMITH/);
    expect(at.house.last()).toMatchObject({
      kind: 'case.outcome',
      facts: { release: { action: 'withheld' }, output: { complete: false } },
    });
  });

  test('a stop-use cuts a running stream', async () => {
    let res: ServerResponse | undefined;
    at.endpoint.answer((answer) => {
      res = answer;
      beginStream(answer);
      sendEvent(answer, said('No '));
      sendEvent(answer, said('nodule '));
    });
    const { url, close } = await listen(at.app);
    const text = await new Promise<string>((resolve, reject) => {
      const req = openRequest(`${url}${VERSION}/generate_stream`, {
        method: 'POST',
        headers: { Cookie: COOKIE, 'Content-Type': 'application/json' },
      });
      req.once('error', reject);
      req.once('response', (answer) => {
        let all = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          if (all === '' && res !== undefined) {
            at.stop();
            sendEvent(res, said('SECRET'));
            res.end();
          }
          all += chunk;
        });
        answer.once('end', () => resolve(all));
      });
      req.end(JSON.stringify(asked()));
    });
    expect(text).not.toContain('SECRET');
    expect(eventsIn(text).at(-1)).toMatchObject({ code: 'not-permitted' });
    await close();
  });

  test('the viewer hangs up -> the endpoint sees it, and the case says cancelled', async () => {
    const dropped = new Promise<void>((resolve) => {
      at.endpoint.answer((res) => {
        res.once('close', resolve);
        beginStream(res);
        sendEvent(res, said('No '));
        sendEvent(res, said('nodule.'));
      });
    });
    const { url, close } = await listen(at.app);
    const req = openRequest(`${url}${VERSION}/generate_stream`, {
      method: 'POST',
      headers: { Cookie: COOKIE, 'Content-Type': 'application/json' },
    });
    req.once('error', () => undefined);
    req.once('response', (res) => res.once('data', () => req.destroy()));
    req.end(JSON.stringify(asked()));
    await dropped;
    while (at.house.kinds().at(-1) !== 'case.outcome') await new Promise((resolve) => setImmediate(resolve));
    expect(at.house.last().facts.err).toBe('cancelled');
    await close();
  });
});
