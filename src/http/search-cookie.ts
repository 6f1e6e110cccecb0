import type { Request, Response } from 'express';
import type { z } from 'zod';
import { studySearch } from './page-schemas.ts';

/**
 * Keeps the last search for studies in the browser, so that a patient's number stands in no address, no history and no
 * proxy's log, and the way back from a study leads to the same list. Sent to the list of studies only.
 */
const SEARCH_COOKIE = '__Secure-countersign-search';
const MAX_AGE_MS = 15 * 60 * 1000;
const MAX_LENGTH = 1_000;
const ATTRIBUTES = { path: '/me/studies', httpOnly: true, secure: true, sameSite: 'lax' } as const;

export type StudySearchFields = z.output<typeof studySearch>;

/** Remembers a search for a quarter of an hour. */
export function rememberSearch(res: Response, search: StudySearchFields): void {
  const value = Buffer.from(JSON.stringify(search)).toString('base64url');
  res.cookie(SEARCH_COOKIE, value, { ...ATTRIBUTES, maxAge: MAX_AGE_MS });
}

/** Forgets it; also done at the sign-in page, so that the next person at this workstation does not see it. */
export function forgetSearch(res: Response): void {
  res.clearCookie(SEARCH_COOKIE, ATTRIBUTES);
}

/** The remembered search; one that cannot be read is none. */
export function rememberedSearch(req: Pick<Request, 'headers'>): StudySearchFields {
  const pair = (req.headers.cookie ?? '')
    .split(';')
    .find((text) => text.trim().startsWith(`${SEARCH_COOKIE}=`));
  const value = pair?.trim().slice(SEARCH_COOKIE.length + 1) ?? '';
  if (value === '' || value.length > MAX_LENGTH) return {};
  const parsed = studySearch.safeParse(jsonOf(Buffer.from(value, 'base64url').toString('utf8')));
  return parsed.success ? parsed.data : {};
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A cookie is the browser's to change; what is not ours is as good as none.
    return undefined;
  }
}
