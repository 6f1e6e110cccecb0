import type { RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import type { JudgeDeps } from './judge-stored-results.ts';
import type { ObjectIdentity } from './late-objects.ts';
import type { AiResultReader, PacsClient } from './ports.ts';
import type { ResultsIndex } from './ports-store.ts';

/** What admitting a retrieval needs. */
export interface AdmitDeps extends JudgeDeps {
  readonly aiResults: AiResultReader;
  /** What AI machines stored. */
  readonly resultsIndex: ResultsIndex;
  readonly pacs: PacsClient;
}

/** A retrieval that may go on. */
export interface Admission {
  /** Whether one object of the answer may leave, decided at the moment it does. */
  readonly mayPass: (object: ObjectIdentity) => boolean;
  /** To be called right before objects are judged: a promise where something must be looked up first, which never rejects. */
  readonly lookUp: (objects: readonly ObjectIdentity[]) => Promise<void> | undefined;
  /** The last look, after the PACS began to answer and before the first byte. Throws NotPermitted, with the case. */
  readonly lastLook: () => Promise<void>;
  /** To be awaited before a further piece of the answer is looked at; absent where nothing in it hangs on what people say. */
  readonly readAnew?: (() => Promise<void>) | undefined;
  /** Whether the answer shows, or might show, what AI made: then nobody may keep it. */
  readonly concernsAi: boolean;
  /** Whether everything asked for may be shown whole, so that an answer that cannot be filtered may pass. For after the last look. */
  readonly isWhole: () => Promise<boolean>;
}

/** For what was judged whole before the PACS was asked. */
export const ALL_PASSES: Pick<Admission, 'mayPass' | 'lookUp'> = {
  mayPass: () => true,
  lookUp: () => undefined,
};

/** Study and series as objects or metadata come item by item; an item can be left out. */
export function isFiltered(resource: RetrieveResource): boolean {
  return resource.level !== 'instance' && (resource.part === 'objects' || resource.part === 'metadata');
}
