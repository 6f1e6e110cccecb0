import type { CaseView } from '../../src/domain/case-view.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { NotIdentified } from '../../src/domain/errors.ts';
import type { EntryKind, LogEntry } from '../../src/domain/log-entry.ts';
import { parseCaseId, parseStudyUid, type CaseId } from '../../src/domain/identifiers.ts';
import type { DicomwebAnswer } from '../../src/flows/dicomweb-answer.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { WhoAmI } from '../../src/flows/who-am-i.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { MODELS } from './fake-models.ts';
import { fakeAnswerFlows } from './fake-answer-flows.ts';
import { fakeDueFlows } from './fake-due-flows.ts';
import { fakeExplanationFlows } from './fake-explanation-flows.ts';
import { fakeModelFlows } from './fake-model-flows.ts';
import { fakePeopleFlows } from './fake-people-flows.ts';
import { fakeRegisterFlows } from './fake-register-flows.ts';
import { fakeWorkitemFlows } from './fake-workitem-flows.ts';
import { fakeResultFlows } from './fake-result-flows.ts';

/** The only session the fake flows know; every other token is as good as none. */
export const KNOWN_SESSION = 'known-session';
export const STUDY = must(parseStudyUid('1.2.826.0.1.3680043.10.1418.1'));
export const CASE = caseIdOf(1);
const NOW_US = Date.UTC(2026, 2, 3, 14, 5, 6) * 1000;

/** The case identifier with this number in its last place. */
function caseIdOf(number: number): CaseId {
  return must(parseCaseId(`c-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`));
}

/** Alice: radiologist, smart card; auditor too, so that one person opens every page. */
export const ALICE: WhoAmI = {
  principal: {
    kind: 'person',
    provider: 'urn:example:idp',
    subject: 'alice.osei',
    method: 'saml',
    assurance: 3,
    authenticatedAt: NOW_US / 1000,
    expiresAt: NOW_US / 1000 + 3_600_000,
    sessionRef: 'ref-1',
  },
  practitioner: { id: 'alice.osei', name: 'Alice Osei', profession: 'radiologist', roles: ['auditor'] },
};

export const CT_ROW: DicomJsonObject = {
  '0020000D': { vr: 'UI', Value: [STUDY] },
  '00080020': { vr: 'DA', Value: ['20260303'] },
  '00080050': { vr: 'SH', Value: ['A1001'] },
  '00080061': { vr: 'CS', Value: ['CT'] },
  '00081030': { vr: 'LO', Value: ['CT head'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'MADEUP^Mary^Ann' }] },
  '00100020': { vr: 'LO', Value: ['SIM-0001'] },
  '00100030': { vr: 'DA', Value: ['19610412'] },
  '00100040': { vr: 'CS', Value: ['F'] },
};
const SERIES_ROW: DicomJsonObject = {
  '0020000E': { vr: 'UI', Value: [`${STUDY}.1`] },
  '00080060': { vr: 'CS', Value: ['CT'] },
  '00201209': { vr: 'IS', Value: [22] },
};
const INSTANCE_ROW: DicomJsonObject = { '00080018': { vr: 'UI', Value: [`${STUDY}.1.12`] } };

export const RELEASED_CASE: CaseView = {
  caseId: CASE,
  openedUs: NOW_US,
  state: 'released',
  function: 'quality-check',
  model: 'burned-in-text',
  version: '1.0.0',
  site: 'sandbox-general',
  modality: ['CT'],
  reasons: [],
  score: 0.8312345,
  positive: true,
  finding: 'text found',
  inputVerified: true,
  studyInstanceUid: STUDY,
  practitioner: 'alice.osei',
  entries: [
    { seq: 41, kind: 'case.intent', wallUs: NOW_US },
    { seq: 42, kind: 'case.outcome', wallUs: NOW_US + 2_000_000 },
  ],
};

/** An entry of the log with this place and kind. */
export function logEntry(seq: number, kind: EntryKind, more: Partial<LogEntry> = {}): LogEntry {
  return {
    seq,
    id: `id-${seq}`,
    kind,
    node: 'n1',
    boot: 'b1',
    wallUs: NOW_US + seq,
    facts: {},
    personal: {},
    leaf: 'a'.repeat(64),
    body: Buffer.from(`{"seq":${seq}}`),
    ...more,
  };
}

const ENTRIES: readonly LogEntry[] = [
  logEntry(42, 'case.outcome', {
    caseId: CASE,
    facts: {
      function: 'quality-check',
      model: { id: 'burned-in-text', version: '1.0.0' },
      release: { action: 'released', reasons: [] },
    },
    personal: { user: 'alice.osei', studyUid: STUDY, patientId: 'SIM-0001' },
  }),
  logEntry(41, 'case.refused', {
    caseId: caseIdOf(2),
    facts: {
      function: 'quality-check',
      model: { id: 'burned-in-text', version: '2.0.0' },
      decision: { result: 'deny', reasons: ['not-released', 'approval-missing'], at: 0, registerSeq: 7 },
    },
    personal: { user: 'david.lloyd' },
  }),
  logEntry(3, 'register.change', {
    facts: {
      change: {
        kind: 'approval',
        action: 'added',
        id: 'a-7',
        digest: 'sha256:00ff',
        administrators: ['fiona.grant'],
      },
    },
  }),
  logEntry(2, 'auth', {
    facts: {
      change: { outcome: 'refused', provider: 'urn:example:idp', method: 'saml', code: 'not-in-time' },
    },
  }),
  logEntry(0, 'node.start'),
];
const VERIFICATION = {
  verifiedSize: 42,
  size: 43,
  checkpoint:
    'caselog.example/2026-1\n42\nq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n\n— caselog.example/2026-1 AAAAAAAA\n',
};

