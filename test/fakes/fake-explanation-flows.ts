import { couldUse } from '../../src/domain/could-use.ts';
import type { Question } from '../../src/domain/decision.ts';
import { GatewayError, NotIdentified } from '../../src/domain/errors.ts';
import { explainDecision, type DecisionExplanation } from '../../src/domain/explain-decision.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import type { ExplainedCase } from '../../src/flows/explain-case.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { decidedEntry, erased } from './decided-entry.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  aStudy,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
} from './register-builder.ts';

const KNOWN_SESSION = 'known-session';
const CASE = parseCaseId('c-00000000-0000-4000-8000-000000000001');
const SUPERVISOR = practitionerId('supervisor');

const parts = {
  practitioners: [aPractitioner(), aPractitioner({ id: SUPERVISOR, name: 'Dr Sam Supervisor' })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(SUPERVISOR)],
  modelVersions: [aModelVersion({ releases: [{ site: '*', from: NOW - 1_000, signedBy: SUPERVISOR }] })],
  approvals: [
    anApproval({ mode: 'supervised', supervisor: SUPERVISOR }),
    anApproval({ id: 'approval-2', practitioner: SUPERVISOR }),
  ],
};
const register = aRegister(parts);
const stopped = aRegister({
  ...parts,
  stopUses: [{ id: 'stop-1', model: MODEL, from: NOW - 60_000, reason: 'wrong side', by: RADIOLOGIST }],
});

function asked(changes: Partial<Question> = {}): Question {
  const { function: fn = 'detection', ...rest } = changes;
  return { caller: aPrincipal(), function: fn, model: MODEL, version: VERSION, study: aStudy(), ...rest };
}

/** A decision as it is explained, by what the register held then and by what it is said to hold. */
function explain(entry: LogEntry, then = register): DecisionExplanation {
  const explanation = explainDecision(entry, entry, then);
  if (explanation === undefined) throw new TypeError('a made-up decision is none');
  return explanation;
}

const intent = decidedEntry({ question: asked({ input: 'study' }), register, at: NOW }, {}, 41);
const outcome = decidedEntry(
  { question: asked({ attested: { model: 'nodules', version: '3' } }), register: stopped, at: NOW + 2_000 },
  { release: { action: 'withheld', reasons: ['stop-use'] }, err: 'withheld' },
  42,
);
const view = decidedEntry(
  { question: asked({ function: 'view', madeAt: NOW - 500 }), register, at: NOW + 3_000 },
  {},
  43,
);

/** A case with a decision of each kind: the same again, different, and one that cannot be decided again. */
export const EXPLAINED: ExplainedCase = {
  caseId: String(CASE),
  state: 'withheld',
  function: 'detection',
  model: MODEL,
  version: VERSION,
  verdict: 'different',
  isOwn: true,
  decisions: [
    explain(intent),
    explain(outcome, stopped),
    explain({ ...outcome, seq: 44 }),
    explain(erased(view, 'subject', 'age')),
  ],
};

/** The flows of explanations, over the made-up case and register above. */
export function fakeExplanationFlows(): Pick<Flows, 'explainCase' | 'whoCouldUse'> {
  return {
    explainCase: async ({ evidence, caseId }) => {
      admit(evidence);
      if (caseId === CASE) return await Promise.resolve(EXPLAINED);
      throw new GatewayError('not-found', { detail: 'You have no case of that name.' });
    },
    whoCouldUse: async ({ evidence, requestId: _request, ...rest }) => {
      admit(evidence);
      const { id, version, digest } = register.policy;
      return await Promise.resolve({
        ...rest,
        registerSequence: register.sequence,
        policy: { id, version, digest },
        isRegistered: true,
        rows: couldUse({ ...rest, simulator: false }, register, NOW),
      });
    },
  };
}

function admit(evidence: LoginEvidence): void {
  if ((evidence.bearerToken ?? evidence.sessionToken) !== KNOWN_SESSION) throw new NotIdentified();
}
