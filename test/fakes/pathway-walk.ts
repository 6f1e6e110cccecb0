import { addMonths } from '../../src/domain/calendar.ts';
import { credentialStatus } from '../../src/domain/credential-status.ts';
import { decide } from '../../src/domain/decide.ts';
import type { EvidenceEntry, RegisterAct } from '../../src/domain/register-acts.ts';
import type { Instant, Practitioner } from '../../src/domain/register.ts';
import { DECLARATION_STATEMENTS, type CredentialStatus } from '../../src/domain/words.ts';
import type { ActHouse } from './act-house.ts';
import { DAY_MS, HOUR_MS, person, POLICY } from './act-people.ts';
import {
  aPrincipal,
  aStudy,
  MODEL,
  practitionerId,
  PROVIDER,
  studyUid,
  VERSION,
  versionString,
} from './register-builder.ts';

export const NEWCOMER = practitionerId('newcomer');
export const SANDBOX_VERSION = versionString('2.1.0-sim');

/** Somebody who walks the pathway. */
export interface Walker {
  readonly title: string;
  readonly scheme: 'rc-ai' | 'ai-operator';
  readonly practitioner: Practitioner;
}

const identities = [{ provider: PROVIDER, subject: 'newcomer' }];
export const WALKERS: readonly Walker[] = [
  { title: 'radiologist', scheme: 'rc-ai', practitioner: person('rc-one', { id: NEWCOMER, identities }) },
  {
    title: 'radiographer',
    scheme: 'ai-operator',
    practitioner: person('op-one', { id: NEWCOMER, identities }),
  },
];

/** How it stands with them: their credential, and whether AI is unlocked for them. */
export interface Standing {
  readonly status: CredentialStatus;
  /** On a patient's study, with the released version. */
  readonly live: boolean;
  /** In the simulator. */
  readonly sandbox: boolean;
  /** Why not live, where that is said. */
  readonly reasons?: readonly string[];
}

/** One step on the pathway, in the words of its phase. */
export interface Step {
  readonly phase: string;
  readonly does: (walk: Walk) => Promise<unknown>;
  readonly then: Standing;
}

/** Somebody on their way through a house. */
export interface Walk {
  readonly house: ActHouse;
  readonly walker: Walker;
  /** Puts evidence on record for them, as of now. */
  readonly attest: (
    by: string,
    type: EvidenceEntry['type'],
    more?: Partial<EvidenceEntry>,
  ) => Promise<unknown>;
  readonly grant: (mode: 'sandbox' | 'supervised' | 'independent') => Promise<unknown>;
  /** Moves to so many calendar months after the award, and so many milliseconds beside. */
  readonly toMonthsAfterAward: (months: number, besideMs?: number) => void;
  readonly markAward: () => void;
}

export function startWalk(house: ActHouse, walker: Walker): Walk {
  let awardedAt: Instant = house.now();
  const attest: Walk['attest'] = (by, type, more = {}) => {
    const piece = { practitioner: NEWCOMER, type, happenedAt: house.now(), ...more };
    return house.perform(by, { act: 'attest-evidence', piece });
  };
  return {
    house,
    walker,
    attest,
    grant: (mode) =>
      house.perform('lead', {
        act: 'grant-approval',
        practitioner: NEWCOMER,
        model: MODEL,
        version: mode === 'sandbox' ? SANDBOX_VERSION : VERSION,
        functions: ['detection', 'view'],
        mode,
        from: house.now(),
        until: addMonths(house.now(), 36),
        ...(mode === 'supervised' ? { supervisor: practitionerId('rc-one') } : {}),
      }),
    toMonthsAfterAward: (months, besideMs = 0) => {
      house.moveTo(addMonths(awardedAt, months) + besideMs);
    },
    markAward: () => void (awardedAt = house.now()),
  };
}

export function standingOf({ house, walker }: Walk): Required<Standing> {
  const [register, now] = [house.deps.register.snapshot(), house.now()];
  const practitioner = register.practitioner(NEWCOMER) ?? walker.practitioner;
  const scheme = POLICY.schemes.find(({ id }) => id === walker.scheme);
  if (scheme === undefined) throw new Error('the policy has no such scheme');
  const evidence = register.evidenceOf(NEWCOMER);
  const caller = aPrincipal({ subject: 'newcomer', authenticatedAt: now - 60_000, expiresAt: now + HOUR_MS });
  const asked = { caller, function: 'detection', model: MODEL } as const;
  const live = decide({ ...asked, version: VERSION, study: aStudy() }, register, now);
  const simulated = aStudy({ simulator: true, studyInstanceUid: studyUid('1.2.3') });
  return {
    status: credentialStatus({ practitioner, scheme, evidence }, now).status,
    live: live.permitted,
    sandbox: decide({ ...asked, version: SANDBOX_VERSION, study: simulated }, register, now).permitted,
    reasons: live.reasons.map(({ code }) => code),
  };
}

export const declare: RegisterAct = { act: 'declare', statements: DECLARATION_STATEMENTS };

/** All that is to be kept up in the year after the award, but for the declaration. */
export async function keepUp({ house, attest, walker }: Walk): Promise<void> {
  await attest('lead', 'active-practice');
  const cpd = { act: 'log-cpd', credits: 10, happenedAt: house.now() - DAY_MS } as const;
  await house.perform('newcomer', { ...cpd, title: 'Vendor webinar', modelFamily: 'lung-ct' });
  await house.perform('newcomer', { ...cpd, title: 'Journal club' });
  if (walker.scheme === 'rc-ai') {
    await attest('lead', 'audit-led');
    await attest('lead', 'board-minutes');
  } else {
    await attest('lead', 'anomaly-log');
    await attest('lead', 'usage-log');
  }
}
