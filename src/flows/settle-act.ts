import { actProblem } from '../domain/act-problem.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import { refusedActEntry } from '../domain/refused-act.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Consent, RegisterProposal } from '../domain/register-proposal.ts';
import type { Instant, Practitioner } from '../domain/register.ts';
import type { Turns } from '../domain/turns.ts';
import { applyRegister } from './apply-register.ts';
import type { RegisterActs } from './ports-register.ts';
import type {
  CaseLogAppender,
  Clock,
  IdentityVerifier,
  Ids,
  RegisterProposals,
  RegisterReader,
} from './ports.ts';

/** What acts on the register need; the same for doing, confirming and taking back. */
export interface ActDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader & RegisterActs & Pick<RegisterProposals, 'begin' | 'commit'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Clock;
  readonly ids: Ids;
  /** One act after another: each is judged by the register that the one before it left. */
  readonly turns: Turns;
}

/**
 * Applies what has been begun and was cut off, by this node or another: nothing else can be applied before it. For the start of a
 * process, and before every act. Throws CaseLogUnavailable, RegisterUnavailable.
 */
export async function finishBegun(
  deps: Pick<ActDeps, 'caseLog'> & {
    readonly register: Pick<ActDeps['register'], 'begun' | 'begin' | 'commit'>;
  },
): Promise<void> {
  // What only waits is not read: a stop-use waits for nobody's table of twenty thousand rows.
  const digest = await deps.register.begun();
  if (digest !== undefined) await applyRegister(deps, { digest });
}

/** Another node, or two administrators with their keys, can change the register between judging and applying; then it is judged anew. */
export const JUDGEMENTS = 5;

/**
 * Applies an act that is complete, in the register that it was judged by: where that has gone on it resolves to the act as it waits,
 * `pending`. One that no longer fits or was taken by another is taken back, so that nothing of it is left behind; one that the case log
 * cannot take stays begun, and is finished before the next.
 */
export async function applyAct(
  deps: ActDeps,
  complete: { readonly digest: string; readonly judgedAt: number },
): Promise<RegisterProposal> {
  try {
    return await applyRegister(deps, complete);
  } catch (error: unknown) {
    if (error instanceof GatewayError && error.code === 'conflict') await takeBack(deps, complete.digest);
    throw error;
  }
}

/** Leaves nothing of an act behind that is not to be. */
export async function takeBack(deps: ActDeps, digest: string): Promise<void> {
  try {
    await deps.register.withdraw(digest);
  } catch (error: unknown) {
    // What cannot be taken back has been begun or taken back by another; the conflict itself is what there is to tell.
    if (!(error instanceof GatewayError)) throw error;
  }
}

/** The register went on each time: there are others at it at this moment. */
export function keptGoingOn(): GatewayError {
  return new GatewayError('conflict', {
    detail: 'Others are changing the register at this moment. Try again.',
  });
}

/** The consent of somebody who is signed in. */
export function consentOf(person: Practitioner, principal: Principal, now: Instant): Consent {
  const { method, assurance, authenticatedAt } = principal;
  return { practitioner: person.id, method, assurance, authenticatedAt, at: now };
}

interface Refusal {
  readonly act: RegisterActName;
  readonly principal: Principal;
  /** Who the login names, where it names one person. */
  readonly person?: Practitioner;
  readonly requestId: string;
  readonly reasons: readonly ReasonInstance[];
}

/**
 * Refuses an act. That somebody wanted what they may not stands in the case log; what only fits no longer is nobody's fault.
 * Throws what tells of it, CaseLogUnavailable.
 */
export async function refuseAct(
  deps: Pick<ActDeps, 'caseLog' | 'clock'>,
  { person, ...refused }: Refusal,
): Promise<never> {
  const problem = actProblem(refused.reasons);
  if (problem.code === 'not-permitted') {
    const practitioner = person === undefined ? {} : { practitioner: person.id };
    await deps.caseLog.append(refusedActEntry({ ...refused, ...practitioner }, deps.clock.nowMs()));
  }
  throw problem;
}
