import type { ActHouse } from './act-house.ts';
import { plainText } from './page-text.ts';
import type { Filled, PeopleHouse } from './people-house.ts';

/** A register, and the pages by which the people in it work. */
export interface LifeScene {
  readonly house: ActHouse;
  readonly pages: PeopleHouse;
}

/** One step in the life of a model version or guideline, done by the pages alone; then what its own page says. */
export interface LifeStep {
  readonly step: string;
  readonly does: (scene: LifeScene) => Promise<unknown>;
  readonly says: readonly string[];
  /** Why AI of the new version is locked for the Responsible Clinician who is to use it; empty once it is unlocked. */
  readonly locked?: readonly string[];
}

/** A guideline that is drafted and signed off beside the one of the ready-made version, and the digest of its document. */
export const GUIDELINE = 'nodules-next';
export const DIGEST = `sha256:${'b'.repeat(64)}`;

/** Sends a form and reads on the page that follows that it is done. */
export async function send(
  { pages }: LifeScene,
  by: string,
  form: Parameters<PeopleHouse['send']>[1],
  done: string,
): Promise<void> {
  const page = await pages.send(by, form);
  expect(await page.getByRole('alert').innerText()).toContain(done);
}

/** Follows a link of a page, by the words that it says. */
export async function follow(
  { pages }: LifeScene,
  by: string,
  from: string,
  link: string | RegExp,
): Promise<string> {
  const page = await pages.open(by, from);
  const href = await page.getByRole('link', { name: link }).first().getAttribute('href');
  if (href === null) throw new Error(`${from} has no link ${String(link)}`);
  return href;
}

/** From the page that offers it, by its link, to the form, filled in and sent. */
export async function byLink(
  scene: LifeScene,
  by: string,
  { from, link, ...form }: { from: string; link: string | RegExp; filled: Filled; button: string },
  done: string,
): Promise<void> {
  await send(scene, by, { path: await follow(scene, by, from, link), ...form }, done);
}

/** What a page says to somebody. */
export async function saidAt({ pages }: LifeScene, who: string, path: string): Promise<string> {
  return plainText(await (await pages.open(who, path)).content());
}
