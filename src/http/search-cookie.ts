import type { Request, Response } from 'express';
import { z } from 'zod';
import { studySearch } from './page-schemas.ts';
import { rememberedValue } from './remembered-value.ts';

const MAX_AGE_MS = 15 * 60 * 1000;

/**
 * Keeps the last search for studies in the browser, so that a patient's number stands in no address, no history and no
 * proxy's log, and the way back from a study leads to the same list. Sent to the list of studies only.
 */
const studies = rememberedValue({
  name: '__Secure-countersign-search',
  path: '/me/studies',
  maxAgeMs: MAX_AGE_MS,
  schema: studySearch,
});

/** The same for people in the register: names stand in no address either. */
const people = rememberedValue({
  name: '__Secure-countersign-people',
  path: '/me/register',
  maxAgeMs: MAX_AGE_MS,
  schema: z.string().max(100),
});

export type StudySearchFields = z.output<typeof studySearch>;

/** Remembers a search for a quarter of an hour. */
export function rememberSearch(res: Response, search: StudySearchFields): void {
  studies.remember(res, search);
}

/** Forgets it. */
export function forgetSearch(res: Response): void {
  studies.forget(res);
}

/** Forgets every search; done at the sign-in page, so that the next person at this workstation does not see it. */
export function forgetSearches(res: Response): void {
  studies.forget(res);
  people.forget(res);
}

/** The remembered search; one that cannot be read is none. */
export function rememberedSearch(req: Pick<Request, 'headers'>): StudySearchFields {
  return studies.read(req) ?? {};
}

/** Remembers words of a name that somebody looks for in the register; none, and it is forgotten. */
export function rememberName(res: Response, name: string): void {
  if (name === '') people.forget(res);
  else people.remember(res, name);
}

/** The words of the name that were looked for last. */
export function rememberedName(req: Pick<Request, 'headers'>): string {
  return people.read(req) ?? '';
}
