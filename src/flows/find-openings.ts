import type { StudyUid } from '../domain/identifiers.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { CaseLogReader } from './ports.ts';

/** Whose cases, and which part of them. */
interface Wanted {
  /** The practitioner, as cases name them. */
  readonly user: string;
  /** Only cases on this study. */
  readonly study?: StudyUid | undefined;
  /** Exclusive upper bound of seq. */
  readonly beforeSeq: number | undefined;
  readonly limit: number;
}

/** Entries by which cases were opened. */
interface Openings {
  /** Newest first. */
  readonly found: readonly LogEntry[];
  /** Cursor for the next page (an exclusive seq), absent on the last. */
  readonly next?: string;
}

const OPENING_KINDS = ['case.intent', 'case.refused', 'case.viewed'] as const;
/** Of one study, whoever opened them: one step finds all there are, save on a study that is worked on day and night. */
const STEP = 200;

/** A page of the entries that opened a person's cases, newest first. Throws CaseLogUnavailable. */
export async function findOpenings(
  log: Pick<CaseLogReader, 'entries'>,
  { user, study, beforeSeq, limit }: Wanted,
): Promise<Openings> {
  if (study !== undefined) return await findOnStudy(log, { user, study, beforeSeq, limit });
  const found = await log.entries({
    kinds: OPENING_KINDS,
    personal: { label: 'user', value: user },
    limit,
    ...(beforeSeq === undefined ? {} : { beforeSeq }),
  });
  return pageOf(found, found.length === limit);
}

/** The log finds one personal value at a time. A study has fewer cases than a person. */
async function findOnStudy(
  log: Pick<CaseLogReader, 'entries'>,
  { user, study, beforeSeq, limit }: Wanted & { readonly study: StudyUid },
): Promise<Openings> {
  const personal = { label: 'studyUid', value: study } as const;
  const mine: LogEntry[] = [];
  let before = beforeSeq;
  for (;;) {
    const step = await log.entries({
      kinds: OPENING_KINDS,
      personal,
      limit: STEP,
      ...(before === undefined ? {} : { beforeSeq: before }),
    });
    mine.push(...step.filter((entry) => entry.personal.user === user));
    before = step.at(-1)?.seq;
    if (mine.length > limit) return pageOf(mine.slice(0, limit), true);
    if (step.length < STEP) return pageOf(mine, false);
  }
}

function pageOf(found: readonly LogEntry[], hasMore: boolean): Openings {
  const last = found.at(-1);
  return last === undefined || !hasMore ? { found } : { found, next: String(last.seq) };
}
