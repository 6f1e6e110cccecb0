import { explainAct } from './act-finding.ts';
import { judgePerson } from './decide-identity.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RegisterProposal } from './register-proposal.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** What stands against a person taking a proposal back: it is for whoever did or confirmed it, and for programme leads. */
export function judgeWithdrawal(
  { consents }: Pick<RegisterProposal, 'consents'>,
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly ReasonInstance[] {
  const suspended = judgePerson(person, register, now).filter(
    ({ code }) => code === 'practitioner-suspended',
  );
  const isTheirs = consents.some(({ practitioner }) => practitioner === person.id);
  const mayTakeBack = isTheirs || person.roles.includes('programme-lead');
  return explainAct([...suspended, ...(mayTakeBack ? [] : [{ code: 'proposal-of-another' } as const])]);
}
