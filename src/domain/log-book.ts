import { parseAssessment, type Assessment } from './assessment.ts';
import { holderOf, requirementsOf } from './credential-status.ts';
import { haveTowards, isGood } from './evidence-count.ts';
import type { EvidenceType } from './evidence-types.ts';
import type { SupervisedCase } from './log-book-cases.ts';
import type { Evidence, Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** A supervised case with its place, and who signed it off. */
export interface LogBookLine extends SupervisedCase {
  /** Among all supervised cases of this person, from 1. */
  readonly ordinal: number;
  readonly signedOff?: {
    readonly by: string;
    readonly at: Instant;
    readonly assessment?: Assessment;
    /** In the supervisor's own words. */
    readonly feedback?: string;
  };
}

/** What a scheme asks a log-book for, and how far it is. */
export interface LogBookTarget {
  readonly scheme: string;
  /** What the scheme is called. */
  readonly title: string;
  /** What it asks for. */
  readonly asks: string;
  readonly wanted: number;
  readonly have: number;
  readonly left: number;
}

/** A stretch of places, both included; `count` 0 where there is none. */
export interface LogBookRun {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** Somebody's log-book, as the case log and the register tell it. */
export interface LogBook {
  readonly practitioner: Practitioner;
  /** In the order of opening. */
  readonly lines: readonly LogBookLine[];
  /** The longest unbroken run of cases that are signed off; of two the later. */
  readonly run: LogBookRun;
  readonly signedOff: number;
  readonly targets: readonly LogBookTarget[];
  /** mini-CEX and DOPS on record, oldest first. */
  readonly assessments: readonly Evidence[];
}

const CASE: EvidenceType = 'log-book-case';
const ASSESSMENTS: readonly EvidenceType[] = ['mini-cex', 'dops'];

/**
 * A person's log-book: their supervised cases in order, which are signed off, and what is left of the run that their schemes ask for.
 * A case counts as signed off by the evidence that names it.
 */
export function foldLogBook(
  given: {
    readonly practitioner: Practitioner;
    readonly cases: readonly SupervisedCase[];
    readonly register: RegisterSnapshot;
  },
  now: Instant,
): LogBook {
  const { practitioner, cases, register } = given;
  const evidence = register.evidenceOf(practitioner.id).filter((piece) => isGood(piece, now));
  const signed = new Map(
    evidence.flatMap((piece) =>
      piece.type === CASE && piece.caseId !== undefined ? [[piece.caseId, piece]] : [],
    ),
  );
  const lines = cases.map((one, place) => ({
    ...one,
    ordinal: place + 1,
    ...signOff(signed.get(one.caseId)),
  }));
  return {
    practitioner,
    lines,
    run: longestRun(lines),
    signedOff: lines.filter(({ signedOff }) => signedOff !== undefined).length,
    targets: targetsOf(register, practitioner, now),
    assessments: evidence
      .filter(({ type }) => ASSESSMENTS.includes(type))
      .toSorted((a, b) => a.happenedAt - b.happenedAt),
  };
}

function signOff(piece: Evidence | undefined): Pick<LogBookLine, 'signedOff'> {
  if (piece === undefined) return {};
  const { attestedBy: by, recordedAt, happenedAt, ratings: text = '', note } = piece;
  const assessment = parseAssessment(text);
  return {
    signedOff: {
      by,
      at: recordedAt ?? happenedAt,
      ...(assessment === undefined ? {} : { assessment }),
      ...(note === undefined ? {} : { feedback: note }),
    },
  };
}

function longestRun(lines: readonly LogBookLine[]): LogBookRun {
  let [best, begun]: [LogBookRun, number] = [{ first: 0, last: 0, count: 0 }, 0];
  for (const { ordinal, signedOff } of lines) {
    if (signedOff === undefined) begun = ordinal;
    const count = ordinal - begun;
    if (count > 0 && count >= best.count) best = { first: begun + 1, last: ordinal, count };
  }
  return best;
}

/** What is there is counted as the credential counts it, so that the two never say different things. */
function targetsOf(
  { policy, evidenceOf }: RegisterSnapshot,
  practitioner: Practitioner,
  now: Instant,
): readonly LogBookTarget[] {
  const holder = holderOf(practitioner, evidenceOf(practitioner.id), now);
  return policy.schemes
    .filter(({ professions }) => professions.includes(practitioner.profession))
    .flatMap((scheme) =>
      requirementsOf(scheme)
        .filter(({ requirement }) => requirement.evidence.includes(CASE))
        .map(({ requirement }) => {
          const { title: asks, minCount: wanted } = requirement;
          const have = haveTowards(requirement, { ...holder, schemeId: scheme.id }).count;
          return {
            scheme: scheme.id,
            title: scheme.title,
            asks,
            wanted,
            have,
            left: Math.max(0, wanted - have),
          };
        }),
    );
}
