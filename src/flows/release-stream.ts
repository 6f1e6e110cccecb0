import { errOfHeldBack } from '../domain/attestation-fault.ts';
import { createByteDigest, type ByteDigest } from '../domain/byte-digest.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import { reasonCodes, type Receipt } from '../domain/log-entry.ts';
import type { RegisterSnapshot } from '../domain/register.ts';
import type { EndpointFunction } from '../domain/words.ts';
import { askAfter, reportIfWrong } from './attest-call.ts';
import { attestedBy } from './attested-by.ts';
import { failCase, type LooseEnds, type Permission } from './call-endpoint.ts';
import {
  decideAgain,
  errOf,
  stoppedBy,
  withheld,
  type AskedAttestation,
  type Rejudged,
} from './decide-again.ts';
import { flagAnswer } from './flag-answer.ts';
import type { InferenceCase, InferenceDeps } from './inference-case.ts';
import { failureProblem } from './inference-problem.ts';
import type { Attested, InferenceStream, StreamEvent } from './ports-inference.ts';
import { lastLook } from './release-result.ts';
import { isSealed } from './seal-result.ts';
import { watchedEvents } from './watched-events.ts';
import { recordCut, recordOutcome, recordReleaseBegun } from './write-case.ts';

/** An answer in pieces that is being let out: its release is on record. */
export interface ReleasedStream extends Pick<InferenceStream, 'headers'> {
  readonly kind: 'stream';
  readonly caseId: CaseId;
  /** Of the release; the outcome comes with the last piece. */
  readonly receipt: Receipt;
  readonly function: EndpointFunction;
  /** To be read to its end, or left by `return`. Throws GatewayError with the case where it is cut. */
  readonly pieces: AsyncIterableIterator<Uint8Array>;
}

interface Begun {
  readonly permission: Permission;
  readonly answer: InferenceStream;
  readonly ends: LooseEnds;
}

/** A stream on its way. */
interface Run extends Begun {
  readonly deps: InferenceDeps;
  readonly opened: InferenceCase;
  readonly signal: AbortSignal;
  /** Over what has been passed on. */
  readonly digest: ByteDigest;
  attested: AskedAttestation;
  rejudged: Rejudged;
  /** The register it was decided by, and when. */
  judgedBy: RegisterSnapshot | undefined;
  judgedAtMs: number;
  /** Whoever reads it has gone. */
  isLeft: boolean;
  /** Its outcome stands on record, or could not be written. */
  isOver: boolean;
}

type End = Extract<StreamEvent, { readonly kind: 'end' }>;

/** A running answer is decided anew with every change of the register, and for who asked at least this often. */
const REJUDGE_AFTER_MS = 1_000;
/** While the endpoint is silent it is looked so often whether the register has changed: as often as a node asks for what others changed. */
const LOOK_EVERY_MS = 250;

/**
 * Decides anew with what the first piece attests and records the release, before any of it is let out. Each further piece is held against
 * both; the last is held back until the outcome is on record. Throws what `runInference` throws.
 */
export async function releaseStream(
  deps: InferenceDeps,
  opened: InferenceCase,
  begun: Begun,
  signal: AbortSignal,
): Promise<ReleasedStream> {
  const { permission, answer } = begun;
  try {
    const attested = attestedBy(answer);
    const rejudged = await decideAgain(deps, opened, attested, signal);
    if (rejudged instanceof GatewayError) {
      const err = errOf(rejudged, signal);
      return await failCase(deps, opened, permission.decision, { fault: rejudged, err });
    }
    const run: Run = {
      ...{ ...begun, deps, opened, signal, digest: createByteDigest(), attested, rejudged },
      ...{ judgedBy: undefined, judgedAtMs: deps.clock.monotonicMs() },
      ...{ isLeft: false, isOver: false },
    };
    if (!rejudged.decision.permitted) {
      const { events: _unread, headers: _told, kind: _kind, ...said } = answer;
      await recordOutcome(deps, rejudged.asked, rejudged.decision, { ...said, digest: '' });
      deps.drift.count();
      throw withheld(rejudged.decision, opened.id);
    }
    if (isSealed(rejudged.asked, rejudged.decision)) {
      return await failCase(deps, opened, permission.decision, { fault: cannotBeSealed(opened) });
    }
    const receipt = await recordReleaseBegun(deps, rejudged.asked, rejudged.decision);
    const named = { caseId: opened.id, receipt, function: permission.binding.function };
    return { kind: 'stream', ...named, headers: answer.headers, pieces: createPieces(run) };
  } catch (error: unknown) {
    await leave(answer);
    throw error;
  }
}

/** A second person sees all of what they sign, before anybody has any of it. Whoever asked for pieces was refused before the call. */
function cannotBeSealed({ id }: InferenceCase): GatewayError {
  const detail =
    'What somebody else is to co-sign cannot come in pieces, and the endpoint answered in pieces or at greater length than can be kept.';
  return new GatewayError('model-failed', { detail, caseId: id });
}

/** A generator that is left before its first piece runs none of its code, and the case would stay open. */
function createPieces(run: Run): AsyncIterableIterator<Uint8Array> {
  const pieces = passOn(run);
  let isBegun = false;
  const pieceIterator: AsyncIterableIterator<Uint8Array> = {
    next: () => {
      isBegun = true;
      return pieces.next();
    },
    return: async () => {
      run.isLeft = true;
      if (!isBegun) {
        isBegun = true;
        await leaveUnread(run);
      }
      return await pieces.return(undefined);
    },
    [Symbol.asyncIterator]: () => pieceIterator,
  };
  return pieceIterator;
}

