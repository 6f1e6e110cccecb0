import type { EndpointBinding, ModelVersion } from '../../src/domain/register.ts';
import type { Mismatch, ProbeAnswer } from '../../src/flows/ports-attestation.ts';
import { createEndpointProbes, type ProbeOutcome } from '../../src/flows/probe-endpoints.ts';
import {
  aBinding,
  aModelVersion,
  aNameOnlyBinding,
  aRegister,
  versionString,
} from '../fakes/register-builder.ts';

const NEVER = new AbortController().signal;
const EVERY_MS = 60_000;
const SUM = aModelVersion().digest;
const OTHER_SUM = `sha256:${'b'.repeat(64)}`;

type Probe = (binding: EndpointBinding) => ProbeAnswer | Promise<ProbeAnswer>;

function createHouse(versions: readonly ModelVersion[], probe: Probe) {
  let nowMs = 0;
  let register: ReturnType<typeof aRegister> | undefined = aRegister({ modelVersions: versions });
  const asked: EndpointBinding[] = [];
  const outcomes: ProbeOutcome[] = [];
  const mismatches: Mismatch[] = [];
  const unprovable: string[] = [];
  const probes = createEndpointProbes({
    register: {
      snapshot: () => {
        if (register === undefined) throw new Error('there is none (test)');
        return register;
      },
    },
    prober: {
      probe: async (binding) => {
        asked.push(binding);
        return await probe(binding);
      },
    },
    locks: { report: (mismatch) => void mismatches.push(mismatch) },
    clock: { monotonicMs: () => nowMs },
    random: () => 0.5,
    everyMs: EVERY_MS,
    onProbed: (outcome) => void outcomes.push(outcome),
    isProvable: ({ protocol, attestation }) => protocol !== 'torchserve' || attestation !== 'metadata',
    onUnprovable: ({ version }) => void unprovable.push(version.version),
  });
  return {
    probes,
    asked,
    outcomes,
    mismatches,
    unprovable,
    setRegister: (next: typeof register) => void (register = next),
    /** A round after so much time. */
    after: async (ms: number, signal = NEVER) => {
      nowMs += ms;
      await probes.round(signal);
    },
  };
}

const right: ProbeAnswer = { kind: 'attested', model: 'nodules', version: '3' };
const monai = (changes: Partial<EndpointBinding> = {}): EndpointBinding =>
  aBinding({ protocol: 'monai-label', attestation: 'checksum', ...changes });
const chat = aBinding({ protocol: 'openai-chat', endpointModel: 'drafter-3' });

describe('what a look comes to', () => {
  test.each<{ name: string; binding?: EndpointBinding; said: ProbeAnswer; outcome: ProbeOutcome }>([
    { name: 'right', said: right, outcome: 'right' },
    { name: 'another version', said: { ...right, version: '4' }, outcome: 'wrong' },
    { name: 'another model', said: { ...right, model: 'nodes' }, outcome: 'wrong' },
    { name: 'not served', said: { kind: 'absent' }, outcome: 'wrong' },
    { name: 'no version', said: { kind: 'attested', model: 'nodules' }, outcome: 'silent' },
    { name: 'nothing', said: { kind: 'silent' }, outcome: 'silent' },
    { name: 'nobody there', said: { kind: 'away' }, outcome: 'away' },
    { name: 'its weights', binding: monai(), said: { kind: 'attested', checksum: SUM }, outcome: 'right' },
    { name: 'others', binding: monai(), said: { kind: 'attested', checksum: OTHER_SUM }, outcome: 'wrong' },
    { name: 'no weights', binding: monai(), said: { kind: 'attested' }, outcome: 'silent' },
    {
      name: 'others, where the name alone is taken',
      binding: aNameOnlyBinding({ protocol: 'monai-label' }),
      said: { kind: 'attested', model: 'nodules', checksum: OTHER_SUM },
      outcome: 'right',
    },
    {
      name: 'its served name',
      binding: chat,
      said: { kind: 'attested', model: 'drafter-3' },
      outcome: 'right',
    },
  ])('$name -> $outcome', async ({ binding = aBinding(), said, outcome }) => {
    const house = createHouse([aModelVersion({ endpoints: [binding] })], () => said);
    await house.after(0);
    await house.after(EVERY_MS);
    expect(house.outcomes).toEqual([outcome]);
    expect(house.mismatches).toHaveLength(outcome === 'wrong' ? 1 : 0);
    expect(house.probes.state()).toMatchObject({ part: 'ai-endpoints', ok: true });
    expect(house.probes.state().detail).toContain(`1 ${outcome}`);
  });
});