/** An answer of the PACS that holds these rows. */
export function rowsAnswer(rows: readonly DicomJsonObject[]): DicomwebAnswer {
  const bytes = Buffer.from(JSON.stringify(rows));
  return {
    status: 200,
    headers: { 'content-type': 'application/dicom+json' },
    body: (async function* () {
      yield bytes;
    })(),
    cancel: () => undefined,
  };
}

/** Every flow, answering from the made-up data above; only the known session is signed in, as the real ones hold it. */
export function fakeFlows(overrides: Partial<Flows> = {}): Flows {
  const receipt = { seq: 43, id: 'id-43', leaf: 'b'.repeat(64) };
  const flows: Flows = {
    ...fakePeopleFlows(),
    ...fakeModelFlows(),
    whoAmI: async (input, signal) => admitted(input.evidence, signal, ALICE),
    whoCalls: async (input, signal) => flows.whoAmI(input, signal),
    whoSignedIn: async (input, signal) => admitted(input.evidence, signal, ALICE.principal),
    createOneTimeCode: async (input, signal) =>
      admitted(input.evidence, signal, {
        username: 'code-7k2m',
        code: '7F3K-92QX-M4TD-0HBV',
        scopes: input.scopes,
        expiresAt: NOW_US / 1000 + 120_000,
      }),
    listModels: async (input, signal) => admitted(input.evidence, signal, MODELS),
    listLabelModels: async (input, signal) => admitted(input.evidence, signal, []),
    listTensorModels: async (input, signal) =>
      admitted(input.evidence, signal, {
        rows: MODELS.filter(({ model }) => model === input.model),
        describe: () => Promise.resolve(undefined),
      }),
    findSeriesStudy: async (input, signal) => admitted(input.evidence, signal, STUDY),
    runInference: async (input, signal) =>
      admitted(input.evidence, signal, {
        kind: 'result',
        caseId: CASE,
        receipt,
        function: input.function ?? 'quality-check',
        again: () => Promise.reject(new Error('nothing is repeated here')),
        body: {
          outputs: [{ name: 'draft', datatype: 'BYTES', shape: [1], data: ['CT head.\n\nFindings: none.'] }],
        },
      }),
    listCases: async (input, signal) =>
      admitted(input.evidence, signal, { cases: [RELEASED_CASE], next: '41' }),
    readMyCase: async (input, signal) =>
      admitted(input.evidence, signal, input.caseId === CASE ? RELEASED_CASE : undefined),
    readCaseLog: async (input, signal) =>
      admitted(input.evidence, signal, { entries: ENTRIES, next: '0', verification: VERIFICATION }),
    exportCaseLog: async (input, signal) =>
      admitted(input.evidence, signal, {
        size: 2,
        entries: inOrder([logEntry(0, 'node.start'), logEntry(1, 'auth')]),
      }),
    readVerification: async (input, signal) => admitted(input.evidence, signal, VERIFICATION),
    readDrift: async (input, signal) => admitted(input.evidence, signal, []),
    ...fakeDueFlows(),
    ...fakeExplanationFlows(),
    ...fakeRegisterFlows(admitted),
    ...fakeWorkitemFlows(admitted),
    ...fakeResultFlows(admitted),
    ...fakeAnswerFlows(admitted),
    checkReadiness: async () => ({
      ready: true,
      parts: [{ part: 'pacs', ok: true, detail: 'The PACS answers.' }],
      aiLockedBecause: [],
    }),
    storeObjects: async (input, signal) =>
      admitted(input.evidence, signal, {
        status: 200,
        dataset: {},
        format: 'json',
        counts: { passed: 1, refused: {} },
      }),
    search: async (input, signal) => {
      const { of } = input.resource;
      const rows = { studies: [CT_ROW], series: [SERIES_ROW], instances: [INSTANCE_ROW] };
      return admitted(input.evidence, signal, rowsAnswer(rows[of]));
    },
    retrieve: async (input, signal) => admitted(input.evidence, signal, rowsAnswer([])),
  };
  const { whoAmI = flows.whoAmI } = overrides;
  return { ...flows, whoCalls: whoAmI, ...overrides };
}

function admitted<T>(evidence: LoginEvidence, signal: AbortSignal, answer: T): T {
  signal.throwIfAborted();
  if ((evidence.bearerToken ?? evidence.sessionToken) !== KNOWN_SESSION) throw new NotIdentified();
  return answer;
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a made-up identifier is malformed');
  return value;
}
