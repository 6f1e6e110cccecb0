import { couldUse } from '../../src/domain/could-use.ts';
import { knownSince } from '../../src/domain/known-since.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aRadiographer,
  aRegister,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  PROVIDER,
  RADIOLOGIST,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const OPERATOR = practitionerId('operator');
const TRAINEE = practitionerId('trainee');
const DAY = 86_400_000;
const version = { model: MODEL, version: VERSION, simulator: false };

const register = aRegister({
  practitioners: [
    aPractitioner(),
    aRadiographer({ id: OPERATOR, name: 'Olu Operator' }),
    aPractitioner({ id: TRAINEE, name: 'Dr Tai Trainee' }),
  ],
  evidence: [
    ...currentEvidence(RADIOLOGIST),
    ...currentEvidence(OPERATOR, 'ai-operator'),
    ...entryEvidence(TRAINEE),
  ],
  approvals: [
    anApproval(),
    anApproval({ id: 'of-operator', practitioner: OPERATOR, functions: ['detection'], until: NOW + DAY }),
    anApproval({
      id: 'of-trainee',
      practitioner: TRAINEE,
      functions: ['view'],
      mode: 'supervised',
      supervisor: RADIOLOGIST,
    }),
    anApproval({
      id: 'other-version',
      practitioner: TRAINEE,
      version: versionString('9.9'),
      functions: ['triage'],
    }),
  ],
});

/** Who could, as `person function`. */
function those(
  snapshot: RegisterSnapshot,
  at = NOW,
  asked: Partial<Parameters<typeof couldUse>[0]> = {},
): readonly string[] {
  return couldUse({ ...version, ...asked }, snapshot, at)
    .filter(({ permitted }) => permitted)
    .map(({ practitioner, function: fn }) => `${practitioner} ${fn}`);
}

test('a row for each person with an approval for exactly this version, and each function of it', () => {
  const rows = couldUse(version, register, NOW);
  expect(rows.map(({ practitioner, function: fn, permitted }) => [practitioner, fn, permitted])).toEqual([
    ['operator', 'detection', true],
    ['radiologist', 'detection', true],
    ['radiologist', 'view', true],
    ['trainee', 'view', false],
  ]);
  expect(rows[1]).toEqual({
    practitioner: 'radiologist',
    name: 'Dr Rae Radiologist',
    function: 'detection',
    permitted: true,
    reasons: [],
    approval: { id: 'approval-1', mode: 'independent' },
    credential: { id: 'rc-ai', status: 'current' },
  });
});

test('who could not, and why: with the approval that came nearest', () => {
  const trainee = couldUse(version, register, NOW).at(-1);
  expect(trainee?.reasons.map(({ code }) => code)).toEqual(['guideline-unacknowledged']);
  expect(trainee?.approval).toEqual({ id: 'of-trainee', mode: 'supervised', supervisor: 'radiologist' });
});

test.each([
  { name: 'an hour before it ends', at: NOW + DAY - 1, operator: true },
  { name: 'at the minute it ends', at: NOW + DAY, operator: false },
])('an approval $name', ({ at, operator }) => {
  expect(those(register, at).includes('operator detection')).toBe(operator);
});

test('a site apart', () => {
  expect(those(register, NOW, { site: 'general' })).toHaveLength(3);
  expect(those(register, NOW, { site: 'elsewhere' })).toEqual([]);
});

test('an approval for the sandbox is worth something only on a simulator', () => {
  const sandbox = aRegister({
    approvals: [anApproval({ mode: 'sandbox' })],
    modelVersions: [aModelVersion({ endpoints: [aBinding({ simulator: true })] })],
  });
  expect(those(sandbox)).toEqual([]);
  expect(those(sandbox, NOW, { simulator: true })).toEqual(['radiologist detection', 'radiologist view']);
});

test.each([
  { name: 'no login', identities: [], can: false },
  {
    name: 'two, the first of which names somebody else too',
    identities: [login('shared'), login('own')],
    can: true,
  },
  { name: 'one that names somebody else too', identities: [login('shared')], can: false },
])('somebody with $name -> $can', ({ identities, can }) => {
  const snapshot = aRegister({
    practitioners: [
      aPractitioner({ identities }),
      aRadiographer({ id: OPERATOR, identities: [login('shared')] }),
    ],
  });
  expect(those(snapshot)).toEqual(can ? ['radiologist detection', 'radiologist view'] : []);
});