describe('which endpoints are looked at, and when', () => {
  const old = versionString('1.0.0');

  test('those of versions in use or in acceptance, each once in its time', async () => {
    const house = createHouse(
      [
        aModelVersion(),
        aModelVersion({ version: versionString('3.0.0'), state: 'acceptance', releases: [] }),
        aModelVersion({ version: old, state: 'retired' }),
        aModelVersion({ version: versionString('4.0.0'), state: 'registered', releases: [] }),
      ],
      () => right,
    );
    await house.after(0);
    expect(house.asked).toEqual([]);
    await house.after(EVERY_MS / 2);
    expect(house.asked).toHaveLength(2);
    await house.after(EVERY_MS - 1);
    expect(house.asked).toHaveLength(2);
    await house.after(1);
    expect(house.asked).toHaveLength(4);
  });

  test('two functions at one endpoint are one; what is gone is forgotten', async () => {
    const endpoints = [aBinding(), aBinding({ function: 'triage' })];
    const house = createHouse([aModelVersion({ endpoints })], () => right);
    await house.after(0);
    await house.after(EVERY_MS);
    expect(house.asked).toHaveLength(1);
    house.setRegister(aRegister({ modelVersions: [] }));
    await house.after(EVERY_MS);
    expect(house.probes.state().detail).toContain('0 in all');
  });

  test('none while the register cannot be read', async () => {
    const house = createHouse([aModelVersion()], () => right);
    await house.after(0);
    house.setRegister(undefined);
    await house.after(EVERY_MS);
    expect(house.asked).toEqual([]);
  });

  test('one that is still being looked at is left out, and no more than four at once', async () => {
    const answers: ((answer: ProbeAnswer) => void)[] = [];
    const versions = Array.from({ length: 6 }, (_, place) =>
      aModelVersion({ version: versionString(`${String(place)}.0`) }),
    );
    const house = createHouse(versions, () => new Promise((resolve) => answers.push(resolve)));
    await house.after(0);
    const first = house.after(EVERY_MS);
    expect(house.asked).toHaveLength(4);
    await house.after(EVERY_MS);
    expect(house.asked).toHaveLength(4);
    while (house.outcomes.length < versions.length) {
      for (const answer of answers.splice(0)) answer(right);
      await Promise.resolve();
    }
    await first;
    expect(house.asked).toHaveLength(6);
  });

  test('one that is left alone is due again with the next round, and stands as it was', async () => {
    const answers: ProbeAnswer[] = [right, { kind: 'left-alone' }, { kind: 'left-alone' }, right];
    const house = createHouse([aModelVersion()], () => answers.shift() ?? { kind: 'away' });
    await house.after(0);
    await house.after(EVERY_MS);
    await house.after(EVERY_MS);
    expect(house.probes.state().detail).toContain('1 right');
    await house.after(1);
    await house.after(1);
    expect(house.asked).toHaveLength(4);
    await house.after(1);
    expect(house.asked).toHaveLength(4);
    expect(house.outcomes).toEqual(['right', 'right']);
  });

  test('a look that is given up tells nothing', async () => {
    const stopping = new AbortController();
    const house = createHouse([aModelVersion()], () => {
      stopping.abort();
      return { kind: 'away' };
    });
    await house.after(0);
    await house.after(EVERY_MS, stopping.signal);
    expect(house.outcomes).toEqual([]);
  });
});

describe('an endpoint that nothing in the config lets prove its version', () => {
  const metadata = aBinding({ protocol: 'torchserve', attestation: 'metadata' });
  const versionWith = (binding: EndpointBinding): ModelVersion => aModelVersion({ endpoints: [binding] });

  test('is told once, from its first round on, and stands in the health', async () => {
    const house = createHouse([versionWith(metadata)], () => ({ kind: 'silent' }));
    await house.after(0);
    expect(house.unprovable).toEqual(['2.1.0']);
    expect(house.probes.state()).toMatchObject({ ok: true });
    expect(house.probes.state().detail).toContain('1 of them can prove nothing');
    await house.after(EVERY_MS);
    expect(house.unprovable).toHaveLength(1);
  });

  test('no more once its attestation is another', async () => {
    const house = createHouse([versionWith(metadata)], () => right);
    await house.after(0);
    house.setRegister(
      aRegister({ modelVersions: [versionWith(aNameOnlyBinding({ protocol: 'torchserve' }))] }),
    );
    await house.after(1);
    expect(house.probes.state().detail).not.toContain('prove nothing');
    expect(house.unprovable).toHaveLength(1);
  });
});
