import type { EndpointBinding } from '../../src/domain/register.ts';
import type { ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import type { InferenceAnswer, StreamEvent } from '../../src/flows/ports-inference.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, createInferenceHouse, type InferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aRegister } from '../fakes/register-builder.ts';

const SUM = aModelVersion().digest;
const OTHER_SUM = `sha256:${'b'.repeat(64)}`;
const RIGHT: ProbeAnswer = { kind: 'attested', model: 'nodules', version: '3' };
const metadata = aBinding({ attestation: 'metadata' });
const checksum = aBinding({ protocol: 'monai-label', attestation: 'checksum' });
const sum = (said: string): ProbeAnswer => ({ kind: 'attested', model: 'nodules', checksum: said });

function streaming(
  binding: EndpointBinding,
  said: readonly (ProbeAnswer | (() => ProbeAnswer))[],
  end: StreamEvent = { kind: 'end', durationMs: 5 },
): InferenceHouse {
  const house = createInferenceHouse({
    register: aRegister({ modelVersions: [aModelVersion({ endpoints: [binding] })] }),
  });
  const left = [...said];
  house.onProbe(() => {
    const next = left.shift() ?? { kind: 'away' };
    return typeof next === 'function' ? next() : next;
  });
  const events = (async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    yield { kind: 'piece', bytes: Buffer.from('a') };
    yield { kind: 'piece', bytes: Buffer.from('b') };
    yield end;
  })();
  house.onInfer((): InferenceAnswer => ({ kind: 'stream', headers: {}, durationMs: 1, events }));
  return house;
}

async function read(house: InferenceHouse, { protocol }: EndpointBinding, leaving = new AbortController()) {
  const released = await runInference(house.deps, aRequest({ protocol }), leaving.signal);
  if (released.kind !== 'stream') throw new Error('it came in one piece');
  const texts: string[] = [];
  const take = async (): Promise<void> => {
    for await (const bytes of released.pieces) texts.push(Buffer.from(bytes).toString());
  };
  return { texts, take };
}

interface Row {
  readonly name: string;
  readonly binding: EndpointBinding;
  readonly said: readonly ProbeAnswer[];
  readonly reason?: string;
  readonly locks?: number;
  readonly attested?: object;
}

const ROWS: readonly Row[] = [
  { name: 'metadata, the same before the last piece', binding: metadata, said: [RIGHT, RIGHT] },
  {
    ...{ name: 'metadata that names another by then', binding: metadata },
    said: [RIGHT, { ...RIGHT, version: '4' }],
    ...{ reason: 'attestation-mismatch', locks: 1 },
    attested: { metadata: { model: 'nodules', version: '4' } },
  },
  {
    ...{ name: 'metadata that cannot be had any more', binding: metadata, said: [RIGHT, { kind: 'away' }] },
    reason: 'attestation-missing',
    attested: {},
  },
  { name: 'the same weights at the end', binding: checksum, said: [sum(SUM), sum(SUM), sum(SUM)] },
  {
    ...{ name: 'other weights at the end', binding: checksum, said: [sum(SUM), sum(SUM), sum(OTHER_SUM)] },
    ...{ reason: 'attestation-mismatch', locks: 1 },
    attested: { checksum: SUM, after: OTHER_SUM },
  },
  {
    ...{ name: 'no checksum at the end', binding: checksum, said: [sum(SUM), sum(SUM), { kind: 'silent' }] },
    reason: 'attestation-missing',
    attested: { checksum: SUM },
  },
];

test.each(ROWS)('$name', async ({ binding, said, reason, locks = 0, attested }) => {
  const house = streaming(binding, said);
  const { texts, take } = await read(house, binding);
  if (reason === undefined) {
    await take();
    expect(texts).toEqual(['a', 'b']);
    expect(house.last().facts.release?.action).toBe('released');
  } else {
    expect((await faultOf(take())).reasons.map(({ code }) => code)).toEqual([reason]);
    expect(texts).toEqual(['a']);
    expect(house.last().facts).toMatchObject({
      ...{ err: reason, release: { action: 'withheld', reasons: [reason] } },
      output: { complete: false },
    });
    expect(house.last().facts.asked?.attested).toEqual(attested);
  }
  expect(house.mismatches).toHaveLength(locks);
  expect(house.livingTokens.size).toBe(0);
});

test('a reply that proves itself is asked nothing at the end', async () => {
  const house = streaming(aBinding(), [], { kind: 'end', durationMs: 5 });
  house.onInfer(() => ({
    ...{ kind: 'stream', headers: {}, durationMs: 1, attestedModel: 'nodules', attestedVersion: '3' },
    events: (async function* () {
      yield await Promise.resolve({ kind: 'end', durationMs: 1 } as const);
    })(),
  }));
  house.onProbe(() => {
    throw new Error('nobody asks');
  });
  await (await read(house, aBinding())).take();
  expect(house.last().facts.release?.action).toBe('released');
});

test('an end that failed, and names another version with that -> locked', async () => {
  const end: StreamEvent = { kind: 'end', failure: 'bad-answer', durationMs: 5, attestedVersion: '4' };
  const house = streaming(metadata, [RIGHT, RIGHT], end);
  const { take } = await read(house, metadata);
  await faultOf(take());
  expect(house.mismatches).toMatchObject([{ found: 'call', attested: { version: '4' } }]);
});

test('whoever reads it has gone while it was asked -> cancelled, and no fault of the endpoint', async () => {
  const leaving = new AbortController();
  const house = streaming(metadata, [
    RIGHT,
    () => {
      leaving.abort();
      return { kind: 'away' };
    },
  ]);
  const { take } = await read(house, metadata, leaving);
  await faultOf(take());
  expect(house.last().facts).toMatchObject({ err: 'cancelled' });
  expect(house.mismatches).toEqual([]);
});
