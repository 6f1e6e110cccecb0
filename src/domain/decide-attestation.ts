import { saysVersion, wantedChecksum, type Attested } from './attested.ts';
import { NO_FINDINGS, together, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import { isToBeSigned } from './name-only-signature.ts';
import type { EndpointBinding, ModelVersion } from './register.ts';
import type { Attestation } from './words.ts';

/**
 * Whether the endpoint may be believed: one that proves nothing but its name only where that was signed for, and at release that exactly
 * this model and version answered, in its own spelling. Whatever it says must be right, and it must say what its kind of attestation is.
 */
export function judgeAttestation(matter: Matter): readonly Finding[] {
  return together(judgeNameOnly(matter), judgeAnswer(matter));
}

/** Signed for at one address: where the endpoint has moved it is another's word. */
function judgeNameOnly(matter: Matter): readonly Finding[] {
  const { binding } = matter;
  if (binding === undefined || !isToBeSigned(binding)) return NO_FINDINGS;
  return [{ code: 'name-only-unsigned', facts: namesOf(matter) }];
}

function judgeAnswer(matter: Matter): readonly Finding[] {
  const { binding, modelVersion } = matter;
  const { attested } = matter.question;
  if (attested === undefined || binding === undefined || modelVersion === undefined) return NO_FINDINGS;
  const wrong = whatIsWrong(attested, binding, modelVersion);
  if (wrong !== undefined) {
    return [{ code: 'attestation-mismatch', facts: { ...namesOf(matter), detail: wrong } }];
  }
  if (PROOFS[binding.attestation](attested, binding)) return NO_FINDINGS;
  return [{ code: 'attestation-missing', facts: namesOf(matter) }];
}

/** What of it contradicts the register, in words; undefined for nothing. Silence is not wrong, it is missing. */
export function whatIsWrong(
  attested: Attested,
  binding: EndpointBinding,
  known: Pick<ModelVersion, 'digest'>,
): string | undefined {
  return (
    wrongName(attested, binding) ??
    wrongName(attested.metadata, binding) ??
    wrongWeights(attested, binding, known)
  );
}

/** A foreign text, so it is kept short. */
function wrongName(
  said: Pick<Attested, 'model' | 'version'> = {},
  { endpointModel, endpointVersion }: EndpointBinding,
): string | undefined {
  const { model = endpointModel, version = endpointVersion } = said;
  if (version !== endpointVersion) return `it names version ${version.slice(0, 64)}`;
  return model === endpointModel ? undefined : 'it names another model';
}

/** A checksum is asked for only where it is what proves the version. */
function wrongWeights(
  { checksum, after }: Attested,
  binding: EndpointBinding,
  known: Pick<ModelVersion, 'digest'>,
): string | undefined {
  if (binding.attestation !== 'checksum') return undefined;
  const wanted = wantedChecksum(binding, known);
  if ((checksum ?? wanted) !== wanted) return 'its weights were others before the call';
  return (after ?? wanted) === wanted ? undefined : 'its weights are others after the call';
}

/** What must have been said for each kind of attestation; that none of it is wrong is known by then. */
const PROOFS: Readonly<Record<Attestation, (attested: Attested, binding: EndpointBinding) => boolean>> = {
  reply: ({ model, version }, binding) =>
    model !== undefined &&
    (version !== undefined || (binding.protocol === 'openai-chat' && saysVersion(binding))),
  metadata: ({ metadata }) => metadata?.model !== undefined && metadata.version !== undefined,
  checksum: ({ checksum, after }) => checksum !== undefined && after !== undefined,
  // Servers of the chat API may leave their name out; the other dialects' replies, or what is asked beside them, have it always.
  'name-only': ({ model, metadata }, { protocol }) =>
    protocol === 'openai-chat' || (model ?? metadata?.model) !== undefined,
};
