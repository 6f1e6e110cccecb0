import { collectBody } from '../domain/collect-body.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { UpstreamFault } from '../domain/errors.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import type { PacsClient } from '../flows/ports.ts';

/** A question of the gateway's own to the PACS. */
export interface PacsQuestion {
  readonly segments: readonly string[];
  readonly query?: readonly (readonly [string, string])[];
  readonly maxBytes: number;
}

/**
 * Asks the PACS for datasets (search results or metadata) in DICOM JSON. Nothing found, by whatever status, is an empty
 * list. Throws UpstreamFault when the PACS is away, refuses, or answers anything else.
 */
export async function askPacs(
  pacs: Pick<PacsClient, 'fetch'>,
  question: PacsQuestion,
  signal: AbortSignal,
): Promise<readonly DicomJsonObject[]> {
  const { segments, query = [], maxBytes } = question;
  const headers = { accept: 'application/dicom+json' };
  const answer = await pacs.fetch({ method: 'GET', segments, query, headers, decode: true }, signal);
  if (answer.status === 204 || answer.status === 404) {
    answer.cancel();
    return [];
  }
  if (answer.status !== 200) {
    answer.cancel();
    throw new UpstreamFault('upstream-bad-answer', 'pacs', {
      detail: `The PACS refused a look-up with status ${answer.status}.`,
    });
  }
  try {
    return parseDatasets(await collectBody(answer.body, maxBytes));
  } finally {
    answer.cancel();
  }
}
