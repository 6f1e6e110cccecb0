import { clock, ids } from './compose-clock.ts';
import type { Parts } from './compose-parts.ts';
import { confirmAct } from './flows/confirm-act.ts';
import { exportCsv } from './flows/export-csv.ts';
import { importCsv } from './flows/import-csv.ts';
import { listPendingActs } from './flows/list-acts.ts';
import { listPeople } from './flows/list-people.ts';
import { performAct } from './flows/perform-act.ts';
import { readApproval, readApprovalChoices, readCarryOver } from './flows/read-approvals.ts';
import { listEvidence, readEvidencePiece } from './flows/read-evidence.ts';
import { listAllGuidelines, readGuideline } from './flows/read-guidelines.ts';
import { listModelVersions, readModelChoices, readModelVersion, readStopUse } from './flows/read-models.ts';
import { readProfile } from './flows/read-profile.ts';
import { readProposal } from './flows/read-proposal.ts';
import { readRegisterPage, readRegisterRecord } from './flows/read-register.ts';
import { listWaiting, readWaiting } from './flows/read-waiting.ts';
import { whoCouldUse } from './flows/who-could-use.ts';
import { withdrawAct } from './flows/withdraw-act.ts';
import type { Flows } from './http/app-deps.ts';
import { createCsvTables } from './register/create-csv-tables.ts';

type ModelFlows =
  | 'listAllGuidelines'
  | 'readGuideline'
  | 'listModelVersions'
  | 'readModelVersion'
  | 'readModelChoices'
  | 'readStopUse';

type RegisterFlows =
  | 'performAct'
  | 'confirmAct'
  | 'withdrawAct'
  | 'listPendingActs'
  | 'readProposal'
  | 'readRegisterPage'
  | 'readRegisterRecord'
  | 'importCsv'
  | 'exportCsv'
  | 'readProfile'
  | 'listPeople'
  | 'listEvidence'
  | 'readEvidencePiece'
  | 'readApprovalChoices'
  | 'readApproval'
  | 'readCarryOver'
  | ModelFlows
  | 'listWaiting'
  | 'readWaiting'
  | 'whoCouldUse';

/** Flows of the register for people who are signed in, with what they need. */
export function bindRegisterFlows(parts: Parts): Pick<Flows, RegisterFlows> {
  const { config, identity, register, caseLog, nodes } = parts;
  const deps = {
    identity: identity.verifier,
    register,
    caseLog,
    caseLogReader: caseLog,
    clock,
    ids,
    turns: nodes.turns,
    tables: createCsvTables(),
    simulator: config.pacs.simulator,
  };
  return {
    performAct: (input, signal) => performAct(deps, input, signal),
    confirmAct: (input, signal) => confirmAct(deps, input, signal),
    withdrawAct: (input, signal) => withdrawAct(deps, input, signal),
    listPendingActs: (input, signal) => listPendingActs(deps, input, signal),
    readProposal: (input, signal) => readProposal(deps, input, signal),
    readRegisterPage: (input, signal) => readRegisterPage(deps, input, signal),
    readRegisterRecord: (input, signal) => readRegisterRecord(deps, input, signal),
    importCsv: (input, signal) => importCsv(deps, input, signal),
    exportCsv: (input, signal) => exportCsv(deps, input, signal),
    readProfile: (input, signal) => readProfile(deps, input, signal),
    listPeople: (input, signal) => listPeople(deps, input, signal),
    listEvidence: (input, signal) => listEvidence(deps, input, signal),
    readEvidencePiece: (input, signal) => readEvidencePiece(deps, input, signal),
    readApprovalChoices: (input, signal) => readApprovalChoices(deps, input, signal),
    readApproval: (input, signal) => readApproval(deps, input, signal),
    readCarryOver: (input, signal) => readCarryOver(deps, input, signal),
    ...bindModelFlows(deps),
    listWaiting: (input, signal) => listWaiting(deps, input, signal),
    readWaiting: (input, signal) => readWaiting(deps, input, signal),
    whoCouldUse: (input, signal) => whoCouldUse(deps, input, signal),
  };
}

/** Those about model versions and guidelines. */
function bindModelFlows(
  deps: Pick<Parts, 'register'> & {
    readonly identity: Parts['identity']['verifier'];
    readonly clock: typeof clock;
  },
): Pick<Flows, ModelFlows> {
  return {
    listAllGuidelines: (input, signal) => listAllGuidelines(deps, input, signal),
    readGuideline: (input, signal) => readGuideline(deps, input, signal),
    listModelVersions: (input, signal) => listModelVersions(deps, input, signal),
    readModelVersion: (input, signal) => readModelVersion(deps, input, signal),
    readModelChoices: (input, signal) => readModelChoices(deps, input, signal),
    readStopUse: (input, signal) => readStopUse(deps, input, signal),
  };
}
