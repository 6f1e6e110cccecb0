import { addMonths, isoDate } from '../../src/domain/calendar.ts';
import { decide } from '../../src/domain/decide.ts';
import { HOUR_MS } from './act-people.ts';
import { byLink, DIGEST, follow, GUIDELINE, send, type LifeScene, type LifeStep } from './life-scene.ts';
import type { Filled } from './people-house.ts';
import { aPrincipal, aStudy, MODEL, SITE, versionString } from './register-builder.ts';

const NEXT = versionString('2.2.0');
export const NEXT_PAGE = `/me/register/models/${MODEL}/${NEXT}`;
const STUDY = '1.2.826.0.1.99.7';

/** Whether the new version is unlocked for rc-one on a patient's study: empty, or why not. */
export function lockedFor({ house }: LifeScene): readonly string[] {
  const now = house.now();
  const caller = aPrincipal({
    subject: 'rc-one',
    authenticatedAt: now - 60_000,
    expiresAt: now + HOUR_MS,
  });
  const asked = { caller, function: 'detection', model: MODEL, version: NEXT, study: aStudy() } as const;
  return decide(asked, house.deps.register.snapshot(), now).reasons.map(({ code }) => code);
}

const REGISTRATION: Filled = {
  title: 'Lung nodule detector',
  model: MODEL,
  version: NEXT,
  family: 'lung-ct',
  vendor: 'Example Vendor',
  digest: DIGEST,
  riskClass: 'IIa',
  marking: 'UKCA',
  modalities: 'CT',
  bodyParts: 'CHEST',
  minAgeYears: '18',
  function: 'detection',
  protocol: 'oip-v2',
  baseUrl: 'http://127.0.0.1:9',
  endpointModel: 'nodules',
  endpointVersion: '4',
  attestation: 'reply',
  input: 'study',
  scoreOutput: 'score',
  operatingThreshold: '0.5',
  guideline: `${GUIDELINE}@1`,
};

/** The version names a guideline, which is there already. */
async function register(scene: LifeScene): Promise<void> {
  const guideline = { id: GUIDELINE, version: '1' } as const;
  const draft = { ...guideline, title: 'Nodules', digest: DIGEST, links: [] };
  await scene.house.perform('rc-one', { act: 'draft-guideline', ...draft });
  await scene.house.perform('rc-two', {
    act: 'sign-guideline',
    ...guideline,
    effectiveFrom: scene.house.now(),
  });
  const path = await follow(scene, 'lead', '/me/register/models', 'Register a version');
  await confirmed(scene, {
    by: ['lead', 'director'],
    form: { path, filled: REGISTRATION, button: 'Register the version' },
    done: 'The model version is registered.',
  });
}

interface Confirmed {
  readonly by: readonly [first: string, second: string];
  readonly form: Parameters<LifeScene['pages']['send']>[1];
  readonly done: string;
}

/** What one person asks for changes nothing; it is done when another has found it among what waits for them, and confirmed it. */
async function confirmed(scene: LifeScene, { by: [first, second], form, done }: Confirmed): Promise<void> {
  const before = lockedFor(scene);
  const waiting = await scene.pages.send(first, form);
  expect(await waiting.locator('main').innerText()).toContain('Not in force yet');
  expect(lockedFor(scene)).toEqual(before);
  const list = await scene.pages.open(second, '/me/register/waiting');
  const wanted = await list
    .getByRole('row', { name: 'Waits for you' })
    .getByRole('link')
    .getAttribute('href');
  await send(scene, second, { path: wanted ?? '', filled: {}, button: 'Confirm it' }, done);
}

async function approvePlan(scene: LifeScene): Promise<void> {
  const filled = {
    title: 'Re-validation of 2.2.0',
    operator: 'op-one',
    studies: [STUDY, `${STUDY}.1`],
    script: ['Twenty known nodules are found', 'A chest without findings'],
  };
  const link = 'Approve a re-validation plan';
  const form = { from: NEXT_PAGE, link, filled, button: 'Approve the plan' };
  await byLink(scene, 'rc-one', form, 'The plan is approved.');
}

