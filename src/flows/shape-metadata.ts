import { collectBody } from '../domain/collect-body.ts';
import type { DatasetIdentity, DatasetRules } from '../domain/dicom/dataset-rules.ts';
import { isJsonType, multipartBoundary } from '../domain/dicom/dicomweb-media.ts';
import type { RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { streamJsonDatasets } from '../domain/dicom/stream-json-datasets.ts';
import { streamXmlDatasets } from '../domain/dicom/stream-xml-datasets.ts';
import { UpstreamFault } from '../domain/errors.ts';
import { beginningOf } from './beginning-of.ts';
import { betweenPieces } from './between-pieces.ts';
import { singlePiece, withoutValidators, type DicomwebAnswer } from './dicomweb-answer.ts';
import type { PacsAnswer } from './ports.ts';

const XML_TYPE = /^application\/(dicom\+)?xml\b/i;

/** What metadata are held against. */
export interface MetadataRules extends DatasetRules {
  /** Awaited before each further piece is looked at. */
  readonly readAnew?: (() => Promise<void>) | undefined;
}

/**
 * Metadata with the gateway's own addresses and without what may not pass, judged object by object at the moment each leaves; JSON
 * and XML alike. A long answer goes on as it comes. Throws UpstreamFault for a form that cannot be read; so does the body.
 */
export async function shapeMetadata(
  answer: PacsAnswer,
  resource: RetrieveResource,
  { readAnew, ...rules }: MetadataRules,
): Promise<DicomwebAnswer> {
  const { status, cancel } = answer;
  const type = answer.headers['content-type'] ?? '';
  const headers = withoutValidators(answer.headers);
  const begun = await beginningOf(answer.body);
  const body = begun.whole === undefined ? begun.body : singlePiece(begun.whole);
  const shaped = streamOf(betweenPieces(body, readAnew), type, {
    ...rules,
    mayPass: (dataset) =>
      isAsked(dataset, resource) && (resource.level === 'instance' || rules.mayPass(dataset)),
  });
  if (begun.whole === undefined) return { status, headers, body: shaped, cancel };
  const bytes = await collectBody(shaped, Number.POSITIVE_INFINITY);
  return {
    status,
    headers: { ...headers, 'content-length': String(bytes.length) },
    body: singlePiece(bytes),
    cancel,
  };
}

function streamOf(
  body: AsyncIterable<Uint8Array>,
  type: string,
  rules: DatasetRules,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (isJsonType(type)) return streamJsonDatasets(body, rules);
  const boundary = multipartBoundary(type);
  if (boundary !== undefined) return streamXmlDatasets(body, { ...rules, boundary });
  if (XML_TYPE.test(type)) return streamXmlDatasets(body, rules);
  throw new UpstreamFault('upstream-bad-answer', 'pacs', {
    detail: 'The PACS gave metadata in a form that cannot be read.',
  });
}

/** What was not asked for was not judged either: only the study's objects were, and of those only the ones in question. */
function isAsked(dataset: DatasetIdentity, { study, series, instance }: RetrieveResource): boolean {
  const pairs = [
    [dataset.studyInstanceUid, study],
    [dataset.seriesInstanceUid, series],
    [dataset.sopInstanceUid, instance],
  ] as const;
  return pairs.every(([is, asked]) => is === undefined || asked === undefined || is === asked);
}
