import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { RecordText } from './record-text.ts';
import type { RecordDraft, RegisterAct, RegisterActName } from './register-acts.ts';
import type { RegisterSnapshot } from './register.ts';
import type { AiFunction, ApprovalMode } from './words.ts';

type Reading = (record: RecordText, register: RegisterSnapshot) => RegisterAct;

/**
 * The act that a proposal's records came from, to be judged anew before a second person says yes to it; undefined for acts on which
 * nothing bears but the records themselves: where one of those has changed meanwhile, the proposal is outdated. The register has held
 * the records against their schemas before it kept them.
 */
export function parseAct(
  act: RegisterActName,
  drafts: readonly RecordDraft[],
  register: RegisterSnapshot,
): RegisterAct | undefined {
  if (act === 'import') return { act, changes: drafts };
  const [draft] = drafts;
  if (draft === undefined || !('record' in draft)) return undefined;
  return READINGS[act]?.(draft.record, register);
}

const READINGS: Readonly<Partial<Record<RegisterActName, Reading>>> = {
  'change-practitioner': parseChange,
  'award-credential': parseAward,
  'lift-suspension': parseLifting,
  'grant-approval': parseGrant,
  'release-model': parseRelease,
};

function parseChange(record: RecordText): RegisterAct {
  return { act: 'change-practitioner', practitioner: record as RecordText & { readonly id: string } };
}

function parseAward(record: RecordText): RegisterAct {
  const { practitioner, scheme } = record as { practitioner: PractitionerId; scheme: string };
  return { act: 'award-credential', practitioner, scheme };
}

function parseLifting(record: RecordText): RegisterAct {
  const { practitioner, scheme, note } = record as {
    practitioner: PractitionerId;
    scheme?: string;
    note: string;
  };
  return { act: 'lift-suspension', practitioner, reason: note, ...(scheme === undefined ? {} : { scheme }) };
}

interface GrantWords {
  readonly practitioner: PractitionerId;
  readonly model: ModelName;
  readonly version: VersionString;
  readonly functions: readonly AiFunction[];
  readonly mode: ApprovalMode;
  readonly from: string;
  readonly until: string;
  readonly supervisor?: PractitionerId;
  readonly plan?: string;
}

function parseGrant(record: RecordText): RegisterAct {
  const { from, until, ...said } = record as unknown as GrantWords;
  return { act: 'grant-approval', ...said, from: Date.parse(from), until: Date.parse(until) };
}

/** What is released is every site that is not yet. */
function parseRelease(record: RecordText, register: RegisterSnapshot): RegisterAct {
  const { model, version, releases } = record as {
    model: ModelName;
    version: VersionString;
    releases: readonly { readonly site: string; readonly plan?: string }[];
  };
  const before = register.modelVersion(model, version)?.releases ?? [];
  const added = releases.slice(before.length);
  const plan = added.at(-1)?.plan ?? '';
  return { act: 'release-model', model, version, plan, sites: added.map(({ site }) => site) };
}
