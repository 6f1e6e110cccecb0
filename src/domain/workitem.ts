import type { DicomJsonObject } from './dicom/dicom-json.ts';
import type { StudyContext } from './dicom/study-context.ts';
import { element } from './dicom/workitem-change.ts';
import type { WorkitemState } from './dicom/workitem-state.ts';
import { WORKITEM_TAGS as TAGS } from './dicom/workitem-tags.ts';
import type { CaseId, ModelName, PractitionerId, SopInstanceUid, VersionString } from './identifiers.ts';
import type { Principal } from './principal.ts';
import type { EndpointFunction } from './words.ts';

/** How many of one person's workitems are kept, open and final together. */
export const MAX_WORKITEMS_OF_A_CREATOR = 1_000;
/** How many of one person's workitems may be open. */
export const MAX_OPEN_OF_A_CREATOR = 200;

/** Work for an AI model version, asked for by a person and kept until a while after its end. */
export interface Workitem {
  readonly uid: SopInstanceUid;
  readonly state: WorkitemState;
  /** The key of whoever claimed it. Shown to nobody. */
  readonly transactionUid?: string;
  /** All of its attributes but state and key. */
  readonly dataset: DicomJsonObject;
  readonly model: ModelName;
  readonly version: VersionString;
  readonly function: EndpointFunction;
  readonly creator: PractitionerId;
  /** How the creator had signed in, and what the PACS said of the study, when it was permitted. */
  readonly asked: { readonly caller: Principal; readonly study: StudyContext };
  /** The case in which that permission stands. */
  readonly caseId: CaseId;
  readonly intentId: string;
  /** Whether the case log holds how it ended. */
  readonly isCaseEnded: boolean;
  /** The machine that claimed it. */
  readonly performer?: string;
  /** What somebody said who asked its performer to cancel it, in attributes; the last of them. */
  readonly cancelAsked?: DicomJsonObject;
  /** Ms since the epoch. */
  readonly createdAt: number;
  readonly finalAt?: number;
  /** From 1, one more with every change. */
  readonly revision: number;
}

/** Whose workitems: everybody's, one person's, or those for some model versions. */
export type WorkitemsOf =
  | { readonly kind: 'all' }
  | { readonly kind: 'creator'; readonly creator: PractitionerId }
  | {
      readonly kind: 'models';
      readonly models: readonly { readonly model: ModelName; readonly version: VersionString }[];
    };

/** Whether a workitem is one of these. */
export function isOneOf(
  { creator, model, version }: Pick<Workitem, 'creator' | 'model' | 'version'>,
  of: WorkitemsOf,
): boolean {
  if (of.kind === 'models') return of.models.some((one) => one.model === model && one.version === version);
  return of.kind === 'all' || of.creator === creator;
}

/** A workitem as its readers see it: with its state, without its key (PS3.18 §11.5). */
export function shownWorkitem({ dataset, state }: Pick<Workitem, 'dataset' | 'state'>): DicomJsonObject {
  const shown = { ...dataset, [TAGS.state]: element('CS', state) };
  return Object.fromEntries(Object.entries(shown).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
