import { scopesFor } from '../domain/act-authority.ts';
import { explainAct } from '../domain/act-finding.ts';
import { judgeMapping } from '../domain/decide-identity.ts';
import { planAct } from '../domain/plan-act.ts';
import type { Principal } from '../domain/principal.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { RecordDraft, RegisterAct } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { Instant, Practitioner } from '../domain/register.ts';
import { identifyPerson } from './identify-person.ts';
import type { ActDraft } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import {
  applyAct,
  consentOf,
  finishBegun,
  JUDGEMENTS,
  keptGoingOn,
  refuseAct,
  takeBack,
  type ActDeps,
} from './settle-act.ts';

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly act: RegisterAct;
  /** Holds only while the record has this entity tag. */
  readonly ifMatch?: NonNullable<ActDraft['ifMatch']>;
  /** A case that a flow has found in the log-book, with the actor as its supervisor. */
  readonly supervisedCase?: string;
}

/**
 * Does something to the register: applied at once where it takes one person, else kept until a second confirms it. Acts of this process
 * follow one another. A stop-use or a hold works from any session and token of a person that is good for AI or for records.
 * Throws NotIdentified, NotPermitted with every reason, GatewayError('bad-request' | 'conflict' | 'precondition-failed'),
 * CaseLogUnavailable, RegisterUnavailable.
 */
export async function performAct(
  deps: ActDeps,
  input: Input,
  signal: AbortSignal,
): Promise<RegisterProposal> {
  const { act, evidence } = input;
  const isFromAny = scopesFor(act.act).includes('ai');
  const wanted = isFromAny ? { evidence } : { evidence, scope: 'records' as const };
  await identifyPerson(deps, wanted, signal);
  return await deps.turns(async () => {
    signal.throwIfAborted();
    await finishBegun(deps);
    // Whoever waited is looked at anew: their session may have ended.
    return await perform(deps, input, await identifyPerson(deps, wanted, signal));
  });
}

async function perform(deps: ActDeps, input: Input, principal: Principal): Promise<RegisterProposal> {
  for (let judged = 0; judged < JUDGEMENTS; judged += 1) {
    const performed = await performOnce(deps, input, principal);
    if (performed !== undefined) return performed;
  }
  throw keptGoingOn();
}

/** Undefined where the register has gone on since it was judged. */
async function performOnce(
  deps: ActDeps,
  input: Input,
  principal: Principal,
): Promise<RegisterProposal | undefined> {
  const { act, ifMatch, requestId, supervisedCase } = input;
  const now = deps.clock.nowMs();
  const judged = judge(deps, {
    act,
    principal,
    now,
    ...(supervisedCase === undefined ? {} : { supervisedCase }),
  });
  if ('reasons' in judged) return await refuseAct(deps, { ...judged, act: act.act, principal, requestId });
  const { person, changes, people, judgedAt } = judged;
  const proposal = await deps.register.proposeAct({
    act: act.act,
    people,
    changes,
    by: consentOf(person, principal, now),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
  if (people === 2) return proposal;
  const applied = await applyAct(deps, { digest: proposal.digest, judgedAt });
  if (applied.state !== 'pending') return applied;
  await takeBack(deps, proposal.digest);
  return undefined;
}

interface Wanted {
  readonly act: RegisterAct;
  readonly principal: Principal;
  readonly now: Instant;
  readonly supervisedCase?: string;
}

type Judged =
  | { readonly person?: Practitioner; readonly reasons: readonly ReasonInstance[] }
  | {
      readonly person: Practitioner;
      readonly changes: readonly RecordDraft[];
      readonly people: 1 | 2;
      /** Sequence of the register that it was judged by. */
      readonly judgedAt: number;
    };

function judge({ register: reader, ids }: ActDeps, { act, principal, ...wanted }: Wanted): Judged {
  const register = reader.snapshot();
  const unclear = judgeMapping(principal, register);
  const [person] = register.practitionersByIdentity(principal.provider, principal.subject);
  if (unclear.length > 0 || person === undefined) return { reasons: explainAct(unclear) };
  const matter = { actor: person, principal, register, ...wanted, newId: () => ids.newId() };
  const plan = planAct(act, matter);
  return plan.permitted
    ? { person, changes: plan.changes, people: plan.people, judgedAt: register.sequence }
    : { person, reasons: plan.reasons };
}
