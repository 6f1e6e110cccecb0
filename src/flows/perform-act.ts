import { scopesFor } from '../domain/act-authority.ts';
import { explainAct } from '../domain/act-finding.ts';
import { judgeMapping } from '../domain/decide-identity.ts';
import { GatewayError } from '../domain/errors.ts';
import { planAct } from '../domain/plan-act.ts';
import type { Principal } from '../domain/principal.ts';
import { asItWaits } from '../domain/proposal-age.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { RecordDraft, RegisterAct } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { Instant, Practitioner } from '../domain/register.ts';
import { identifyPerson } from './identify-person.ts';
import type { ActDraft } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { applyAct, consentOf, finishBegun, refuseAct, type ActDeps } from './settle-act.ts';

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly act: RegisterAct;
  /** Holds only while the record has this entity tag. */
  readonly ifMatch?: NonNullable<ActDraft['ifMatch']>;
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
  const { act, ifMatch, requestId } = input;
  const now = deps.clock.nowMs();
  const judged = judge(deps, { act, principal, now });
  if ('reasons' in judged) return await refuseAct(deps, { ...judged, act: act.act, principal, requestId });
  const { person, changes, people } = judged;
  const proposal = await deps.register.proposeAct({
    act: act.act,
    people,
    changes,
    by: consentOf(person, principal, now),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
  if (people === 1) return await applyAct(deps, proposal.digest);
  return refuseExpired(asItWaits(proposal, deps.register.snapshot().policy, now));
}

/** The same words may wait since long ago: whoever says them again today means them as of today. */
function refuseExpired(proposal: RegisterProposal): RegisterProposal {
  if (proposal.state !== 'outdated') return proposal;
  throw new GatewayError('conflict', {
    detail:
      'The same was proposed long ago, and has waited too long to be confirmed. Take that one back, then propose it again.',
  });
}

interface Wanted {
  readonly act: RegisterAct;
  readonly principal: Principal;
  readonly now: Instant;
}

type Judged =
  | { readonly person?: Practitioner; readonly reasons: readonly ReasonInstance[] }
  | {
      readonly person: Practitioner;
      readonly changes: readonly RecordDraft[];
      readonly people: 1 | 2;
    };

function judge({ register: reader, ids }: ActDeps, { act, principal, now }: Wanted): Judged {
  const register = reader.snapshot();
  const unclear = judgeMapping(principal, register);
  const [person] = register.practitionersByIdentity(principal.provider, principal.subject);
  if (unclear.length > 0 || person === undefined) return { reasons: explainAct(unclear) };
  const matter = { actor: person, principal, register, now, newId: () => ids.newId() };
  const plan = planAct(act, matter);
  return plan.permitted
    ? { person, changes: plan.changes, people: plan.people }
    : { person, reasons: plan.reasons };
}
