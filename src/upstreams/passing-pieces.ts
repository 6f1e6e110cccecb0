import type { StudyObject } from '../domain/dicom/ai-result.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { piecesOf } from '../domain/dicom/passing-rows.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { PassingAnswers, PassingImage } from '../flows/ports-passing.ts';
import type { StudyMemory } from '../flows/ports-store.ts';
import type { CacheLimits } from './cached-lookup.ts';

/** Something a PACS said of a study, and when it was asked (ms, monotonic). */
export interface Piece<T> {
  readonly value: T;
  readonly askedAt: number;
}

/** What is known of a study without asking; each piece is all that the PACS would say to one question. */
export interface KnownPieces {
  readonly study?: Piece<DicomJsonObject>;
  readonly series?: Piece<readonly DicomJsonObject[]>;
  readonly objects?: Piece<ReadonlyMap<string, StudyObject>>;
  /** Of those that passed, the image whose UID comes first. */
  readonly image?: Piece<PassingImage>;
}

/** A memory of what passed by of the studies of one PACS. */
export interface PassingPieces extends PassingAnswers, StudyMemory {
  /** Keeps the list of all objects of a study, as listStudyObjects gave it. */
  readonly learnObjects: (study: StudyUid, objects: Piece<ReadonlyMap<string, StudyObject>>) => void;
  /** What is young enough. */
  readonly of: (study: StudyUid) => KnownPieces;
}

/**
 * An empty memory, bounded in studies; those learnt of longest ago leave first. An older piece never takes the place of a newer one,
 * and what was asked before a study was forgotten teaches nothing of it afterwards.
 */
export function createPassingPieces(limits: CacheLimits): PassingPieces {
  const known = new Map<StudyUid, KnownPieces>();
  const isTooEarly = createForgetting(known, limits);
  const add = <K extends keyof KnownPieces>(study: StudyUid, kind: K, piece: KnownPieces[K]): void => {
    const kept = known.get(study) ?? {};
    if (piece === undefined || isTooEarly.check(study, piece.askedAt)) return;
    if ((kept[kind]?.askedAt ?? -Infinity) >= piece.askedAt) return;
    known.delete(study);
    known.set(study, { ...kept, [kind]: piece });
    dropOldest(known, limits.maxEntries);
  };
  return {
    learn: (passing, askedAt) => {
      const { studies, series } = piecesOf(passing);
      for (const [study, value] of studies) add(study, 'study', { value, askedAt });
      if (series !== undefined) add(series.study, 'series', { value: series.rows, askedAt });
    },
    learnImage: (study, value, askedAt) => {
      const kept = young(known.get(study) ?? {}, limits).image?.value.sopInstanceUid;
      if (kept === undefined || value.sopInstanceUid.localeCompare(kept) <= 0)
        add(study, 'image', { value, askedAt });
    },
    learnObjects: (study, objects) => add(study, 'objects', objects),
    of: (study) => young(known.get(study) ?? {}, limits),
    forget: isTooEarly.forget,
  };
}

/** Remembers what was forgotten when; where that is too much to remember, everything counts as forgotten up to then. */
function createForgetting(
  known: Map<StudyUid, KnownPieces>,
  { nowMs, maxEntries }: CacheLimits,
): {
  readonly check: (study: StudyUid, askedAt: number) => boolean;
  readonly forget: (study: StudyUid) => void;
} {
  const forgotten = new Map<StudyUid, number>();
  let all = -Infinity;
  return {
    check: (study, askedAt) => askedAt <= Math.max(all, forgotten.get(study) ?? -Infinity),
    forget: (study) => {
      known.delete(study);
      forgotten.delete(study);
      forgotten.set(study, nowMs());
      for (const [oldest, at] of forgotten) {
        if (forgotten.size <= maxEntries) return;
        forgotten.delete(oldest);
        all = at;
      }
    },
  };
}

function dropOldest(known: Map<StudyUid, KnownPieces>, maxEntries: number): void {
  for (const oldest of known.keys()) {
    if (known.size <= maxEntries) return;
    known.delete(oldest);
  }
}

function young(known: KnownPieces, { nowMs, cacheTtlMs }: CacheLimits): KnownPieces {
  const now = nowMs();
  const pieces: readonly (readonly [string, Piece<unknown>])[] = Object.entries(known);
  return Object.fromEntries(
    pieces.filter(([, { askedAt }]) => now - askedAt >= 0 && now - askedAt < cacheTtlMs),
  );
}
