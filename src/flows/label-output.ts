import { BadRequest } from '../domain/errors.ts';
import { namesOutputs } from '../domain/named-outputs.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { InferenceRequest } from './inference-case.ts';

const NO_ROOM =
  'This model gives a score, a finding or doses for the case, and a DICOM answer has no room for them. Ask with output=json, all or image.';

/**
 * A DICOM answer of MONAI Label comes without JSON: of a model that gives more than a mask it could never be let out, so it is not run for it.
 * Throws BadRequest.
 */
export function refuseBareDicom(
  { payload, protocol }: Pick<InferenceRequest, 'payload' | 'protocol'>,
  binding: EndpointBinding | undefined,
): void {
  if (payload.kind !== 'monai-infer' || payload.output !== 'dicom_seg') return;
  if (binding?.protocol === protocol && namesOutputs(binding)) throw new BadRequest(NO_ROOM);
}
