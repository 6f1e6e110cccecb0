import type { AiResult, StudyObject, StudyObjects } from '../../src/domain/dicom/ai-result.ts';
import { RegisterUnavailable, UpstreamFault } from '../../src/domain/errors.ts';
import type { Caller, Machine } from '../../src/domain/principal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { AiResultReader, StudyContextReader } from '../../src/flows/ports.ts';
import type { RetrieveDeps } from '../../src/flows/retrieve.ts';
import { createPrepareSearch } from '../../src/flows/prepared-search.ts';
import { createRepeatedAnswers } from '../../src/flows/repeated-answers.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from './memory-case-log.ts';
import { createMemoryPacs, type CannedAnswer, type MemoryPacs } from './memory-pacs.ts';
import { createMemoryWorkitems } from './memory-workitems.ts';
import { part10 } from './part-10.ts';
import { aPrincipal, aRegister, aStudy, MODEL, NOW, VERSION } from './register-builder.ts';
import { createSeenIndex, type SeenIndex } from './seen-results.ts';
import { createSaidWords, type SaidWords } from './said-words.ts';
import { seriesUid, sopInstanceUid, studyUid } from './uids.ts';

/** A study of two CT images, a report by a model that is unlocked for the radiologist, and a capture by an unknown one. */
export const STUDY = studyUid('1.2.826.0.1.99.1');
export const CT_SERIES = seriesUid('1.10');
export const REPORT_SERIES = seriesUid('1.20');
export const CAPTURE_SERIES = seriesUid('1.30');
export const CT_ONE = sopInstanceUid('1.10.1');
export const CT_TWO = sopInstanceUid('1.10.2');
export const REPORT = sopInstanceUid('1.20.1');
export const CAPTURE = sopInstanceUid('1.30.1');
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';
const SC = '1.2.840.10008.5.1.4.1.1.7';

type HeldObject = StudyObject & Required<Pick<StudyObject, 'sopClassUid'>>;

const OBJECTS: readonly HeldObject[] = [
  { seriesInstanceUid: CT_SERIES, sopInstanceUid: CT_ONE, sopClassUid: CT, modality: 'CT' },
  { seriesInstanceUid: CT_SERIES, sopInstanceUid: CT_TWO, sopClassUid: CT, modality: 'CT' },
  { seriesInstanceUid: REPORT_SERIES, sopInstanceUid: REPORT, sopClassUid: SR, modality: 'SR' },
  { seriesInstanceUid: CAPTURE_SERIES, sopInstanceUid: CAPTURE, sopClassUid: SC, modality: 'CT' },
];

export const REPORT_RESULT: AiResult = {
  seriesInstanceUid: REPORT_SERIES,
  sopInstanceUid: REPORT,
  grade: 'definite',
  algorithmName: MODEL,
  algorithmVersion: VERSION,
  madeAt: NOW - 60_000,
};
export const CAPTURE_RESULT: AiResult = {
  seriesInstanceUid: CAPTURE_SERIES,
  sopInstanceUid: CAPTURE,
  grade: 'definite',
};

/** What goes wrong in this house. */
export interface Faults {
  readonly register?: 'throws';
  readonly aiReader?: 'throws' | 'empty';
  readonly context?: 'throws';
  readonly caseLog?: 'throws';
}

export interface RetrievalHouse {
  readonly deps: RetrieveDeps;
  readonly pacs: MemoryPacs;
  readonly caseLog: MemoryCaseLog;
  /** Replaces the register, as a stop-use or an import does. */
  readonly changeRegister: (register: RegisterSnapshot) => void;
  readonly counted: () => number;
  readonly unmapped: () => number;
  /** None, unless a test adds some. */
  readonly workitems: ReturnType<typeof createMemoryWorkitems>;
  /** What AI machines stored; nothing, unless a test adds it. */
  readonly resultsIndex: SeenIndex;
  /** What people say of objects that are probably AI's. */
  readonly said: SaidWords;
  /** Which objects the AI reader was asked for. */
  readonly needs: readonly unknown[];
  /** Every read that was noted, in order: of which study, asked for with which headers. */
  readonly reads: readonly unknown[];
}

