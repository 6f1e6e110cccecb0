import { outputsIn, type AnswerOutput } from './answer-outputs.ts';
import { textOf } from './dicom-json.ts';
import type { SeriesImages } from './source-images.ts';

/**
 * The series of a study that a result can be about: where the call named one, that; where a text among the outputs of the answer is the UID of
 * one, that. None where these name nothing that is there, or different ones; all where nobody named any.
 */
export function meantSeries(
  series: readonly SeriesImages[],
  { called, body }: { readonly called?: string; readonly body: Readonly<Record<string, unknown>> },
): readonly SeriesImages[] {
  const texts = new Set(
    outputsIn(body)
      .filter(isText)
      .flatMap(({ data }) => data.flat(Infinity)),
  );
  const isAnswered = series.some((images) => texts.has(uidOf(images)));
  return series.filter((images) => {
    const uid = uidOf(images);
    return (called === undefined || uid === called) && (!isAnswered || texts.has(uid));
  });
}

function isText({ datatype }: AnswerOutput): boolean {
  return datatype === 'BYTES';
}

function uidOf([first]: SeriesImages): string | undefined {
  return textOf(first, '0020000E');
}
