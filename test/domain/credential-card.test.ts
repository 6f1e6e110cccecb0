import fc from 'fast-check';
import { cardClaims, describeCard, type CredentialCard } from '../../src/domain/credential-card.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { AI_FUNCTIONS } from '../../src/domain/words.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  aStudy,
  currentEvidence,
  entryEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const policy = shippedPolicy();
const SITES = ['general', 'north'];
const V3 = versionString('3.0.0');

type Changes = NonNullable<Parameters<typeof aRegister>[0]>;
const registerOf = (changes: Changes = {}): RegisterSnapshot => aRegister({ policy, ...changes });
const cardOf = (
  register: RegisterSnapshot,
  changes: { caller?: Partial<Principal>; sites?: readonly string[]; simulator?: boolean; now?: number } = {},
): CredentialCard =>
  describeCard(
    {
      caller: aPrincipal(changes.caller),
      practitioner: register.practitioner(RADIOLOGIST) ?? aPractitioner(),
      sites: changes.sites ?? SITES,
      simulator: changes.simulator ?? false,
    },
    register,
    changes.now ?? NOW,
  );
const everywhere = (changes: Parameters<typeof aModelVersion>[0] = {}) =>
  aModelVersion({ releases: [{ site: '*', from: NOW - DAY }], ...changes });

test('what is unlocked by exact version, with its functions, mode and sites', () => {
  expect(cardOf(registerOf({ sequence: 41 }))).toMatchObject({
    practitioner: { id: RADIOLOGIST },
    credentials: [{ id: 'rc-ai', status: 'current' }],
    unlocked: [
      {
        model: MODEL,
        version: VERSION,
        functions: ['detection', 'view'],
        mode: 'independent',
        sites: ['general'],
      },
    ],
    locked: [],
    registerSequence: 41,
    policy: { id: policy.id, digest: policy.digest },
  });
});

describe('when it runs out', () => {
  test.each<{ name: string; cardSeconds?: number; caller?: Partial<Principal>; lasts: number }>([
    { name: 'two minutes', lasts: 120 },
    { name: 'what the policy says', cardSeconds: 30, lasts: 30 },
    { name: 'with the session at the latest', caller: { expiresAt: NOW + 45_900 }, lasts: 45 },
  ])('$name', ({ cardSeconds = policy.cardSeconds, caller = {}, lasts }) => {
    const card = cardOf(registerOf({ policy: { ...policy, cardSeconds } }), { caller, now: NOW + 999 });
    expect([card.issuedAt, card.expiresAt]).toEqual([NOW / 1000, NOW / 1000 + lasts]);
  });
});

describe('where it is unlocked', () => {
  test.each<{ name: string; changes: Changes; sites: readonly (readonly string[])[] }>([
    {
      name: 'a release for every site',
      changes: { modelVersions: [everywhere()] },
      sites: [['general', 'north']],
    },
    { name: 'a release for one', changes: {}, sites: [['general']] },
    {
      name: 'a stop-use at one site',
      changes: {
        modelVersions: [everywhere()],
        stopUses: [{ id: 's', site: 'north', from: NOW - 1, reason: 'fault', by: 'somebody' }],
      },
      sites: [['general']],
    },
    {
      name: 'a release for a site that no study is of',
      changes: { modelVersions: [aModelVersion({ releases: [{ site: 'south', from: NOW - DAY }] })] },
      sites: [],
    },
  ])('$name', ({ changes, sites }) => {
    expect(cardOf(registerOf(changes)).unlocked.map((grant) => grant.sites)).toEqual(sites);
  });

  test('a gateway without sites unlocks nothing, and says why', () => {
    const card = cardOf(registerOf(), { sites: [] });
    expect(card.unlocked).toEqual([]);
    expect(card.locked.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([
      ['site-unknown'],
      ['site-unknown'],
    ]);
  });

  test('functions that are unlocked in other places, or in another mode, stand apart', () => {
    const approvals = [
      anApproval({ functions: ['detection'] }),
      anApproval({ id: 'a2', functions: ['triage'], version: V3 }),
      anApproval({ id: 'a3', functions: ['view'], mode: 'supervised', supervisor: practitionerId('boss') }),
    ];
    const boss = aPractitioner({ id: practitionerId('boss') });
    const register = registerOf({
      practitioners: [aPractitioner(), boss],
      evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(boss.id)],
      modelVersions: [
        aModelVersion(),
        everywhere({ version: V3, endpoints: [aBinding({ function: 'triage' })] }),
      ],
      approvals: [...approvals, anApproval({ id: 'b', practitioner: boss.id })],
    });
    expect(
      cardOf(register).unlocked.map(({ version, functions, mode, sites }) => [
        version,
        functions,
        mode,
        sites,
      ]),
    ).toEqual([
      [VERSION, ['detection'], 'independent', ['general']],
      [VERSION, ['view'], 'supervised', ['general']],
      [V3, ['triage'], 'independent', ['general', 'north']],
    ]);
  });
});

