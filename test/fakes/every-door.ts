import { collectBody } from '../../src/domain/collect-body.ts';
import { parseSearchQuery } from '../../src/domain/dicom/dicomweb-query.ts';
import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import { parseWadoUriQuery } from '../../src/domain/dicom/wado-uri-query.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { DicomwebAnswer } from '../../src/flows/dicomweb-answer.ts';
import { retrieve } from '../../src/flows/retrieve.ts';
import { search } from '../../src/flows/search.ts';
import { MARKED_STUDY, type MarkedHouse, type MarkedObject } from './marked-study.ts';

/** What came of asking: the text of the answer, or why there is none. */
export interface Told {
  readonly body: string;
  readonly caching: string | undefined;
  readonly refusal?: string;
}

/** Asks as that person, by any address below the door. */
export async function askDoor(
  house: Pick<MarkedHouse, 'deps'>,
  target: string,
  token: string,
  accept = '*/*',
): Promise<Told> {
  try {
    const answer = await ask(house, target, token, accept);
    const bytes = await collectBody(answer.body, 1e7);
    const body = answer.status < 300 ? Buffer.from(bytes).toString('latin1') : '';
    return { body, caching: answer.headers['cache-control'] };
  } catch (error: unknown) {
    if (!(error instanceof GatewayError)) throw error;
    return { body: '', caching: undefined, refusal: error.code };
  }
}

async function ask(
  { deps }: Pick<MarkedHouse, 'deps'>,
  target: string,
  token: string,
  accept: string,
): Promise<DicomwebAnswer> {
  const { resource, query } = parseDicomwebTarget(`/dicom-web/${target}`);
  const { signal } = new AbortController();
  const base = { evidence: { bearerToken: token }, requestId: 'r-1' };
  if (resource.kind === 'search')
    return await search(
      deps,
      { ...base, resource, query: parseSearchQuery(query), accept: undefined },
      signal,
    );
  const headers = { accept };
  if (resource.kind === 'retrieve')
    return await retrieve(deps, { ...base, resource, query: [], headers }, signal);
  const wadoUri = parseWadoUriQuery(query);
  return await retrieve(deps, { ...base, resource: wadoUri.resource, query: [], headers, wadoUri }, signal);
}

/** The same object by WADO-URI. */
export function wadoUriOf({ series, uid }: MarkedObject, contentType: string): string {
  const object = `studyUID=${MARKED_STUDY}&seriesUID=${series}&objectUID=${uid}`;
  return `wado?requestType=WADO&${object}&contentType=${contentType}`;
}

/** A PACS that answers with one file whatever is asked for. */
export function withArchives(house: MarkedHouse): MarkedHouse {
  const pacs: MarkedHouse['deps']['pacs'] = {
    ...house.deps.pacs,
    fetch: async (request, signal) => {
      const answer = await house.deps.pacs.fetch(request, signal);
      return { ...answer, headers: { 'content-type': 'application/zip' } };
    },
  };
  return { ...house, deps: { ...house.deps, pacs } };
}
