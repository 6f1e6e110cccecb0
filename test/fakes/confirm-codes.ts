import { judgeConfirmation } from '../../src/domain/judge-confirmation.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RecordDraft, RegisterActName } from '../../src/domain/register-acts.ts';
import type { Consent } from '../../src/domain/register-proposal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { person, signedIn, type PersonName } from './act-people.ts';
import { NOW, practitionerId } from './register-builder.ts';

/** The consent of somebody who showed a card a minute ago. */
export const consentOf = (name: PersonName): Consent => ({
  practitioner: practitionerId(name),
  method: 'smart-card',
  assurance: 3,
  authenticatedAt: NOW - 60_000,
  at: NOW,
});

export interface Asked {
  readonly act: RegisterActName;
  readonly drafts: readonly RecordDraft[];
  readonly first?: PersonName;
  readonly by: PersonName;
  readonly register: RegisterSnapshot;
  readonly login?: Partial<Principal>;
}

/** Codes of what stands against somebody confirming this; empty where they may. */
export function codesOfConfirmation({
  act,
  drafts,
  first,
  by,
  register,
  login = {},
}: Asked): readonly string[] {
  const consents = first === undefined ? [] : [consentOf(first)];
  const actor = { actor: person(by), principal: signedIn(by, login), register, now: NOW, newId: () => 'new' };
  return judgeConfirmation({ proposal: { act, consents }, drafts }, actor).map(({ code }) => code);
}
