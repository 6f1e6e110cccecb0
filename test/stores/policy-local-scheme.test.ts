import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentialStatus } from '../../src/domain/credential-status.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { judgeExamples } from '../../src/register/judge-examples.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import { parseTyped } from '../../src/register/parse-record.ts';
import { parseRegisterFile } from '../../src/register/parse-register-file.ts';
import { loadPolicyExamples } from '../../src/register/policy-examples.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  practitionerId,
  VERSION,
} from '../fakes/register-builder.ts';
import { createPolicyFolder, faultsIn } from '../fakes/policy-folder.ts';

const SCHEME = `# Our own: sonographers who run AI on ultrasound of the thyroid.
extends: uk-pathway-2025.yaml
id: our-trust
version: '1'

schemes:
  - id: thyroid-operator
    title: Thyroid AI operator
    professions: [sonographer]
    source: Our ultrasound board, minute 12 of March.
    entry:
      - id: registration
        title: current registration
        evidence: [registration]
        reason: requirement-missing
        source: Our ultrasound board, minute 12 of March.
    award:
      - id: phantom
        title: ten phantoms
        evidence: [local]
        criteria: [thyroid-phantom]
        minCount: 10
        reason: requirement-missing
        source: Our ultrasound board, minute 12 of March.
      - id: award
        title: listing on the register
        evidence: [award]
        reason: requirement-missing
        source: Our ultrasound board, minute 12 of March.
    continuing:
      - id: refresher
        title: refresher within two years
        evidence: [local]
        criteria: [thyroid-refresher]
        withinMonths: 24
        graceMonths: 24
        reason: requirement-missing
        source: Our ultrasound board, minute 12 of March.

duties:
  - function: detection
    credentials: [rc-ai, ai-operator, registrar, thyroid-operator]
    minAssurance: 2
    maxLoginAgeMinutes: 720
    source: Our ultrasound board, minute 12 of March.
`;

const EXAMPLES = `modelFamily: thyroid
examples:
  - name: a sonographer who becomes a thyroid operator
    profession: sonographer
    scheme: thyroid-operator
    evidence:
      - { type: registration, on: 2020-01-01, until: 2030-01-01 }
      - { type: local, on: 2024-01-10, criterion: thyroid-phantom, count: 9 }
      - { type: local, on: 2024-01-11, criterion: something-else }
      - { type: local, on: 2024-01-12, criterion: thyroid-phantom }
      - { type: award, on: 2024-02-01, scheme: thyroid-operator }
      - { type: local, on: 2026-03-01, criterion: thyroid-refresher }
    moments:
      - { on: 2024-01-11, status: in-training, missing: [phantom, award], functions: [], supervised: [detection] }
      - { on: 2024-01-12, status: in-training, missing: [award] }
      - { on: 2024-02-01, status: current, missing: [], functions: [detection] }
      - { on: 2026-02-01, status: lapsed, missing: [refresher], functions: [] }
      - { on: 2026-03-01, status: current }
`;

const folder = createPolicyFolder();
afterAll(() => folder.remove());
const file = folder.write('ours.yaml', SCHEME);
const policy = loadPolicy(file);

test('a Trust adds a scheme by a file of its own, and a person of the register becomes current by it', () => {
  const sonographer = practitionerId('sam');
  const text = `evidence:
  - { id: E-1, practitioner: sam, type: registration, happenedAt: 2020-01-01, validUntil: 2030-01-01, attestedBy: HCPC }
  - { id: E-2, practitioner: sam, type: local, criterion: thyroid-phantom, count: 10, happenedAt: 2026-01-10, attestedBy: lead }
  - { id: E-3, practitioner: sam, type: award, scheme: thyroid-operator, happenedAt: 2026-02-01, attestedBy: lead }
`;
  const evidence = parseRegisterFile(text, 'import.yaml').changes.flatMap(({ change }) => {
    const typed = parseTyped(change);
    return typed?.kind === 'evidence' && typed.record !== undefined ? [typed.record] : [];
  });
  const practitioner = aPractitioner({
    id: sonographer,
    profession: 'sonographer',
    professionalBody: 'HCPC',
  });
  const scheme = policy.schemes.find(({ id }) => id === 'thyroid-operator');
  if (scheme === undefined) throw new Error('the scheme is not there');
  const statusWith = (pieces: readonly Evidence[]): string =>
    credentialStatus({ practitioner, scheme, evidence: pieces }, NOW).status;
  expect([0, 1, 2, 3].map((count) => statusWith(evidence.slice(0, count)))).toEqual([
    'none',
    'in-training',
    'in-training',
    'current',
  ]);
  const { guideline: _none, ...version } = aModelVersion();
  const register = aRegister({
    policy,
    practitioners: [practitioner],
    evidence,
    modelVersions: [version],
    approvals: [anApproval({ practitioner: sonographer })],
  });
  const ask = (name: 'detection' | 'view'): readonly string[] =>
    decide(
      {
        caller: aPrincipal({ subject: sonographer }),
        function: name,
        model: MODEL,
        version: VERSION,
        study: aStudy(),
      },
      register,
      NOW,
    ).reasons.map(({ code }) => code);
  expect(ask('detection')).toEqual([]);
  expect(ask('view')).toEqual(['function-not-in-duty']);
});

test('its examples are beside it, and hold', () => {
  expect(loadPolicyExamples(file, policy)).toBeUndefined();
  folder.write('ours.examples.yaml', EXAMPLES);
  const given = loadPolicyExamples(file, policy);
  if (given === undefined) throw new Error('the examples are not there');
  expect(judgeExamples(policy, given)).toEqual([]);
});

test('what docs/operations/policy.md shows can be taken as it stands', () => {
  const said = readFileSync(join(__dirname, '../../docs/operations/policy.md'), 'utf8');
  const blocks = [...said.matchAll(/```yaml\n([^`]+)```/g)].map(([, block = '']) => block);
  expect(blocks).toHaveLength(4);
  for (const block of blocks) {
    const head = block.startsWith('extends:')
      ? ''
      : "extends: uk-pathway-2025.yaml\nid: shown\nversion: '1'\n";
    expect(faultsIn(() => loadPolicy(folder.write('shown.yaml', `${head}${block}`)))).toEqual([]);
  }
});
