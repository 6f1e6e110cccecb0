import { decide } from '../../src/domain/decide.ts';
import { sealedWhereWanted } from '../../src/domain/co-signature.ts';
import type { CaseId } from '../../src/domain/identifiers.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { CoSignDeps } from '../../src/flows/co-sign-result.ts';
import { openCase } from '../../src/flows/open-case.ts';
import { keepSealed } from '../../src/flows/seal-result.ts';
import { recordDecision, recordOutcome } from '../../src/flows/write-case.ts';
import { aRequest, aResult, createInferenceHouse, SESSION, type InferenceHouse } from './inference-house.ts';
import { createMemorySealedResults } from './memory-sealed-results.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from './register-builder.ts';

/** A pharmacist who may co-sign. */
export const PHARMACIST = practitionerId('pharmacist');
/** Another, who may too. */
const SECOND_PHARMACIST = practitionerId('pharmacist-two');
/** A radiologist who may not. */
const COLLEAGUE = practitionerId('colleague');

/** Sessions by who is signed in: the asker's, and one each. */
export const SESSIONS = {
  asker: SESSION,
  pharmacist: 'pharmacist-session',
  second: 'second-session',
  colleague: 'colleague-session',
  password: 'password-session',
} as const;

const MONTH_MS = 30 * 86_400_000;

function pharmacistEvidence(id: typeof PHARMACIST) {
  const piece = { practitioner: id, attestedBy: 'lead', happenedAt: NOW - 2 * MONTH_MS };
  return [
    { ...piece, id: `${id}-registration`, type: 'registration', validUntil: NOW + 9 * MONTH_MS },
    { ...piece, id: `${id}-award`, type: 'award', scheme: 'prescribing-co-signer' },
  ] as const;
}

/** A register in which the ready-made radiologist may ask for prescribing suggestions, and two pharmacists may co-sign them. */
export function coSignRegister(changes: Parameters<typeof aRegister>[0] = {}): RegisterSnapshot {
  const functions = ['prescribing-suggestion'] as const;
  const pharmacist = { profession: 'pharmacist', professionalBody: 'GPhC' } as const;
  const osce = { type: 'osce-prescribing', attestedBy: 'faculty', happenedAt: NOW - MONTH_MS } as const;
  return aRegister({
    practitioners: [
      aPractitioner(),
      aPractitioner({ id: PHARMACIST, name: 'Pat Pharmacist', ...pharmacist }),
      aPractitioner({ id: SECOND_PHARMACIST, name: 'Phil Pharmacist', ...pharmacist }),
      aPractitioner({ id: COLLEAGUE }),
    ],
    evidence: [
      ...currentEvidence(RADIOLOGIST),
      { ...osce, id: 'osce', practitioner: RADIOLOGIST },
      ...currentEvidence(COLLEAGUE),
      ...pharmacistEvidence(PHARMACIST),
      ...pharmacistEvidence(SECOND_PHARMACIST),
    ],
    modelVersions: [aModelVersion({ endpoints: [aBinding({ function: 'prescribing-suggestion' })] })],
    approvals: [anApproval({ functions })],
    ...changes,
  });
}

/** A house for sealed results, with what was asked of it. */
export interface CoSignHouse {
  readonly house: InferenceHouse;
  readonly deps: CoSignDeps;
  readonly sealed: ReturnType<typeof createMemorySealedResults>;
  /** Lets so much time pass. */
  readonly wait: (ms: number) => void;
  /** Runs a prescribing suggestion for the ready-made radiologist up to where its result is sealed; resolves to its case. */
  readonly seal: () => Promise<CaseId>;
}

/** Everything around sealed results, in memory. */
export function createCoSignHouse(): CoSignHouse {
  const house = createInferenceHouse({
    register: coSignRegister(),
    people: {
      [SESSIONS.asker]: aPrincipal(),
      [SESSIONS.pharmacist]: aPrincipal({ subject: PHARMACIST }),
      [SESSIONS.second]: aPrincipal({ subject: SECOND_PHARMACIST }),
      [SESSIONS.colleague]: aPrincipal({ subject: COLLEAGUE }),
      [SESSIONS.password]: aPrincipal({ subject: PHARMACIST, assurance: 1 }),
    },
  });
  const sealed = createMemorySealedResults();
  let laterMs = 0;
  const clock = { nowMs: () => NOW + laterMs, monotonicMs: () => laterMs };
  const deps = { ...house.deps, clock, caseLogReader: house.log, sealed };
  return {
    house,
    deps,
    sealed,
    wait: (ms) => void (laterMs += ms),
    seal: () => sealOne(deps, house),
  };
}

async function sealOne(deps: CoSignDeps, house: InferenceHouse): Promise<CaseId> {
  const never = new AbortController().signal;
  const request = aRequest({ function: 'prescribing-suggestion' });
  const given = await openCase(house.deps, request, never);
  const register = deps.register.snapshot();
  const wanted = sealedWhereWanted('prescribing-suggestion', register.policy);
  const asked = {
    ...given,
    question: { ...given.question, ...wanted },
    subject: { ...given.subject, ...wanted },
  };
  const decision = decide(asked.question, register, deps.clock.nowMs());
  if (!decision.permitted) throw new Error(decision.reasons.map(({ code }) => code).join(', '));
  await recordDecision(deps, asked, { decision, kind: 'case.intent' });
  const attested = { model: 'nodules', version: '3' };
  const opened = {
    ...asked,
    question: { ...asked.question, attested },
    subject: { ...asked.subject, attested },
  };
  const answer = aResult({ body: { outputs: [{ name: 'suggestion', data: ['Contrast 70 mL'] }] } });
  await keepSealed(deps, opened, { decision, answer });
  await recordOutcome(deps, opened, decision, answer);
  return opened.id;
}
