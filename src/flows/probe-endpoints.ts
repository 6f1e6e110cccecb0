import { ATTESTATIONS_OF, type Attested } from '../domain/attested.ts';
import { whatIsWrong } from '../domain/decide-attestation.ts';
import type { EndpointBinding, ModelVersion } from '../domain/register.ts';
import type { EndpointLocks, EndpointProber, ProbeAnswer } from './ports-attestation.ts';
import type { Clock, PartState, RegisterReader } from './ports.ts';

/** What a look at an endpoint comes to. */
export const PROBE_OUTCOMES = ['right', 'wrong', 'silent', 'away'] as const;
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

interface Deps {
  readonly register: RegisterReader;
  readonly prober: EndpointProber;
  readonly locks: Pick<EndpointLocks, 'report'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** 0 … 1; so that endpoints, and nodes, are not all asked at once. */
  readonly random: () => number;
  readonly everyMs: number;
  /** Told of each look. */
  readonly onProbed: (outcome: ProbeOutcome) => void;
  /** False where the config leaves no way to prove what the binding wants proved: nothing is sent there. */
  readonly isProvable: (binding: EndpointBinding) => boolean;
  /** Told once of each of those. */
  readonly onUnprovable: (watched: Watched) => void;
}

/** One endpoint of one version, and how it stands. */
interface Watched {
  readonly version: ModelVersion;
  readonly binding: EndpointBinding;
}

interface Kept {
  dueAtMs: number;
  isAtWork: boolean;
  isUnprovable: boolean;
  outcome?: ProbeOutcome;
}

export interface EndpointProbes {
  /** Looks at those that are due; resolves once that is done. One that is still being looked at is left out. Never rejects. */
  readonly round: (signal: AbortSignal) => Promise<void>;
  /** How many answer, for whoever asks how the node is. Never not well: an endpoint that is away locks nothing but itself. */
  readonly state: () => PartState;
}

/** Looks that are under way at once. */
const AT_ONCE = 4;
/** Of its period; the looks at one endpoint lie so much nearer or farther. */
const JITTER = 0.25;

/**
 * Asks every endpoint of a version that is in use, or in acceptance, what it serves, again and again. One that says something else than
 * the register does is locked before a patient meets it.
 */
export function createEndpointProbes(deps: Deps): EndpointProbes {
  const kept = new Map<string, Kept>();
  return {
    round: async (signal) => {
      const due = takeDue(deps, kept);
      const workers = Array.from({ length: AT_ONCE }, async () => {
        for (let next = due.shift(); next !== undefined; next = due.shift()) await look(deps, next, signal);
      });
      await Promise.all(workers);
    },
    state: () => stateOf([...kept.values()]),
  };
}

type Due = Watched & { readonly keeping: Kept };

function takeDue(deps: Deps, kept: Map<string, Kept>): Due[] {
  const nowMs = deps.clock.monotonicMs();
  const watched = watchedNow(deps.register);
  if (watched === undefined) return [];
  for (const key of kept.keys()) if (!watched.has(key)) kept.delete(key);
  const due = [...watched]
    .map(([key, one]) => ({ ...one, keeping: noteProvable(deps, one, keptOf(deps, kept, key)) }))
    .filter(({ keeping }) => !keeping.isAtWork && keeping.dueAtMs <= nowMs);
  for (const { keeping } of due) keeping.isAtWork = true;
  return due;
}

/** One that is new is first asked within a period. */
function keptOf({ clock, random, everyMs }: Deps, kept: Map<string, Kept>, key: string): Kept {
  const dueAtMs = clock.monotonicMs() + random() * everyMs;
  const known = kept.get(key) ?? { dueAtMs, isAtWork: false, isUnprovable: false };
  kept.set(key, known);
  return known;
}

function noteProvable({ isProvable, onUnprovable }: Deps, watched: Watched, keeping: Kept): Kept {
  const was = keeping.isUnprovable;
  keeping.isUnprovable = !isProvable(watched.binding);
  if (keeping.isUnprovable && !was) onUnprovable(watched);
  return keeping;
}

/** Each endpoint of each version once. Undefined while the register cannot be read: then nothing is used either. */
function watchedNow({ snapshot }: RegisterReader): ReadonlyMap<string, Watched> | undefined {
  try {
    const inUse = snapshot()
      .modelVersions()
      .filter(({ state }) => state === 'released' || state === 'acceptance');
    const watched = inUse.flatMap((version) => version.endpoints.map((binding) => ({ version, binding })));
    return new Map(watched.map((one) => [keyOf(one), one]));
  } catch {
    return undefined;
  }
}

function keyOf({ version: { model, version, digest }, binding }: Watched): string {
  const { protocol, baseUrl, endpointModel, endpointVersion, attestedChecksum = digest } = binding;
  return JSON.stringify([
    model,
    version,
    protocol,
    baseUrl,
    endpointModel,
    endpointVersion,
    attestedChecksum,
  ]);
}

async function look(deps: Deps, { version, binding, keeping }: Due, signal: AbortSignal): Promise<void> {
  const answer = await deps.prober.probe(binding, signal, 'schedule');
  keeping.isAtWork = false;
  // Nobody was asked: it stays due, and what was said before stands.
  if (answer.kind === 'left-alone') return;
  keeping.dueAtMs = deps.clock.monotonicMs() + deps.everyMs * (1 - JITTER + 2 * JITTER * deps.random());
  // Who is stopped has asked nobody.
  if (signal.aborted) return;
  const attested = attestedBy(answer);
  const outcome = outcomeOf(answer, attested, { version, binding });
  keeping.outcome = outcome;
  deps.onProbed(outcome);
  if (outcome === 'wrong') deps.locks.report({ version, binding, attested, found: 'probe' });
}

function attestedBy(answer: ProbeAnswer): Attested {
  if (answer.kind !== 'attested') return {};
  const { model, version, checksum } = answer;
  return {
    metadata: {
      ...(model === undefined ? {} : { model }),
      ...(version === undefined ? {} : { version }),
    },
    ...(checksum === undefined ? {} : { after: checksum }),
  };
}

function outcomeOf(answer: ProbeAnswer, attested: Attested, { version, binding }: Watched): ProbeOutcome {
  if (answer.kind === 'away' || answer.kind === 'silent') return answer.kind;
  if (answer.kind === 'absent' || whatIsWrong(attested, binding, version) !== undefined) return 'wrong';
  return saysEnough(attested, binding) ? 'right' : 'silent';
}

/** As much as its dialect says at all. */
function saysEnough({ metadata, after }: Attested, { protocol, attestation }: EndpointBinding): boolean {
  if (attestation === 'checksum') return after !== undefined;
  return !ATTESTATIONS_OF[protocol].includes('metadata') || metadata?.version !== undefined;
}

function stateOf(kept: readonly Kept[]): PartState {
  const count = (outcome: ProbeOutcome): number => kept.filter((one) => one.outcome === outcome).length;
  const parts = PROBE_OUTCOMES.map((outcome) => `${String(count(outcome))} ${outcome}`).join(', ');
  const detail = `AI endpoints by what they said when they were last asked: ${parts}; ${String(kept.length)} in all.`;
  return { part: 'ai-endpoints', ok: true, detail: `${detail}${unprovableIn(kept)}` };
}

function unprovableIn(kept: readonly Kept[]): string {
  const number = kept.filter(({ isUnprovable }) => isUnprovable).length;
  if (number === 0) return '';
  return ` ${String(number)} of them can prove nothing, for the config names no management address (ai.torchserve): nothing is sent there.`;
}