interface Plan {
  readonly faults?: Faults;
  readonly results?: readonly AiResult[];
  readonly answers?: Readonly<Record<string, CannedAnswer>>;
  readonly extraObjects?: readonly StudyObject[];
  /** Ends what is given a moment only. */
  readonly after?: RetrieveDeps['after'];
}

/** Everything retrieve and search need, over a PACS in memory that holds the study. */
export function createRetrievalHouse(plan: Plan = {}): RetrievalHouse {
  const { faults = {}, results = [REPORT_RESULT, CAPTURE_RESULT] } = plan;
  let register = aRegister();
  const counts = { drift: 0, unmapped: 0 };
  const needs: unknown[] = [];
  const reads: unknown[] = [];
  const resultsIndex = createSeenIndex();
  const said = createSaidWords();
  const caseLog = createMemoryCaseLog();
  const workitems = createMemoryWorkitems();
  if (faults.caseLog === 'throws') caseLog.behave('fails');
  const pacs = createMemoryPacs({ ...studyAnswers(), ...plan.answers });
  const deps: RetrieveDeps = {
    identity: createFixedIdentity(callers()),
    register: {
      snapshot: () => {
        if (faults.register === 'throws')
          throw new RegisterUnavailable('The register cannot be read (test).');
        return register;
      },
    },
    studies: contextReader(faults),
    workitems,
    resultsIndex,
    words: said.words,
    waiting: said.waiting,
    holds: said.holds,
    // Nothing is too slow here, unless a test says so.
    after: plan.after ?? (() => () => undefined),
    prepareSearch: createPrepareSearch(),
    repeated: createRepeatedAnswers(),
    aiResults: aiReader(faults, { results, extra: plan.extraObjects ?? [], needs }),
    caseLog,
    drift: { count: () => (counts.drift += 1) },
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    // Beside the case log here, so that tests read it entry by entry; a recorder of its own shows what it writes.
    accesses: { note: ({ study }, { headers }) => void reads.push({ study, headers }) },
    pacs,
    publicDicomwebUrl: 'https://gw.example/dicom-web',
    onUnmappedUrls: (count) => (counts.unmapped += count),
  };
  return {
    deps,
    pacs,
    caseLog,
    workitems,
    needs,
    reads,
    resultsIndex,
    said,
    changeRegister: (next) => (register = next),
    counted: () => counts.drift,
    unmapped: () => counts.unmapped,
  };
}

function callers(): Readonly<Record<string, Caller>> {
  return {
    alice: aPrincipal(),
    'alice-again': aPrincipal({ sessionRef: 'session-2' }),
    stranger: aPrincipal({ subject: 'nobody', sessionRef: 'session-3' }),
    'chest-ai': aMachine('chest-ai', 'ai-results'),
    'other-ai': aMachine('other-ai', 'ai-results'),
    scanner: aMachine('scanner', 'modality'),
    endpoint: { kind: 'study-reader', studyInstanceUid: STUDY, caseId: 'c-1', expiresAt: NOW + 60_000 },
  };
}

function aMachine(id: string, purpose: Machine['purpose']): Machine {
  return { kind: 'machine', id, purpose, models: [{ model: MODEL, version: VERSION }], proof: 'key' };
}

function contextReader(faults: Faults): StudyContextReader {
  return {
    studyContext: async () => {
      if (faults.context === 'throws') throw new UpstreamFault('upstream-timeout', 'pacs');
      return aStudy();
    },
  };
}

function aiReader(
  faults: Faults,
  held: {
    readonly results: readonly AiResult[];
    readonly extra: readonly StudyObject[];
    readonly needs: unknown[];
  },
): AiResultReader {
  return {
    objectsOf: async (study, needs): Promise<StudyObjects> => {
      held.needs.push(needs);
      if (faults.aiReader === 'throws') throw new UpstreamFault('upstream-unreachable', 'pacs');
      if (faults.aiReader === 'empty' || study !== STUDY) return { objects: new Map(), aiResults: [] };
      const objects = [...OBJECTS, ...held.extra].map((object) => [object.sopInstanceUid, object] as const);
      return { objects: new Map(objects), aiResults: held.results };
    },
  };
}

