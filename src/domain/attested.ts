import type { EndpointBinding } from './endpoint-binding.ts';
import type { Attestation, Protocol } from './words.ts';

/** What an endpoint says of itself in one place, in its own spelling; absent where it says nothing. */
interface SaidNames {
  readonly model?: string;
  readonly version?: string;
}

/** What an endpoint says answered: in the reply itself, and where it was asked beside the call. */
export interface Attested extends SaidNames {
  /** What its metadata said once the reply was there. */
  readonly metadata?: SaidNames;
  /** `sha256:<hex>` of its weights as it says, before the call … */
  readonly checksum?: string;
  /** … and once the reply was there. */
  readonly after?: string;
}

/** How endpoints of each dialect can prove which version answered, the strongest first. */
export const ATTESTATIONS_OF: Readonly<Record<Protocol, readonly Attestation[]>> = {
  'oip-v2': ['reply', 'metadata', 'name-only'],
  // Its replies name nothing, and its model list has no versions.
  'monai-label': ['checksum', 'name-only'],
  // `reply` only where the served name carries the version: see `saysVersion`.
  'openai-chat': ['reply', 'name-only'],
  // Its replies are whatever the model's handler gives; its management address knows versions.
  torchserve: ['metadata', 'name-only'],
};

/**
 * Whether a name says the version by itself, as its last part: `drafter-2.1.0`, `drafter@2.1.0`. OpenAI-compatible servers have no other
 * place for it, and repeat the name in every chunk.
 */
export function saysVersion({
  endpointModel,
  endpointVersion,
}: Pick<EndpointBinding, 'endpointModel' | 'endpointVersion'>): boolean {
  const before = endpointModel.slice(0, -endpointVersion.length);
  return endpointModel.endsWith(endpointVersion) && /[-_.@:/]$/.test(before);
}

/** The checksum by which a binding knows the weights. */
export function wantedChecksum(
  { attestedChecksum }: Pick<EndpointBinding, 'attestedChecksum'>,
  { digest }: { readonly digest: string },
): string {
  return attestedChecksum ?? digest;
}

/** What was attested as the case log keeps it, to be judged again in a replay. */
export function attestedFacts({ metadata, checksum, after, ...names }: Attested): Attested {
  return {
    ...namesKept(names),
    ...(metadata === undefined ? {} : { metadata: namesKept(metadata) }),
    ...(checksum === undefined ? {} : { checksum: checksumKept(checksum) }),
    ...(after === undefined ? {} : { after: checksumKept(after) }),
  };
}

function namesKept({ model, version }: SaidNames): SaidNames {
  return {
    ...(model === undefined ? {} : { model: nameKept(model) }),
    ...(version === undefined ? {} : { version: nameKept(version) }),
  };
}

const UNREADABLE = '(unreadable)';

/**
 * What an endpoint says of itself is foreign text, and could name somebody. Whatever could not be the name of an endpoint in the
 * register is kept as such, in brackets, which no name in the register has: it is as wrong in a replay as it was then.
 */
function nameKept(text: string): string {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text) ? text : UNREADABLE;
}

function checksumKept(text: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? text : UNREADABLE;
}