function login(subject: string): { readonly provider: string; readonly subject: string } {
  return { provider: PROVIDER, subject };
}

test('an approval of somebody who is in the register no more, and a version nobody has, are no rows', () => {
  expect(couldUse(version, aRegister({ practitioners: [] }), NOW)).toEqual([]);
  expect(couldUse({ ...version, version: versionString('8.0') }, register, NOW)).toEqual([]);
});

type Parts = NonNullable<Parameters<typeof aRegister>[0]>;

describe('asked of the past as it is known since', () => {
  const late = NOW + DAY;
  const parts = {
    practitioners: [aPractitioner()],
    evidence: currentEvidence(RADIOLOGIST),
    approvals: [anApproval()],
  };
  const suspension = {
    id: 's',
    practitioner: RADIOLOGIST,
    type: 'suspension',
    happenedAt: late,
    attestedBy: 'lead',
  } as const;
  test.each([
    { name: 'a suspension', since: { evidence: [...parts.evidence, suspension] } },
    { name: 'a stop-use', since: { stopUses: [{ id: 'S', from: late, reason: 'Drift', by: 'x' }] } },
    {
      name: 'a retirement',
      since: { modelVersions: [aModelVersion({ state: 'retired', retiredAt: late })] },
    },
    {
      name: 'the end of an approval',
      since: { approvals: [anApproval({ until: late, endedBecause: 'x' })] },
    },
  ])('$name that came later counts from its day on', ({ since }) => {
    const known = aRegister({ ...parts, ...since });
    const before = aRegister(parts);
    const asKnown = (at: number, then: RegisterSnapshot | undefined): readonly string[] =>
      those(knownSince(known, { at, before: then }), at);
    expect(asKnown(NOW, before)).toEqual(['radiologist detection', 'radiologist view']);
    expect(asKnown(NOW, undefined)).toEqual(['radiologist detection', 'radiologist view']);
    expect(asKnown(late, before)).toEqual([]);
    // A clock that was ahead delays nothing: what stood then, held then.
    expect(asKnown(NOW, known)).toEqual(those(known, NOW));
    expect(those(known, NOW)).not.toContain('radiologist detection');
  });

  const lifted = (at: number) => [
    { ...suspension, happenedAt: NOW - DAY },
    { ...suspension, id: 'l', type: 'suspension-lifted', happenedAt: at } as const,
  ];
  const ofScheme = { scheme: 'rc-ai' };
  const stop = { id: 'S', from: NOW - DAY, reason: 'Drift', by: 'x' };
  const isStopped = { stopUses: [stop] };
  const isLifted = { stopUses: [{ ...stop, liftedAt: NOW - 1 }] };
  const noLonger = { evidence: [...parts.evidence, ...lifted(NOW - 1)] };
  test.each<{ name: string; then: Partial<Parts> | undefined; now: Partial<Parts>; can: boolean }>([
    { name: 'a stop-use, lifted and on record', then: isLifted, now: isLifted, can: true },
    { name: 'a stop-use, its lifting recorded later', then: isStopped, now: isLifted, can: false },
    { name: 'a stop-use and its lifting, both recorded later', then: {}, now: isLifted, can: true },
    { name: 'the same, before there was a register', then: undefined, now: isLifted, can: true },
    { name: 'a suspension, lifted and on record', then: noLonger, now: noLonger, can: true },
    {
      name: 'a suspension, its lifting recorded later',
      then: { evidence: [...parts.evidence, ...lifted(NOW - 1).slice(0, 1)] },
      now: noLonger,
      can: false,
    },
    { name: 'a suspension and its lifting, both recorded later', then: {}, now: noLonger, can: true },
    {
      name: 'a suspension, while that of a credential only was on record',
      then: {
        evidence: [
          ...parts.evidence,
          ...lifted(NOW)
            .slice(0, 1)
            .map((one) => ({ ...one, ...ofScheme })),
        ],
      },
      now: noLonger,
      can: true,
    },
    {
      name: 'a suspension that was taken back since',
      then: { evidence: [...parts.evidence, ...lifted(NOW - 1).slice(0, 1)] },
      now: {},
      can: true,
    },
  ])('$name -> $can', ({ then, now, can }) => {
    const before = then === undefined ? undefined : aRegister({ ...parts, ...then });
    const known = knownSince(aRegister({ ...parts, ...now }), { at: NOW, before });
    expect(those(known).length > 0).toBe(can);
  });
});