const ui = (value: string) => ({ vr: 'UI', Value: [value] });

/** The row or metadata of an object. */
export function datasetOf(object: HeldObject): Readonly<Record<string, unknown>> {
  return {
    '00080016': ui(object.sopClassUid),
    '00080018': ui(object.sopInstanceUid),
    '00080060': { vr: 'CS', Value: [object.modality ?? 'OT'] },
    '00081190': { vr: 'UR', Value: [`http://pacs:8042/dicom-web/studies/${STUDY}`] },
    '0020000D': ui(STUDY),
    '0020000E': ui(object.seriesInstanceUid),
  };
}

const JSON_TYPE = { 'content-type': 'application/dicom+json', etag: '"1"', 'content-length': '5' };
const json = (value: unknown): CannedAnswer => ({ headers: JSON_TYPE, body: JSON.stringify(value) });

/** The given objects as a multipart answer. */
export function multipartOf(objects: readonly HeldObject[], isCut = false): CannedAnswer {
  const parts = objects.map((object) =>
    Buffer.concat([
      Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n'),
      part10(object.sopInstanceUid, 100, { sopClassUid: object.sopClassUid }),
      Buffer.from('\r\n'),
    ]),
  );
  return {
    headers: {
      'content-type': 'multipart/related; type="application/dicom"; boundary=edge',
      'cache-control': 'public, max-age=9',
    },
    body: Buffer.concat([...parts, Buffer.from(isCut ? '--ed' : '--edge--\r\n')]),
  };
}

export const allObjects = OBJECTS;
export const pathTo = (object: StudyObject): string =>
  `studies/${STUDY}/series/${object.seriesInstanceUid}/instances/${object.sopInstanceUid}`;

function studyAnswers(): Readonly<Record<string, CannedAnswer>> {
  const study = `studies/${STUDY}`;
  const bySeries = Map.groupBy(OBJECTS, (object) => object.seriesInstanceUid);
  const image = { headers: { 'content-type': 'image/png', 'cache-control': 'max-age=60' }, body: 'picture' };
  const series = [...bySeries].flatMap(([uid, objects]) => [
    [`${study}/series/${uid}`, multipartOf(objects)],
    [`${study}/series/${uid}/metadata`, json(objects.map(datasetOf))],
    [`${study}/series/${uid}/instances`, json(objects.map(datasetOf))],
    [`${study}/series/${uid}/rendered`, image],
    [`${study}/series/${uid}/thumbnail`, image],
  ]);
  const instances = OBJECTS.flatMap((object) => [
    [pathTo(object), multipartOf([object])],
    [`${pathTo(object)}/metadata`, json([datasetOf(object)])],
    [`${pathTo(object)}/rendered`, image],
    [`${pathTo(object)}/frames/1`, image],
  ]);
  return Object.fromEntries([
    ...series,
    ...instances,
    [study, multipartOf(OBJECTS)],
    [`${study}/metadata`, json(OBJECTS.map(datasetOf))],
    [
      `${study}/series`,
      json([...bySeries.values()].flatMap((objects) => objects.slice(0, 1).map(datasetOf))),
    ],
    [`${study}/instances`, json(OBJECTS.map(datasetOf))],
    [`${study}/rendered`, image],
    [`${study}/thumbnail`, image],
    [`${study}/bulkdata`, image],
    ['studies', json([datasetOf(firstObject())])],
    ['series', json([...bySeries.values()].flatMap((objects) => objects.slice(0, 1).map(datasetOf)))],
    ['instances', json(OBJECTS.map(datasetOf))],
  ]);
}

function firstObject(): HeldObject {
  const [first] = OBJECTS;
  if (first === undefined) throw new Error('no objects');
  return first;
}
