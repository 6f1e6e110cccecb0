import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import type { Policy } from '../../src/domain/policy.ts';
import { loadPolicy, loadPolicyWithText, parsePolicy } from '../../src/register/load-policy.ts';
import {
  createPolicyFolder,
  faultsIn,
  shippedPolicyText,
  type PolicyFolder,
} from '../fakes/policy-folder.ts';

let folder: PolicyFolder;
beforeEach(() => (folder = createPolicyFolder()));
afterEach(() => folder.remove());

const HEAD = "extends: uk-pathway-2025.yaml\nid: our-trust\nversion: '1'\n";
const base = parsePolicy(shippedPolicyText(), 'base');

/** What a file of the Trust's makes of the policy that ships. */
function extended(text: string): Policy {
  return loadPolicy(folder.write('ours.yaml', `${HEAD}${text}`));
}

/** Without what is the file's own. */
function rules({
  id: _id,
  version: _version,
  digest: _digest,
  ...said
}: Policy): Omit<Policy, 'id' | 'version' | 'digest'> {
  return said;
}

const ids = (list: readonly { readonly id: string }[] | undefined): readonly string[] =>
  (list ?? []).map(({ id }) => id);

describe('a policy that extends another', () => {
  test('and says nothing more is the same policy under another name', () => {
    const ours = extended('');
    expect(rules(ours)).toEqual(rules(base));
    expect(ours).toMatchObject({ id: 'our-trust', version: '1' });
    expect(ours.digest).not.toBe(base.digest);
    expect(Object.isFrozen(ours.schemes[0]?.entry)).toBe(true);
  });

  test('changes a requirement, adds one, and leaves all others', () => {
    const ours = extended(`schemes:
  - id: rc-ai
    title: RC-AI of our Trust
    continuing:
      - { id: cpd, title: 30 credits, evidence: [cpd], minCredits: 30, withinMonths: 12, reason: cpd-short, source: Ours. }
      - { id: club, title: journal club, evidence: [local], criteria: [club], reason: requirement-missing, source: Ours. }
`);
    const [changed, ...others] = ours.schemes;
    const [before, ...unchanged] = base.schemes;
    expect(others).toEqual(unchanged);
    expect(changed).toMatchObject({
      title: 'RC-AI of our Trust',
      source: before?.source,
      supervisedOnly: false,
    });
    expect(ids(changed?.continuing)).toEqual([...ids(before?.continuing), 'club']);
    expect(changed?.continuing[1]).toMatchObject({ minCredits: 30, withinMonths: 12, graceMonths: 0 });
    expect(changed?.award).toEqual(before?.award);
  });

  test('changes a duty, a disposition, an act and numbers in their place', () => {
    const ours = extended(`adultFromYears: 16
noticeDays: [60]
duties:
  - { function: view, credentials: [rc-ai], minAssurance: 3, maxLoginAgeMinutes: 5, source: Ours. }
dispositions:
  - { disposition: ignored, credentials: [rc-ai], minAssurance: 2, maxLoginAgeMinutes: 9, source: Ours. }
acts:
  - { act: suspend, roles: [clinical-director], minAssurance: 3, maxLoginAgeMinutes: 60, source: Ours. }
bodyPartRules:
  - { words: [toe], bodyPart: TOE }
`);
    const place = base.duties.findIndex((duty) => duty.function === 'view');
    expect(ours.duties[place]).toMatchObject({
      function: 'view',
      credentials: ['rc-ai'],
      maxLoginAgeMinutes: 5,
    });
    expect(ours.duties).toHaveLength(base.duties.length);
    expect(ours.dispositions.find(({ disposition }) => disposition === 'ignored')?.maxLoginAgeMinutes).toBe(
      9,
    );
    expect(ours.acts.find(({ act }) => act === 'suspend')?.roles).toEqual(['clinical-director']);
    expect(ours.acts.map(({ act }) => act)).toEqual(base.acts.map(({ act }) => act));
    expect(ours.bodyPartRules).toEqual([...base.bodyPartRules, { words: ['toe'], bodyPart: 'TOE' }]);
    expect(ours).toMatchObject({ adultFromYears: 16, noticeDays: [60], holdHours: base.holdHours });
  });

  test('takes evidence over from the attestation that named it', () => {
    const ours = extended(`attestations:
  - { evidence: [entry-clearance, cct], roles: [programme-lead], source: Ours. }
`);
    const rulesOf = (type: string): readonly (readonly string[])[] =>
      ours.attestations
        .filter(({ evidence }) => evidence.some((one) => one === type))
        .map(({ roles }) => roles);
    expect(rulesOf('cct')).toEqual([['programme-lead']]);
    expect(rulesOf('entry-clearance')).toEqual([['programme-lead']]);
    expect(rulesOf('frcr')).toEqual([['programme-lead', 'clinical-director']]);
    expect(ours.attestations).toHaveLength(base.attestations.length);
  });

  test('leaves out requirements, functions, acts, and schemes with every mention of them', () => {
    const ours = extended(`leaveOut:
  - schemes.registrar
  - schemes.ai-operator.continuing.usage-log
  - duties.record-query
  - acts.import
  - attestations.essay
`);
    expect(JSON.stringify(ours)).not.toContain('"registrar"],"minAssurance"');
    expect(ids(ours.schemes)).toEqual(ids(base.schemes).filter((id) => id !== 'registrar'));
    expect(ids(ours.schemes[1]?.continuing)).not.toContain('usage-log');
    expect(ours.duties.map((duty) => duty.function)).not.toContain('record-query');
    expect(ours.duties[0]?.credentials).toEqual(['rc-ai', 'ai-operator']);
    expect(ours.acts.map(({ act }) => act)).not.toContain('import');
    expect(ours.attestations.flatMap(({ evidence }) => evidence)).not.toContain('essay');
  });

  test('extends one that extends another', () => {
    folder.write(
      'region.yaml',
      "extends: uk-pathway-2025.yaml\nid: region\nversion: '1'\nprobableResults: shown\nstoredResults: held\nholdHours: 2\ncardSeconds: 60\n",
    );
    const ours = loadPolicy(
      folder.write('ours.yaml', "extends: region.yaml\nid: our-trust\nversion: '1'\ncardSeconds: 30\n"),
    );
    expect(ours).toMatchObject({ id: 'our-trust', holdHours: 2, cardSeconds: 30, adultFromYears: 18 });
    expect([ours.probableResults, ours.storedResults]).toEqual(['shown', 'held']);
  });
});

