import { decideClassification, type ClassificationDecision } from '../domain/decide-classification.ts';
import { NotPermitted } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { ModelVersion } from '../domain/register.ts';
import type { ResultClassification, ResultObject } from '../domain/result-verdict.ts';
import { identifyPerson } from './identify-person.ts';
import type { Classifications, WaitingCursor, WaitingResult, WaitingResults } from './ports-classify.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly classifications: Pick<Classifications, 'historyOf'>;
  readonly waitingResults: Pick<WaitingResults, 'page'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What was said of one object, and what whoever asks may do about it. */
export interface ReadClassification {
  readonly object: ResultObject;
  /** The newest first: that one stands. Empty where nobody has said anything. */
  readonly history: readonly ResultClassification[];
  /** Why they may not say anything now; empty when they may. */
  readonly reasons: readonly ReasonInstance[];
  /** Versions that it could be of. */
  readonly versions: readonly Pick<ModelVersion, 'model' | 'version' | 'title'>[];
  /** Names of those who said something, by their id; whoever has left the register stands by that alone. */
  readonly names: Readonly<Record<string, string>>;
}

/** A page of what waits for a person's word. */
export interface WaitingPageOfResults {
  readonly results: readonly WaitingResult[];
  /** Absent on the last page. */
  readonly next?: WaitingCursor;
}

/** Earlier words than these stand in the case log alone. */
const MAX_HISTORY = 100;

/**
 * What was said of a stored object, for those who may see what nobody has named yet.
 * Throws NotIdentified, NotPermitted, RegisterUnavailable.
 */
export async function readClassification(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly object: ResultObject },
  signal: AbortSignal,
): Promise<ReadClassification> {
  const caller = await identifySeer(deps, input.evidence, signal);
  // What was said is about the object, and goes with it where the PACS moves it.
  const history = await deps.classifications.historyOf(input.object.sopInstanceUid, MAX_HISTORY);
  const register = deps.register.snapshot();
  return {
    object: input.object,
    history,
    reasons: judge(deps, caller, 'classify').reasons,
    versions: register.modelVersions().map(({ model, version, title }) => ({ model, version, title })),
    names: namesOf(deps, history),
  };
}

function namesOf(
  { register }: Deps,
  history: readonly ResultClassification[],
): Readonly<Record<string, string>> {
  const people = new Set(history.map(({ practitioner }) => practitioner));
  const snapshot = register.snapshot();
  return Object.fromEntries(
    [...people].flatMap((id) => {
      const known = snapshot.practitioner(id);
      return known === undefined ? [] : [[id, known.name]];
    }),
  );
}

/**
 * Objects that are probably AI's, name no version of the register, and of which nobody has said anything: those that this gateway came
 * across, the oldest first. Throws NotIdentified, NotPermitted, RegisterUnavailable.
 */
export async function listProbableResults(
  deps: Deps,
  input: {
    readonly evidence: LoginEvidence;
    readonly after: WaitingCursor | undefined;
    readonly limit: number;
  },
  signal: AbortSignal,
): Promise<WaitingPageOfResults> {
  await identifySeer(deps, input.evidence, signal);
  const { after, limit } = input;
  const found = await deps.waitingResults.page({ after, limit: limit + 1 });
  const results = found.slice(0, limit);
  const last = results.at(-1);
  if (found.length <= limit || last === undefined) return { results };
  return { results, next: { seenAt: last.seenAt, sopInstanceUid: last.sopInstanceUid } };
}

async function identifySeer(deps: Deps, evidence: LoginEvidence, signal: AbortSignal): Promise<Principal> {
  const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
  const { permitted, reasons } = judge(deps, caller, 'see');
  if (!permitted) throw new NotPermitted(reasons);
  return caller;
}

function judge({ register, clock }: Deps, caller: Principal, to: 'see' | 'classify'): ClassificationDecision {
  return decideClassification({ caller, to }, register.snapshot(), clock.nowMs());
}
