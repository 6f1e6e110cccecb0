import type { StoredIdentity } from './dataset-values.ts';
import { textOf, type DicomJsonElement, type DicomJsonObject } from './dicom-json.ts';

/** Why an object was not stored (PS3.18 §I.2.2, PS3.4 §B.2.3, PS3.7 Annex C). */
const STORE_FAILURES = {
  'processing-failure': 0x0110,
  'duplicate-instance': 0x0111,
  'not-authorised': 0x0124,
  'dataset-mismatch': 0xa900,
  'cannot-understand': 0xc000,
  'transfer-syntax': 0xc122,
} as const;
export type StoreFailure = keyof typeof STORE_FAILURES;

/** An object that the gateway did not pass on, or that the PACS may not have kept; without UIDs where they could not be read. */
export interface RefusedObject {
  readonly sopClassUid?: string;
  readonly sopInstanceUid?: string;
  readonly failure: StoreFailure;
}

/** An object that was passed on whole. */
export type PassedObject = StoredIdentity;

/** What the sender is told (PS3.18 §10.5.3). */
export interface StoreOutcome {
  /** 200: all stored; 202: some, or with a warning; 409: none. */
  readonly status: 200 | 202 | 409;
  /** In the DICOM JSON model. */
  readonly dataset: DicomJsonObject;
}

const RETRIEVE_URL = '00081190';
const FAILED = '00081198';
const REFERENCED = '00081199';
const OTHER_FAILURES = '0008119A';
const REFERENCED_CLASS = '00081150';
const REFERENCED_INSTANCE = '00081155';
const FAILURE_REASON = '00081197';
const WARNING_REASON = '00081196';
const SEQUENCES = [REFERENCED, FAILED, OTHER_FAILURES];

/**
 * One answer of what the PACS says and what the gateway refused: its lists with ours behind, and the status that both together make
 * (PS3.18 Table 10.5.3-1). `told` is the PACS's dataset; empty where nothing was passed on.
 */
export function mergeOutcome(told: DicomJsonObject, refused: readonly RefusedObject[]): StoreOutcome {
  const { named, nameless } = refusedItems(refused);
  const stored = itemsOf(told[REFERENCED]);
  const failed = [...itemsOf(told[FAILED]), ...named];
  const others = [...itemsOf(told[OTHER_FAILURES]), ...nameless];
  const lists: Readonly<Record<string, readonly DicomJsonObject[]>> = {
    [REFERENCED]: stored,
    [FAILED]: failed,
    [OTHER_FAILURES]: others,
  };
  const elements: Record<string, DicomJsonElement> = {};
  for (const tag of [...Object.keys(told), ...SEQUENCES].toSorted()) {
    const items = Object.hasOwn(lists, tag) ? lists[tag] : undefined;
    const element = items === undefined ? told[tag] : listOf(items, told[tag] !== undefined);
    if (element !== undefined) elements[tag] = element;
  }
  return { status: statusOf(stored, failed.length + others.length), dataset: elements };
}

/** What can be said of objects that the PACS took without saying so in a form that can be read here. */
export function takenDataset(
  passed: readonly PassedObject[],
  retrieveUrl: (object: PassedObject) => string,
): DicomJsonObject {
  const items = passed.map((object) => ({
    ...references(object),
    [RETRIEVE_URL]: { vr: 'UR', Value: [retrieveUrl(object)] },
  }));
  return items.length === 0 ? {} : { [REFERENCED]: { vr: 'SQ', Value: items } };
}

/** Reads the dataset of a PACS's answer, which comes as an object or as a list of one; undefined for anything else. */
export function parseStoreAnswer(bytes: Uint8Array): DicomJsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    const [only] = list;
    return list.length === 1 && isDataset(only) ? only : undefined;
  } catch {
    return undefined;
  }
}

/** SOP Instance UIDs of which a dataset says that they were not stored. */
export function failedUids(dataset: DicomJsonObject): readonly string[] {
  return itemsOf(dataset[FAILED]).flatMap((item) => textOf(item, REFERENCED_INSTANCE) ?? []);
}

/** Whether a dataset says of any object what became of it. */
export function namesObjects(dataset: DicomJsonObject): boolean {
  return SEQUENCES.some((tag) => itemsOf(dataset[tag]).length > 0);
}

function isDataset(value: unknown): value is DicomJsonObject {
  return isObject(value) && Object.values(value).every(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusedItems(refused: readonly RefusedObject[]): {
  readonly named: readonly DicomJsonObject[];
  readonly nameless: readonly DicomJsonObject[];
} {
  const [named, nameless]: [DicomJsonObject[], DicomJsonObject[]] = [[], []];
  for (const { failure, sopClassUid, sopInstanceUid } of refused) {
    const reason = { [FAILURE_REASON]: { vr: 'US', Value: [STORE_FAILURES[failure]] } };
    if (sopInstanceUid === undefined) nameless.push(reason);
    else named.push({ ...references({ sopClassUid: sopClassUid ?? '', sopInstanceUid }), ...reason });
  }
  return { named, nameless };
}

function references({
  sopClassUid,
  sopInstanceUid,
}: {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}): DicomJsonObject {
  return {
    [REFERENCED_CLASS]: { vr: 'UI', ...(sopClassUid === '' ? {} : { Value: [sopClassUid] }) },
    [REFERENCED_INSTANCE]: { vr: 'UI', Value: [sopInstanceUid] },
  };
}

function itemsOf(element: DicomJsonElement | undefined): readonly DicomJsonObject[] {
  return Array.isArray(element?.Value) ? element.Value.filter(isDataset) : [];
}

/** Some PACS say of what failed that it was nothing: that stays said. */
function listOf(items: readonly DicomJsonObject[], wasTold: boolean): DicomJsonElement | undefined {
  if (items.length > 0) return { vr: 'SQ', Value: items };
  return wasTold ? { vr: 'SQ' } : undefined;
}

function statusOf(stored: readonly DicomJsonObject[], failures: number): StoreOutcome['status'] {
  if (stored.length === 0 && failures > 0) return 409;
  return failures > 0 || stored.some((item) => item[WARNING_REASON] !== undefined) ? 202 : 200;
}
