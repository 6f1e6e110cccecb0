import { collectBody } from '../domain/collect-body.ts';
import type { DatasetIdentity, DatasetRules } from '../domain/dicom/dataset-rules.ts';
import { multipartBoundary } from '../domain/dicom/dicomweb-media.ts';
import type { RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { streamJsonDatasets } from '../domain/dicom/stream-json-datasets.ts';
import { streamXmlDatasets } from '../domain/dicom/stream-xml-datasets.ts';
import { UpstreamFault } from '../domain/errors.ts';
import { singlePiece, withoutValidators, type DicomwebAnswer } from './dicomweb-answer.ts';
import type { PacsAnswer } from './ports.ts';

/** An answer up to this size is read before it is judged, so that its length can be told and its faults answered as such. */
const SHORT_BYTES = 64 * 1024;
const JSON_TYPE = /^application\/(dicom\+)?json\b/i;
const XML_TYPE = /^application\/(dicom\+)?xml\b/i;

/**
 * Metadata with the gateway's own addresses and without what may not pass, judged object by object at the moment each leaves; JSON
 * and XML alike. A long answer goes on as it comes. Throws UpstreamFault for a form that cannot be read; so does the body.
 */
export async function shapeMetadata(
  answer: PacsAnswer,
  resource: RetrieveResource,
  rules: DatasetRules,
): Promise<DicomwebAnswer> {
  const { status, cancel } = answer;
  const type = answer.headers['content-type'] ?? '';
  const headers = withoutValidators(answer.headers);
  const { body, isWhole } = await beginningOf(answer.body);
  const shaped = streamOf(body, type, {
    ...rules,
    mayPass: (dataset) =>
      isAsked(dataset, resource) && (resource.level === 'instance' || rules.mayPass(dataset)),
  });
  if (!isWhole) return { status, headers, body: shaped, cancel };
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
  if (JSON_TYPE.test(type)) return streamJsonDatasets(body, rules);
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

/** A body that was begun to be read, to be read from its start. */
interface BegunBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** Nothing more is to come. */
  readonly isWhole: boolean;
}

async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<BegunBody> {
  const rest = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= SHORT_BYTES) {
    const next = await rest.next();
    if (next.done === true) return { body: singlePiece(Buffer.concat(pieces)), isWhole: true };
    pieces.push(next.value);
    length += next.value.length;
  }
  return { body: continued(pieces, rest), isWhole: false };
}

async function* continued(
  pieces: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    // A reader that leaves among the pieces leaves the rest too.
    await rest.return?.();
  }
}
