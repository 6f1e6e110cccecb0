import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { PacsClient, PacsRequest } from '../../src/flows/ports.ts';
import { text } from './dicom-objects.ts';

/** Attributes by tag; an empty text is one that comes without a value. */
type Attributes = Readonly<Record<string, string>>;

export interface HeldSeries {
  readonly uid: string;
  readonly attributes: Attributes;
  /** SOP class of each of its objects. */
  readonly objects: readonly string[];
}

export interface HeldStudy {
  readonly uid: string;
  readonly attributes: Attributes;
  readonly series: readonly HeldSeries[];
}

export interface SearchablePacs extends PacsClient {
  readonly asked: readonly PacsRequest[];
}

/**
 * A PACS in memory that searches as PS3.18 wants it: rows hold what is returned unasked, and what was asked for by tag or
 * by `all` (where it knows that word). Matches by UID only; pages by limit and offset.
 */
export function createSearchablePacs(
  studies: readonly HeldStudy[],
  manner: { readonly unasked: readonly string[]; readonly knowsAll: boolean },
): SearchablePacs {
  const asked: PacsRequest[] = [];
  return {
    asked,
    ownBaseUrls: ['http://pacs'],
    fetch: async (request) => {
      asked.push(request);
      const wanted = included(request);
      const isGiven = (tag: string): boolean =>
        manner.unasked.includes(tag) || wanted.includes(tag) || (manner.knowsAll && wanted.includes('all'));
      const rows = rowsFor(studies, request, isGiven);
      const number = (name: string, usual: number): number =>
        Number(request.query.find(([key]) => key === name)?.[1] ?? usual);
      const offset = number('offset', 0);
      const page = rows.slice(offset, offset + number('limit', rows.length));
      return {
        status: 200,
        headers: { 'content-type': 'application/dicom+json' },
        body: (async function* () {
          yield Buffer.from(JSON.stringify(page));
        })(),
        cancel: () => undefined,
      };
    },
  };
}

function included(request: PacsRequest): readonly string[] {
  return request.query.flatMap(([name, value]) => (name === 'includefield' ? value.split(',') : []));
}

function rowsFor(
  studies: readonly HeldStudy[],
  { segments, query }: PacsRequest,
  isGiven: (tag: string) => boolean,
): readonly DicomJsonObject[] {
  const uid = segments[1] ?? query.find(([name]) => name === '0020000D')?.[1];
  const found = studies.filter((study) => uid === undefined || study.uid === uid);
  const level = segments.at(-1);
  if (level === 'studies')
    return found.map((study) => ({ '0020000D': text('UI', study.uid), ...given(study.attributes, isGiven) }));
  const series = found.flatMap((study) => study.series.map((one) => ({ study, one })));
  if (level === 'series')
    return series.map(({ one }) => ({ '0020000E': text('UI', one.uid), ...given(one.attributes, isGiven) }));
  const every = level === 'metadata';
  return series
    .flatMap(({ study, one }) => one.objects.map((_class, at) => objectRow(study, one, at, every)))
    .filter((row) => !every || isBelow(row, segments));
}

/** Of `studies/…[/series/…[/instances/…]]/metadata` the series and the object, where they are named. */
function isBelow(row: DicomJsonObject, segments: readonly string[]): boolean {
  const named = [
    ['0020000E', segments[2] === 'series' ? segments[3] : undefined],
    ['00080018', segments[5]],
  ] as const;
  return named.every(([tag, uid]) => uid === undefined || row[tag]?.Value?.[0] === uid);
}

function objectRow(study: HeldStudy, series: HeldSeries, at: number, every: boolean): DicomJsonObject {
  return {
    ...(every ? given({ ...study.attributes, ...series.attributes }, () => true) : {}),
    '00080016': text('UI', series.objects[at]),
    '00080018': text('UI', `${series.uid}.${String(at)}`),
    '0020000E': text('UI', series.uid),
  };
}

function given(attributes: Attributes, isGiven: (tag: string) => boolean): DicomJsonObject {
  const pairs = Object.entries(attributes).filter(([tag]) => isGiven(tag));
  return Object.fromEntries(
    pairs.map(([tag, value]) => [tag, value === '' ? { vr: 'LO' } : text('LO', value)]),
  );
}
