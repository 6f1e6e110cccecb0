import { whatIsWrong } from '../domain/decide-attestation.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EndpointBinding, ModelVersion } from '../domain/register.ts';
import { attestedBy } from './attested-by.ts';
import type { EndpointLocks, EndpointProber, ProbeAnswer } from './ports-attestation.ts';
import type { Beside, InferenceAnswer, InferenceFailure } from './ports-inference.ts';

interface Deps {
  readonly prober: EndpointProber;
  readonly locks: EndpointLocks;
  readonly clock: { readonly monotonicMs: () => number };
}

interface Called {
  readonly version: ModelVersion;
  readonly binding: EndpointBinding;
  readonly caseId: CaseId;
}

/**
 * Makes a call and asks the endpoint beside it for what its attestation rests on: the checksum of its weights before and after, or its
 * metadata after, and before too where its replies say nothing. What is another before it is told nothing of the study, and the version is
 * locked at that endpoint; what contradicts the register with the answer is for whoever decides about it to report.
 */
export async function callAttested(
  deps: Deps,
  called: Called,
  call: () => Promise<InferenceAnswer>,
  signal: AbortSignal,
): Promise<InferenceAnswer> {
  const startedAt = deps.clock.monotonicMs();
  const before = await askBefore(deps, called, signal);
  if (typeof before === 'string') {
    return { kind: 'failed', failure: before, durationMs: deps.clock.monotonicMs() - startedAt };
  }
  const answer = await call();
  if (answer.kind === 'failed') return answer;
  const beside = { ...before, ...(await askAfter(deps, called, signal)) };
  return Object.keys(beside).length === 0 ? answer : { ...answer, beside };
}

/** Locks the version at that endpoint where what an answer, or a piece of one, says of itself contradicts the register. */
export function reportIfWrong(
  { locks }: Pick<Deps, 'locks'>,
  { version, binding, caseId }: Called,
  said: Parameters<typeof attestedBy>[0],
): boolean {
  const attested = attestedBy(said);
  const isWrong = whatIsWrong(attested, binding, version) !== undefined;
  if (isWrong) locks.report({ version, binding, attested, found: 'call', caseId });
  return isWrong;
}

async function askBefore(
  deps: Deps,
  called: Called,
  signal: AbortSignal,
): Promise<Beside | InferenceFailure> {
  const { binding } = called;
  if (!asksBefore(binding)) return {};
  const said = await deps.prober.probe(binding, signal, 'before');
  if (signal.aborted) return 'cancelled';
  if (said.kind === 'left-alone') return 'left-alone';
  if (said.kind === 'away') return 'unreachable';
  const beside = besideBefore(said, binding);
  if (beside === undefined) return 'attestation-missing';
  if (reportIfWrong(deps, called, { beside })) return 'attestation-mismatch';
  // Metadata is asked again once the reply is there, and that is what stands in the case.
  return binding.attestation === 'checksum' ? beside : {};
}

/** A reply of TorchServe says nothing at all, so what runs there is asked on both sides of it. */
function asksBefore({ attestation, protocol }: EndpointBinding): boolean {
  return attestation === 'checksum' || (attestation === 'metadata' && protocol === 'torchserve');
}

/** Undefined where it does not say what its kind of attestation wants. */
function besideBefore(said: ProbeAnswer, { attestation }: EndpointBinding): Beside | undefined {
  if (said.kind !== 'attested') return undefined;
  const { model, version, checksum } = said;
  if (attestation === 'checksum') return checksum === undefined ? undefined : { checksum };
  return model === undefined || version === undefined ? undefined : { metadata: { model, version } };
}

/**
 * Asks the endpoint beside an answer that is there, or is about to end. What is not said is missing, and that is for the decision at
 * release to say.
 */
export async function askAfter(
  { prober }: Pick<Deps, 'prober'>,
  { binding }: Pick<Called, 'binding'>,
  signal: AbortSignal,
): Promise<Beside> {
  if (!asksAfter(binding)) return {};
  const said = await prober.probe(binding, signal, 'after');
  if (said.kind !== 'attested') return {};
  const { model, version, checksum } = said;
  if (binding.attestation === 'checksum') return checksum === undefined ? {} : { after: checksum };
  return {
    metadata: {
      ...(model === undefined ? {} : { model }),
      ...(version === undefined ? {} : { version }),
    },
  };
}

/** A reply of MONAI Label does not even name the model. */
function asksAfter({ attestation, protocol }: EndpointBinding): boolean {
  return attestation === 'name-only' ? protocol === 'monai-label' : attestation !== 'reply';
}
