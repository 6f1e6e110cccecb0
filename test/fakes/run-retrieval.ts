import { collectBody } from '../../src/domain/collect-body.ts';
import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import type { DicomwebAnswer } from '../../src/flows/dicomweb-answer.ts';
import { retrieve, type RetrieveInput } from '../../src/flows/retrieve.ts';
import { CAPTURE, CT_ONE, CT_TWO, REPORT, type RetrievalHouse } from './retrieval-house.ts';

interface Asking {
  readonly token?: string;
  readonly headers?: RetrieveInput['headers'];
  readonly query?: RetrieveInput['query'];
}

/** Retrieves a path below the door, as Alice unless another token is given. */
export async function runRetrieval(
  house: Pick<RetrievalHouse, 'deps'>,
  path: string,
  { token = 'alice', headers = {}, query = [] }: Asking = {},
): Promise<DicomwebAnswer> {
  const { resource } = parseDicomwebTarget(`/dicom-web/${path}`);
  if (resource.kind !== 'retrieve') throw new Error(`no retrieval: ${path}`);
  const input = { evidence: { bearerToken: token }, requestId: 'r-1', resource, query, headers };
  return await retrieve(house.deps, input, new AbortController().signal);
}

/** The whole body of what a path gives, byte for character. */
export async function retrievedBody(
  house: Pick<RetrievalHouse, 'deps'>,
  path: string,
  asking: Asking = {},
): Promise<string> {
  const answer = await runRetrieval(house, path, asking);
  return Buffer.from(await collectBody(answer.body, 1e7)).toString('latin1');
}

/** Which of the study's objects a body holds, as files or as metadata. */
export function uidsIn(body: string): readonly string[] {
  return [CT_ONE, CT_TWO, REPORT, CAPTURE].filter(
    (uid) => body.includes(`${uid}\0`) || body.includes(`${uid}"`) || body.includes(`UI\u0006\0${uid}`),
  );
}
