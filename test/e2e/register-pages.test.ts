import { createActHouse, type ActHouse } from '../fakes/act-house.ts';
import { DAY_MS, evidenceOfPeople, person } from '../fakes/act-people.ts';
import { axeFaults } from '../fakes/axe-faults.ts';
import { plainText } from '../fakes/page-text.ts';
import {
  attest,
  award,
  declare,
  enter,
  grant,
  highStakes,
  keepUp,
  logBook,
  own,
  RADIOGRAPHER,
  RADIOLOGIST,
  swapApprovals,
  THEIRS,
  together,
  type Scene,
} from '../fakes/pathway-pages.ts';
import { NEWCOMER, standingOf, startWalk, WALKERS, type Standing } from '../fakes/pathway-walk.ts';
import { openPeopleHouse, type PeopleHouse } from '../fakes/people-house.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { aModelVersion, MODEL, practitionerId, VERSION } from '../fakes/register-builder.ts';

// Some eighty forms, each opened, filled in and sent, on a machine that may have other work.
jest.setTimeout(600_000);

const MINUTE = 60_000;

/** One phase, done by the pages alone; then how it stands with the newcomer, and what their own profile says. */
interface Phase {
  readonly phase: string;
  readonly does: (scene: Scene) => Promise<unknown>;
  readonly then: Pick<Standing, 'status' | 'live'> & Pick<Standing, 'reasons'>;
  readonly says: readonly string[];
}

const CURRENT = { status: 'current', live: true } as const;
const LEARNING = { status: 'in-training', live: false } as const;
const SUPERVISED = { status: 'in-training', live: true } as const;

function phasesOf(scheme: 'rc-ai' | 'ai-operator'): readonly Phase[] {
  const who = scheme === 'rc-ai' ? RADIOLOGIST : RADIOGRAPHER;
  const reasons = [
    'credential-lapsed',
    'declaration-overdue',
    ...(scheme === 'rc-ai' ? ['audit-overdue'] : []),
  ];
  return [
    {
      phase: '1 entry: added by two people',
      does: (scene) =>
        together(
          scene,
          {
            path: '/me/register/people/new',
            filled: {
              id: NEWCOMER,
              name: 'Nora Newcomer',
              logins: 'urn:test:identity-provider newcomer',
              ...who,
            },
            button: 'Add this person',
          },
          'The person is in the register.',
        ),
      then: { status: 'none', live: false },
      says: ['Not begun', 'To enter: 0 of 5 met'],
    },
    {
      phase: '1 entry: the portfolio',
      does: enter,
      then: { status: 'none', live: false },
      says: ['To enter: 4 of 5 met'],
    },
    {
      phase: '1 entry: cleared by the director',
      does: (scene) => attest(scene, 'director', 'entry-clearance'),
      then: LEARNING,
      says: ['In training'],
    },
    {
      phase: '2 and 3 foundation, safety and governance',
      does: async (scene) => {
        await attest(scene, 'faculty', 'exam-ai-literacy', { score: '85' });
        await attest(scene, 'faculty', 'reflective-plan', { result: 'pass' });
        await attest(scene, 'faculty', 'simulator-fortnight');
      },
      then: LEARNING,
      says: ['Met AI literacy exam, 80 % or more'],
    },
    {
      phase: '4 a supervised live list, once the guideline is read',
      does: async (scene) => {
        await grant(scene, 'supervised');
        const page = await scene.pages.open('newcomer', '/me/profile');
        await page.getByRole('link', { name: 'lung-nodules, version 3' }).click();
        await own(scene, new URL(page.url()).pathname, { read: 'yes' }, 'Acknowledge it');
      },
      then: SUPERVISED,
      says: ['Supervised by rc-one'],
    },
    {
      phase: '4 fifty consecutive cases',
      does: logBook,
      then: SUPERVISED,
      says: ['Met Fifty consecutive AI-assisted cases', 'Met DOPS sign-off'],
    },
    ...(scheme === 'rc-ai'
      ? [
          {
            phase: '6 high stakes',
            does: highStakes,
            then: SUPERVISED,
            says: ['For the award: 8 of 9 met'],
          },
        ]
      : []),
    { phase: '7 listed by two', does: award, then: { status: 'current', live: true }, says: ['Current'] },
    { phase: '7 approved to work independently', does: swapApprovals, then: CURRENT, says: ['Independent'] },
    {
      phase: '8 a year on, kept up but not declared',
      does: async (scene) => {
        scene.walk.toMonthsAfterAward(11);
        await keepUp(scene);
        scene.walk.toMonthsAfterAward(12);
        if (scheme === 'rc-ai') scene.walk.toMonthsAfterAward(15);
      },
      then: { status: 'lapsed', live: false, reasons },
      says: ['Lapsed', 'Overdue Annual safety declaration'],
    },
    {
      phase: '8 declared, and restored',
      does: async (scene) => {
        await declare(scene);
        if (scheme === 'rc-ai') await attest(scene, 'lead', 'audit-led');
      },
      then: CURRENT,
      says: ['Current'],
    },
    {
      phase: 'suspended by one',
      does: (scene) =>
        scene.pages.send('director', {
          path: `${THEIRS}/suspend`,
          filled: { scheme: 'all', reason: 'Incident 12.' },
          button: 'Suspend',
        }),
      then: { status: 'suspended', live: false, reasons: ['practitioner-suspended'] },
      says: ['Suspended All AI', 'Reason: Incident 12.'],
    },
    {
      phase: 'let back by two',
      does: (scene) =>
        together(
          scene,
          {
            path: `${THEIRS}/lift-suspension`,
            filled: { scheme: 'all', reason: 'Cleared.' },
            button: 'Lift the suspension',
          },
          'The suspension is lifted.',
        ),
      then: CURRENT,
      says: ['Current'],
    },
  ];
}

async function houseWithSupervisor(): Promise<ActHouse> {
  const house = await createActHouse({
    practitioners: (['lead', 'director', 'faculty', 'rc-one'] as const).map((name) => person(name)),
    evidence: evidenceOfPeople().filter(({ practitioner }) => practitioner === 'rc-one'),
    modelVersions: [aModelVersion()],
  });
  await house.perform('lead', {
    act: 'grant-approval',
    practitioner: practitionerId('rc-one'),
    model: MODEL,
    version: VERSION,
    functions: ['detection', 'view'],
    mode: 'independent',
    from: house.now(),
    until: house.now() + 300 * DAY_MS,
  });
  return house;
}

describeWithBinary('the pathway by the pages', ['browser'], ({ browser: executablePath }) => {
  let house: ActHouse;
  let pages: PeopleHouse;
  beforeEach(async () => {
    house = await houseWithSupervisor();
    pages = await openPeopleHouse(house, executablePath ?? '');
  });
  afterEach(async () => {
    await pages.close();
    await house.close();
  });

  test.each(WALKERS)('a $title walks it from entry to lapse to restoration', async (walker) => {
    const walk = startWalk(house, walker);
    for (const { phase, does, then, says } of phasesOf(walker.scheme)) {
      house.later(MINUTE);
      await does({ walk, pages });
      expect({ phase, ...standingOf(walk) }).toMatchObject({ phase, ...then });
      const profile = await pages.open('newcomer', '/me/profile');
      const said = plainText(await profile.content());
      for (const words of says)
        expect({ phase, said }).toEqual({ phase, said: expect.stringContaining(words) });
      expect({ phase, axe: await axeFaults(profile) }).toEqual({ phase, axe: [] });
    }
  });
});
