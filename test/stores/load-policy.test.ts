import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { REGISTER_ACTS } from '../../src/domain/register-acts.ts';
import { AI_FUNCTIONS, DISPOSITIONS } from '../../src/domain/words.ts';
import { loadPolicy, loadPolicyWithText, parsePolicy } from '../../src/register/load-policy.ts';
import { PolicyFaults } from '../../src/register/policy-files.ts';

const PATH = join(__dirname, '../../config/policy/uk-pathway-2025.yaml');
const TEXT = readFileSync(PATH, 'utf8');

function faultsOf(text: string): readonly object[] {
  try {
    parsePolicy(text, 'policy.yaml');
    return [];
  } catch (error: unknown) {
    if (!(error instanceof PolicyFaults)) throw error;
    expect(new Set(error.faults.map(({ file }) => file))).toEqual(new Set(['policy.yaml']));
    return error.faults.map(({ file: _file, ...fault }) => fault);
  }
}

/** Line of the shipped policy on which a text stands first. */
function lineOf(text: string): number {
  return TEXT.slice(0, TEXT.indexOf(text)).split('\n').length;
}

describe('the policy that ships', () => {
  const policy = loadPolicy(PATH);

  test('says who may do what for every function and every disposition', () => {
    expect(policy.duties.map((duty) => duty.function).toSorted()).toEqual([...AI_FUNCTIONS].toSorted());
    expect(policy.dispositions.map((one) => one.disposition).toSorted()).toEqual(
      [...DISPOSITIONS].toSorted(),
    );
    expect(policy).toMatchObject({
      id: 'uk-pathway-2025',
      version: '2',
      callerInputAllowed: false,
      adultFromYears: 18,
    });
  });

  test.each([
    {
      scheme: 'rc-ai',
      entry: ['registration', 'specialist-training', 'irmer-knowledge', 'portfolio', 'entry-clearance'],
      award: [
        'ai-literacy',
        'safety-and-governance',
        'simulator',
        'log-book',
        'mini-cex',
        'dops',
        'osce-rcr-examiner',
        'osce-caldicott-guardian',
        'award',
      ],
      continuing: [
        'annual-declaration',
        'cpd',
        'cpd-model-family',
        'active-practice',
        'quarterly-audit',
        'board-minutes',
      ],
    },
    {
      scheme: 'ai-operator',
      entry: ['registration', 'experience', 'irmer-knowledge', 'portfolio', 'entry-clearance'],
      award: ['ai-literacy', 'safety-and-governance', 'simulator', 'log-book', 'mini-cex', 'dops', 'award'],
      continuing: [
        'annual-declaration',
        'cpd',
        'cpd-model-family',
        'active-practice',
        'anomaly-log',
        'usage-log',
      ],
    },
    {
      scheme: 'registrar',
      entry: ['registration', 'irmer-knowledge', 'portfolio', 'entry-clearance'],
      award: ['ai-literacy', 'safety-and-governance', 'simulator', 'log-book', 'mini-cex', 'dops', 'award'],
      continuing: ['annual-declaration', 'active-practice'],
    },
    {
      scheme: 'msk-ultrasound-diagnostics',
      entry: ['registration', 'mentor'],
      award: ['osce', 'scans', 'award'],
      continuing: [],
    },
    {
      scheme: 'msk-guided-injection',
      entry: ['registration', 'mentor'],
      award: ['osce', 'injections', 'award'],
      continuing: [],
    },
    {
      scheme: 'pgd-radiology',
      entry: ['minimum-age', 'level-6', 'experience', 'english', 'commitment-to-cpd', 'resources'],
      award: ['units', 'award'],
      continuing: [],
    },
    ...['enhanced-practice', 'advanced-practice', 'consultant-practice'].map((scheme) => ({
      scheme,
      entry: ['registration'],
      award: ['accreditation', 'award'],
      continuing: [],
    })),
  ])('$scheme asks for every phase of the pathway, each with its sentence', ({ scheme, ...wanted }) => {
    const found = policy.schemes.find(({ id }) => id === scheme);
    const { entry = [], award = [], continuing = [] } = found ?? {};
    const ids = (list: readonly { readonly id: string }[]): readonly string[] => list.map(({ id }) => id);
    expect({ entry: ids(entry), award: ids(award), continuing: ids(continuing) }).toEqual(wanted);
    for (const requirement of [...entry, ...award, ...continuing])
      expect(requirement.source).toMatch(/^[A-Z].{20,}\.$/);
  });

  test.each([
    ['rc-ai', 'ai-literacy', { minScore: 80 }],
    ['rc-ai', 'log-book', { minCount: 50, consecutive: true }],
    ['rc-ai', 'osce-rcr-examiner', { minDistinct: { field: 'station', count: 3 } }],
    ['rc-ai', 'osce-caldicott-guardian', { minDistinct: { field: 'station', count: 3 } }],
    [
      'rc-ai',
      'annual-declaration',
      { withinMonths: 12, statements: ['followed-guidelines', 'reported-incidents', 'stayed-in-scope'] },
    ],
    ['rc-ai', 'cpd', { minCredits: 20, withinMonths: 24 }],
    ['rc-ai', 'cpd-model-family', { minCredits: 10, withinMonths: 12, perModelFamily: true }],
    ['rc-ai', 'quarterly-audit', { withinMonths: 3 }],
    ['rc-ai', 'board-minutes', { withinMonths: 6 }],
    ['ai-operator', 'log-book', { minCount: 50, consecutive: true }],
    ['ai-operator', 'experience', { minScore: 2, minBand: 6 }],
    ['ai-operator', 'cpd', { minCredits: 10, withinMonths: 12 }],
    ['ai-operator', 'cpd-model-family', { minCredits: 5, withinMonths: 12, perModelFamily: true }],
    ['ai-operator', 'annual-declaration', { withinMonths: 12 }],
    ['ai-operator', 'usage-log', { withinMonths: 12 }],
    ['msk-ultrasound-diagnostics', 'scans', { minCount: 250 }],
    [
      'msk-ultrasound-diagnostics',
      'mentor',
      { criteria: ['radiologist-msk-list', 'pgcert-or-pgdip', 'regular-msk-list'] },
    ],
    ['msk-guided-injection', 'injections', { minCount: 35 }],
    ['pgd-radiology', 'units', { minCredits: 120, minDistinct: { field: 'unit', count: 6 } }],
  ])('%s: %s carries the pathway’s numbers', (scheme, requirement, numbers) => {
    const found = policy.schemes.find(({ id }) => id === scheme);
    const all = [...(found?.entry ?? []), ...(found?.award ?? []), ...(found?.continuing ?? [])];
    expect(all.find(({ id }) => id === requirement)).toMatchObject(numbers);
  });

  test('only the card opens a final interpretation, the lifetime record and prescribing', () => {
    const wanted = [...policy.duties, ...policy.dispositions]
      .filter(({ minAssurance }) => minAssurance === 3)
      .map((one) => ('function' in one ? one.function : one.disposition));
    expect(wanted).toEqual(['record-query', 'prescribing-suggestion', 'accepted', 'edited', 'overridden']);
  });

  test('says who may do every act, and only registrars are always supervised', () => {
    expect(policy.acts.map(({ act }) => act).toSorted()).toEqual([...REGISTER_ACTS].toSorted());
    expect(policy.schemes.filter(({ supervisedOnly }) => supervisedOnly).map(({ id }) => id)).toEqual([
      'registrar',
    ]);
  });

  test('is frozen, and its digest is that of the file’s bytes', () => {
    expect(policy.digest).toBe(`sha256:${createHash('sha256').update(readFileSync(PATH)).digest('hex')}`);
    expect(Object.isFrozen(policy)).toBe(true);
    expect(Object.isFrozen(policy.schemes[0]?.continuing[0]?.evidence)).toBe(true);
    expect(parsePolicy(TEXT, 'same').digest).toBe(policy.digest);
    expect(loadPolicyWithText(PATH)).toEqual({ policy, text: TEXT });
    expect(parsePolicy(`${TEXT}#\n`, 'other').digest).not.toBe(policy.digest);
  });
});

