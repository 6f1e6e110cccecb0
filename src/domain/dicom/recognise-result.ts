import type { AiMark, Maker } from './ai-result-marks.ts';
import { textOf, type DicomJsonObject } from './dicom-json.ts';
import type { ModelVersion, RecognitionRule } from '../register.ts';

/** What an object that bears no mark of AI says of where it comes from. */
export interface ResultLook {
  readonly station?: string;
  readonly maker?: string;
  readonly description?: string;
}

/** Asks which of the register's versions make objects that look like this; none where it knows none. */
export type RecogniseResult = (look: ResultLook) => readonly Maker[];

const STATION_NAME = '00081010';
const MANUFACTURER = '00080070';
const SERIES_DESCRIPTION = '0008103E';

/**
 * The mark of an object that bears none of its own, by the rules of the register; undefined where no rule knows it. An object that
 * the rules of several versions fit counts as made by each of them, so it is unlocked only where all of them are.
 */
export function markByRules(metadata: DicomJsonObject, recognise: RecogniseResult): AiMark | undefined {
  const [station, maker, description] = [STATION_NAME, MANUFACTURER, SERIES_DESCRIPTION].map((tag) =>
    textOf(metadata, tag),
  );
  const makers = recognise({
    ...(station === undefined ? {} : { station }),
    ...(maker === undefined ? {} : { maker }),
    ...(description === undefined ? {} : { description }),
  });
  return makers.length === 0 ? undefined : { grade: 'probable', makers };
}

/** The versions whose rules fit, as makers of the object. */
export function makersByRules(versions: readonly ModelVersion[], look: ResultLook): readonly Maker[] {
  return versions
    .filter(({ recognition = [] }) => recognisedBy(recognition, look))
    .map(({ model, version }) => ({ name: model, version }));
}

/**
 * Whether one of the rules fits: all that it gives must match. Station and maker must be the same but for letter case and space
 * at the ends; of a description all words must occur, in any order. A rule that gives nothing fits nothing.
 * @internal
 */
export function recognisedBy(rules: readonly RecognitionRule[], look: ResultLook): boolean {
  return rules.some(({ station, maker, description }) => {
    const given = [station, maker, description].some((one) => one !== undefined);
    return (
      given &&
      (station === undefined || plain(station) === plain(look.station)) &&
      (maker === undefined || plain(maker) === plain(look.maker)) &&
      (description === undefined || hasWords(look.description, description))
    );
  });
}

function plain(text: string | undefined): string | undefined {
  return text?.trim().toLowerCase();
}

function hasWords(text: string | undefined, wanted: string): boolean {
  const words = new Set(wordsOf(text ?? ''));
  const asked = wordsOf(wanted);
  return asked.length > 0 && asked.every((word) => words.has(word));
}

/** Vendors write `LungAI_overlay v2.1`: whatever is neither letter nor digit parts words. */
function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
