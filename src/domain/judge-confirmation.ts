import { judgeActor, judgeDuty } from './act-authority.ts';
import { explainAct, type ActFinding } from './act-finding.ts';
import { concernedBy } from './act-interest.ts';
import { suspensionOf } from './credential-status.ts';
import { parseAct } from './parse-act.ts';
import { outlineAct, type Actor } from './plan-act.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RecordDraft, RegisterAct } from './register-acts.ts';
import type { Consent, RegisterProposal } from './register-proposal.ts';
import type { Practitioner } from './register.ts';
import { areSameChanges } from './same-changes.ts';

/** What somebody is asked to say yes to. */
interface Proposed {
  readonly proposal: Pick<RegisterProposal, 'act' | 'consents'>;
  readonly drafts: readonly RecordDraft[];
}

/**
 * What stands against a person confirming what is proposed, as the register stands now; empty exactly when they may. The second is
 * another person than the first and than anybody it concerns; the first must still be somebody who may, and what was proposed must still
 * hold. Where nobody has who had signed in, as with a file that was proposed at the console, this one is the first, whoever
 * signed it with a key.
 */
export function judgeConfirmation({ proposal, drafts }: Proposed, actor: Actor): readonly ReasonInstance[] {
  const { actor: person, principal, register, now } = actor;
  const { act, consents } = proposal;
  const [consent] = consents;
  const seat = consent === undefined ? 'first' : 'second';
  const first = consent === undefined ? person : register.practitioner(consent.practitioner);
  const findings: ActFinding[] = [...judgeActor({ act, person, seat, principal }, register, now)];
  if (consents.some(({ practitioner }) => practitioner === person.id)) {
    findings.push({ code: 'second-must-differ' });
  }
  if (concernedBy(drafts, register).has(person.id)) findings.push({ code: 'interested-party' });
  return explainAct([...findings, ...judgeStill(first, { proposal, drafts }, actor)]);
}

/** Whether what the first has done could be done by them now. */
function judgeStill(
  first: Practitioner | undefined,
  { proposal, drafts }: Proposed,
  actor: Actor,
): readonly ActFinding[] {
  const { register, now } = actor;
  if (first === undefined) return [{ code: 'first-no-longer-may' }];
  const isSame = first.id === actor.actor.id;
  const duty = isSame ? [] : judgeDuty({ act: proposal.act, person: first, seat: 'first' }, register, now);
  return [
    ...(duty.length === 0 ? [] : [{ code: 'first-no-longer-may', facts: { detail: first.id } } as const]),
    ...judgeAgain(first, { proposal, drafts }, actor),
  ];
}

/** Every act is planned anew: nothing is confirmed that could no longer be proposed, or that would come to something else now. */
function judgeAgain(
  first: Practitioner,
  { proposal, drafts }: Proposed,
  actor: Actor,
): readonly ActFinding[] {
  const act = parseAct(proposal.act, drafts, actor.register);
  if (act === undefined) return [{ code: 'proposal-overtaken' }];
  const [consent] = proposal.consents;
  const since = consent === undefined ? {} : { proposedAt: consent.at };
  const { findings, changes } = outlineAct(act, { ...actor, ...since, actor: first });
  const isStill = areSameChanges(changes, drafts) && !liftsNothing(act, drafts, actor);
  return findings.length > 0 || isStill ? findings : [{ code: 'proposal-overtaken' }];
}

/** A lifting that is dated before the suspension in force was meant for an earlier one. */
function liftsNothing(
  act: RegisterAct,
  drafts: readonly RecordDraft[],
  { register, now }: Pick<Actor, 'register' | 'now'>,
): boolean {
  if (act.act !== 'lift-suspension') return false;
  const suspension = suspensionOf(register.evidenceOf(act.practitioner), act.scheme, now);
  const since = suspension?.happenedAt ?? -Infinity;
  return drafts.some(
    (draft) => 'record' in draft && !(Date.parse(String(draft.record['happenedAt'])) > since),
  );
}

/** The consents of those who still are people who may: the first as who does it, the others as who confirm it. */
export function standingConsents(
  { act, consents }: Proposed['proposal'],
  { register, now }: Pick<Actor, 'register' | 'now'>,
): readonly Consent[] {
  return consents.filter(({ practitioner }, place) => {
    const person = register.practitioner(practitioner);
    const seat = place === 0 ? 'first' : 'second';
    return person !== undefined && judgeDuty({ act, person, seat }, register, now).length === 0;
  });
}