describe('a policy with faults', () => {
  const broken = (from: string, to: string): string => TEXT.replace(from, to);
  test.each([
    {
      name: 'an unknown key',
      from: 'adultFromYears: 18',
      to: 'adultFromYears: 18\nadultUntil: 90',
      line: lineOf('adultFromYears') + 1,
      path: 'adultUntil',
      message: 'this key is not known',
    },
    {
      name: 'a number that is none',
      from: 'adultFromYears: 18',
      to: 'adultFromYears: eighteen',
      line: lineOf('adultFromYears'),
      path: 'adultFromYears',
      message: 'Invalid input: expected number, received string',
    },
    {
      name: 'a missing key',
      from: 'callerInputAllowed: false',
      to: '',
      line: 1,
      path: 'callerInputAllowed',
      message: 'Invalid input: expected boolean, received undefined',
    },
    {
      name: 'evidence of no type',
      from: 'evidence: [cct, frcr]',
      to: 'evidence: [cct, mrcp]',
      line: lineOf('evidence: [cct'),
      path: 'schemes.0.entry.1.evidence.1',
      message: expect.stringContaining('Invalid option'),
    },
    {
      name: 'a version that is a number',
      from: "version: '2'",
      to: 'version: 2',
      line: lineOf("version: '2'"),
      path: 'version',
      message: 'Invalid input: expected string, received number',
    },
    {
      name: 'a scheme twice',
      from: 'id: ai-operator',
      to: 'id: rc-ai',
      line: lineOf('  - id: ai-operator'),
      path: 'schemes.1',
      message: 'rc-ai is given twice',
    },
    {
      name: 'a requirement twice',
      from: 'id: specialist-training',
      to: 'id: registration',
      line: lineOf('- id: specialist-training'),
      path: 'schemes.0.entry.1',
      message: 'registration is given twice',
    },
    {
      name: 'a function twice',
      from: 'function: detection',
      to: 'function: triage',
      line: lineOf('- function: detection'),
      path: 'duties.1',
      message: 'triage is given twice',
    },
    {
      name: 'a disposition twice',
      from: 'disposition: edited',
      to: 'disposition: accepted',
      line: lineOf('- disposition: edited'),
      path: 'dispositions.1',
      message: 'accepted is given twice',
    },
    {
      name: 'a credential without a scheme',
      from: 'credentials: [rc-ai]',
      to: 'credentials: [rc-xx]',
      line: lineOf('credentials: [rc-ai]'),
      path: 'duties.7.credentials',
      message: 'rc-xx is no scheme of this policy',
    },
    {
      name: 'no award',
      from: 'evidence: [award]',
      to: 'evidence: [portfolio]',
      line: lineOf('    award:'),
      path: 'schemes.0.award',
      message: 'one requirement must ask for exactly the evidence "award"',
    },
  ])('$name', ({ from, to, line, path, message }) => {
    expect(faultsOf(broken(from, to))).toContainEqual({ line, path, message });
  });

  test('all at once, with file and line', () => {
    const text = TEXT.replace('adultFromYears: 18', 'adultFromYears: x').replace(
      'callerInputAllowed: false',
      'callerInputAllowed: 7',
    );
    expect(() => parsePolicy(text, 'policy.yaml')).toThrow(
      /the policy cannot be used:\npolicy\.yaml:\d+: adultFromYears: .*\npolicy\.yaml:\d+: callerInputAllowed: /,
    );
  });

  test('a key given twice is a fault of its line', () => {
    expect(faultsOf(`${TEXT}id: other\n`)).toMatchObject([{ line: TEXT.split('\n').length }]);
  });

  test('a file that is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-policy-'));
    try {
      expect(() => loadPolicy(join(folder, 'none.yaml'))).toThrow(
        /none\.yaml:1: file: this file cannot be read/,
      );
      writeFileSync(join(folder, 'some.yaml'), TEXT);
      expect(loadPolicy(join(folder, 'some.yaml')).id).toBe('uk-pathway-2025');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
