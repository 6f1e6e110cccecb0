import { GatewayError } from '../domain/errors.ts';
import { parseSeriesUid, parseSopInstanceUid, parseStudyUid } from '../domain/identifiers.ts';
import type { ResultObject } from '../domain/result-verdict.ts';

/** The object that a row is about. Only checked UIDs are written: throws GatewayError('internal') for a row that somebody else wrote. */
export function parseObjectRow(row: {
  readonly sop_instance_uid: string;
  readonly study: string;
  readonly series: string;
}): ResultObject {
  const sopInstanceUid = parseSopInstanceUid(row.sop_instance_uid);
  const study = parseStudyUid(row.study);
  const series = parseSeriesUid(row.series);
  if (sopInstanceUid !== undefined && study !== undefined && series !== undefined)
    return { sopInstanceUid, study, series };
  throw new GatewayError('internal', { detail: 'The index of AI results holds a malformed UID.' });
}
