import type { ServerResponse } from 'node:http';
import type { InferenceAnswer } from '../../src/flows/ports-inference.ts';
import { createOipClient } from '../../src/upstreams/oip-client.ts';
import { aCall, eventsOf, rawTensors } from '../fakes/oip-calls.ts';
import {
  anAnswer,
  json,
  sendRaw,
  startScriptedEndpoint,
  type ScriptedEndpoint,
} from '../fakes/scripted-endpoint.ts';

const client = createOipClient({ maxAnswerBytes: 2_000, maxTensorBytes: 1_000 });
let endpoint: ScriptedEndpoint;
beforeEach(async () => {
  endpoint = await startScriptedEndpoint();
});
afterEach(() => endpoint.close());
afterAll(() => client.close());

const run = (payload: Parameters<typeof aCall>[0], doses = false): Promise<InferenceAnswer> => {
  const doseOutputs = [{ output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' }] as const;
  const binding = { baseUrl: endpoint.baseUrl, ...(doses ? { doseOutputs } : {}) };
  return client.infer(aCall(payload, binding), new AbortController().signal);
};
const infer = () => run({ kind: 'oip-infer', inputs: [] });
const generate = (streams: boolean) =>
  run({ kind: 'oip-generate', textInput: 'Draft it.', parameters: {}, streams });

const SCORE = { name: 'score', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } };
const OTHERS = { model_name: 'nodules', model_version: '4' };
const MISMATCH = { failure: 'attestation-mismatch', attestedModel: 'nodules', attestedVersion: '4' };

function events(res: ServerResponse, ...said: readonly unknown[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of said) res.write(`data: ${JSON.stringify(one)}\n\n`);
  res.end();
}

interface Row {
  readonly name: string;
  readonly answer: (res: ServerResponse) => void;
  readonly ask?: () => Promise<InferenceAnswer>;
}

const ROWS: readonly Row[] = [
  { name: 'no outputs at all', answer: (res) => json(res, OTHERS) },
  { name: 'outputs that make no sense', answer: (res) => json(res, anAnswer({ ...OTHERS, outputs: [{}] })) },
  {
    name: 'the same output twice',
    answer: (res) => {
      const output = { name: 'x', shape: [1], datatype: 'FP32', data: [1] };
      json(res, anAnswer({ ...OTHERS, outputs: [output, output] }));
    },
  },
  {
    name: 'a tensor that lacks elements',
    answer: (res) =>
      json(res, { ...OTHERS, outputs: [{ name: 'x', shape: [9], datatype: 'FP32', data: [1] }] }),
  },
  {
    name: 'raw tensors in an answer without any',
    answer: (res) => json(res, { ...OTHERS, outputs: [SCORE] }),
  },
  { name: 'an answer to another call', answer: (res) => json(res, anAnswer({ ...OTHERS, id: 'c-other' })) },
  { name: 'a version that is a number', answer: (res) => json(res, anAnswer({ model_version: 4 })) },
  {
    name: 'raw tensors that are too short',
    answer: (res) => sendRaw(res, { ...OTHERS, outputs: [SCORE] }, Buffer.alloc(2)),
  },
  {
    name: 'raw tensors that are too long',
    answer: (res) => sendRaw(res, { ...OTHERS, outputs: [SCORE] }, Buffer.alloc(9)),
  },
  {
    name: 'raw tensors that are longer than is taken',
    answer: (res) => {
      const huge = { ...SCORE, shape: [1_000], parameters: { binary_data_size: 4_000 } };
      sendRaw(res, { ...OTHERS, outputs: [huge] }, Buffer.alloc(4_000));
    },
  },
  {
    name: 'raw tensors behind outputs that make no sense',
    answer: (res) => sendRaw(res, { ...OTHERS, outputs: [{ name: 'score' }] }, Buffer.alloc(4)),
  },
  {
    name: 'raw tensors where doses are read from JSON',
    answer: (res) => sendRaw(res, { ...OTHERS, outputs: [SCORE] }, Buffer.alloc(4)),
    ask: () => run({ kind: 'oip-infer', inputs: [] }, true),
  },
  { name: 'no text', answer: (res) => json(res, OTHERS), ask: () => generate(false) },
  {
    name: 'an error after a 200',
    answer: (res) => json(res, { ...OTHERS, error: 'x' }),
    ask: () => generate(false),
  },
  { name: 'a first event without text', answer: (res) => events(res, OTHERS), ask: () => generate(true) },
];

test.each(ROWS)(
  'of another version, $name -> the mismatch is what counts',
  async ({ answer, ask = infer }) => {
    endpoint.answer(answer);
    const told = await ask();
    const { attestedModel = 'nodules', ...rest } = told.kind === 'stream' ? await endOf(told) : told;
    expect({ attestedModel, ...rest }).toMatchObject(MISMATCH);
  },
);

test('of another version, an answer to half of what was sent', async () => {
  endpoint.answer((res) => json(res, anAnswer(OTHERS)));
  const tensors = { ...rawTensors([Buffer.from('abc')]), digest: () => undefined };
  const input = { name: 'x', datatype: 'UINT8', shape: [3], parameters: { binary_data_size: 3 } };
  expect(await run({ kind: 'oip-infer', inputs: [input], tensors })).toEqual({
    ...{ kind: 'failed', durationMs: expect.any(Number) },
    ...MISMATCH,
  });
});

test('a later event of another version without text -> the end says so', async () => {
  endpoint.answer((res) => {
    events(res, { model_name: 'nodules', model_version: '3', text_output: 'a' }, OTHERS);
  });
  expect((await eventsOf(await generate(true))).at(-1)).toMatchObject({ kind: 'end', ...MISMATCH });
});

test.each([
  ['the same version', anAnswer({ outputs: [{}] }), 'bad-answer'],
  ['the same version as a number', anAnswer({ model_version: 3 }), 'bad-answer'],
  ['a version that cannot be read', anAnswer({ model_version: '4\n' }), 'bad-answer'],
  ['no version', anAnswer({ model_version: undefined, outputs: [{}] }), 'bad-answer'],
  ['no object', 'null', 'bad-answer'],
])('%s, malformed -> as before', async (_name, body, failure) => {
  endpoint.answer((res) => json(res, body));
  const told = await infer();
  expect(told).toEqual({ kind: 'failed', failure, durationMs: expect.any(Number) });
});

async function endOf(answer: InferenceAnswer) {
  const last = (await eventsOf(answer)).at(-1);
  if (last === undefined) throw new Error('there is none');
  return last;
}
