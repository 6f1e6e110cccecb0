import { collectBody } from '../domain/collect-body.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { rewriteDicomUrls, type UrlMapping } from '../domain/dicom/rewrite-dicom-urls.ts';
import {
  namesObjects,
  parseStoreAnswer,
  takenDataset,
  type PassedObject,
  type RefusedObject,
} from '../domain/dicom/store-answer.ts';
import { GatewayError, UpstreamFault } from '../domain/errors.ts';
import { checkStatus } from './dicomweb-answer.ts';
import { PacsRefused } from './pacs-refused.ts';
import type { PacsAnswer } from './ports.ts';

/** What a PACS said of what it was sent. */
export interface ToldByPacs {
  readonly dataset: DicomJsonObject;
  /** What it may not have kept, where it does not say so in a form that can be read. */
  readonly inDoubt: readonly RefusedObject[];
  readonly warning?: string;
  readonly unmapped: number;
}

/** Every object is listed with two UIDs and an address. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** What a PACS says of a whole request (PS3.18 §10.5.3.1). Its 401 and 407 are about the gateway's own login. */
const OF_THE_PACS: readonly number[] = [400, 403, 404, 406, 415];

/**
 * Reads what a PACS answers to a store (PS3.18 §10.5.3), with the gateway's own addresses. Throws UpstreamFault for what is no such
 * answer, PacsRefused where it refuses all of it, GatewayError('payload-too-large') and GatewayError('overloaded') where it says so.
 */
export async function readStoreAnswer(
  answer: PacsAnswer,
  passed: readonly PassedObject[],
  mapping: UrlMapping,
): Promise<ToldByPacs> {
  checkStatus(answer);
  const { status } = answer;
  if (status >= 400 && status !== 409) {
    answer.cancel();
    throw refusalOf(answer);
  }
  const bytes = await collectBody(answer.body, MAX_ANSWER_BYTES);
  const { warning } = answer.headers;
  const said = parseStoreAnswer(bytes);
  return { ...toldOf(status, said, passed, mapping), ...(warning === undefined ? {} : { warning }) };
}

function toldOf(
  status: number,
  said: DicomJsonObject | undefined,
  passed: readonly PassedObject[],
  mapping: UrlMapping,
): Omit<ToldByPacs, 'warning'> {
  const inDoubt = passed.map((object): RefusedObject => ({
    ...uidsOf(object),
    failure: 'processing-failure',
  }));
  if (said !== undefined && namesObjects(said)) return { ...rewritten(said, mapping), inDoubt: [] };
  if (status === 202 || status === 409) return { dataset: {}, inDoubt, unmapped: 0 };
  return { dataset: takenDataset(passed, (object) => addressOf(object, mapping)), inDoubt: [], unmapped: 0 };
}

function uidsOf({ sopClassUid, sopInstanceUid }: PassedObject): Omit<RefusedObject, 'failure'> {
  return { sopClassUid, sopInstanceUid };
}

function addressOf(object: PassedObject, { publicBaseUrl }: UrlMapping): string {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = object;
  return `${publicBaseUrl}/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
}

function rewritten(
  dataset: DicomJsonObject,
  mapping: UrlMapping,
): { readonly dataset: DicomJsonObject; readonly unmapped: number } {
  try {
    const { value, unmapped } = rewriteDicomUrls(dataset, mapping);
    return { dataset: parseRewritten(value), unmapped };
  } catch (cause: unknown) {
    const detail = 'The PACS gave an answer that is nested too deeply to be read.';
    throw new UpstreamFault('upstream-bad-answer', 'pacs', { detail, cause });
  }
}

/** Rewriting changes texts only, never the shape. */
function parseRewritten(value: unknown): DicomJsonObject {
  return value as DicomJsonObject;
}

function refusalOf({ status, headers }: PacsAnswer): GatewayError {
  if (OF_THE_PACS.includes(status)) return new PacsRefused(status, headers);
  if (status === 413) {
    const detail = 'The PACS takes no request as large as this. Send fewer objects at once.';
    return new GatewayError('payload-too-large', { detail });
  }
  if (status === 503 || status === 429) {
    return new GatewayError('overloaded', { detail: 'The PACS takes no objects at the moment. Try again.' });
  }
  const detail = `The PACS refused to store with status ${String(status)}.`;
  return new UpstreamFault('upstream-bad-answer', 'pacs', { detail });
}
