import { policyHints } from '../../src/register/policy-hints.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import { createPolicyFolder, faultsIn, type PolicyFolder } from '../fakes/policy-folder.ts';

let folder: PolicyFolder;
beforeEach(() => void (folder = createPolicyFolder()));
afterEach(() => folder.remove());

const HEAD = "extends: uk-pathway-2025.yaml\nid: our-trust\nversion: '1'\n";
const SCHEMES = `schemes:
  - id: pgd-contrast
    title: Named under the patient-group direction for contrast
    professions: [radiographer]
    source: PGD 12
    entry:
      - { id: registration, title: current HCPC registration, evidence: [registration], reason: requirement-missing, source: PGD 12 }
    award:
      - { id: award, title: named under PGD 12, evidence: [award], reason: requirement-missing, source: PGD 12 }
`;

interface Said {
  readonly fn?: string;
  readonly directions?: readonly string[];
  readonly coSignature?: boolean;
  readonly schemes?: string;
  readonly more?: string;
}

const pgd = (id: string, models = '[contrast-adviser]', credentials = '[pgd-contrast]'): string =>
  `      - { id: ${id}, models: ${models}, credentials: ${credentials}, source: PGD 12 }\n`;

function policyText({
  fn = 'prescribing-suggestion',
  directions = [pgd('pgd-12')],
  coSignature = true,
  schemes = SCHEMES,
  more = '',
}: Said): string {
  return `${HEAD}${schemes}duties:
  - function: ${fn}
    credentials: [rc-ai]
    minAssurance: 3
    maxLoginAgeMinutes: 60
    evidence: [osce-prescribing]
    coSignature: ${String(coSignature)}
    coSigners: { credentials: [prescribing-co-signer], minAssurance: 3, maxLoginAgeMinutes: 60 }
    directions:
${directions.join('')}    source: PGD 12
${more}`;
}

const load = (said: Said) => loadPolicy(folder.write('our-trust.yaml', policyText(said)));
const directionsIn = (said: Said) =>
  load(said).duties.find((duty) => duty.function === 'prescribing-suggestion')?.directions;

test('a direction names models and who is named under it', () => {
  expect(directionsIn({})).toEqual([
    { id: 'pgd-12', models: ['contrast-adviser'], credentials: ['pgd-contrast'], source: 'PGD 12' },
  ]);
  expect(policyHints(load({}))).toEqual([]);
});

test.each<readonly [string, Said, string]>([
  [
    'of another function',
    { fn: 'triage' },
    'a patient-group direction stands only under prescribing-suggestion',
  ],
  ['given twice', { directions: [pgd('pgd-12'), pgd('pgd-12')] }, 'pgd-12 is given twice'],
  [
    'with a credential that nobody can hold',
    { directions: [pgd('pgd-12', '[contrast-adviser]', '[pgd-13]')] },
    'pgd-13 is no scheme of this policy',
  ],
  [
    'with one that opens all suggestions already',
    { directions: [pgd('pgd-12', '[contrast-adviser]', '[rc-ai]')] },
    'rc-ai may ask for every suggestion anyway',
  ],
])('one %s does not hold', (_name, said, message) => {
  expect(faultsIn(() => load(said)).map((fault) => fault.message)).toEqual([message]);
});

test.each([['[]'], ['[Contrast Adviser]'], ['[contrast-adviser@1.0.0]']])(
  'models %s -> refused',
  (models) => {
    expect(faultsIn(() => load({ directions: [pgd('pgd-12', models)] }))).not.toEqual([]);
  },
);

test('without a second person: said, because the pathway wants one', () => {
  expect(policyHints(load({ coSignature: false }))).toEqual([
    'What is suggested under pgd-12 is shown without a second person’s signature here; the pathway wants one.',
  ]);
});

test('a scheme that is left out leaves its directions too', () => {
  load({});
  const later = `extends: our-trust.yaml\nid: later\nversion: '1'\nleaveOut: [schemes.pgd-contrast]\n`;
  const left = loadPolicy(folder.write('later.yaml', later));
  expect(left.duties.find((duty) => duty.function === 'prescribing-suggestion')).not.toHaveProperty(
    'directions',
  );
});
