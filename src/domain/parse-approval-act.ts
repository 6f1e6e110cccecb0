import type { ActNamed } from './act-matter.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { ActReadings, Written } from './act-reading.ts';
import type { RecordText } from './record-text.ts';

/** Acts about approvals, read from the records that they wrote. */
export const APPROVAL_READINGS: ActReadings<'grant-approval' | 'end-approval' | 'carry-over-approvals'> = {
  'grant-approval': ({ record }) => parseGrant(record),
  'end-approval': ({ id, record, removedBecause }) => ({
    act: 'end-approval',
    id,
    reason: parseEnding(record) ?? removedBecause,
  }),
  'carry-over-approvals': parseCarryOver,
};

type Grant = ActNamed<'grant-approval'>;

function parseGrant({ id: _id, grantedBy: _by, planStudies: _studies, ...record }: RecordText): Grant {
  const { from, until, ...said } = record as unknown as Omit<Grant, 'act' | 'from' | 'until'> & {
    readonly from: string;
    readonly until: string;
  };
  return { act: 'grant-approval', ...said, from: Date.parse(from), until: Date.parse(until) };
}

function parseEnding({ endedBecause }: RecordText): string | undefined {
  return endedBecause as string | undefined;
}

/** Which version they come from stands with the earlier approvals. */
function parseCarryOver({
  record,
  records,
  register,
}: Written): ActNamed<'carry-over-approvals'> | undefined {
  const { model, version, carriedFrom } = record as {
    model: ModelName;
    version: VersionString;
    carriedFrom: string;
  };
  const earlier = register.approval(carriedFrom);
  if (earlier === undefined) return undefined;
  const people = records.map(({ practitioner }) => practitioner as PractitionerId);
  return {
    act: 'carry-over-approvals',
    model,
    fromVersion: earlier.version,
    toVersion: version,
    practitioners: [...new Set(people)],
  };
}
