import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { PassingRows } from '../domain/dicom/passing-rows.ts';
import type { StudyUid } from '../domain/identifiers.ts';

/** An image's own metadata, as far as they say what its study is. */
export interface PassingImage {
  readonly sopInstanceUid: string;
  readonly dataset: DicomJsonObject;
}

/** Whoever may learn from answers that others asked for. */
export interface PassingAnswers {
  /**
   * Looks at a search that passed by, and keeps what is as good as an answer to a question of the gateway's own. `askedAt`: when the PACS
   * was asked, ms on the monotonic clock. Never throws.
   */
  readonly learn: (passing: PassingRows, askedAt: number) => void;
  /** Keeps the metadata of an image, of which the one that comes first in its study may be asked for. Never throws. */
  readonly learnImage: (study: StudyUid, image: PassingImage, askedAt: number) => void;
}
