import { createByteDigest } from '../domain/byte-digest.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { identifyPerson } from './identify-person.ts';
import type { InferenceDeps, InferenceRequest } from './inference-case.ts';
import type { RawTensors } from './ports-inference.ts';
import type { KeyedCall, RepeatedCalls } from './repeated-calls.ts';
import type { ReleasedResult } from './release-result.ts';
import type { ReleasedStream } from './release-stream.ts';
import { runInference } from './run-inference.ts';
import { inPieces, shareCall } from './share-call.ts';

interface Deps extends InferenceDeps {
  readonly repeatedCalls: RepeatedCalls;
}

/**
 * Runs a call that carries an idempotency key once: a repeated click is one case. Whoever repeats it while it runs waits for the same
 * answer; who repeats it soon after gets the same answer, decided anew for them and on record. It goes on as long as anybody waits for it,
 * be it who asked first or not. The key is the person's own. The id of the case's intent is made of it, and ids are unique in the log: so
 * no other node runs it again either, nor this one once it has forgotten the answer. A call without a key just runs.
 * Throws what `runInference` throws; GatewayError('conflict') where the key was used for something else, its answer is not at hand, or it
 * was cancelled because all who had waited before had left.
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
    const call = shareCall((shared) => runInference(deps, { ...request, intentId }, shared));
    const [signIn, tensorDigest] = [signInOf(request), tensorDigestOf(request)];
    deps.repeatedCalls.keep(intentId, { ...call, asked, signIn, tensorDigest });
    // Tensors that have yet to come go with whoever sends them.
    const takesItAlong = (): boolean => tensorsOf(request) !== undefined && tensorDigest() === undefined;
    return await call.wait({ signal, takesItAlong });
  }
  if (known.asked !== asked) throw usedForAnother();
  const answered = await known.wait({ signal });
  if (answered.kind === 'stream') return await takeOver(known, request, answered);
  await holdAgainst(known, request);
  return await answered.again(request, signal);
}

/** Pieces are for who still waits when who asked first has left: for the same sign-in alone, because they were decided for it. */
async function takeOver(
  known: KeyedCall,
  request: InferenceRequest,
  stream: ReleasedStream,
): Promise<ReleasedStream> {
  try {
    if (known.signIn !== signInOf(request)) throw inPieces();
    await holdAgainst(known, request);
    return stream;
  } catch (error: unknown) {
    await stream.pieces.return?.();
    throw error;
  }
}

async function holdAgainst(known: KeyedCall, request: InferenceRequest): Promise<void> {
  if ((await readTensors(request)) !== known.tensorDigest()) throw usedForAnother();
}

/** Nothing that opens a door can be read from it. */
function signInOf({ evidence: { sessionToken, bearerToken } }: InferenceRequest): string {
  return digestOf([sessionToken ?? null, bearerToken ?? null]);
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
  const detail = 'This idempotency key was used for another call. Use a new one.';
  return new GatewayError('conflict', { detail });
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