async function recordTests(scene: LifeScene): Promise<void> {
  const signing = await scene.pages.open('rc-two', NEXT_PAGE);
  expect(await signing.getByRole('link', { name: 'Sign the release' }).count()).toBe(0);
  const results = [
    ['Twenty known nodules are found', 'pass'],
    ['A chest without findings', 'fail'],
    ['A chest without findings', 'pass'],
  ] as const;
  for (const [title, result] of results) {
    scene.house.later(60_000);
    const form = { from: NEXT_PAGE, link: new RegExp(`^Record a result.*${title}`), filled: { result } };
    await byLink(scene, 'op-one', { ...form, button: 'Record the result' }, 'The test is recorded.');
  }
}

async function release(scene: LifeScene): Promise<void> {
  const runs = await scene.pages.open('op-one', NEXT_PAGE);
  expect(await runs.getByRole('link', { name: 'Sign the release' }).count()).toBe(0);
  const form = { from: NEXT_PAGE, link: 'Sign the release', filled: { sites: SITE } };
  await byLink(scene, 'rc-two', { ...form, button: 'Sign the release' }, 'The model version is released.');
}

async function approveUser(scene: LifeScene): Promise<void> {
  const form = {
    path: `/me/register/people/rc-one/approve/${MODEL}/${NEXT}`,
    filled: {
      functions: ['detection', 'view'],
      mode: 'independent',
      until: isoDate(addMonths(scene.house.now(), 24)),
    },
    button: 'Grant the approval',
  };
  await send(scene, 'lead', form, 'The approval is granted.');
}

async function acknowledge(scene: LifeScene): Promise<void> {
  const form = {
    from: `/me/guidelines/${GUIDELINE}`,
    link: 'Acknowledge version 1',
    filled: { read: 'yes' },
  };
  await byLink(scene, 'rc-one', { ...form, button: 'Acknowledge it' }, 'The guideline is acknowledged.');
}

async function stop(scene: LifeScene): Promise<void> {
  const filled = { reason: 'Nodules at the apex are missed.', target: 'version' };
  const form = { from: NEXT_PAGE, link: 'Stop its use', filled, button: 'Stop its use now' };
  await byLink(scene, 'rc-two', form, 'The stop-use is in force.');
}

/** Asked for by one with their card, which changes nothing; then confirmed by another with theirs. */
async function liftTogether(scene: LifeScene): Promise<void> {
  const path = await follow(scene, 'rc-one', NEXT_PAGE, 'Lift it');
  scene.house.signIn('rc-one', { assurance: 2 });
  const weak = await scene.pages.open('rc-one', path);
  expect(await weak.locator('main').innerText()).toContain('You cannot do this at the moment');
  scene.house.signIn('rc-one', { assurance: 3 });
  await confirmed(scene, {
    by: ['rc-one', 'director'],
    form: { path, filled: { reason: 'The vendor put it right.' }, button: 'Lift it' },
    done: 'The stop-use is lifted.',
  });
}

async function retire(scene: LifeScene): Promise<void> {
  const filled = { reason: 'The vendor ends its support.' };
  const form = { from: NEXT_PAGE, link: 'Retire it', filled, button: 'Retire it' };
  await byLink(scene, 'rc-two', form, 'The model version is retired.');
}

/** From registration to retirement. */
export const VERSION_LIFE: readonly LifeStep[] = [
  {
    step: 'registered',
    does: register,
    says: ['Registered', 'No plan is approved yet.', 'Class IIa, UKCA'],
  },
  { step: 'a plan is approved', does: approvePlan, says: ['In acceptance', 'Operator op-one', 'Tests open'] },
  { step: 'its tests are recorded by its operator', does: recordTests, says: ['Every test passed'] },
  {
    step: 'released by another',
    does: release,
    says: [`${SITE}: from`, 'signed by rc-two', 'Nobody is approved for this version.'],
  },
  {
    step: 'somebody is approved, who has not read its guideline',
    does: approveUser,
    says: ['1 person is approved for this version.'],
    locked: ['guideline-unacknowledged'],
  },
  { step: 'they acknowledge it, and it opens', does: acknowledge, says: ['Released'], locked: [] },
  {
    step: 'its use is stopped by one',
    does: stop,
    says: ['Use is stopped', 'Reason: Nodules at the apex are missed.'],
    locked: ['stop-use'],
  },
  {
    step: 'lifted by two with their cards',
    does: liftTogether,
    says: ['Stop-uses and holds that are over (1)', 'The vendor put it right.'],
    locked: [],
  },
  { step: 'retired', does: retire, says: ['Retired', 'The vendor ends its support.'] },
];
