import fc from 'fast-check';
import { attestedFacts, saysVersion, type Attested } from '../../src/domain/attested.ts';
import { decide } from '../../src/domain/decide.ts';
import type { EndpointBinding } from '../../src/domain/register.ts';
import { aBinding, aModelVersion, aNameOnlyBinding, aRegister, NOW } from '../fakes/register-builder.ts';
import { aQuestion } from './reason-given.ts';

describe('a served name that says the version', () => {
  test.each([
    { endpointModel: 'drafter-2.1.0', endpointVersion: '2.1.0', says: true },
    { endpointModel: 'drafter_3', endpointVersion: '3', says: true },
    { endpointModel: 'drafter', endpointVersion: '3', says: false },
    { endpointModel: 'drafter3', endpointVersion: '3', says: false },
    { endpointModel: 'drafter-13', endpointVersion: '3', says: false },
    { endpointModel: '3', endpointVersion: '3', says: false },
  ])('$endpointModel, $endpointVersion: $says', ({ says, ...binding }) => {
    expect(saysVersion(binding)).toBe(says);
  });
});

test('what could name somebody is kept as unreadable, and stays as wrong as it was', () => {
  const said: Attested = {
    model: 'Jane Doe',
    version: '3',
    metadata: { model: 'nodules', version: 'née' },
    checksum: 'Jane Doe',
    after: `sha256:${'a'.repeat(64)}`,
  };
  expect(attestedFacts(said)).toEqual({
    model: '(unreadable)',
    version: '3',
    metadata: { model: 'nodules', version: '(unreadable)' },
    checksum: '(unreadable)',
    after: said.after,
  });
  expect(attestedFacts({})).toEqual({});
  expect(attestedFacts({ metadata: {} })).toEqual({ metadata: {} });
});

const SUMS = [aModelVersion().digest, `sha256:${'b'.repeat(64)}`] as const;
const names = {
  model: fc.constantFrom('nodules', 'nodes', 'drafter-3', 'drafter'),
  version: fc.constantFrom('3', '4'),
};
const said: fc.Arbitrary<Attested> = fc.record(
  {
    ...names,
    metadata: fc.record(names, { requiredKeys: [] }),
    checksum: fc.constantFrom(...SUMS),
    after: fc.constantFrom(...SUMS),
  },
  { requiredKeys: [] },
);
const bindings: readonly EndpointBinding[] = [
  aBinding(),
  aBinding({ attestation: 'metadata' }),
  aBinding({ protocol: 'monai-label', attestation: 'checksum' }),
  aNameOnlyBinding(),
  aBinding({ protocol: 'openai-chat', endpointModel: 'drafter-3' }),
  aNameOnlyBinding({ protocol: 'openai-chat', endpointModel: 'drafter' }),
];

/** Told apart from the rules: nothing of it is wrong … */
function isRight({ model, version, metadata = {} }: Attested, { endpointModel }: EndpointBinding): boolean {
  const models = [model, metadata.model].filter((one) => one !== undefined);
  const numbers = [version, metadata.version].filter((one) => one !== undefined);
  return models.every((one) => one === endpointModel) && numbers.every((one) => one === '3');
}

/** … and what has to be there is. */
const IS_TOLD: Readonly<
  Record<EndpointBinding['attestation'], (said: Attested, isChat: boolean) => boolean>
> = {
  reply: ({ model, version }, isChat) => model !== undefined && (isChat || version !== undefined),
  metadata: ({ metadata }) => metadata?.model !== undefined && metadata.version !== undefined,
  checksum: ({ checksum, after }) => checksum === SUMS[0] && after === SUMS[0],
  'name-only': ({ model, metadata }, isChat) =>
    isChat || model !== undefined || metadata?.model !== undefined,
};

test('whatever is said, only the exact one is released', () => {
  fc.assert(
    fc.property(fc.constantFrom(...bindings), said, (binding, attested) => {
      const register = aRegister({ modelVersions: [aModelVersion({ endpoints: [binding] })] });
      const question = { ...aQuestion(), protocol: binding.protocol, attested };
      const isTold = IS_TOLD[binding.attestation](attested, binding.protocol === 'openai-chat');
      expect(decide(question, register, NOW).permitted).toBe(isTold && isRight(attested, binding));
    }),
    { numRuns: 1_000 },
  );
});
