import { explainCase, type ExplainedCase } from '../../src/flows/explain-case.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { createChangingRegister, type ChangingRegister } from './changing-register.ts';
import { aCaseId, createInferenceHouse, SESSION, type InferenceHouse } from './inference-house.ts';
import {
  anApproval,
  aModelVersion,
  aPractitioner,
  aPrincipal,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from './register-builder.ts';

const never = new AbortController().signal;
const DAY = 86_400_000;
export const SUPERVISOR = practitionerId('supervisor');
export const AUDITOR = practitionerId('auditor');
export const OTHER = practitionerId('other');
/** The first case of a house. */
export const CASE = aCaseId(1);

/** A house of cases whose register changes and remembers how it was. */
export interface ExplainHouse extends InferenceHouse {
  readonly register: ChangingRegister;
  readonly change: (...change: Parameters<ChangingRegister['change']>) => void;
}

/** A radiologist who works under supervision, their supervisor, an auditor and a colleague; the register can change. */
export function createExplainHouse(): ExplainHouse {
  const people = [RADIOLOGIST, SUPERVISOR, OTHER];
  const register = createChangingRegister(
    {
      practitioners: [
        ...people.map((id) => aPractitioner({ id })),
        aPractitioner({ id: AUDITOR, roles: ['auditor'] }),
      ],
      evidence: people.flatMap((id) => currentEvidence(id)),
      modelVersions: [aModelVersion()],
      approvals: [
        anApproval({ mode: 'supervised', supervisor: SUPERVISOR }),
        anApproval({ id: 'approval-2', practitioner: SUPERVISOR }),
      ],
    },
    NOW - DAY,
  );
  const named = (id: string): [string, Principal] => [id, aPrincipal({ subject: id })];
  const house = createInferenceHouse({
    register: register.snapshot(),
    people: {
      [SESSION]: aPrincipal(),
      ...Object.fromEntries([...people, AUDITOR, 'nobody'].map(named)),
      token: aPrincipal({ scopes: ['ai'] }),
    },
  });
  return {
    ...house,
    register,
    change: (records, at) => {
      register.change(records, at);
      house.setRegister(register.snapshot());
    },
  };
}

/** A case as it is explained to whoever holds the token. */
export function explain(house: ExplainHouse, token: string = SESSION, caseId = CASE): Promise<ExplainedCase> {
  const deps = { ...house.deps, register: house.register, caseLogReader: house.log };
  return explainCase(deps, { evidence: { sessionToken: token }, requestId: 'request-9', caseId }, never);
}
