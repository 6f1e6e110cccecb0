import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { startScriptedEndpoint, type ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import type { Running } from './command-line.ts';
import { buildRealHouse, type RealHouse } from './real-house.ts';

jest.setTimeout(120_000);

const SETTLED_WITHIN_MS = 30_000;
const chest = makeStudies().find(({ key }) => key === 'ct-chest');
const STUDY = chest?.studyInstanceUid ?? '';

const caseList = z.object({
  cases: z.array(
    z.object({
      caseId: z.string(),
      state: z.string(),
      err: z.string().optional(),
      entries: z.array(z.object({ kind: z.string() })),
    }),
  ),
});
type Case = z.infer<typeof caseList>['cases'][number];

/** A call in each dialect that the stuck endpoint answers, and how far its answer has come when it sticks. */
const CALLS = {
  infer: {
    path: '/v2/models/burned-in-text/versions/1.0.0/infer',
    body: { parameters: { study_instance_uid: STUDY, function: 'quality-check' } },
    begin: (res: ServerResponse) => {
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .write('{"model_name":"burned-in-text","model_v');
    },
  },
  chat: {
    path: '/v1/chat/completions',
    body: {
      model: 'chat-drafter@1.0.0',
      stream: true,
      messages: [{ role: 'user', content: 'Draft the report.' }],
      metadata: { study_instance_uid: STUDY },
    },
    begin: (res: ServerResponse) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const content of ['No ', 'abnormality ', 'is seen.']) res.write(chunkOf(content));
    },
  },
} as const;

function chunkOf(content: string): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  const head = { id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'chat-drafter-1.0.0' };
  return `data: ${JSON.stringify({ ...head, choices })}\n\n`;
}

/** How far the endpoint gets before it sticks. */
const STEPS = ['asked', 'begun'] as const;

describeWithBinary('whoever is killed in mid-call, the case says what happened', ['Orthanc'], () => {
  let house: RealHouse;
  let gateway: Running;
  let endpoint: ScriptedEndpoint;
  let cookie = '';

  beforeAll(async () => {
    endpoint = await startScriptedEndpoint();
    const hourly = { ai: { maxAnswerMebibytes: 16, maxRequestMebibytes: 16, probeSeconds: 3_600 } };
    house = await buildRealHouse(chest?.files ?? [], hourly, endpoint.baseUrl);
    gateway = await house.serve();
    const username = 'alice.osei';
    const password = house.passwordOf(username);
    ({ cookie } = await signIn({ gatewayUrl: house.url, username, password }));
  });

  afterAll(async () => {
    await gateway.stop();
    await endpoint.close();
    await house.close();
  });

  async function cases(): Promise<readonly Case[]> {
    const answer = await fetch(`${house.url}/api/cases`, { headers: { cookie } });
    return caseList.parse(await answer.json()).cases;
  }

  /** The newest case, once it is over. */
  async function settled(): Promise<Case> {
    let newest: Case | undefined;
    await until(async () => {
      [newest] = await cases();
      return newest !== undefined && newest.state !== 'open';
    }, SETTLED_WITHIN_MS);
    if (newest === undefined) throw new Error('there is no case');
    return newest;
  }

  /** Makes a call that sticks there; resolves when it does. */
  async function stuck(dialect: keyof typeof CALLS, step: (typeof STEPS)[number]) {
    const { path, body, begin } = CALLS[dialect];
    const viewer = new AbortController();
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    endpoint.answer((res, call) => {
      // A probe is none of it.
      if (call.method !== 'POST') {
        res.writeHead(503).end();
        return;
      }
      if (step === 'begun') begin(res);
      resolve(res);
    });
    const answer = fetch(`${house.url}${path}`, {
      method: 'POST',
      signal: viewer.signal,
      headers: { cookie, origin: house.url, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((said) => said.text());
    const over = answer.catch((error: unknown) => String(error));
    const res = await promise;
    if (dialect === 'chat' && step === 'begun') {
      await until(
        async () => (await cases())[0]?.entries.some(({ kind }) => kind === 'case.release') === true,
        SETTLED_WITHIN_MS,
      );
    }
    return { viewer, over, res };
  }

  const table = (['infer', 'chat'] as const).flatMap((dialect) =>
    STEPS.map((step) => ({ name: `${dialect}, ${step}`, dialect, step })),
  );

  test.each(table)('the endpoint: $name', async ({ dialect, step }) => {
    const { over, res } = await stuck(dialect, step);
    res.destroy();
    await over;
    const { state, err, entries } = await settled();
    expect({ state, err }).toEqual({ state: 'failed', err: step === 'asked' ? 'unreachable' : 'bad-answer' });
    expect(entries.at(-1)?.kind).toBe('case.outcome');
  });

  test.each(table)('the viewer: $name', async ({ dialect, step }) => {
    const { viewer, over, res } = await stuck(dialect, step);
    const isLetGo = once(res, 'close');
    viewer.abort();
    await over;
    await isLetGo;
    expect(await settled()).toMatchObject({ state: 'failed', err: 'cancelled' });
  });

  test.each(table)('the gateway: $name', async ({ dialect, step }) => {
    const { over } = await stuck(dialect, step);
    await gateway.stop('SIGKILL');
    await over;
    gateway = await house.serve();
    const { state, entries } = await settled();
    expect(state).toBe('orphaned');
    expect(entries.map(({ kind }) => kind)).toEqual([
      'case.intent',
      ...(dialect === 'chat' && step === 'begun' ? ['case.release'] : []),
      'case.orphan',
    ]);
  });
});
