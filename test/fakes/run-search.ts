import { collectBody } from '../../src/domain/collect-body.ts';
import { parseSearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import type { DicomwebAnswer } from '../../src/flows/dicomweb-answer.ts';
import { search } from '../../src/flows/search.ts';
import type { RetrievalHouse } from './retrieval-house.ts';

interface Asking {
  readonly token?: string;
  readonly query?: string;
  readonly accept?: string;
  readonly requestId?: string;
}

/** Searches a path below the door, as Alice unless another token is given. */
export async function runSearch(
  house: Pick<RetrievalHouse, 'deps'>,
  path: string,
  { token = 'alice', query = '', accept, requestId = 'r-1' }: Asking = {},
): Promise<DicomwebAnswer> {
  const { resource } = parseDicomwebTarget(`/dicom-web/${path}`);
  if (resource.kind !== 'search') throw new Error(`no search: ${path}`);
  const input = {
    evidence: { bearerToken: token },
    requestId,
    resource,
    query: parseSearchQuery(query),
    accept,
  };
  return await search(house.deps, input, new AbortController().signal);
}

/** The whole body of an answer, as text. */
export async function textOfBody({ body }: Pick<DicomwebAnswer, 'body'>): Promise<string> {
  return Buffer.from(await collectBody(body, Number.POSITIVE_INFINITY)).toString();
}
