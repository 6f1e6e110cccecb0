import type { EndpointBinding } from '../../src/domain/register.ts';
import type { ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRequest, aResult, createInferenceHouse, type InferenceHouse } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aNameOnlyBinding, aRegister } from '../fakes/register-builder.ts';

const SUM = aModelVersion().digest;
const OTHER_SUM = `sha256:${'b'.repeat(64)}`;
const NEVER = new AbortController().signal;
const checksum = aBinding({ protocol: 'monai-label', attestation: 'checksum' });
const metadata = aBinding({ attestation: 'metadata' });
const nameOnly = aNameOnlyBinding({ protocol: 'monai-label' });
const silent = aBinding({ protocol: 'torchserve', attestation: 'metadata' });
const sum = (said: string): ProbeAnswer => ({ kind: 'attested', model: 'nodules', checksum: said });

/** An endpoint that is asked beside the call says these, one after another; its replies say nothing of themselves. */
function houseWith(binding: EndpointBinding, said: readonly ProbeAnswer[]): InferenceHouse {
  const house = createInferenceHouse({
    register: aRegister({ modelVersions: [aModelVersion({ endpoints: [binding] })] }),
  });
  const left = [...said];
  house.onProbe(() => left.shift() ?? { kind: 'away' });
  house.onInfer(() => {
    const { attestedModel: _model, attestedVersion: _version, ...answer } = aResult();
    return answer;
  });
  return house;
}

const run = (house: InferenceHouse, { protocol }: EndpointBinding, signal = NEVER) =>
  runInference(house.deps, aRequest({ protocol }), signal);

interface Row {
  readonly name: string;
  readonly binding: EndpointBinding;
  readonly said: readonly ProbeAnswer[];
  /** The problem; none where it is released. */
  readonly code?: string;
  readonly calls?: number;
  readonly locks?: number;
}

const RIGHT: ProbeAnswer = { kind: 'attested', model: 'nodules', version: '3' };
const ROWS: readonly Row[] = [
  { name: 'the same weights before and after', binding: checksum, said: [sum(SUM), sum(SUM)] },
  {
    name: 'other weights before: nothing is sent',
    binding: checksum,
    said: [sum(OTHER_SUM)],
    ...{ code: 'attestation-mismatch', calls: 0, locks: 1 },
  },
  {
    name: 'other weights after',
    binding: checksum,
    said: [sum(SUM), sum(OTHER_SUM)],
    ...{ code: 'attestation-mismatch', locks: 1 },
  },
  {
    name: 'no checksum before: nothing is sent',
    binding: checksum,
    said: [{ kind: 'attested', model: 'nodules' }],
    ...{ code: 'attestation-mismatch', calls: 0 },
  },
  {
    name: 'away before: nothing is sent',
    binding: checksum,
    said: [{ kind: 'away' }],
    ...{ code: 'upstream-unreachable', calls: 0 },
  },
  {
    name: 'left alone before: nothing is sent',
    binding: checksum,
    said: [{ kind: 'left-alone' }],
    ...{ code: 'upstream-unreachable', calls: 0 },
  },
  {
    name: 'no checksum after',
    binding: checksum,
    said: [sum(SUM), { kind: 'attested', model: 'nodules' }],
    code: 'attestation-mismatch',
  },
  {
    name: 'away after',
    binding: checksum,
    said: [sum(SUM), { kind: 'away' }],
    code: 'attestation-mismatch',
  },
  { name: 'metadata that names it', binding: metadata, said: [RIGHT] },
  {
    name: 'metadata that names another version',
    binding: metadata,
    said: [{ ...RIGHT, version: '4' }],
    ...{ code: 'attestation-mismatch', locks: 1 },
  },
  {
    name: 'metadata that cannot be had',
    binding: metadata,
    said: [{ kind: 'absent' }],
    code: 'attestation-mismatch',
  },
  {
    name: 'metadata without a version',
    binding: metadata,
    said: [{ kind: 'attested' }],
    code: 'attestation-mismatch',
  },
  {
    name: 'the same version before and after a reply that says nothing',
    binding: silent,
    said: [RIGHT, RIGHT],
  },
  {
    name: 'another version before such a reply: nothing is sent',
    binding: silent,
    said: [{ ...RIGHT, version: '4' }],
    ...{ code: 'attestation-mismatch', calls: 0, locks: 1 },
  },
  {
    name: 'another model before it: nothing is sent',
    binding: silent,
    said: [{ ...RIGHT, model: 'nodes' }],
    ...{ code: 'attestation-mismatch', calls: 0, locks: 1 },
  },
  {
    name: 'nothing of a version before it: nothing is sent',
    binding: silent,
    said: [{ kind: 'silent' }],
    ...{ code: 'attestation-mismatch', calls: 0 },
  },
  {
    name: 'a model without its version before it: nothing is sent',
    binding: silent,
    said: [{ kind: 'attested', model: 'nodules' }],
    ...{ code: 'attestation-mismatch', calls: 0 },
  },
  {
    name: 'nobody who works there before it: nothing is sent',
    binding: silent,
    said: [{ kind: 'away' }],
    ...{ code: 'upstream-unreachable', calls: 0 },
  },
  {
    name: 'another version after it',
    binding: silent,
    said: [RIGHT, { ...RIGHT, version: '4' }],
    ...{ code: 'attestation-mismatch', locks: 1 },
  },
  {
    name: 'nothing after it',
    binding: silent,
    said: [RIGHT, { kind: 'away' }],
    code: 'attestation-mismatch',
  },
  { name: 'a name, where MONAI Label is taken by it', binding: nameOnly, said: [sum(OTHER_SUM)] },
  {
    name: 'not even a name',
    binding: nameOnly,
    said: [{ kind: 'silent' }],
    code: 'attestation-mismatch',
  },
];

