import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import { parseRegisterFile, RegisterFileFaults } from '../../src/register/parse-register-file.ts';
import { aRegisterFile, onlySections } from '../fakes/register-house.ts';
import { attestationFaults, lockFaults } from './endpoint-faults.ts';

type File = ReturnType<typeof aRegisterFile>;
type Change = { readonly [key: string]: unknown };

/** The good file with one record of a section in other words; `undefined` takes a member out. */
function withChanged(section: keyof File, change: Change): string {
  const file: { readonly [name in keyof File]: readonly object[] } = aRegisterFile();
  const [first, ...rest] = file[section];
  return JSON.stringify({ ...file, [section]: [{ ...first, ...change }, ...rest] });
}

function faultsIn(text: string): readonly string[] {
  try {
    parseRegisterFile(text, 'import.yaml');
    return [];
  } catch (error: unknown) {
    if (!(error instanceof RegisterFileFaults)) throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

const evidence = (change: Change): string => withChanged('evidence', change);
const approval = (change: Change): string => withChanged('approvals', change);
const version = (change: Change): string => withChanged('modelVersions', change);
const person = (change: Change): string => withChanged('practitioners', change);
const release = (change: Change): Change => ({
  releases: [{ site: 'general', from: '2026-01-01', ...change }],
});
const [endpoint] = aRegisterFile().modelVersions[0]?.endpoints ?? [];
const STOP = {
  id: 'S-1',
  model: 'lung-nodule',
  version: '2.1.0',
  from: '2026-03-01',
  reason: 'drift',
  by: 'lead',
};
const proof = (fields: Change): string => version({ endpoints: [{ ...endpoint, ...fields }] });
const stop = (change: Change): string => onlySections({ stopUses: [{ ...STOP, ...change }] });

describe('an import file by itself', () => {
  test('a good one has no faults, in JSON and in YAML', () => {
    expect(faultsIn(JSON.stringify(aRegisterFile()))).toEqual([]);
    expect(faultsIn('practitioners: []\n')).toEqual([]);
    const own = { type: 'annual-declaration', attestedBy: 'radiologist', recordedBy: 'radiologist' };
    expect(faultsIn(evidence({ ...own, statements: [...DECLARATION_STATEMENTS] }))).toEqual([]);
  });

  test('an endpoint that does not say what it works on works on the study', () => {
    const { input: _input, ...silent } = endpoint ?? {};
    const { changes } = parseRegisterFile(version({ endpoints: [silent] }), 'import.yaml');
    const found = changes.find(({ change: { kind } }) => kind === 'model-version')?.change;
    expect(found).toMatchObject({ record: { endpoints: [{ ...silent, input: 'study' }] } });
  });

  test.each([
    { name: 'no such section', text: 'people: []\n', fault: 'people: this key is not known' },
    {
      name: 'a key nobody knows',
      text: person({ nickname: 'Ray' }),
      fault: 'practitioners.0.nickname: this key is not known',
    },
    {
      name: 'a version read as a number',
      text: version({ version: 2.1 }),
      fault: 'modelVersions.0.version: Invalid input: expected string, received number',
    },
    {
      name: 'the version "latest"',
      text: version({ version: 'latest' }),
      fault: 'modelVersions.0.version: an exact version; "latest" and "default" are none',
    },
    {
      name: 'a day that is none',
      text: evidence({ happenedAt: '2026-02-30' }),
      fault: 'evidence.0.happenedAt: a date like 2026-03-03, or a time like 2026-03-03T09:30:00Z',
    },
    {
      name: 'a time without a zone',
      text: evidence({ happenedAt: '2026-02-03T09:00:00' }),
      fault: 'evidence.0.happenedAt: a date like 2026-03-03, or a time like 2026-03-03T09:30:00Z',
    },
    {
      name: 'a space at the end of a login',
      text: person({ identities: [{ provider: 'p', subject: 'x ' }] }),
      fault: 'practitioners.0.identities.0.subject: no space at either end',
    },
    {
      name: 'half a character in a name',
      text: person({ name: 'Ray \ud83d' }),
      fault: 'practitioners.0.name: whole characters: half a surrogate pair has no UTF-8',
    },
    {
      name: 'a radiologist of the HCPC',
      text: person({ professionalBody: 'HCPC' }),
      fault: 'practitioners.0.professionalBody: a radiologist is registered with the GMC',
    },
    {
      name: 'no number',
      text: person({ registrationNumber: undefined }),
      fault: 'practitioners.0.registrationNumber: the number in the GMC register is missing',
    },
    {
      name: 'a registration without an end',
      text: evidence({ validUntil: undefined }),
      fault: 'evidence.0.type: registration needs validUntil',
    },
    {
      name: 'an end before the beginning',
      text: evidence({ validUntil: '2019-12-31' }),
      fault: 'evidence.0.validUntil: must be later than happenedAt',
    },
    {
      name: 'an award of nothing',
      text: evidence({ type: 'award' }),
      fault: 'evidence.0.type: award needs scheme',
    },
    { name: 'CPD of no worth', text: evidence({ type: 'cpd' }), fault: 'evidence.0.type: cpd needs credits' },
    {
      name: 'negative credits',
      text: evidence({ type: 'cpd', credits: -1 }),
      fault: 'evidence.0.credits: Too small: expected number to be >0',
    },
    {
      name: 'self-attested',
      text: evidence({ type: 'dops', attestedBy: 'radiologist' }),
      fault: 'evidence.0.attestedBy: nobody can attest dops for themselves',
    },
    {
      name: 'entered by oneself',
      text: evidence({ type: 'dops', recordedBy: 'radiologist' }),
      fault: 'evidence.0.recordedBy: nobody can enter dops for themselves',
    },
    {
      name: 'a declaration that leaves a statement out',
      text: evidence({ type: 'annual-declaration', statements: ['followed-guidelines', 'stayed-in-scope'] }),
      fault: 'evidence.0.statements: the declaration says all of it; missing: reported-incidents',
    },
    {
      name: 'a declaration that declares nothing',
      text: evidence({ type: 'annual-declaration' }),
      fault:
        'evidence.0.statements: the declaration says all of it; missing: followed-guidelines, reported-incidents, stayed-in-scope',
    },
    ...[
      ['log-book-case', 'ordinal'],
      ['mentor-agreement', 'criterion'],
      ['accreditation', 'criterion'],
      ['local', 'criterion'],
      ['qualification-unit', 'unit'],
      ['qualification-unit', 'credits'],
    ].map(([type = '', needed = '']) => ({
      name: `${type} without ${needed}`,
      text: evidence({ type }),
      fault: `evidence.0.type: ${type} needs ${needed}`,
    })),
    {
      name: 'a released version without a release',
      text: version({ releases: [] }),
      fault: 'modelVersions.0.releases: a version in state released has at least one release',
    },
    {
      name: 'a release in acceptance',
      text: version({ state: 'acceptance' }),
      fault: 'modelVersions.0.releases: a version in state acceptance has no release',
    },
    {
      name: 'retired at no time',
      text: version({ state: 'retired' }),
      fault: 'modelVersions.0.state: retiredAt stands exactly where the state is retired',
    },
    {
      name: 'a release that ends before it begins',
      text: version(release({ until: '2026-01-01' })),
      fault: 'modelVersions.0.releases.0.until: must be later than from',
    },
    {
      name: 'ages the wrong way round',
      text: version({ intendedUse: { minAgeYears: 18, maxAgeYears: 18 } }),
      fault: 'modelVersions.0.intendedUse.maxAgeYears: must be above minAgeYears',
    },
    {
      name: 'two endpoints for one function',
      text: version({ endpoints: [endpoint, endpoint] }),
      fault: 'modelVersions.0.endpoints.1.function: detection is served by two endpoints',
    },
    ...attestationFaults(proof),
    {
      name: 'a password in a URL',
      text: version({ endpoints: [{ ...endpoint, baseUrl: 'http://a:b@host' }] }),
      fault: 'modelVersions.0.endpoints.0.baseUrl: no name or password in it',
    },
    {
      name: 'a slash at the end of a URL',
      text: version({ endpoints: [{ ...endpoint, baseUrl: 'http://host/' }] }),
      fault: 'modelVersions.0.endpoints.0.baseUrl: no slash at the end, no query',
    },
    {
      name: 'a digest that is none',
      text: version({ digest: 'abc' }),
      fault: 'modelVersions.0.digest: sha256: and 64 hex digits',
    },
    {
      name: 'an approval that ends before it begins',
      text: approval({ until: '2026-02-01' }),
      fault: 'approvals.0.until: must be later than from',
    },
    {
      name: 'granted for themselves',
      text: approval({ grantedBy: 'radiologist' }),
      fault: 'approvals.0.grantedBy: nobody grants for themselves',
    },
    {
      name: 'supervised by themselves',
      text: approval({ mode: 'supervised', supervisor: 'radiologist' }),
      fault: 'approvals.0.supervisor: nobody supervises themselves',
    },
    {
      name: 'supervised by nobody',
      text: approval({ mode: 'supervised' }),
      fault: 'approvals.0.mode: a supervisor stands exactly where the mode is supervised',
    },
    {
      name: 'acceptance without a plan',
      text: approval({ mode: 'acceptance' }),
      fault: 'approvals.0.mode: planStudies stand exactly where the mode is acceptance',
    },
    {
      name: 'a function twice',
      text: approval({ functions: ['view', 'view'] }),
      fault: 'approvals.0.functions: named twice',
    },
    {
      name: 'lifted before it was called',
      text: stop({ liftedAt: '2026-02-01' }),
      fault: 'stopUses.0.liftedAt: must be later than from',
    },
    {
      name: 'a version without its model',
      text: stop({ model: undefined }),
      fault: 'stopUses.0.version: a version needs its model',
    },
    ...lockFaults(stop),
    {
      name: 'one record twice',
      text: onlySections({ removals: [1, 2].map(() => ({ kind: 'evidence', id: 'E-1', reason: 'x' })) }),
      fault: 'removals.1: evidence E-1 is given twice',
    },
    { name: 'no YAML', text: 'practitioners: [', fault: 'file: ' },
  ])('$name', ({ text, fault }) => {
    expect(faultsIn(text)).toContainEqual(expect.stringContaining(fault));
  });

  test('all faults at once, each with its line', () => {
    const text = [
      'approvals: []',
      'evidence:',
      '  - id: E-9',
      '    practitioner: nobody',
      '    typo: x',
      'people: []',
    ].join('\n');
    expect(() => parseRegisterFile(text, 'import.yaml')).toThrow(
      /Nothing was changed\.\nimport\.yaml:3: evidence\.0\.type.*\nimport\.yaml:3: evidence\.0\.happenedAt.*\nimport\.yaml:3: evidence\.0\.attestedBy.*\nimport\.yaml:5: evidence\.0\.typo.*\nimport\.yaml:6: people/,
    );
  });
});
