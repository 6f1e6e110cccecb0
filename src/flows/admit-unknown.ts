import { collectBody } from '../domain/collect-body.ts';
import { textOf, type DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { upstreamSegments, type RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { GatewayError } from '../domain/errors.ts';
import { ALL_PASSES, isFiltered, type Admission, type AdmitDeps } from './admission.ts';
import type { Look } from './judge-stored-results.ts';
import { createLateObjects, uidsToLookUp, type LateObjects, type ObjectIdentity } from './late-objects.ts';

const MAX_PROBE_BYTES = 16 * 1024 * 1024;

/**
 * The look-up failed, or does not know the object. Where the answer itself names the class of each object, acquired
 * images pass by that, for people: whoever reads for a case gets what is known to be of its study. For one object its own metadata is
 * asked. `doubt` is absent when the look-up went well.
 */
export async function admitUnknown(
  deps: AdmitDeps,
  { caller }: Pick<Look, 'caller'>,
  { resource, doubt }: { readonly resource: RetrieveResource; readonly doubt?: GatewayError },
  signal: AbortSignal,
): Promise<Admission> {
  const late = createLateObjects(deps.resultsIndex, resource.study, deps.clock.nowMs);
  const byClass = {
    lastLook: () => late.look(),
    lookUp: (objects: readonly ObjectIdentity[]) => lookUpIn(late, objects),
    concernsAi: true,
    isWhole: () => Promise.resolve(false),
  };
  if (isFiltered(resource) && caller.kind === 'person') return { ...byClass, mayPass: late.isPlain };
  if (resource.level === 'instance' && (await isPlainByMetadata(deps, resource, { late, signal }))) {
    return { ...byClass, ...ALL_PASSES, concernsAi: false };
  }
  throw (
    doubt ??
    new GatewayError('not-found', {
      detail: 'The PACS holds nothing under this address, or it has just arrived. Try again in a moment.',
    })
  );
}

function lookUpIn(late: LateObjects, objects: readonly ObjectIdentity[]): Promise<void> | undefined {
  const uids = uidsToLookUp(objects);
  return uids.length === 0 ? undefined : late.lookUp(uids);
}

/** True when the object's own metadata say that it is an acquired image, and the one that the address names; and the index knows no better. */
async function isPlainByMetadata(
  deps: AdmitDeps,
  resource: RetrieveResource,
  { late, signal }: { readonly late: LateObjects; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    const segments = [...upstreamSegments({ ...resource, tail: [] }), 'metadata'];
    const headers = { accept: 'application/dicom+json' };
    const answer = await deps.pacs.fetch(
      { method: 'GET', segments, query: [], headers, decode: true },
      signal,
    );
    if (answer.status !== 200) {
      answer.cancel();
      return false;
    }
    const [metadata] = parseDatasets(await collectBody(answer.body, MAX_PROBE_BYTES));
    if (metadata === undefined || !isNamed(resource, metadata)) return false;
    const identity = identityOf(metadata);
    await late.lookUp(uidsToLookUp([identity]));
    return late.isPlain(identity);
  } catch {
    // What cannot be read cannot be told from an AI result: it stays locked, and the error above says so.
    return false;
  }
}

function isNamed({ study, series, instance }: RetrieveResource, metadata: DicomJsonObject): boolean {
  const uids = ['0020000D', '0020000E', '00080018'].map((tag) => textOf(metadata, tag));
  return [study, series, instance].every((uid, at) => uid !== undefined && uid === uids[at]);
}

function identityOf(metadata: DicomJsonObject): ObjectIdentity {
  const [sopInstanceUid, sopClassUid] = [textOf(metadata, '00080018'), textOf(metadata, '00080016')];
  return {
    ...(sopInstanceUid === undefined ? {} : { sopInstanceUid }),
    ...(sopClassUid === undefined ? {} : { sopClassUid }),
  };
}