test.each(ROWS)('$name', async ({ binding, said, code, calls = 1, locks = 0 }) => {
  const house = houseWith(binding, said);
  if (code === undefined) expect(await run(house, binding)).toMatchObject({ kind: 'result' });
  else expect(await faultOf(run(house, binding))).toMatchObject({ code });
  expect(house.calls).toHaveLength(calls);
  expect(house.mismatches).toHaveLength(locks);
  expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
  const action = code === undefined ? 'released' : 'withheld';
  expect(house.last().facts).toMatchObject({
    release: { action },
    model: { attestation: binding.attestation },
  });
});

test('what was said before and after stands in the case, to be replayed', async () => {
  const house = houseWith(checksum, [sum(SUM), sum(OTHER_SUM)]);
  await faultOf(run(house, checksum));
  expect(house.last().facts.asked?.attested).toEqual({ checksum: SUM, after: OTHER_SUM });
});

test('a reply that proves itself is not asked beside', async () => {
  const house = createInferenceHouse();
  house.onProbe(() => {
    throw new Error('nobody asks');
  });
  expect(await run(house, aBinding())).toMatchObject({ kind: 'result' });
});

test('whoever asked has gone while the weights were read: cancelled, nothing sent', async () => {
  const leaving = new AbortController();
  const house = houseWith(checksum, []);
  house.onProbe(() => {
    leaving.abort();
    return { kind: 'away' };
  });
  await faultOf(run(house, checksum, leaving.signal));
  expect(house.calls).toEqual([]);
  expect(house.last().facts.err).toBe('cancelled');
});

test('the register moved meanwhile: withheld, and that is not the endpoint’s fault', async () => {
  const house = createInferenceHouse();
  house.onInfer(() => {
    const moved = aModelVersion({ endpoints: [aBinding({ endpointVersion: '4' })] });
    house.setRegister(aRegister({ modelVersions: [moved] }));
    return aResult();
  });
  expect(await faultOf(run(house, aBinding()))).toMatchObject({ code: 'attestation-mismatch' });
  expect(house.mismatches).toEqual([]);
});
