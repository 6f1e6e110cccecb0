import { createByteDigest } from '../domain/byte-digest.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { identifyPerson } from './identify-person.ts';
import type { InferenceDeps, InferenceRequest } from './inference-case.ts';
import type { RawTensors } from './ports-inference.ts';
import type { RepeatedCalls } from './repeated-calls.ts';
import type { ReleasedResult } from './release-result.ts';
import type { ReleasedStream } from './release-stream.ts';
import { runInference } from './run-inference.ts';

interface Deps extends InferenceDeps {
  readonly repeatedCalls: RepeatedCalls;
}

/**
 * Runs a call that carries an idempotency key once: a repeated click is one case. Whoever repeats it while it runs waits for the same
 * answer; who repeats it soon after gets the same answer, decided anew for them and on record. The key is the person's own. The id of the
 * case's intent is made of it, and ids are unique in the log: so no other node runs it again either, nor this one once it has forgotten the
 * answer. A call without a key just runs.
 * Throws what `runInference` throws; GatewayError('conflict') where the key was used for something else, or its answer is not at hand.
 */
export async function runOnce(
  deps: Deps,
  request: InferenceRequest,
  signal: AbortSignal,
): Promise<ReleasedResult | ReleasedStream> {
  const { idempotencyKey, evidence } = request;
  if (idempotencyKey === undefined) return await runInference(deps, request, signal);
  const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
  const intentId = intentIdOf(caller, idempotencyKey);
  const asked = digestOf(askedIn(request));
  const known = deps.repeatedCalls.find(intentId);
  if (known === undefined) {
    const answer = runInference(deps, { ...request, intentId }, signal);
    deps.repeatedCalls.keep(intentId, { asked, answer, tensorDigest: tensorDigestOf(request) });
    return await answer;
  }
  if (known.asked !== asked) throw usedForAnother();
  const answered = await known.answer;
  if (answered.kind !== 'result') {
    throw conflict('The answer of this call came in pieces and is not kept. Use a new key to run it again.');
  }
  if ((await readTensors(request)) !== known.tensorDigest()) throw usedForAnother();
  return await answered.again(request, signal);
}

/** Of the person and their key: nobody learns the one or the other from it. */
function intentIdOf({ provider, subject }: Principal, key: string): string {
  return `once-${digestOf([provider, subject, key])}`;
}

function tensorsOf({ payload }: InferenceRequest): RawTensors | undefined {
  return payload.kind === 'oip-infer' ? payload.tensors : undefined;
}

function tensorDigestOf(request: InferenceRequest): () => string | undefined {
  const tensors = tensorsOf(request);
  return () => tensors?.digest();
}

/** Raw tensors of a repeated call are read for their digest only. Throws the fault of whoever sends them. */
async function readTensors(request: InferenceRequest): Promise<string | undefined> {
  const tensors = tensorsOf(request);
  if (tensors === undefined) return undefined;
  const pieces = tensors.bytes[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
  return tensors.digest();
}

function usedForAnother(): GatewayError {
  return conflict('This idempotency key was used for another call. Use a new one.');
}

/** Raw tensors are known by their length alone here: they have yet to come. Input that is held is known by its digest. */
function askedIn(request: InferenceRequest): unknown {
  const { protocol, model, version, function: wanted, study, input, inputDigest, about, payload } = request;
  const { tensors, bytes: _held, ...rest } = { tensors: undefined, bytes: undefined, ...payload };
  const names = [protocol, model, version, wanted ?? null, study, input ?? null, inputDigest ?? null];
  return [...names, about ?? null, tensors?.length ?? null, rest];
}

function digestOf(value: unknown): string {
  const digest = createByteDigest();
  digest.update(Buffer.from(canonicalJson(value)));
  return digest.value();
}

function conflict(detail: string): GatewayError {
  return new GatewayError('conflict', { detail });
}
