import { addMonths, isoDate } from '../../src/domain/calendar.ts';
import type { EvidenceType } from '../../src/domain/evidence-types.ts';
import { NEWCOMER, type Walk } from './pathway-walk.ts';
import type { Filled, PeopleHouse } from './people-house.ts';
import { MODEL, VERSION } from './register-builder.ts';

/** The newcomer’s page, as those who keep the register see it. */
export const THEIRS = `/me/register/people/${NEWCOMER}`;

/** Somebody on their way, and the pages by which they go it. */
export interface Scene {
  readonly walk: Walk;
  readonly pages: PeopleHouse;
}

const today = ({ walk }: Scene): string => isoDate(walk.house.now());
const inMonths = ({ walk }: Scene, months: number): string => isoDate(addMonths(walk.house.now(), months));

/** Puts a piece of evidence on record by its form. */
export async function attest(
  scene: Scene,
  by: string,
  type: EvidenceType,
  filled: Filled = {},
): Promise<void> {
  const path = `${THEIRS}/add-evidence/${type}`;
  const page = await scene.pages.send(by, {
    path,
    filled: { happenedAt: today(scene), ...filled },
    button: 'Add the evidence',
  });
  expect(await page.getByRole('alert').innerText()).toContain('The evidence is on record.');
}

/** Sent by the first, then opened by the second where it waits, and confirmed. */
export async function together(
  { pages }: Scene,
  form: Parameters<PeopleHouse['send']>[1],
  done: string,
): Promise<void> {
  const waiting = await pages.send('lead', form);
  expect(await waiting.locator('main').innerText()).toContain('Not in force yet');
  const list = await pages.open('director', '/me/register/waiting');
  await list.getByRole('row', { name: 'Waits for you' }).getByRole('link').click();
  await list.getByRole('button', { name: 'Confirm it' }).click();
  await list.waitForURL('**/me/register/waiting');
  expect(await list.getByRole('alert').innerText()).toContain(done);
}

/** Sends a form of one’s own. */
export function own(scene: Scene, path: string, filled: Filled, button: string): Promise<unknown> {
  return scene.pages.send('newcomer', { path, filled, button });
}

/** The three statements, signed. */
export const declare = (scene: Scene): Promise<unknown> =>
  own(
    scene,
    '/me/declaration',
    { statements: ['followed-guidelines', 'reported-incidents', 'stayed-in-scope'] },
    'Sign the declaration',
  );

/** All that is to be kept up in a year, but for the declaration. */
export async function keepUp(scene: Scene): Promise<void> {
  const cpd = { credits: '10', happenedAt: today(scene) };
  await own(scene, '/me/cpd', { title: 'Vendor webinar', modelFamily: 'lung-ct', ...cpd }, 'Log it');
  await own(scene, '/me/cpd', { title: 'Journal club', ...cpd }, 'Log it');
  await attest(scene, 'lead', 'active-practice');
  const kept =
    scene.walk.walker.scheme === 'rc-ai' ? ['audit-led', 'board-minutes'] : ['anomaly-log', 'usage-log'];
  for (const type of kept as readonly EvidenceType[]) await attest(scene, 'lead', type);
}

/** An approval for the released version, the version chosen first. */
export async function grant(scene: Scene, mode: 'supervised' | 'independent'): Promise<void> {
  const list = await scene.pages.open('lead', `${THEIRS}/approve`);
  await list.getByLabel('Model version').selectOption(`${MODEL}@${VERSION}`);
  await list.getByRole('button', { name: 'Continue' }).click();
  await list.waitForURL(`**/approve/${MODEL}/${VERSION}`);
  const filled = {
    functions: ['detection', 'view'],
    mode,
    until: inMonths(scene, 36),
    ...(mode === 'supervised' ? { supervisor: 'rc-one' } : {}),
  };
  await scene.pages.send('lead', {
    path: new URL(list.url()).pathname,
    filled,
    button: 'Grant the approval',
  });
}

export const RADIOLOGIST: Filled = {
  profession: 'radiologist',
  professionalBody: 'GMC',
  registrationNumber: '7654321',
};
export const RADIOGRAPHER: Filled = {
  profession: 'radiographer',
  professionalBody: 'HCPC',
  registrationNumber: 'RA54321',
  band: '7',
};

/** What the programme lead has in hand at entry. */
export async function enter(scene: Scene): Promise<void> {
  const isRadiologist = scene.walk.walker.scheme === 'rc-ai';
  await attest(scene, 'lead', 'registration', { validUntil: inMonths(scene, 60) });
  await (isRadiologist
    ? attest(scene, 'lead', 'frcr')
    : attest(scene, 'lead', 'hcpc-experience', { score: '4' }));
  await attest(scene, 'lead', 'irmer-knowledge');
  await attest(scene, 'lead', 'portfolio', { document: 'Portfolio shelf 12' });
}

/** Most of the log-book is not typed in: the pages are used for its ends, and to put right what was mistyped. */
export async function logBook(scene: Scene): Promise<void> {
  const { house } = scene.walk;
  for (let place = 2; place < 50; place += 1) {
    await scene.walk.attest('rc-one', 'log-book-case', { ordinal: place, result: 'pass' });
  }
  await attest(scene, 'rc-one', 'log-book-case', { ordinal: '1', result: 'pass' });
  await attest(scene, 'rc-one', 'log-book-case', { ordinal: '60', result: 'pass' });
  const [mistyped] = house.deps.register
    .snapshot()
    .evidenceOf(NEWCOMER)
    .filter(({ ordinal }) => ordinal === 60);
  const path = `${THEIRS}/evidence/${mistyped?.id ?? ''}/correct`;
  const filled = { ordinal: '50', reason: 'It was the fiftieth.' };
  await together(scene, { path, filled, button: 'Correct it' }, 'The evidence is corrected.');
  await attest(scene, 'rc-one', 'mini-cex', { result: 'pass' });
  await attest(scene, 'rc-one', 'dops', { result: 'pass' });
}

/** Three stations before two assessors. */
export async function highStakes(scene: Scene): Promise<void> {
  for (const station of ['1', '2', '3']) {
    const filled = { station, result: 'pass' };
    await attest(scene, 'lead', 'osce-high-stakes-rcr', { ...filled, attestedBy: 'RCR examiner' });
    await attest(scene, 'lead', 'osce-high-stakes-caldicott', {
      ...filled,
      attestedBy: 'Caldicott Guardian',
    });
  }
}

/** From the profile that offers it, by two people. */
export async function award(scene: Scene): Promise<void> {
  const { scheme } = scene.walk.walker;
  const page = await scene.pages.open('lead', THEIRS);
  await page.getByRole('link', { name: /^Award/ }).click();
  expect(await page.locator('main').innerText()).toMatch(/Still missing\s+Nothing/);
  scene.walk.markAward();
  const form = { path: `${THEIRS}/award/${scheme}`, filled: {}, button: 'Award' };
  await together(scene, form, 'The credential is awarded.');
}

/** Ends the supervised approval and grants an independent one. */
export async function swapApprovals(scene: Scene): Promise<void> {
  const page = await scene.pages.open('lead', THEIRS);
  await page.getByRole('link', { name: /^End it/ }).click();
  await page.getByLabel('Reason').fill('Trained.');
  await page.getByRole('button', { name: 'End the approval' }).click();
  await page.waitForURL(`**${THEIRS}`);
  expect(await page.getByRole('alert').innerText()).toContain('The approval is ended.');
  await grant(scene, 'independent');
}
