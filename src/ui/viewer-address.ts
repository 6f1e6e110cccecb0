import type { StudyUid } from '../domain/identifiers.ts';

/** Where the gateway serves a viewer. One place for all, so that links, sign-in and the way back know it without being told. */
export const VIEWER_ROOT = '/viewer/';

/** Pages of the viewer: words that its own router tells apart. No dot and nothing encoded, so no file and no way out. */
const PAGE = /^\/viewer(?:\/[A-Za-z0-9_-]+)*\/?$/;
/** One or several UIDs, short enough for the way through a sign-in. */
const STUDIES = /^[0-9.,]{1,200}$/;

/** Whether a path, without query, is a page of the viewer and not one of its files. */
export function isViewerPage(path: string): boolean {
  return PAGE.test(path);
}

/** The page on which the viewer shows a study of a PACS beside the main one, or of that. */
export function viewerHref(study: StudyUid, pacs = ''): string {
  return `${VIEWER_ROOT}viewer${pacs === '' ? '' : `/${pacs}`}?StudyInstanceUIDs=${study}`;
}

/**
 * A page of the viewer, as somebody comes back to it after signing in: with the studies it shows, and without whatever else its
 * address says, which may be a patient's name. Its first page where the studies do not fit; undefined for what is no page of it.
 */
export function viewerReturn(address: string): string | undefined {
  const [path = '', query] = address.split('?', 2);
  if (!isViewerPage(path)) return undefined;
  if (query === undefined) return path;
  const studies = new URLSearchParams(query).get('StudyInstanceUIDs') ?? '';
  return STUDIES.test(studies) ? `${path}?StudyInstanceUIDs=${studies}` : VIEWER_ROOT;
}
