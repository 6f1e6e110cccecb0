import type { PractitionerId } from '../../src/domain/identifiers.ts';
import { parsePractitionerId } from '../../src/domain/identifiers.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { ImportedCsv } from '../../src/flows/import-csv.ts';
import type { PendingAct } from '../../src/flows/list-acts.ts';
import type { RegisterRecord } from '../../src/flows/ports-register.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { Flows } from '../../src/http/app-deps.ts';

type RegisterFlows = Pick<
  Flows,
  | 'performAct'
  | 'confirmAct'
  | 'withdrawAct'
  | 'listPendingActs'
  | 'readProposal'
  | 'readRegisterPage'
  | 'readRegisterRecord'
  | 'importCsv'
  | 'exportCsv'
>;
type Admitted = <T>(evidence: LoginEvidence, signal: AbortSignal, answer: T) => T;

const NOW = Date.UTC(2026, 2, 3, 14, 5, 6);
export const DIGEST = `sha256:${'d'.repeat(64)}`;
const WHO = parsePractitionerId('alice.osei') ?? ('' as PractitionerId);

export const RECORD: RegisterRecord = {
  kind: 'evidence',
  id: 'E-1:a@b~c',
  sequence: 7,
  recordedAt: NOW,
  etag: '7-abc',
  record: { id: 'E-1:a@b~c', practitioner: 'alice.osei', type: 'cct' },
  by: ['fiona.grant'],
};
const TAKEN_BACK: RegisterRecord = {
  kind: 'evidence',
  id: RECORD.id,
  sequence: 9,
  recordedAt: NOW,
  etag: '9-def',
  removedBecause: 'entered twice',
  by: ['fiona.grant', 'alice.osei'],
};

/** A proposal in this state. */
export function proposalIn(state: RegisterProposal['state']): RegisterProposal {
  return {
    digest: DIGEST,
    act: 'grant-approval',
    people: 2,
    proposedAt: NOW,
    changes: [
      {
        kind: 'approval',
        id: 'A-1',
        action: 'added',
        digest: `sha256:${'a'.repeat(64)}`,
        entry: 'register.change',
        person: 'bela.nagy',
        model: { id: 'lung-nodule', version: '2.1.0' },
      },
    ],
    signedBy: [],
    keys: [],
    consents: [{ practitioner: WHO, method: 'saml', assurance: 3, authenticatedAt: NOW, at: NOW }],
    state,
    ...(state === 'applied' ? { recordedAt: NOW, heads: { before: 'h1', after: 'h2' } } : {}),
  };
}

const PENDING: PendingAct = {
  proposal: proposalIn('pending'),
  drafts: [{ kind: 'approval', id: 'A-1', record: { id: 'A-1', practitioner: 'bela.nagy' } }],
  mayConfirm: false,
  mayWithdraw: true,
  reasons: [reasonOf('assurance-too-low', { assurance: 3 })],
};

export const IMPORTED: ImportedCsv = {
  reasons: [],
  weighed: {
    kind: 'evidence',
    added: [{ row: 2, id: 'E-2' }],
    changed: [{ row: 3, id: 'E-1', fields: ['score'] }],
    unchanged: 4,
    faults: [
      { row: 9, column: 'happenedAt', message: 'a date' },
      { row: 10, message: 'again' },
    ],
  },
};

/** The register's flows, answering from the made-up data above. */
export function fakeRegisterFlows(admitted: Admitted): RegisterFlows {
  return {
    performAct: async ({ evidence }, signal) => admitted(evidence, signal, proposalIn('pending')),
    confirmAct: async ({ evidence }, signal) => admitted(evidence, signal, proposalIn('applied')),
    withdrawAct: async ({ evidence }, signal) => admitted(evidence, signal, proposalIn('withdrawn')),
    listPendingActs: async ({ evidence }, signal) => admitted(evidence, signal, [PENDING]),
    readProposal: async ({ evidence }, signal) => admitted(evidence, signal, PENDING),
    readRegisterPage: async ({ evidence }, signal) =>
      admitted(evidence, signal, { records: [RECORD], next: RECORD.id, sequence: 9 }),
    readRegisterRecord: async ({ evidence, id }, signal) =>
      admitted(
        evidence,
        signal,
        id === RECORD.id ? { current: RECORD, history: [RECORD, TAKEN_BACK] } : { history: [] },
      ),
    importCsv: async ({ evidence }, signal) => admitted(evidence, signal, IMPORTED),
    exportCsv: async ({ evidence }, signal) =>
      admitted(evidence, signal, { sequence: 9, text: inOrder(['\ufeffid,name\r\n', 'a,"Ä, B"\r\n']) }),
  };
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
