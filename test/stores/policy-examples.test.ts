import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { judgeExamples, type ExampleDifference } from '../../src/register/judge-examples.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import {
  examplesFileOf,
  loadPolicyExamples,
  type PolicyExamples,
} from '../../src/register/policy-examples.ts';
import { createPolicyFolder, faultsIn, shippedPolicyText } from '../fakes/policy-folder.ts';

const FOLDER = join(__dirname, '../../config/policy');
const shipped = readdirSync(FOLDER).filter((name) => !name.endsWith('.examples.yaml'));
const folder = createPolicyFolder();
afterAll(() => folder.remove());
const POLICY = join(folder.path, 'uk-pathway-2025.yaml');
const policy = loadPolicy(POLICY);

function examplesOf(text: string): PolicyExamples {
  folder.write('uk-pathway-2025.examples.yaml', text);
  const given = loadPolicyExamples(POLICY, policy);
  if (given === undefined) throw new Error('they are not there');
  return given;
}

describe('the policies that ship', () => {
  test('are these', () => {
    expect(shipped.toSorted()).toEqual(['uk-pathway-2025-strict.yaml', 'uk-pathway-2025.yaml']);
  });

  test.each(shipped)('%s says of its examples what is expected', (name) => {
    const path = join(FOLDER, name);
    const given = loadPolicyExamples(path, loadPolicy(path));
    expect(given?.examples.length).toBeGreaterThan(0);
    expect(given === undefined ? [] : judgeExamples(loadPolicy(path), given)).toEqual([]);
  });

  test('every scheme has an example that becomes current', () => {
    const { examples } = examplesOf(shippedPolicyText('uk-pathway-2025.examples.yaml'));
    const reached = examples
      .filter(({ moments }) => moments.some(({ status }) => status === 'current'))
      .map(({ scheme }) => scheme);
    expect(new Set(reached)).toEqual(new Set(policy.schemes.map(({ id }) => id)));
  });

  test.each(['rc-ai', 'ai-operator', 'registrar', 'msk-ultrasound-diagnostics', 'advanced-practice'])(
    '%s is walked from entry to lapse to restoration',
    (scheme) => {
      const { examples } = examplesOf(shippedPolicyText('uk-pathway-2025.examples.yaml'));
      const [walk] = examples.filter((one) => one.scheme === scheme);
      const statuses = (walk?.moments ?? []).map(({ status }) => status);
      const steps = statuses.filter((status, place) => status !== statuses[place - 1]);
      expect(steps.slice(0, 5)).toEqual(['none', 'in-training', 'current', 'lapsed', 'current']);
    },
  );

  test('the examples of the one are not those of the other: a change shows', () => {
    const strict = loadPolicy(join(FOLDER, 'uk-pathway-2025-strict.yaml'));
    const differences = judgeExamples(strict, examplesOf(shippedPolicyText('uk-pathway-2025.examples.yaml')));
    expect(differences).toContainEqual({
      example: 'a radiologist from entry to lapse to restoration',
      on: '2024-04-15',
      of: 'missing',
      expected: 'none',
      found: 'essay, team-presentation',
    });
  });
});

describe('examples that differ', () => {
  const REGISTRATION = '{ type: registration, on: 2020-01-01, until: 2030-01-01 }';
  const example = (moment: string): readonly ExampleDifference[] =>
    judgeExamples(
      policy,
      examplesOf(`modelFamily: x
examples:
  - name: somebody
    profession: radiographer
    band: 7
    scheme: enhanced-practice
    evidence: [${REGISTRATION}, { type: accreditation, on: 2024-01-01, criterion: enhanced-apprenticeship }]
    moments: [{ on: 2024-06-01, ${moment} }]
`),
    );

  test.each([
    { moment: 'status: in-training, missing: [award]', differs: [] },
    { moment: 'status: in-training', differs: [] },
    { moment: 'status: current', differs: [['status', 'current', 'in-training']] },
    { moment: 'status: in-training, missing: []', differs: [['missing', 'none', 'award']] },
    {
      moment: 'status: in-training, missing: [award, accreditation]',
      differs: [['missing', 'accreditation, award', 'award']],
    },
    { moment: 'status: in-training, functions: [view]', differs: [['functions', 'view', 'none']] },
    {
      moment: 'status: in-training, supervised: [view, triage]',
      differs: [['supervised', 'triage, view', 'none']],
    },
    {
      moment: 'status: none, missing: [x], functions: [view]',
      differs: [
        ['status', 'none', 'in-training'],
        ['missing', 'x', 'award'],
        ['functions', 'view', 'none'],
      ],
    },
  ])('$moment', ({ moment, differs }) => {
    expect(example(moment)).toEqual(
      differs.map(([of, expected, found]) => ({
        example: 'somebody',
        on: '2024-06-01',
        of,
        expected,
        found,
      })),
    );
  });

  test('of a scheme that the policy has not are none: their file is refused', () => {
    const given = examplesOf(shippedPolicyText('uk-pathway-2025.examples.yaml'));
    expect(judgeExamples({ ...policy, schemes: [] }, given)).toEqual([]);
  });
});

describe('files of examples', () => {
  test.each([
    { policyFile: '/p/ours.yaml', file: '/p/ours.examples.yaml' },
    { policyFile: 'ours.yml', file: 'ours.examples.yaml' },
    { policyFile: '/p/ours', file: '/p/ours.examples.yaml' },
  ])('those of $policyFile lie in $file', ({ policyFile, file }) => {
    expect(examplesFileOf(policyFile)).toBe(file);
  });

  test.each([
    {
      from: 'modelFamily: stroke-ct',
      to: 'modelFamilies: x',
      fault: '4: modelFamilies: this key is not known',
    },
    {
      from: 'status: none',
      to: 'status: nobody',
      fault: /^\d+: examples\.0\.moments\.0\.status: Invalid option/,
    },
    {
      from: 'scheme: rc-ai',
      to: 'scheme: rc-xx',
      fault: '9: examples.0.scheme: rc-xx is no scheme of uk-pathway-2025',
    },
    {
      from: 'scheme: rc-ai',
      to: 'scheme: ai-operator',
      fault: '9: examples.0.scheme: ai-operator is not for a radiologist',
    },
    {
      from: 'on: 2018-08-01',
      to: 'on: August',
      fault: /^\d+: examples\.0\.evidence\.0\.on: a date like 2026-03-03/,
    },
  ])('$to', ({ from, to, fault }) => {
    const text = shippedPolicyText('uk-pathway-2025.examples.yaml');
    expect(text).toContain(from);
    const found = faultsIn(() => examplesOf(text.replace(from, to)));
    const said = found.map(({ line, path, message }) => `${String(line)}: ${path}: ${message}`);
    expect(said).toContainEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
    expect(found.map(({ file }) => basename(file))).toContain('uk-pathway-2025.examples.yaml');
  });
});