describe('the text that is kept', () => {
  test('of several files is the JSON list of their texts; the digest is over it', () => {
    const path = folder.write('ours.yaml', `${HEAD}holdHours: 2\n`);
    const { policy, text } = loadPolicyWithText(path);
    expect(JSON.parse(text)).toEqual([`${HEAD}holdHours: 2\n`, shippedPolicyText()]);
    expect(policy.digest).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`);
    expect(parsePolicy(text, 'kept')).toEqual(policy);
  });

  test('says the same policy under the same digest, whatever the changes; any byte of any file changes the digest', () => {
    fc.assert(
      fc.property(
        fc.record({
          holdHours: fc.integer({ min: 1, max: 72 }),
          adultFromYears: fc.integer({ min: 1, max: 25 }),
        }),
        fc.string({ maxLength: 20 }),
        fc.boolean(),
        (numbers, comment, inBase) => {
          const note = `# ${JSON.stringify(comment)}\n`;
          const said = Object.entries(numbers).map(([key, value]) => `${key}: ${String(value)}\n`);
          const path = folder.write('ours.yaml', `${HEAD}${said.join('')}${inBase ? '' : note}`);
          folder.write('uk-pathway-2025.yaml', `${shippedPolicyText()}${inBase ? note : ''}`);
          const { policy, text } = loadPolicyWithText(path);
          expect(parsePolicy(text, 'kept')).toEqual(policy);
          expect(policy).toMatchObject(numbers);
          writeFileSync(path, `${HEAD}${said.join('')}${inBase ? '' : note}\n`);
          expect(loadPolicy(path).digest).not.toBe(policy.digest);
        },
      ),
      { numRuns: 10 },
    );
  });

  test.each([
    { name: 'a list of one', text: '["id: x"]' },
    { name: 'no JSON', text: '["id: x", ' },
    { name: 'a list of other things', text: '["id: x", 3]' },
  ])('$name is no policy', ({ text }) => {
    expect(faultsIn(() => parsePolicy(text, 'kept'))).toMatchObject([{ file: 'kept' }]);
  });

  test('without the file that it extends is none, and faults of a kept one say which file', () => {
    const message = 'uk-pathway-2025.yaml is not here';
    expect(faultsIn(() => parsePolicy(HEAD, 'kept'))).toEqual([
      { file: 'kept', line: 1, path: 'extends', message },
    ]);
    const broken = JSON.stringify([`${HEAD}holdHours: 99\n`, shippedPolicyText()]);
    expect(faultsIn(() => parsePolicy(broken, 'kept'))).toMatchObject([{ file: 'kept (file 1)', line: 4 }]);
  });
});

