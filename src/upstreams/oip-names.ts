import { z } from 'zod';
import type { EndpointBinding } from '../domain/register.ts';
import type { Attested, InferenceFailure } from '../flows/ports-inference.ts';

/** A name or version stands in the case log: printable ASCII, and not a page of it. */
const ATTESTED = z.string().regex(/^[\x20-\x7e]{1,128}$/);

/** What every answer of the protocol says of itself. */
export const oipNames = {
  model_name: ATTESTED,
  // Some servers without versions write null or nothing between the quotes.
  model_version: z
    .union([ATTESTED, z.literal('')])
    .nullish()
    .transform((version) => (version === '' ? undefined : (version ?? undefined))),
  id: z.string().nullish(),
};

interface Said {
  readonly model_name: string;
  readonly model_version?: string | undefined;
  readonly id?: string | null | undefined;
}

/**
 * What an answer attests, or why it cannot count: it answers another call than `caseId`, whose id was sent, or leaves out the version where
 * the reply is to prove it. Attesting by metadata or checksum is asked of the endpoint elsewhere.
 */
export function attestedNames(
  said: Said,
  { binding, caseId }: { readonly binding: EndpointBinding; readonly caseId: string },
): Attested | 'bad-answer' | 'attestation-missing' {
  if ((said.id ?? caseId) !== caseId) return 'bad-answer';
  const { model_name: attestedModel, model_version: attestedVersion } = said;
  if (attestedVersion !== undefined) return { attestedModel, attestedVersion };
  return binding.attestation === 'reply' ? 'attestation-missing' : { attestedModel };
}

/** An answer that cannot count, and names another model or version than was called. */
export interface AnothersAnswer extends Attested {
  readonly kind: 'failed';
  readonly failure: 'attestation-mismatch';
}

interface Named {
  readonly attestedModel?: string | undefined;
  readonly attestedVersion?: string | undefined;
}

/** Names of an answer that is not otherwise as it should be; a number is a version, too. */
const looseNames = z.object({
  model_name: ATTESTED.optional().catch(undefined),
  model_version: z
    .union([ATTESTED, z.number().transform(String)])
    .optional()
    .catch(undefined),
});

/** Whatever else is wrong with an answer: where it names another model or version, that is what counts, for the endpoint is to be locked. */
export function failedOf(
  failure: InferenceFailure,
  value: unknown,
  binding: EndpointBinding,
): AnothersAnswer | InferenceFailure {
  const { model_name: model, model_version: version } = looseNames.safeParse(value).data ?? {};
  return failedAs(failure, { attestedModel: model, attestedVersion: version }, binding);
}

/** The same where the names were read already; nothing but them is kept. */
export function failedAs(
  failure: InferenceFailure,
  { attestedModel, attestedVersion }: Named,
  binding: EndpointBinding,
): AnothersAnswer | InferenceFailure {
  if (!isAnothers({ attestedModel, attestedVersion }, binding)) return failure;
  return {
    ...{ kind: 'failed', failure: 'attestation-mismatch' },
    ...(attestedModel === undefined ? {} : { attestedModel }),
    ...(attestedVersion === undefined ? {} : { attestedVersion }),
  };
}

/** The same as the end of a stream. */
export function endOf(failed: AnothersAnswer | InferenceFailure): Attested & {
  readonly failure: InferenceFailure;
} {
  if (typeof failed === 'string') return { failure: failed };
  const { kind: _kind, ...said } = failed;
  return said;
}

/** Whether what an answer says of itself is not what was called. */
export function isAnothers(
  { attestedModel, attestedVersion }: Named,
  { endpointModel, endpointVersion }: EndpointBinding,
): boolean {
  return (
    (attestedModel ?? endpointModel) !== endpointModel ||
    (attestedVersion ?? endpointVersion) !== endpointVersion
  );
}
