import fc from 'fast-check';
import { decide } from '../../src/domain/decide.ts';
import { judgeConfirmation } from '../../src/domain/judge-confirmation.ts';
import { planAct } from '../../src/domain/plan-act.ts';
import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type {
  Approval,
  Evidence,
  Instant,
  Practitioner,
  RegisterSnapshot,
} from '../../src/domain/register.ts';
import { REGISTER_ROLES } from '../../src/domain/words.ts';
import {
  contentsOfPeople,
  DAY_MS,
  NEW_VERSION,
  person,
  snapshotOf,
  withDrafts,
} from '../fakes/act-people.ts';
import { anyAct } from '../fakes/random-acts.ts';
import {
  aModelVersion,
  anApproval,
  aPrincipal,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  PROVIDER,
  VERSION,
} from '../fakes/register-builder.ts';

type Contents = ReturnType<typeof contentsOfPeople>;

const HERO = practitionerId('hero');
const hero: Practitioner = {
  ...person('rc-one', { id: HERO, identities: [{ provider: PROVIDER, subject: 'hero' }] }),
  roles: [...REGISTER_ROLES],
};
const OTHERS = ['rc-two', 'op-one', 'trainee', 'lead'] as const;
const others = [
  ...currentEvidence(practitionerId('rc-two')),
  ...currentEvidence(practitionerId('op-one'), 'ai-operator'),
];
const all = currentEvidence(HERO);
const held = (changes: Partial<Approval> = {}): Approval =>
  anApproval({ id: 'start', practitioner: HERO, grantedBy: 'lead', ...changes });
const suspension: Evidence = {
  id: 'start',
  practitioner: HERO,
  type: 'suspension',
  happenedAt: NOW - DAY_MS,
  attestedBy: 'lead',
  scheme: 'rc-ai',
};

/** All roles at once, and one thing missing. What somebody may say of themselves is always in date: that restores, and should. */
const LACKING: Readonly<Record<string, Partial<Contents>>> = {
  'an approval': {},
  'an approval for the new version': { approvals: [held(), held({ id: 'start-2', version: NEW_VERSION })] },
  'the audit': {
    approvals: [held()],
    evidence: [...all.filter(({ type }) => type !== 'audit-led'), ...others],
  },
  'the award': { approvals: [held()], evidence: [...all.filter(({ type }) => type !== 'award'), ...others] },
  'an end to a stop-use': {
    approvals: [held()],
    stopUses: [{ id: 'start', model: MODEL, from: NOW - DAY_MS, reason: 'Drift', by: 'rc-two' }],
  },
  'an end to a suspension': { approvals: [held()], evidence: [...all, ...others, suspension] },
  'a supervisor who works independently': {
    approvals: [held({ mode: 'supervised', supervisor: practitionerId('rc-two') })],
  },
  'a wider scope': {
    approvals: [held()],
    practitioners: [{ ...hero, scope: { modalities: ['MR'] } }, ...OTHERS.map((name) => person(name))],
  },
};

function startWith(lacking: Partial<Contents>): Contents {
  return contentsOfPeople({
    practitioners: [hero, ...OTHERS.map((name) => person(name))],
    evidence: [...all, ...others],
    modelVersions: [
      aModelVersion({ guideline: { id: 'lung-nodules', version: '3' } }),
      aModelVersion({ version: NEW_VERSION, state: 'registered', releases: [] }),
    ],
    ...lacking,
  });
}

const login = (now: Instant) =>
  aPrincipal({ subject: 'hero', authenticatedAt: now - 1_000, expiresAt: now + DAY_MS });

/** What the hero may use at a moment. */
function permissions(register: RegisterSnapshot, now: Instant): readonly string[] {
  return [VERSION, NEW_VERSION].flatMap((version) =>
    (['detection', 'view'] as const)
      .filter((name) => {
        const question = { caller: login(now), function: name, model: MODEL, version, study: aStudy() };
        return decide(question, register, now).permitted;
      })
      .map((name) => `${name} ${version}`),
  );
}

interface Alone {
  readonly contents: Contents;
  readonly now: Instant;
  readonly ids: number;
  readonly done: readonly string[];
}

function step(alone: Alone, act: RegisterAct): Alone {
  const { contents, now } = alone;
  let { ids } = alone;
  const register = snapshotOf(contents);
  const actor = {
    actor: hero,
    principal: login(now),
    register,
    now,
    newId: () => `new-${String((ids += 1))}`,
  };
  const plan = planAct(act, actor);
  if (!plan.permitted) return { ...alone, now: now + 60_000 };
  if (plan.people === 2) {
    const consent = {
      practitioner: HERO,
      method: 'smart-card',
      assurance: 3 as const,
      authenticatedAt: now,
      at: now,
    };
    const proposal = { act: act.act, consents: [consent], signedBy: [] };
    expect(judgeConfirmation({ proposal, drafts: plan.changes }, actor)).not.toEqual([]);
    return { ...alone, now: now + 60_000, ids };
  }
  return {
    contents: withDrafts(contents, plan.changes),
    now: now + 60_000,
    ids,
    done: [...alone.done, act.act],
  };
}

describe('nobody gives themselves a permission they lacked, with all roles of the house but nobody beside them', () => {
  test.each(Object.entries(LACKING))('who lacks %s', (_name, lacking) => {
    const start = startWith(lacking);
    const had = permissions(snapshotOf(start), NOW);
    fc.assert(
      fc.property(fc.array(anyAct('hero'), { minLength: 1, maxLength: 8 }), (acts) => {
        const end = acts.reduce(step, { contents: start, now: NOW, ids: 0, done: [] });
        const has = permissions(snapshotOf(end.contents), end.now);
        expect(has.filter((one) => !had.includes(one))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('they lack what the tests say, and do much of what they try', () => {
    const full = startWith({ approvals: [held()] });
    expect(permissions(snapshotOf(full), NOW)).toEqual([`detection ${VERSION}`, `view ${VERSION}`]);
    for (const [name, lacking] of Object.entries(LACKING)) {
      const has = permissions(snapshotOf(startWith(lacking)), NOW);
      expect(has).toHaveLength(name.endsWith('new version') ? 2 : 0);
    }
    const tried = fc.sample(anyAct('hero'), { numRuns: 600, seed: 11 });
    const { done } = tried.reduce(step, { contents: full, now: NOW, ids: 0, done: [] });
    expect(new Set(done).size).toBeGreaterThan(8);
  });
});
