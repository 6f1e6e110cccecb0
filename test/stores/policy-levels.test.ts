import type { Policy } from '../../src/domain/policy.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import {
  createPolicyFolder,
  faultsIn,
  shippedPolicyText,
  type PolicyFolder,
} from '../fakes/policy-folder.ts';

let folder: PolicyFolder;
beforeEach(() => (folder = createPolicyFolder()));
afterEach(() => folder.remove());

const level = (id: string, more = ''): string =>
  `  - { id: ${id}, modality: CT, bodyPart: CHEST, population: adult, quantity: CTDIvol, unit: mGy, value: 12, source: Ours.${more} }\n`;
const LEVELS = `referenceLevels:\n${level('ct-chest')}${level('ct-chest-2')}`;

/** What a file of the Trust's makes of a policy that has those two. */
function extended(text: string): Policy {
  folder.write('uk-pathway-2025.yaml', `${shippedPolicyText()}\n${LEVELS}`);
  return loadPolicy(
    folder.write('ours.yaml', `extends: uk-pathway-2025.yaml\nid: ours\nversion: '1'\n${text}`),
  );
}

const idsOf = ({ referenceLevels }: Policy): readonly string[] | undefined =>
  referenceLevels?.map(({ id, value }) => `${id} ${String(value)}`);

test('the policy that ships has none, and one that extends it none either', () => {
  const own = folder.write('ours.yaml', "extends: uk-pathway-2025.yaml\nid: ours\nversion: '1'\n");
  expect(loadPolicy(own)).not.toHaveProperty('referenceLevels');
});

test('a Trust’s own, where the policy that ships has none', () => {
  const text = `extends: uk-pathway-2025.yaml\nid: ours\nversion: '1'\n${LEVELS}`;
  expect(idsOf(loadPolicy(folder.write('ours.yaml', text)))).toEqual(['ct-chest 12', 'ct-chest-2 12']);
});

test.each<readonly [name: string, text: string, ids: readonly string[]]>([
  ['nothing said', '', ['ct-chest 12', 'ct-chest-2 12']],
  [
    'one changed, one added',
    `referenceLevels:\n${level('ct-chest').replace('value: 12', 'value: 9')}${level('ct-chest-3')}`,
    ['ct-chest 9', 'ct-chest-2 12', 'ct-chest-3 12'],
  ],
  ['one left out', 'leaveOut: [referenceLevels.ct-chest]\n', ['ct-chest-2 12']],
])('%s', (_name, text, ids) => {
  expect(idsOf(extended(text))).toEqual(ids);
});

test.each<readonly [message: string, path: string, text: string]>([
  [
    'ct-chest is given twice',
    'referenceLevels.1',
    `referenceLevels:\n${level('ct-chest')}${level('ct-chest')}`,
  ],
  [
    'is no unit of that quantity',
    'referenceLevels.0.unit',
    `referenceLevels:\n${level('x').replace('mGy', 'MBq')}`,
  ],
  [
    'must be above minAgeYears',
    'referenceLevels.0.maxAgeYears',
    `referenceLevels:\n${level('x', ', minAgeYears: 5, maxAgeYears: 5')}`,
  ],
])('%s', (message, path, text) => {
  expect(faultsIn(() => extended(text))).toContainEqual(expect.objectContaining({ path, message }));
});

test('a policy that gives one twice says where', () => {
  const path = folder.write(
    'twice.yaml',
    `${shippedPolicyText()}\nreferenceLevels:\n${level('a')}${level('a')}`,
  );
  const line = shippedPolicyText().split('\n').length + 3;
  expect(faultsIn(() => loadPolicy(path))).toContainEqual(
    expect.objectContaining({ line, path: 'referenceLevels.1', message: 'a is given twice' }),
  );
});