test.each<{ name: string; changes?: Changes; caller?: Partial<Principal>; code: string }>([
  { name: 'a password', caller: { assurance: 1 }, code: 'assurance-too-low' },
  { name: 'an old login', caller: { authenticatedAt: NOW - 13 * 3_600_000 }, code: 'login-too-old' },
  { name: 'a session that cannot be confirmed', caller: { unconfirmed: true }, code: 'session-unconfirmed' },
  { name: 'a token for images', caller: { scopes: ['images'] }, code: 'token-scope' },
  {
    name: 'an approval that has ended',
    changes: { approvals: [anApproval({ until: NOW })] },
    code: 'approval-expired',
  },
  {
    name: 'a declaration that is overdue',
    changes: { evidence: currentEvidence(RADIOLOGIST).filter(({ type }) => type !== 'annual-declaration') },
    code: 'declaration-overdue',
  },
  {
    name: 'a stop-use',
    changes: { stopUses: [{ id: 's', model: MODEL, from: NOW, reason: 'x', by: 'y' }] },
    code: 'stop-use',
  },
  {
    name: 'a version that is retired',
    changes: { modelVersions: [aModelVersion({ retiredAt: NOW - 1, state: 'retired' })] },
    code: 'model-retired',
  },
])('$name unlocks nothing, and the page says why', ({ changes, caller = {}, code }) => {
  const card = cardOf(registerOf(changes), { caller });
  expect(card.unlocked).toEqual([]);
  for (const { reasons } of card.locked) expect(reasons.map((reason) => reason.code)).toContain(code);
  expect(card.locked.length).toBeGreaterThan(0);
});

test('an approval for the sandbox is unlocked where both ends are simulators, and nowhere else', () => {
  const register = registerOf({
    evidence: entryEvidence(RADIOLOGIST),
    modelVersions: [
      aModelVersion({ guideline: undefined, endpoints: [aBinding({ simulator: true })] } as never),
    ],
    approvals: [anApproval({ mode: 'sandbox', functions: ['detection'] })],
  });
  expect(cardOf(register, { simulator: true }).unlocked).toMatchObject([{ mode: 'sandbox' }]);
  expect(cardOf(register).unlocked).toEqual([]);
  expect(cardOf(register, { simulator: true }).credentials).toEqual([
    expect.objectContaining({ id: 'rc-ai', status: 'in-training' }),
  ]);
});

test('it shows exactly what a call on a fitting study would let through: for random registers', () => {
  const people = [aPractitioner(), aRadiographer()];
  const flag = fc.boolean();
  const approval = fc.record({
    function: fc.constantFrom(...AI_FUNCTIONS),
    version: fc.constantFrom(VERSION, V3),
    mode: fc.constantFrom('independent', 'supervised', 'sandbox'),
    days: fc.integer({ min: -3, max: 3 }),
  });
  const world = fc.record({
    approvals: fc.array(approval, { maxLength: 6 }),
    dropped: fc.constantFrom('annual-declaration', 'cpd', 'registration', 'award', 'nothing', 'nothing'),
    stop: fc.constantFrom(undefined, 'general', 'north'),
    assurance: fc.constantFrom(1, 2, 3),
    simulator: flag,
  });
  fc.assert(
    fc.property(world, ({ approvals, dropped, stop, assurance, simulator }) => {
      const register = registerOf({
        practitioners: people,
        evidence: currentEvidence(RADIOLOGIST).filter(({ type }) => type !== dropped),
        modelVersions: [aModelVersion(), everywhere({ version: V3 })].map((version) => ({
          ...version,
          endpoints: AI_FUNCTIONS.flatMap((fn) =>
            fn === 'view' ? [] : [aBinding({ function: fn, simulator })],
          ),
        })),
        approvals: approvals.map(({ function: fn, version, mode, days }, place) =>
          anApproval({
            id: `a${String(place)}`,
            functions: [fn],
            version,
            mode,
            until: NOW + days * DAY,
            supervisor: practitionerId('radiographer'),
          }),
        ),
        stopUses: stop === undefined ? [] : [{ id: 's', site: stop, from: NOW, reason: 'x', by: 'y' }],
      });
      const caller = aPrincipal({ assurance });
      const card = cardOf(register, { caller, simulator });
      for (const version of [VERSION, V3])
        for (const site of SITES)
          for (const fn of AI_FUNCTIONS) {
            const study = aStudy({ site, simulator });
            const call = decide(
              { caller, function: fn, model: MODEL, version, study, madeAt: NOW },
              register,
              NOW,
            );
            const isShown = card.unlocked.some(
              (grant) =>
                grant.version === version && grant.functions.includes(fn) && grant.sites.includes(site),
            );
            expect([version, site, fn, isShown]).toEqual([version, site, fn, call.permitted]);
          }
    }),
    { numRuns: 60 },
  );
});

test('the claims: who, until when, what, by which register and policy, and that it authorises nothing', () => {
  const claims = cardClaims(cardOf(registerOf()), { issuer: 'https://gateway.example', tokenId: 'id-1' });
  expect(claims).toEqual({
    iss: 'https://gateway.example',
    sub: RADIOLOGIST,
    aud: 'urn:countersign:display',
    iat: NOW / 1000,
    exp: NOW / 1000 + 120,
    jti: 'id-1',
    authorises: 'nothing',
    credentials: [{ id: 'rc-ai', status: 'current' }],
    unlocked: [
      {
        model: MODEL,
        version: VERSION,
        functions: ['detection', 'view'],
        mode: 'independent',
        sites: ['general'],
      },
    ],
    register: { sequence: 1 },
    policy: { id: policy.id, version: policy.version, digest: policy.digest },
  });
  expect(JSON.stringify(claims)).not.toContain('Rae');
});
