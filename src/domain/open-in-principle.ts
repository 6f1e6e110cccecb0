import { decide } from './decide.ts';
import type { ModelName, VersionString } from './identifiers.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import type { AiFunction } from './words.ts';

/** What somebody would ask for. */
interface Wish {
  readonly practitioner: Pick<Practitioner, 'identities'>;
  readonly function: AiFunction;
  readonly model: ModelName;
  readonly version: VersionString;
  /** Whether it would be on a simulator: only there approvals in mode `sandbox` are good. */
  readonly simulator: boolean;
}

/**
 * Whether a function of a version would be open to somebody who has just shown a card, on a study that fits, at any site. A second
 * person's signature, where one is wanted, comes later and is not looked at. Somebody without a login can use nothing.
 */
export function isOpenInPrinciple(wish: Wish, register: RegisterSnapshot, now: Instant): boolean {
  const { practitioner, function: wanted, model, version, simulator } = wish;
  return practitioner.identities.some(({ provider, subject }) => {
    const { reasons } = decide(
      {
        caller: {
          kind: 'person',
          provider,
          subject,
          method: 'smart-card',
          assurance: 3,
          authenticatedAt: now,
          expiresAt: now + 1,
          sessionRef: '',
        },
        function: wanted,
        model,
        version,
        study: undefined,
        inPrinciple: { site: undefined, simulator },
      },
      register,
      now,
    );
    return reasons.every(({ code }) => code === 'co-signature-missing');
  });
}
