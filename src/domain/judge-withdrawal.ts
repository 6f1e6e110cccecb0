import { explainAct, type ActFinding } from './act-finding.ts';
import { concernedBy } from './act-interest.ts';
import { judgePerson } from './decide-identity.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RecordDraft } from './register-acts.ts';
import type { RegisterProposal } from './register-proposal.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** What somebody wants to take back. */
interface Waiting {
  readonly proposal: Pick<RegisterProposal, 'consents'>;
  readonly drafts: readonly RecordDraft[];
}

/**
 * What stands against a person taking a proposal back: it is for whoever did or confirmed it, and for programme leads. Somebody whom
 * it concerns takes back only what they have proposed.
 */
export function judgeWithdrawal(
  { proposal: { consents }, drafts }: Waiting,
  person: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly ReasonInstance[] {
  const findings: ActFinding[] = judgePerson(person, register, now).filter(
    ({ code }) => code === 'practitioner-suspended',
  );
  const isTheirs = consents.some(({ practitioner }) => practitioner === person.id);
  if (!isTheirs && !person.roles.includes('programme-lead')) findings.push({ code: 'proposal-of-another' });
  const [first] = consents;
  if (first?.practitioner !== person.id && concernedBy(drafts, register).has(person.id)) {
    findings.push({ code: 'interested-party' });
  }
  return explainAct(findings);
}