async function leaveUnread(run: Run): Promise<void> {
  try {
    await leave(run.answer);
    await cut(run, failureProblem('cancelled', run.opened.id), 'cancelled');
  } finally {
    await run.ends.tie();
  }
}

async function* passOn(run: Run): AsyncGenerator<Uint8Array, void, undefined> {
  const { deps, opened, answer, signal } = run;
  const watch = { after: deps.after, everyMs: LOOK_EVERY_MS, look: () => lookAgain(run) };
  let held: Uint8Array | undefined;
  try {
    for await (const event of watchedEvents(answer.events, watch)) {
      if (event.kind === 'end') {
        await end(run, event, held);
        break;
      }
      await holdAgainst(run, event);
      if (held !== undefined) {
        run.digest.update(held);
        yield held;
      }
      held = event.bytes;
    }
    if (!run.isOver) throw await cut(run, failureProblem('bad-answer', opened.id), 'bad-answer');
    await lastLook(deps, opened, { attested: run.attested, atRelease: run.rejudged }, signal);
    if (held !== undefined) yield held;
  } catch (error: unknown) {
    throw await faulted(run, error);
  } finally {
    await endUnread(run);
  }
}

/** Neither at its end nor broken off: whoever reads it has gone. Whether that can be written or not, the call is over. */
async function endUnread(run: Run): Promise<void> {
  try {
    if (!run.isOver) await cut(run, failureProblem('cancelled', run.opened.id), 'cancelled');
  } finally {
    await run.ends.tie();
  }
}

/** What whoever reads is told; where it is not on record yet, it is now. */
async function faulted(run: Run, error: unknown): Promise<GatewayError> {
  const fault = stoppedBy(error, run.opened.id, run.signal);
  return run.isOver ? fault : await cut(run, fault, errOf(fault, run.signal));
}

/** While nothing comes. Throws where nothing more is to be passed on; that is on record then. */
async function lookAgain(run: Run): Promise<void> {
  if (run.isLeft) throw await cut(run, failureProblem('cancelled', run.opened.id), 'cancelled');
  await holdAgainst(run, {});
}

/** Throws where what says this must not be passed on; that is on record then. */
async function holdAgainst(run: Run, said: Attested): Promise<void> {
  const fault = await faultOf(run, said);
  if (fault === undefined) return;
  const reasons = reasonCodes(fault.reasons);
  throw await cut(run, fault, reasons.length > 0 ? errOfHeldBack(reasons) : errOf(fault, run.signal));
}

/** Nothing is asked anew while nothing has changed: a stream has many pieces. */
async function faultOf(run: Run, said: Attested): Promise<GatewayError | undefined> {
  const { deps, opened, signal } = run;
  const attested = { ...run.attested, ...attestedBy(said) };
  const nowMs = deps.clock.monotonicMs();
  const isFresh = nowMs - run.judgedAtMs < REJUDGE_AFTER_MS && registerOf(deps) === run.judgedBy;
  if (isFresh && isSame(attested, run.attested)) return undefined;
  const judgedBy = registerOf(deps);
  const rejudged = await decideAgain(deps, opened, attested, signal);
  reportIfWrong(deps, { ...run.permission, caseId: opened.id }, said);
  if (rejudged instanceof GatewayError) return rejudged;
  Object.assign(run, { attested, rejudged, judgedBy, judgedAtMs: nowMs });
  return rejudged.decision.permitted ? undefined : withheld(rejudged.decision, opened.id);
}

/** None where it cannot be trusted: then deciding says so. */
function registerOf({ register }: InferenceDeps): RegisterSnapshot | undefined {
  try {
    return register.snapshot();
  } catch {
    return undefined;
  }
}

function isSame(one: AskedAttestation, other: AskedAttestation): boolean {
  return one.model === other.model && one.version === other.version;
}

/** Writes the outcome before the last piece is let out; throws where it was cut, which is on record then. */
async function end(run: Run, last: End, held: Uint8Array | undefined): Promise<void> {
  const { deps, opened, digest, permission } = run;
  if (last.failure !== undefined) {
    reportIfWrong(deps, { ...permission, caseId: opened.id }, last);
    throw await cut(run, failureProblem(last.failure, opened.id), last.failure, last.durationMs);
  }
  // What stands beside the answer was asked when it began, and may have changed since.
  const { metadata: _asBegun, after: _afterFirst, ...stillSaid } = run.attested;
  Object.assign(run, { attested: stillSaid, judgedBy: undefined });
  await holdAgainst(run, { ...last, beside: await askAfter(deps, permission, run.signal) });
  if (held !== undefined) digest.update(held);
  const { asked, decision, policy } = run.rejudged;
  run.isOver = true;
  const flags = flagAnswer(last, asked.question.study, policy);
  const said = { ...last, ...saidOf(run.attested), ...flags };
  await recordOutcome(deps, asked, decision, { ...said, digest: digest.value() });
  deps.drift.count();
}

function saidOf({ model, version }: AskedAttestation): Attested {
  return {
    ...(model === undefined ? {} : { attestedModel: model }),
    ...(version === undefined ? {} : { attestedVersion: version }),
  };
}

/** Closes the case with what had been passed on, and gives back why. */
async function cut(run: Run, fault: GatewayError, err: string, durationMs?: number): Promise<GatewayError> {
  const { deps, rejudged, digest } = run;
  run.isOver = true;
  const timed = durationMs === undefined ? {} : { durationMs };
  await recordCut(deps, rejudged.asked, rejudged.decision, { err, digest: digest.value(), ...timed });
  deps.drift.count();
  return fault;
}

/** Tells whoever answers that nobody reads on. Its own end is not waited for: it may be stuck. */
async function leave({ events }: InferenceStream): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  await iterator.return?.();
}
