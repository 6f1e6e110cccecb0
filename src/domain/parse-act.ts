import type { ActReadings } from './act-reading.ts';
import { APPROVAL_READINGS } from './parse-approval-act.ts';
import { GUIDELINE_READINGS } from './parse-guideline-act.ts';
import { MODEL_READINGS } from './parse-model-act.ts';
import { PERSON_READINGS } from './parse-person-act.ts';
import type { RecordDraft, RegisterAct, RegisterActName } from './register-acts.ts';
import type { RegisterSnapshot } from './register.ts';

/** Acts that can take a record back; all others write. */
const TAKE_BACK: readonly RegisterActName[] = ['withdraw-evidence', 'end-approval'];

const READINGS: ActReadings<Exclude<RegisterActName, 'import'>> = {
  ...PERSON_READINGS,
  ...APPROVAL_READINGS,
  ...MODEL_READINGS,
  ...GUIDELINE_READINGS,
};

/**
 * The act that a proposal's records came from, to be judged anew before a second person says yes to it; undefined where it cannot be
 * told any more, because what it was about is gone. The register has held the records against their schemas before it kept them.
 */
export function parseAct(
  act: RegisterActName,
  drafts: readonly RecordDraft[],
  register: RegisterSnapshot,
): RegisterAct | undefined {
  if (act === 'import') return { act, changes: drafts };
  const [draft] = drafts;
  if (draft === undefined || ('removed' in draft && !TAKE_BACK.includes(act))) return undefined;
  const said = 'record' in draft ? { record: draft.record } : { removedBecause: draft.reason };
  const records = drafts.flatMap((one) => ('record' in one ? [one.record] : []));
  return READINGS[act]({ id: draft.id, record: {}, removedBecause: '', ...said, records, register });
}