describe('faults name the file they are in', () => {
  const at = (text: string): readonly string[] =>
    faultsIn(() => extended(text)).map(
      ({ file, line, path, message }) => `${basename(file)}:${String(line)}: ${path}: ${message}`,
    );
  const whole = '{ id: x, title: x, evidence: [cct], reason: requirement-missing, source: x }';
  const view =
    '  - { function: view, credentials: [rc-ai], minAssurance: 3, maxLoginAgeMinutes: 5, source: x }\n';

  test.each([
    { text: 'bogus: 1\n', fault: 'ours.yaml:4: bogus: this key is not known' },
    {
      text: 'leaveOut: [schemes.x]\n',
      fault: 'ours.yaml:4: leaveOut.0: there is no schemes.x in uk-pathway-2025',
    },
    { text: `duties:\n${view}${view}`, fault: 'ours.yaml:6: duties.1: view is given twice' },
    {
      text: `schemes:\n  - id: rc-ai\n    entry:\n      - ${whole}\n      - ${whole}\n`,
      fault: 'ours.yaml:8: schemes.0.entry.1: x is given twice',
    },
    {
      text: `schemes:\n  - id: rc-ai\n    title: Two\n  - id: rc-ai\n    title: Three\n`,
      fault: 'ours.yaml:7: schemes.1: rc-ai is given twice',
    },
    {
      text: 'schemes:\n  - id: new\n    title: New\n',
      fault: 'ours.yaml:5: schemes.0.entry: new is a new scheme and needs this',
    },
    {
      text: `schemes:\n  - id: rc-ai\n    award:\n      - { id: dops, title: x, evidence: [local], reason: requirement-missing, source: x }\n`,
      fault:
        'ours.yaml:7: schemes.0.award.0.evidence.0: needs `criteria`: without them, local evidence of anything would do',
    },
    {
      text: 'schemes:\n  - id: ai-operator\n    professions: [radiologist]\n',
      fault:
        'uk-pathway-2025.yaml:147: schemes.1.entry.1.minBand: nobody could meet this: no radiologist has a band',
    },
    {
      text: 'leaveOut: [attestations.frcr]\n',
      fault:
        'uk-pathway-2025.yaml:?: schemes.0.entry.1.evidence.1: frcr is asked for, and no attestation says who may enter it',
    },
    {
      text: 'leaveOut: [schemes.rc-ai.award.award]\n',
      fault:
        'uk-pathway-2025.yaml:?: schemes.0.award: one requirement must ask for exactly the evidence "award"',
    },
    {
      text: 'leaveOut: [schemes.rc-ai]\n',
      fault: 'uk-pathway-2025.yaml:?: duties.7.credentials: no credential is left that allows it',
    },
  ])('$fault', ({ text, fault }) => {
    const place = (line: string): string => line.replace(/^(uk-pathway-2025\.yaml):\d+/, '$1:?');
    expect(at(text).map(place)).toContain(place(fault));
    // Where it lies in the file that ships: a line that speaks of it.
    for (const { file, line, path } of faultsIn(() => extended(text))) {
      const key = path.split('.').findLast((part) => !/^\d+$/.test(part)) ?? '';
      if (basename(file) !== 'ours.yaml') expect(shippedPolicyText().split('\n')[line - 1]).toContain(key);
    }
  });

  test('the name of the policy it extends', () => {
    const path = folder.write('ours.yaml', HEAD.replace('our-trust', 'uk-pathway-2025'));
    expect(faultsIn(() => loadPolicy(path))).toMatchObject([{ line: 2, path: 'id' }]);
  });

  test('of both files at once', () => {
    folder.write(
      'uk-pathway-2025.yaml',
      shippedPolicyText().replace('adultFromYears: 18', 'adultFromYears: x'),
    );
    expect(at('holdHours: 99\n')).toEqual([
      expect.stringMatching(/^ours\.yaml:4: holdHours: /),
      expect.stringMatching(/^uk-pathway-2025\.yaml:12: adultFromYears: /),
    ]);
  });

  test.each(['../uk-pathway-2025.yaml', '/etc/passwd', './x.yaml', 'x', 'a/b.yaml'])(
    '%s is refused',
    (name) => {
      const path = folder.write('ours.yaml', `extends: ${name}\nid: ours\nversion: '1'\n`);
      const message = 'the name of a .yaml file in the same folder';
      expect(faultsIn(() => loadPolicy(path))).toEqual([{ file: path, line: 1, path: 'extends', message }]);
    },
  );

  test.each([
    { name: 'itself', files: { 'ours.yaml': 'ours.yaml' } },
    { name: 'one that extends it', files: { 'ours.yaml': 'other.yaml', 'other.yaml': 'ours.yaml' } },
  ])('a policy that extends $name', ({ files }) => {
    for (const [name, of] of Object.entries(files))
      folder.write(name, `extends: ${of}\nid: x\nversion: '1'\n`);
    const message = 'comes back to ours.yaml: a policy cannot extend itself';
    expect(faultsIn(() => loadPolicy(join(folder.path, 'ours.yaml')))).toMatchObject([{ line: 1, message }]);
  });

  test('one that is not there, and one that is no text', () => {
    const path = folder.write('ours.yaml', HEAD.replace('uk-pathway-2025', 'none'));
    const message = 'none.yaml cannot be read: it must lie in the same folder';
    expect(faultsIn(() => loadPolicy(path))).toEqual([{ file: path, line: 1, path: 'extends', message }]);
    writeFileSync(path, Uint8Array.of(0x69, 0xff));
    expect(faultsIn(() => loadPolicy(path))).toMatchObject([{ file: path, message: 'is not UTF-8' }]);
  });
});
