import { GatewayError } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { REGISTER_ROLES, type RegisterRole } from '../../src/domain/words.ts';
import { listPeople } from '../../src/flows/list-people.ts';
import type { RegisterRecord } from '../../src/flows/ports-register.ts';
import { readApproval, readApprovalChoices, readCarryOver } from '../../src/flows/read-approvals.ts';
import { listEvidence, readEvidencePiece } from '../../src/flows/read-evidence.ts';
import { readProfile } from '../../src/flows/read-profile.ts';
import { readRegisterPage } from '../../src/flows/read-register.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { HOLDER, LEAD, NEXT, peopleRegister, RADIOGRAPHER, SUSPENDED } from '../fakes/people-register.ts';
import {
  aPractitioner,
  buildSnapshot,
  MODEL,
  NOW,
  practitionerId,
  PROVIDER,
  VERSION,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const evidence = { sessionToken: 'any' };
const RECORD: RegisterRecord = {
  kind: 'evidence',
  id: 'E-exam',
  sequence: 3,
  recordedAt: NOW,
  etag: 'tag',
  record: {},
  by: [LEAD],
};

interface Scene {
  readonly viewer?: Principal;
  readonly register?: RegisterSnapshot;
  readonly record?: RegisterRecord | undefined;
}

function depsOf(scene: Scene = {}) {
  const { viewer = loginOf(LEAD), register = peopleRegister() } = scene;
  const record = 'record' in scene ? scene.record : RECORD;
  return {
    identity: { verifyEvidence: async () => viewer },
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    register: {
      snapshot: () => register,
      find: async () => record,
      page: async () => [RECORD],
      historyOf: async () => [record].flatMap((one) => one ?? []),
    },
  };
}

type Deps = ReturnType<typeof depsOf>;
const about = { evidence, practitioner: RADIOGRAPHER };
const page = { page: 1, perPage: 10 };
const OF_OTHERS: readonly { readonly name: string; readonly read: (deps: Deps) => Promise<unknown> }[] = [
  { name: 'a profile', read: (deps) => readProfile(deps, about, never) },
  { name: 'the list', read: (deps) => listPeople(deps, { evidence, name: '', ...page }, never) },
  { name: 'choices', read: (deps) => readApprovalChoices(deps, about, never) },
  { name: 'an approval', read: (deps) => readApproval(deps, { ...about, id: 'A-supervised' }, never) },
  { name: 'a carry-over', read: (deps) => readCarryOver(deps, { evidence }, never) },
];
const EVIDENCE_OF_OTHERS: typeof OF_OTHERS = [
  { name: 'a list of evidence', read: (deps) => listEvidence(deps, { ...about, ...page }, never) },
  { name: 'a piece', read: (deps) => readEvidencePiece(deps, { ...about, id: 'E-exam' }, never) },
  {
    name: 'the evidence in a profile',
    read: async (deps) => {
      const { evidence: pieces } = await readProfile(deps, about, never);
      if (pieces.length === 0) throw new GatewayError('not-permitted');
    },
  },
  { name: 'records by a program', read: (deps) => readRegisterPage(deps, OF_ABOUT, never) },
];
const OF_ABOUT = { evidence, kind: 'evidence', person: RADIOGRAPHER, after: undefined, limit: 10 } as const;
const OWN = [
  { name: 'one’s profile', read: (deps: Deps) => readProfile(deps, { evidence }, never) },
  { name: 'one’s evidence', read: (deps: Deps) => listEvidence(deps, { evidence, ...page }, never) },
];

describe.each(OF_OTHERS)('$name of others', ({ read }) => {
  test('is for those who keep the register', async () => {
    await expect(read(depsOf())).resolves.toBeDefined();
    await expect(read(depsOf({ viewer: loginOf(HOLDER) }))).resolves.toBeDefined();
    expect(await faultOf(read(depsOf({ viewer: loginOf(RADIOGRAPHER) })))).toMatchObject({
      code: 'not-permitted',
    });
    expect(await faultOf(read(depsOf({ viewer: loginOf(SUSPENDED) })))).toMatchObject({
      code: 'not-permitted',
    });
  });
});

describe.each(EVIDENCE_OF_OTHERS)('$name: pages and programs have one rule', ({ read }) => {
  const withRole = (role: RegisterRole) => {
    const viewer = aPractitioner({
      id: practitionerId('viewer'),
      roles: [role],
      identities: [{ provider: PROVIDER, subject: 'viewer' }],
    });
    const known = peopleRegister();
    const register: RegisterSnapshot = {
      ...known,
      practitionersByIdentity: (provider, subject) =>
        subject === 'viewer' ? [viewer] : known.practitionersByIdentity(provider, subject),
    };
    return depsOf({ viewer: loginOf(viewer.id), register });
  };
  test.each(REGISTER_ROLES)('%s reads it', async (role) => {
    await expect(read(withRole(role)).then(() => 'read')).resolves.toBe('read');
  });

  test('an RC-AI without a duty around the register does not', async () => {
    expect(await faultOf(read(depsOf({ viewer: loginOf(HOLDER) })))).toMatchObject({ code: 'not-permitted' });
  });

  test('nor does anybody else', async () => {
    expect(await faultOf(read(depsOf({ viewer: loginOf(SUSPENDED) })))).toMatchObject({
      code: 'not-permitted',
    });
  });
});

test('everybody reads their own evidence, by name too', async () => {
  const deps = depsOf({ viewer: loginOf(RADIOGRAPHER) });
  expect((await listEvidence(deps, { ...about, ...page }, never)).isOwn).toBe(true);
  expect((await readEvidencePiece(deps, { ...about, id: 'E-exam' }, never)).isOwn).toBe(true);
  expect((await readRegisterPage(deps, OF_ABOUT, never)).records).toHaveLength(1);
});

test('whoever looks people up without a duty around the register sees how they stand, not on what', async () => {
  const seen = await readProfile(depsOf({ viewer: loginOf(HOLDER) }), about, never);
  const whole = await readProfile(depsOf(), about, never);
  expect(whole.standings.some(({ requirements }) => requirements.length > 0)).toBe(true);
  expect(seen.standings.map(({ status }) => status)).toEqual(whole.standings.map(({ status }) => status));
  expect(seen.approvals).toEqual(whole.approvals);
  expect(seen.standings.flatMap(({ findings, requirements }) => [...findings, ...requirements])).toEqual([]);
  expect([seen.evidence, seen.suspensions, seen.guidelinesWanted, seen.fallingDue]).toEqual([[], [], [], []]);
});

test('nor the number and logins, unless the policy lets them change the record', async () => {
  const { practitioner } = await readProfile(depsOf(), about, never);
  const { registrationNumber: _number, ...rest } = practitioner;
  expect(practitioner.identities).not.toEqual([]);
  const holder = loginOf(HOLDER);
  const seen = await readProfile(depsOf({ viewer: holder }), about, never);
  expect(seen).toMatchObject({ isPartial: true });
  expect(seen.practitioner).toEqual({ ...rest, identities: [] });
  const own = await readProfile(depsOf({ viewer: holder }), { evidence }, never);
  expect(own.practitioner.identities).not.toEqual([]);
  expect(own).not.toHaveProperty('isPartial');
  const { policy } = peopleRegister();
  const acts = policy.acts.map((rule) =>
    rule.act === 'change-practitioner' ? { ...rule, credentials: ['rc-ai'] } : rule,
  );
  const register = { ...peopleRegister(), policy: { ...policy, acts } };
  const changing = await readProfile(depsOf({ viewer: holder, register }), about, never);
  expect(changing.practitioner).toEqual(practitioner);
});

describe.each([...OF_OTHERS, ...OWN])('$name', ({ read }) => {
  const twin = aPractitioner({
    id: practitionerId('twin'),
    identities: [{ provider: 'urn:example:idp', subject: LEAD }],
  });
  test.each([
    {
      name: 'a login that names nobody',
      scene: { viewer: loginOf(practitionerId('stranger')) },
      fault: { code: 'not-permitted', reasons: [{ code: 'identity-unmapped' }] },
    },
    {
      name: 'a login that names two',
      scene: { register: buildSnapshot({ practitioners: [...peopleRegister().practitioners(), twin] }) },
      fault: { code: 'not-permitted', reasons: [{ code: 'identity-ambiguous' }] },
    },
    {
      name: 'emergency access',
      scene: { viewer: loginOf(LEAD, { method: 'break-glass' }) },
      fault: { code: 'not-permitted' },
    },
    {
      name: 'a session that cannot be checked',
      scene: { viewer: loginOf(LEAD, { unconfirmed: true }) },
      fault: { code: 'sessions-unavailable' },
    },
    {
      name: 'a token for images',
      scene: { viewer: loginOf(LEAD, { scopes: ['images', 'ai'] }) },
      fault: { code: 'scope-missing' },
    },
  ])('refuses $name', async ({ scene, fault }) => {
    expect(await faultOf(read(depsOf(scene)))).toMatchObject(fault);
  });
});

describe('a profile', () => {
  test('of one’s own offers what one says of oneself, and nothing about others', async () => {
    const own = await readProfile(depsOf(), { evidence }, never);
    expect(own).toMatchObject({ isOwn: true, etag: 'tag', attestable: [] });
    expect(own.offers.map(({ act }) => act)).toEqual(['declare', 'log-cpd', 'acknowledge-guideline']);
    const named = await readProfile(depsOf(), { evidence, practitioner: LEAD }, never);
    expect(named).toEqual(own);
  });

  test('of another offers what is done about one person', async () => {
    const { offers, isOwn, attestable } = await readProfile(depsOf(), about, never);
    expect([isOwn, offers.length, attestable.length > 0]).toEqual([false, 9, true]);
  });

  test.each([
    { name: 'nobody of that name', scene: {}, practitioner: practitionerId('nobody') },
    { name: 'taken out in between', scene: { record: undefined }, practitioner: RADIOGRAPHER },
  ])('$name -> not found', async ({ scene, practitioner }) => {
    expect(await faultOf(readProfile(depsOf(scene), { evidence, practitioner }, never))).toMatchObject({
      code: 'not-found',
    });
  });
});

describe('evidence', () => {
  test('of one kind, a page at a time', async () => {
    const list = (type: 'log-book-case' | undefined, at: number) =>
      listEvidence(
        depsOf(),
        { ...about, ...(type === undefined ? {} : { type }), page: at, perPage: 10 },
        never,
      );
    const first = await list('log-book-case', 1);
    expect([first.total, first.pieces.length, first.pieces[0]?.id]).toEqual([12, 10, 'E-case-12']);
    expect((await list('log-book-case', 2)).pieces.map(({ id }) => id)).toEqual(['E-case-2', 'E-case-1']);
    expect((await list(undefined, 1)).total).toBe(20);
    expect(first.counts).toContainEqual({ type: 'log-book-case', count: 12 });
    expect(first.names).toEqual({ 'alice.osei': 'Alice Osei' });
  });

  test.each([
    { name: 'of somebody else', practitioner: HOLDER, id: 'E-exam', scene: {} },
    { name: 'that is not there', practitioner: RADIOGRAPHER, id: 'E-none', scene: {} },
    { name: 'withdrawn in between', practitioner: RADIOGRAPHER, id: 'E-exam', scene: { record: undefined } },
  ])('a piece $name -> not found', async ({ practitioner, id, scene }) => {
    expect(
      await faultOf(readEvidencePiece(depsOf(scene), { evidence, practitioner, id }, never)),
    ).toMatchObject({
      code: 'not-found',
    });
  });

  test('one’s own piece offers nothing', async () => {
    const id = peopleRegister().evidenceOf(LEAD)[0]?.id ?? '';
    const piece = await readEvidencePiece(depsOf(), { evidence, practitioner: LEAD, id }, never);
    expect([piece.isOwn, piece.offers]).toEqual([true, []]);
  });
});

describe('approvals', () => {
  test('choices of a version: what it serves, viewing, supervisors, plans, what is held', async () => {
    const { chosen } = await readApprovalChoices(
      depsOf(),
      { ...about, chosen: { model: MODEL, version: NEXT } },
      never,
    );
    expect(chosen).toMatchObject({
      functions: ['detection', 'view'],
      supervisors: [],
      plans: [{ id: 'plan-1' }],
      held: [],
    });
    const other = { evidence, practitioner: HOLDER, chosen: { model: MODEL, version: NEXT } };
    const theirs = await readApprovalChoices(depsOf(), other, never);
    expect(theirs.chosen).toMatchObject({ plans: [], held: [{ id: 'A-later' }] });
  });

  test('an approval that was taken back in between -> not found', async () => {
    const wanted = { ...about, id: 'A-supervised' };
    expect(await faultOf(readApproval(depsOf({ record: undefined }), wanted, never))).toMatchObject({
      code: 'not-found',
    });
  });

  test('a carry-over of a chosen version', async () => {
    const { chosen } = await readCarryOver(
      depsOf(),
      { evidence, chosen: { model: MODEL, version: VERSION } },
      never,
    );
    expect(chosen?.approvals.map(({ approval }) => approval.id)).toEqual(['A-supervised', 'approval-1']);
  });
});
