import type { Selectable } from 'kysely';
import type { GatewayTables } from '../db/gateway-database.ts';
import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import { parseWorkitemState } from '../domain/dicom/workitem-state.ts';
import { GatewayError } from '../domain/errors.ts';
import {
  parseCaseId,
  parseModelName,
  parsePractitionerId,
  parseSopInstanceUid,
  parseVersion,
} from '../domain/identifiers.ts';
import type { Workitem } from '../domain/workitem.ts';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import type { WorkitemPlace, WorkUnderWay } from '../flows/ports-workitems.ts';

export type WorkitemRow = Omit<Selectable<GatewayTables['workitem']>, 'study'>;

/** A workitem as its row, with what it is only found by. */
export function workitemRow(workitem: Workitem): Selectable<GatewayTables['workitem']> {
  const { uid, state, transactionUid, dataset, model, version, creator, asked, ...rest } = workitem;
  return {
    uid,
    state,
    transaction_uid: transactionUid ?? null,
    dataset: JSON.stringify(dataset),
    model,
    version,
    function: rest.function,
    creator,
    asked: JSON.stringify(asked),
    case_id: rest.caseId,
    intent_id: rest.intentId,
    case_ended: rest.isCaseEnded ? 1 : 0,
    performer: rest.performer ?? null,
    cancel_asked: rest.cancelAsked === undefined ? null : JSON.stringify(rest.cancelAsked),
    created_at: rest.createdAt,
    final_at: rest.finalAt ?? null,
    revision: rest.revision,
    study: asked.study.studyInstanceUid,
  };
}

/** A row as the workitem it was written from. Throws GatewayError('internal') for one that somebody else wrote. */
export function parseWorkitemRow(row: WorkitemRow): Workitem {
  const { transaction_uid: transactionUid, performer, cancel_asked: asked, final_at: finalAt } = row;
  return {
    uid: written(parseSopInstanceUid(row.uid)),
    state: written(parseWorkitemState(row.state)),
    dataset: parseDataset(row.dataset),
    ...parseWorkRow(row),
    intentId: row.intent_id,
    isCaseEnded: row.case_ended === 1,
    createdAt: row.created_at,
    revision: row.revision,
    ...(transactionUid === null ? {} : { transactionUid }),
    ...(performer === null ? {} : { performer }),
    ...(asked === null ? {} : { cancelAsked: parseDataset(asked) }),
    ...(finalAt === null ? {} : { finalAt }),
  };
}

/** The same of what is asked of work under way. Throws as parseWorkitemRow. */
export function parseWorkRow(
  row: Pick<WorkitemRow, 'case_id' | 'creator' | 'model' | 'version' | 'function' | 'asked'>,
): WorkUnderWay {
  return {
    model: written(parseModelName(row.model)),
    version: written(parseVersion(row.version)),
    function: written(ENDPOINT_FUNCTIONS.find((name) => name === row.function)),
    creator: written(parsePractitionerId(row.creator)),
    asked: parseAsked(row.asked),
    caseId: written(parseCaseId(row.case_id)),
  };
}

/** Where a row stands in order. Throws as parseWorkitemRow. */
export function parsePlaceRow(row: Pick<WorkitemRow, 'uid' | 'created_at'>): WorkitemPlace {
  return { uid: written(parseSopInstanceUid(row.uid)), createdAt: row.created_at };
}

function written<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new GatewayError('internal', { detail: 'The table of workitems holds what no workitem is.' });
}

function parseDataset(text: string): DicomJsonObject {
  return JSON.parse(text) as DicomJsonObject;
}

function parseAsked(text: string): Workitem['asked'] {
  return JSON.parse(text) as Workitem['asked'];
}
