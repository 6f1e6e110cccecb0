import { createActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, HOUR_MS, person } from '../fakes/act-people.ts';
import { CERTIFY, CURRENT, entry, HIGH_STAKES, LEARN } from '../fakes/pathway-phases.ts';
import {
  declare,
  keepUp,
  NEWCOMER,
  SANDBOX_VERSION,
  standingOf,
  startWalk,
  WALKERS,
  type Standing,
  type Step,
  type Walker,
} from '../fakes/pathway-walk.ts';
import { aBinding, aModelVersion, MODEL, practitionerId, VERSION } from '../fakes/register-builder.ts';

const MINUTE = 60_000;
const STOPPED: Standing = { status: 'current', live: false, sandbox: true, reasons: ['stop-use'] };
const lapsed = (...reasons: string[]): Standing => ({
  status: 'lapsed',
  live: false,
  sandbox: false,
  reasons: ['credential-lapsed', ...reasons],
});

const ABOUT = { practitioner: NEWCOMER, reason: 'Under review' } as const;
/** Phase 8: what is kept up, what lapses by itself on the minute, and how it comes back. */
function obligations({ scheme }: Walker): readonly Step[] {
  const isRadiologist = scheme === 'rc-ai';
  const before: Step = {
    phase: '8 obligations: a minute before the year is over',
    does: async (walk) => {
      walk.toMonthsAfterAward(11);
      await keepUp(walk);
      walk.toMonthsAfterAward(12, -MINUTE);
    },
    then: CURRENT,
  };
  const quarter: readonly Step[] = [
    {
      phase: '8 obligations: a minute before the audit is due',
      does: async (walk) => {
        walk.toMonthsAfterAward(3, -MINUTE);
      },
      then: CURRENT,
    },
    {
      phase: '8 obligations: the audit is due',
      does: async (walk) => {
        walk.toMonthsAfterAward(3);
      },
      then: lapsed('audit-overdue'),
    },
    {
      phase: '8 obligations: the audit is presented',
      does: ({ attest }) => attest('lead', 'audit-led'),
      then: CURRENT,
    },
  ];
  return [
    ...(isRadiologist ? quarter : []),
    before,
    {
      phase: '8 obligations: the declaration is due',
      does: async (walk) => {
        walk.toMonthsAfterAward(12);
      },
      then: lapsed('declaration-overdue'),
    },
    {
      phase: '8 obligations: declared, and restored',
      does: ({ house }) => house.perform('newcomer', declare),
      then: CURRENT,
    },
    {
      phase: '8 obligations: a year on without keeping it up',
      does: async (walk) => {
        walk.toMonthsAfterAward(24);
        await walk.house.perform('newcomer', declare);
      },
      then: isRadiologist
        ? lapsed('cpd-short', 'practice-inactive', 'audit-overdue')
        : lapsed('cpd-short', 'practice-inactive', 'anomaly-log-missing', 'requirement-missing'),
    },
    { phase: '8 obligations: kept up again', does: keepUp, then: CURRENT },
  ];
}

/** What stops AI at once, and what it takes to open it again. */
function stops({ scheme }: Walker): readonly Step[] {
  const ofOperator: readonly Step[] = [
    {
      phase: 'held by the operator',
      does: ({ house }) =>
        house.perform('newcomer', { act: 'hold-model', model: MODEL, version: VERSION, reason: 'Odd boxes' }),
      then: STOPPED,
    },
    {
      phase: 'the hold ends by itself',
      does: async ({ house }) => {
        house.later(4 * HOUR_MS);
      },
      then: CURRENT,
    },
  ];
  const ofClinician: readonly Step[] = [
    {
      phase: 'a stop-use is called',
      does: ({ house }) =>
        house.perform('newcomer', {
          act: 'stop-use',
          model: MODEL,
          version: VERSION,
          reason: 'Missed nodules',
        }),
      then: STOPPED,
    },
    {
      phase: 'the stop-use is lifted by two',
      does: async ({ house }) => {
        house.later(MINUTE);
        const [stop] = house.deps.register.snapshot().stopUses();
        await house.together('newcomer', 'lead', {
          act: 'lift-stop-use',
          id: stop?.id ?? '',
          reason: 'Fixed',
        });
      },
      then: CURRENT,
    },
  ];
  return [
    ...(scheme === 'rc-ai' ? ofClinician : ofOperator),
    {
      phase: 'suspended by one',
      does: ({ house }) => house.perform('director', { act: 'suspend', ...ABOUT }),
      then: { status: 'suspended', live: false, sandbox: false, reasons: ['practitioner-suspended'] },
    },
    {
      phase: 'restored by two',
      does: async ({ house }) => {
        house.later(MINUTE);
        await house.together('lead', 'director', { act: 'lift-suspension', ...ABOUT });
      },
      then: CURRENT,
    },
  ];
}

test.each(WALKERS)('a $title walks the pathway from entry to lapse to restoration', async (walker) => {
  const house = await createActHouse({
    practitioners: (['lead', 'director', 'faculty', 'rc-one'] as const).map((name) => person(name)),
    evidence: evidenceOfPeople().filter(({ practitioner }) => practitioner === 'rc-one'),
    modelVersions: [
      aModelVersion(),
      aModelVersion({ version: SANDBOX_VERSION, endpoints: [aBinding({ simulator: true })] }),
    ],
  });
  const supervisor = { practitioner: practitionerId('rc-one'), model: MODEL, version: VERSION } as const;
  await house.perform('lead', {
    act: 'grant-approval',
    ...supervisor,
    functions: ['detection', 'view'],
    mode: 'independent',
    from: house.now(),
    until: house.now() + 300 * DAY_MS,
  });
  const walk = startWalk(house, walker);
  const steps = [
    ...entry(walker),
    ...LEARN,
    ...(walker.scheme === 'rc-ai' ? [HIGH_STAKES] : []),
    ...CERTIFY,
    ...obligations(walker),
    ...stops(walker),
  ];
  for (const { phase, does, then } of steps) {
    house.later(MINUTE);
    await does(walk);
    expect({ phase, ...standingOf(walk) }).toMatchObject({ phase, ...then });
  }
  await house.close();
});
