import { couldUse } from '../../src/domain/could-use.ts';
import type { Question } from '../../src/domain/decision.ts';
import { GATEWAY } from '../../src/domain/endpoint-lock.ts';
import { GatewayError, NotIdentified } from '../../src/domain/errors.ts';
import { explainDecision, type DecisionExplanation } from '../../src/domain/explain-decision.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { ExplainedCase } from '../../src/flows/explain-case.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { decidedEntry, erased } from './decided-entry.ts';
import {
  aBinding,
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

function asked(changes: Partial<Question> = {}): Question {
  const { function: fn = 'detection', ...rest } = changes;
  return { caller: aPrincipal(), function: fn, model: MODEL, version: VERSION, study: aStudy(), ...rest };
}

/** A decision as it is explained, by what the register held then and by what it is said to hold. */
function explain(entry: LogEntry, then: RegisterSnapshot): DecisionExplanation {
  const explanation = explainDecision(entry, entry, then);
  if (explanation === undefined) throw new TypeError('a made-up decision is none');
  return explanation;
}

interface Scene {
  readonly register: RegisterSnapshot;
  readonly explained: ExplainedCase;
}

let scene: Scene | undefined;

/** Made for the first who asks: nearly every test of the edge has these flows, and few use them. */
function madeUp(): Scene {
  if (scene !== undefined) return scene;
  const register = aRegister(parts);
  const stop = { id: 'stop-1', model: MODEL, from: NOW - 60_000, reason: 'wrong side', by: RADIOLOGIST };
  const { baseUrl } = aBinding();
  const lock = { ...stop, id: 'S-1', version: VERSION, endpoint: baseUrl, by: GATEWAY };
  const stopped = aRegister({ ...parts, stopUses: [stop, lock] });
  return (scene = { register, explained: explainedIn(register, stopped) });
}

/** A case with a decision of each kind: the same again, different, and one that cannot be decided again. */
export function explainedCase(): ExplainedCase {
  return madeUp().explained;
}

function explainedIn(register: RegisterSnapshot, stopped: RegisterSnapshot): ExplainedCase {
  const study = aStudy({ series: [{ modality: 'CT', kvp: { min: 120, max: 120 } }], seriesNamed: true });
  const intent = decidedEntry({ question: asked({ input: 'study', study }), register, at: NOW }, {}, 41);
  const attested = asked({ attested: { model: 'nodules', version: '3' } });
  const outcome = decidedEntry(
    { question: attested, register: stopped, at: NOW + 2_000 },
    { release: { action: 'withheld', reasons: ['stop-use'] }, err: 'withheld' },
    42,
  );
  const viewing = asked({ function: 'view', madeAt: NOW - 500 });
  const view = decidedEntry({ question: viewing, register, at: NOW + 3_000 }, {}, 43);
  return {
    caseId: String(CASE),
    state: 'withheld',
    function: 'detection',
    model: MODEL,
    version: VERSION,
    verdict: 'different',
    isOwn: true,
    decisions: [
      explain(intent, register),
      explain(outcome, stopped),
      explain({ ...outcome, seq: 44 }, register),
      explain(erased(view, 'subject', 'age'), register),
    ],
  };
}

/** The flows of explanations, over the made-up case and register above. */
export function fakeExplanationFlows(): Pick<Flows, 'explainCase' | 'whoCouldUse'> {
  return {
    explainCase: async ({ evidence, caseId }) => {
      admit(evidence);
      if (caseId === CASE) return await Promise.resolve(explainedCase());
      throw new GatewayError('not-found', { detail: 'You have no case of that name.' });
    },
    whoCouldUse: async ({ evidence, requestId: _request, ...rest }) => {
      admit(evidence);
      const { register } = madeUp();
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
