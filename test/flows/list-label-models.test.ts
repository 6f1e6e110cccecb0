import type { EndpointBinding } from '../../src/domain/register.ts';
import { listLabelModels } from '../../src/flows/list-label-models.ts';
import { createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, anApproval, aRegister, aStudy } from '../fakes/register-builder.ts';

const label = (changes: Partial<EndpointBinding> = {}): EndpointBinding =>
  aBinding({ protocol: 'monai-label', attestation: 'checksum', ...changes });

async function list(endpoints: readonly EndpointBinding[], approved = true) {
  const approvals = approved ? [anApproval({ functions: ['detection', 'segmentation'] })] : [];
  const { deps } = createInferenceHouse({
    register: aRegister({ modelVersions: [aModelVersion({ endpoints })], approvals }),
  });
  const described: string[] = [];
  const describer = {
    describe: async ({ function: fn, protocol }: EndpointBinding) => {
      described.push(`${protocol} ${fn}`);
      return { labels: [fn] };
    },
  };
  const asked = { evidence: { sessionToken: SESSION }, study: aStudy().studyInstanceUid };
  const rows = await listLabelModels({ ...deps, describer }, asked, new AbortController().signal);
  return { rows: rows.map((row) => [row.function, row.permitted, row.described?.labels]), described };
}

test.each([
  ['one function', [label()], [['detection', true, ['detection']]]],
  [
    'another dialect beside it',
    [aBinding(), label({ function: 'segmentation' })],
    [['segmentation', true, ['segmentation']]],
  ],
  [
    'images of the caller’s beside it',
    [label(), label({ input: 'caller', function: 'segmentation' })],
    [['detection', true, ['detection']]],
  ],
  ['two functions: no viewer can name one of them', [label(), label({ function: 'segmentation' })], []],
  ['another dialect alone', [aBinding()], []],
  ['images of the caller’s alone', [label({ input: 'caller' })], []],
  ['none', [], []],
] as const)('%s', async (_name, endpoints, expected) => {
  const { rows, described } = await list(endpoints);
  expect(rows).toEqual(expected);
  expect(described).toHaveLength(expected.length);
});

test('what is locked stands in it, with why', async () => {
  const { rows } = await list([label()], false);
  expect(rows).toEqual([['detection', false, ['detection']]]);
});

test('a version that is gone when its server is to be asked is told without its word', async () => {
  const { deps } = createInferenceHouse();
  const there = aRegister({ modelVersions: [aModelVersion({ endpoints: [label()] })] });
  const gone = aRegister({ modelVersions: [] });
  const snapshots = [there, there, gone];
  const describer = { describe: () => Promise.reject(new Error('nobody is asked')) };
  const asked = { evidence: { sessionToken: SESSION }, study: undefined };
  const register = { snapshot: () => snapshots.shift() ?? gone };
  const rows = await listLabelModels({ ...deps, register, describer }, asked, new AbortController().signal);
  expect(rows.map(({ described }) => described)).toEqual([undefined]);
});
