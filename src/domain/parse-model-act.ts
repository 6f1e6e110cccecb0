import type { ActNamed } from './act-matter.ts';
import { parseNameOnlyAct } from './act-name-only.ts';
import type { ModelName, VersionString } from './identifiers.ts';
import type { ActReadings, Written } from './act-reading.ts';
import type { RecordText } from './record-text.ts';

/** Acts about model versions, read from the records that they wrote. */
export const MODEL_READINGS: ActReadings<
  | 'register-model'
  | 'change-model'
  | 'approve-plan'
  | 'record-acceptance-test'
  | 'release-model'
  | 'stop-use'
  | 'hold-model'
  | 'lift-stop-use'
  | 'sign-name-only'
  | 'retire-model'
> = {
  'register-model': ({ record }) => ({ act: 'register-model', modelVersion: parseVersionText(record) }),
  'change-model': ({ record }) => ({ act: 'change-model', modelVersion: parseVersionText(record) }),
  'approve-plan': ({ record }) => ({ act: 'approve-plan', ...parsePlan(record) }),
  'record-acceptance-test': ({ record }) => ({ act: 'record-acceptance-test', ...parseTest(record) }),
  'release-model': parseRelease,
  'stop-use': ({ record }) => ({ act: 'stop-use', ...parseStop(record) }),
  'hold-model': ({ record }) => ({ act: 'hold-model', ...parseStop(record) }),
  'lift-stop-use': ({ id, record }) => ({ act: 'lift-stop-use', id, reason: parseLifting(record) }),
  'sign-name-only': parseNameOnlyAct,
  'retire-model': ({ record }) => ({ act: 'retire-model', ...parseRetirement(record) }),
};

type VersionText = RecordText & { readonly model: string; readonly version: string };

function parseVersionText(record: RecordText): VersionText {
  return record as VersionText;
}

type Plan = Omit<ActNamed<'approve-plan'>, 'act'>;

function parsePlan({ id: _id, approvedBy: _by, approvedAt: _at, ...said }: RecordText): Plan {
  return said as unknown as Plan;
}

type Test = Omit<ActNamed<'record-acceptance-test'>, 'act'>;

function parseTest({ id: _id, recordedBy: _by, happenedAt: _at, ...said }: RecordText): Test {
  return said as unknown as Test;
}

/** What is released is every site that is not yet. */
function parseRelease({ record, register }: Written): ActNamed<'release-model'> {
  const {
    model,
    version,
    releases = [],
  } = record as {
    model: ModelName;
    version: VersionString;
    releases?: readonly { readonly site: string; readonly plan?: string }[];
  };
  const before = register.modelVersion(model, version)?.releases ?? [];
  const added = releases.slice(before.length);
  const plan = added.at(-1)?.plan ?? '';
  return { act: 'release-model', model, version, plan, sites: added.map(({ site }) => site) };
}

type Stop = Omit<ActNamed<'stop-use'>, 'act'>;

function parseStop({ id: _id, by: _by, from: _from, until: _until, ...said }: RecordText): Stop {
  return said as unknown as Stop;
}

function parseLifting({ liftedBecause }: RecordText): string {
  return liftedBecause as string;
}

function parseRetirement(record: RecordText): Omit<ActNamed<'retire-model'>, 'act'> {
  const { model, version, retiredBecause } = record as {
    model: ModelName;
    version: VersionString;
    retiredBecause: string;
  };
  return { model, version, reason: retiredBecause };
}
