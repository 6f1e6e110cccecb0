import { parseCaseId, type CaseId } from '../../src/domain/identifiers.ts';
import type { EntryDraft } from '../../src/domain/log-entry.ts';
import { element } from './part-10.ts';
import { MODEL, VERSION } from './register-builder.ts';
import { runStore, type StoreHouse } from './store-house.ts';
import { sequence, STORED_STUDY, storedFile } from './stored-files.ts';

const REPORT = '1.2.840.10008.5.1.4.1.1.88.33';
/** The case of `intentOn`. */
export const CASE = caseId('c-00000000-0000-4000-8000-000000000001');

function caseId(text: string): CaseId {
  const parsed = parseCaseId(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

/** A report that names these versions of the ready-made model. */
export function resultFile(uid: string, study = STORED_STUDY, ...named: readonly string[]): Buffer {
  return storedFile({
    sopInstanceUid: uid,
    sopClassUid: REPORT,
    study,
    after: named.map((version) =>
      sequence(
        [0x0062, 0x0002],
        [[element([0x0066, 0x0031], 'LO', version), element([0x0066, 0x0036], 'LO', MODEL)]],
      ),
    ),
  });
}

/** An entry that opens a case of the ready-made version on the study of the files. */
export function intentOn(study = STORED_STUDY, changes: Partial<EntryDraft> = {}): EntryDraft {
  return {
    id: 'intent-1',
    kind: 'case.intent',
    caseId: CASE,
    facts: { model: { id: MODEL, version: VERSION } },
    personal: { studyUid: study },
    retainClass: 'imaging-record',
    ...changes,
  };
}

/** Kinds of the entries on record, in their order. */
export function kindsIn(house: StoreHouse): readonly string[] {
  return house.caseLog.all().map(({ kind }) => kind);
}

/** Stores as the AI machine, and tells how many were refused for which reason. */
export async function refusedOf(
  house: StoreHouse,
  files: readonly Buffer[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, number>>> {
  return (await runStore(house, files, { token: 'ai', headers })).counts.refused;
}
