import { whoCouldUse, type WhoCouldUse } from '../../src/flows/who-could-use.ts';
import { createChangingRegister, type ChangingRegister } from '../fakes/changing-register.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from '../fakes/memory-case-log.ts';
import {
  anApproval,
  aModelVersion,
  aPractitioner,
  aPrincipal,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const HOUR = 3_600_000;
const AUDITOR = practitionerId('auditor');

interface House {
  readonly register: ChangingRegister;
  readonly log: MemoryCaseLog;
}

/** An approval granted an hour ago; a suspension that began an hour ago and was recorded half an hour ago. */
function createHouse(): House {
  const register = createChangingRegister(
    {
      practitioners: [
        aPractitioner(),
        aPractitioner({ id: AUDITOR, profession: 'other', roles: ['auditor'] }),
      ],
      evidence: currentEvidence(RADIOLOGIST),
      modelVersions: [aModelVersion()],
      approvals: [],
    },
    NOW - 24 * HOUR,
  );
  register.change({ approvals: [anApproval({ functions: ['detection'], from: NOW - HOUR })] }, NOW - HOUR);
  const suspension = {
    id: 's',
    practitioner: RADIOLOGIST,
    type: 'suspension',
    happenedAt: NOW - HOUR,
    attestedBy: 'x',
  } as const;
  register.change({ evidence: [...currentEvidence(RADIOLOGIST), suspension] }, NOW - HOUR / 2);
  return { register, log: createMemoryCaseLog() };
}

type Input = Parameters<typeof whoCouldUse>[1];
function ask(
  { register, log }: House,
  asked: Partial<Input> & { readonly token?: string } = {},
): Promise<WhoCouldUse> {
  const { token = 'auditor', ...input } = asked;
  const deps = {
    register,
    caseLog: log,
    identity: createFixedIdentity({
      auditor: aPrincipal({ subject: AUDITOR }),
      radiologist: aPrincipal(),
      colleague: aPrincipal({ subject: 'colleague' }),
      nobody: aPrincipal({ subject: 'nobody' }),
    }),
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    ids: { newId: () => 'id-1' },
    simulator: false,
  };
  const named = { model: MODEL, version: VERSION, at: NOW, known: 'then' as const };
  const evidence = { sessionToken: token };
  return whoCouldUse(deps, { evidence, requestId: 'r', ...named, ...input }, new AbortController().signal);
}

test.each([
  { name: 'before there was an approval', at: NOW - 2 * HOUR, known: 'then', rows: [], sequence: 1 },
  {
    name: 'before there was an approval, as it is known now',
    at: NOW - 2 * HOUR,
    known: 'now',
    rows: [['approval-not-started']],
    sequence: 3,
  },
  { name: 'before the suspension was on record', at: NOW - HOUR, known: 'then', rows: [[]], sequence: 2 },
  {
    name: 'then, as it is known now',
    at: NOW - HOUR,
    known: 'now',
    rows: [['practitioner-suspended']],
    sequence: 3,
  },
  { name: 'once it was on record', at: NOW, known: 'then', rows: [['practitioner-suspended']], sequence: 3 },
] as const)('$name -> $rows', async ({ at, known, rows, sequence }) => {
  const found = await ask(createHouse(), { at, known });
  expect(
    found.rows.map(({ reasons }) =>
      reasons.map(({ code }) => code).filter((code) => code !== 'credential-suspended'),
    ),
  ).toEqual(rows);
  expect(found).toMatchObject({ at, known, registerSequence: sequence, isRegistered: true });
});

test('a stop-use that was dated ahead held then, and is known to have held', async () => {
  const house = createHouse();
  const stop = { id: 'S', model: MODEL, from: NOW + 24 * HOUR, reason: 'Drift', by: 'x' };
  house.register.change({ evidence: currentEvidence(RADIOLOGIST), stopUses: [stop] }, NOW - HOUR / 4);
  for (const known of ['then', 'now'] as const) {
    const { rows } = await ask(house, { at: NOW, known });
    expect(rows[0]?.reasons.map(({ code }) => code)).toEqual(['stop-use']);
  }
  const earlier = await ask(house, { at: NOW - HOUR, known: 'now' });
  expect(earlier.rows[0]?.permitted).toBe(true);
});

test('a lifting counts from when it was put on record, whoever had asked for it before', async () => {
  const house = createHouse();
  const stop = { id: 'S', model: MODEL, from: NOW - HOUR, reason: 'Drift', by: 'x' };
  const evidence = currentEvidence(RADIOLOGIST);
  house.register.change({ evidence, stopUses: [stop] }, NOW - HOUR / 4);
  house.register.change({ stopUses: [{ ...stop, liftedAt: NOW - HOUR / 4 }] }, NOW);
  const { rows } = await ask(house, { at: NOW - HOUR / 8, known: 'now' });
  expect(rows[0]?.reasons.map(({ code }) => code)).toEqual(['stop-use']);
});

test('why somebody could not is for those who read their records', async () => {
  const house = createHouse();
  const COLLEAGUE = practitionerId('colleague');
  house.register.change(
    {
      practitioners: [aPractitioner(), aPractitioner({ id: COLLEAGUE, registrationNumber: '7654321' })],
      evidence: [...house.register.snapshot().evidenceOf(RADIOLOGIST), ...currentEvidence(COLLEAGUE)],
    },
    NOW,
  );
  const { rows } = await ask(house, { token: 'colleague' });
  expect(rows).toMatchObject([{ practitioner: RADIOLOGIST, permitted: false, reasons: [] }]);
});

test('the policy is the one of that moment', async () => {
  const house = createHouse();
  const nobodysDuty = { ...shippedPolicy(), digest: 'sha256:2', duties: [] };
  house.register.takePolicy(nobodysDuty, NOW - HOUR / 4);
  expect(await ask(house, { at: NOW - HOUR, known: 'now' })).toMatchObject({
    policy: { digest: shippedPolicy().digest },
  });
  const { policy, rows } = await ask(house);
  expect(policy.digest).toBe('sha256:2');
  expect(rows[0]?.reasons.map(({ code }) => code)).toContain('function-not-in-duty');
});

test('one site, and a version that nobody registered', async () => {
  const house = createHouse();
  const elsewhere = await ask(house, { at: NOW - HOUR, site: 'elsewhere' });
  expect(elsewhere).toMatchObject({
    site: 'elsewhere',
    rows: [{ reasons: [{ code: 'not-released-at-site' }] }],
  });
  const unknown = await ask(house, { version: versionString('9.9') });
  expect(unknown).toMatchObject({ isRegistered: false, rows: [] });
  expect(unknown).not.toHaveProperty('site');
});

test('that it was asked stands in the log, before it is answered', async () => {
  const house = createHouse();
  await ask(house);
  expect(house.log.all()).toMatchObject([
    {
      kind: 'audit.read',
      facts: { change: { action: 'who-could-use', id: 'lung-nodule@2.1.0', at: NOW, known: 'then' } },
      personal: { user: AUDITOR },
    },
  ]);
  const other = createHouse();
  other.log.behave('fails');
  expect(await faultOf(ask(other))).toMatchObject({ code: 'case-log-unavailable' });
});

test.each([
  { name: 'somebody the register does not know', asked: { token: 'nobody' }, code: 'not-permitted' },
  { name: 'somebody whose credential is suspended', asked: { token: 'radiologist' }, code: 'not-permitted' },
  { name: 'nobody', asked: { token: 'x' }, code: 'not-identified' },
  { name: 'a moment before the register', asked: { at: 0 }, code: 'not-found' },
])('$name -> $code, and nothing is written', async ({ asked, code }) => {
  const house = createHouse();
  expect(await faultOf(ask(house, asked))).toMatchObject({ code });
  expect(house.log.all()).toEqual([]);
});

test('before the first policy, and under one whose text is lost -> not found', async () => {
  const house = createHouse();
  const policyless: ChangingRegister = {
    ...house.register,
    policyAt: async () => await Promise.resolve(undefined),
  };
  expect(await faultOf(ask({ ...house, register: policyless }))).toMatchObject({ code: 'not-found' });
  house.register.forgetPolicy(shippedPolicy().digest);
  expect(await faultOf(ask(house))).toMatchObject({ code: 'not-found' });
});
