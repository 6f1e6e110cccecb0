import { buildApp } from '../../src/http/build-app.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { edgeDeps, PUBLIC_URL } from '../fakes/edge-app.ts';
import { fakeFlows } from '../fakes/fake-flows.ts';
import { SESSION } from '../fakes/inference-house.ts';
import { flowsOf } from '../fakes/oip-app.ts';
import { openOipHouse, type OipHouse } from '../fakes/oip-house.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { json } from '../fakes/scripted-endpoint.ts';

const VERSION = '/v2/models/lung-nodule/versions/2.1.0';
const PARAMETERS = { study_instance_uid: aStudy().studyInstanceUid };
const INFER = JSON.stringify({ parameters: PARAMETERS });
const GENERATE = JSON.stringify({ text_input: 'Draft it.', parameters: PARAMETERS });

let at: OipHouse;
let listener: Listener;
beforeEach(async () => {
  at = await openOipHouse();
  at.bind({ input: 'study', function: 'report-draft' });
  const flows = { ...fakeFlows(), ...flowsOf(at.house) };
  listener = await startListener({ app: buildApp(edgeDeps({ flows })), host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await listener.close(1_000);
  await at.close();
});

/** As `fetch` sends bytes: it names no type. */
async function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${listener.url}${path}`, {
    method: 'POST',
    headers: { cookie: `__Host-countersign-session=${SESSION}`, ...headers },
    body: Buffer.from(body),
  });
  return { status: answer.status, text: await answer.text() };
}

const names = { model_name: 'nodules', model_version: '3' };

describe('a body of which nobody says the type is JSON, as clients of the protocol send it', () => {
  test('infer', async () => {
    at.endpoint.answer((res) => json(res, { ...names, outputs: [] }));
    expect(await post(`${VERSION}/infer`, INFER)).toMatchObject({ status: 200 });
  });

  test.each(['generate', 'generate_stream'])('%s', async (action) => {
    const said = JSON.stringify({ ...names, text_output: 'No nodule.' });
    at.endpoint.answer((res) => {
      if (action === 'generate') json(res, said);
      else res.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${said}\n\n`);
    });
    const answer = await post(`${VERSION}/${action}`, GENERATE);
    expect(answer).toEqual({ status: 200, text: expect.stringContaining('No nodule.') });
  });

  test.each([
    ['what is no JSON', '{', {}, 400],
    ['nothing', '', {}, 400],
    ['a packed one', INFER, { 'content-encoding': 'gzip' }, 415],
    ['one that says where its tensors begin', INFER, { 'inference-header-content-length': '9' }, 415],
    ['one that says another type', INFER, { 'content-type': 'text/plain' }, 415],
  ])('%s is refused', async (_name, body, headers, status) => {
    expect((await post(`${VERSION}/generate`, body, headers)).status).toBe(status);
    expect(at.house.log.all()).toEqual([]);
  });

  test('at other doors it is of no type that is taken', async () => {
    expect((await post('/v1/chat/completions', INFER)).status).toBe(415);
  });
});

/** A page can send bytes without a type to anybody, and no browser asks first. */
describe('sent by somebody else’s page on the session cookie', () => {
  test.each([
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: PUBLIC_URL, 'sec-fetch-site': 'same-site' },
  ])('%j -> refused before anything is read', async (headers) => {
    for (const action of ['infer', 'generate', 'generate_stream']) {
      const { status, text } = await post(`${VERSION}/${action}`, GENERATE, headers);
      expect([status, text]).toEqual([403, expect.stringContaining('same-origin-required')]);
    }
    expect([at.house.log.all(), at.endpoint.calls]).toEqual([[], []]);
  });
});
