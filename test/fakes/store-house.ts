import type { Caller, Machine } from '../../src/domain/principal.ts';
import { multipartParts } from '../../src/domain/dicom/multipart-parts.ts';
import { multipartBoundary } from '../../src/domain/dicom/dicomweb-media.ts';
import type { PacsAnswer } from '../../src/flows/ports.ts';
import { singlePiece } from '../../src/flows/dicomweb-answer.ts';
import type { PacsStoreRequest } from '../../src/flows/ports-store.ts';
import {
  storeObjects,
  type StoreAnswer,
  type StoreDeps,
  type StoreInput,
} from '../../src/flows/store-objects.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { createMemoryCaseLog } from './memory-case-log.ts';
import { createMemoryWorkitems } from './memory-workitems.ts';
import { createMemoryPacs, type CannedAnswer } from './memory-pacs.ts';
import { createMemoryStoredResults } from './memory-stored-results.ts';
import {
  aModelVersion,
  aPrincipal,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  VERSION,
  versionString,
} from './register-builder.ts';
import { CT, multipartBody } from './stored-files.ts';
import { studyUid } from './uids.ts';

export const BOTH = [
  { model: MODEL, version: VERSION },
  { model: MODEL, version: '9.9.9' },
] as const;

/** A store request that reached the PACS. */
interface Sent {
  readonly study: string | undefined;
  readonly contentType: string;
  /** Whether its body came to an end. */
  isWhole: boolean;
  readonly parts: Buffer[];
}

interface Plan {
  /** What the PACS answers; by default that it stored everything. */
  readonly answer?: (sent: Sent) => CannedAnswer;
  /** Answers before it has read anything. */
  readonly isEarly?: boolean;
  readonly searches?: Readonly<Record<string, CannedAnswer>>;
  readonly people?: StoreDeps['storingProfessions'];
  /** What the PACS says of a study; by default that it is a chest CT at a site of the register's. */
  readonly study?: StoreDeps['studiesAnywhere']['studyContext'];
}

export type StoreHouse = ReturnType<typeof createStoreHouse>;

/** Everything that storing needs, over a PACS in memory that keeps what it is sent. */
export function createStoreHouse(plan: Plan = {}) {
  const sent: Sent[] = [];
  const forgotten: string[] = [];
  const unmapped: number[] = [];
  const storedResults = createMemoryStoredResults();
  const caseLog = createMemoryCaseLog();
  const workitems = createMemoryWorkitems();
  const counts = { drift: 0 };
  // Machines do without it, and so does a process that cannot read the policy's files.
  let register: ReturnType<typeof aRegister> | undefined;
  const pacs = createMemoryPacs(plan.searches ?? {});
  const deps: StoreDeps = {
    identity: createFixedIdentity(callers()),
    register: { snapshot: () => (register ??= storeRegister()) },
    storingProfessions: plan.people ?? ['radiologist'],
    storedResults,
    pacs,
    pacsStore: { store: async (request) => await take(request, plan, sent) },
    memories: [{ forget: (study) => void forgotten.push(study) }],
    studiesAnywhere: { studyContext: plan.study ?? (async (study) => aStudy({ studyInstanceUid: study })) },
    caseLog,
    caseLogReader: caseLog,
    workitems,
    drift: { count: () => void (counts.drift += 1) },
    clock: { nowMs: () => NOW },
    ids: { newId: () => 'random' },
    publicDicomwebUrl: 'https://gw.example/dicom-web',
    onUnmappedUrls: (count) => void unmapped.push(count),
  };
  const changeRegister = (next: ReturnType<typeof aRegister>): void => void (register = next);
  return { deps, sent, forgotten, unmapped, storedResults, caseLog, workitems, counts, pacs, changeRegister };
}

/** Both versions are in use. */
export function storeRegister(changes: Parameters<typeof aRegister>[0] = {}): ReturnType<typeof aRegister> {
  const modelVersions = BOTH.map(({ version }) => aModelVersion({ version: versionString(version) }));
  return aRegister({ modelVersions, ...changes });
}

function callers(): Readonly<Record<string, Caller>> {
  const machine = (id: string, purpose: Machine['purpose'], models: Machine['models'] = []): Machine => ({
    kind: 'machine',
    id,
    purpose,
    models,
    proof: 'key',
  });
  return {
    alice: aPrincipal(),
    'alice-token': aPrincipal({ scopes: ['images', 'ai'] }),
    'alice-unsure': aPrincipal({ unconfirmed: true }),
    emergency: aPrincipal({ method: 'break-glass' }),
    stranger: aPrincipal({ subject: 'nobody' }),
    ct: machine('ct-1', 'modality'),
    ai: machine('chest-ai', 'ai-results', BOTH.slice(0, 1)),
    'ai-two': machine('two-ai', 'ai-results', BOTH),
    events: machine('pacs-1', 'pacs-events'),
    endpoint: { kind: 'study-reader', studyInstanceUid: '1.7', caseId: 'c-1', expiresAt: NOW + 1 },
  };
}

async function take(request: PacsStoreRequest, plan: Plan, all: Sent[]): Promise<PacsAnswer> {
  const { study, contentType, body } = request;
  const sent: Sent = { study, contentType, isWhole: false, parts: [] };
  all.push(sent);
  if (plan.isEarly !== true) await readParts(sent, body);
  const { status = 200, headers = {}, body: said = '' } = (plan.answer ?? allStored)(sent);
  if (typeof said === 'function') return { status, headers, body: said(), cancel: () => undefined };
  return { status, headers, body: singlePiece(Buffer.from(said)), cancel: () => undefined };
}

async function readParts(sent: Sent, body: PacsStoreRequest['body']): Promise<void> {
  for await (const event of multipartParts(body, multipartBoundary(sent.contentType) ?? '')) {
    if (event.kind === 'begin') sent.parts.push(Buffer.alloc(0));
    if (event.kind === 'data') sent.parts.push(Buffer.concat([...sent.parts.splice(-1), event.bytes]));
  }
  sent.isWhole = true;
}

function allStored({ parts }: Sent): CannedAnswer {
  const item = {
    '00081150': { vr: 'UI', Value: [CT] },
    '00081190': { vr: 'UR', Value: ['http://pacs:8042/dicom-web/studies/1'] },
  };
  return { body: JSON.stringify({ '00081199': { vr: 'SQ', Value: parts.map(() => item) } }) };
}

interface Sending {
  readonly token?: string;
  readonly study?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the files in a multipart body. */
  readonly body?: StoreInput['body'];
  readonly pieceBytes?: number;
  readonly requestId?: string;
}

/** Stores the given files, as the CT scanner unless another token is given. */
export async function runStore(
  house: Pick<StoreHouse, 'deps'>,
  files: readonly Buffer[],
  { token = 'ct', study, headers = {}, body, pieceBytes, requestId = 'r-1' }: Sending = {},
): Promise<StoreAnswer> {
  const whole = multipartBody(files);
  const size = pieceBytes ?? whole.length;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
  }
  const contentType = 'multipart/related; type="application/dicom"; boundary=edge';
  const input: StoreInput = {
    evidence: { bearerToken: token },
    requestId,
    headers: { 'content-type': contentType, ...headers },
    body: body ?? pieces(),
    ...(study === undefined ? {} : { study: studyUid(study) }),
  };
  return await storeObjects(house.deps, input, new AbortController().signal);
}
