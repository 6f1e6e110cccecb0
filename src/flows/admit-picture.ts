import type { RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import type { AdmitDeps, Admission } from './admission.ts';
import { admitRetrieval } from './admit-retrieval.ts';
import type { Look } from './judge-stored-results.ts';

/**
 * Admits a retrieval, and the presentation state that its picture is drawn by: marks that AI made are seen in the picture.
 * Both are judged, and both looked at last. Throws what admitRetrieval throws, for either.
 */
export async function admitPicture(
  deps: AdmitDeps,
  look: Look,
  asked: { readonly resource: RetrieveResource; readonly presentation: RetrieveResource | undefined },
  signal: AbortSignal,
): Promise<Admission> {
  const image = await admitRetrieval(deps, look, asked.resource, signal);
  if (asked.presentation === undefined) return image;
  const marks = await admitRetrieval(deps, look, asked.presentation, signal);
  return {
    mayPass: image.mayPass,
    lookUp: image.lookUp,
    lastLook: async () => {
      await image.lastLook();
      await marks.lastLook();
    },
    concernsAi: image.concernsAi || marks.concernsAi,
    isWhole: async () => (await image.isWhole()) && (await marks.isWhole()),
  };
}
