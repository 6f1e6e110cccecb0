import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bindWorkitemFlows } from '../../src/compose-workitems.ts';
import { retrieve, type RetrieveDeps } from '../../src/flows/retrieve.ts';
import { search } from '../../src/flows/search.ts';
import { storeObjects } from '../../src/flows/store-objects.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { startListener } from '../../src/http/start-listener.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { createPacsStore } from '../../src/upstreams/pacs-store.ts';
import { edgeApp } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { startRecordingPacs, type RecordedRequest } from './recording-pacs.ts';
import { allObjects, createRetrievalHouse, pathTo } from './retrieval-house.ts';
import { createStoreHouse } from './store-house.ts';
import { createWorkitemHouse } from './workitem-house.ts';

/** Every address that may reach a PACS: known words, UIDs, tags and frames; and queries of known shapes. */
const UID = '[0-9]+(?:\\.[0-9]+)*';
const BULK = '(?:bulk|bulkdata)(?:/[0-9A-Za-z,_-]+){0,32}';
const PART = `(?:/(?:metadata|rendered|thumbnail|pixeldata|${BULK}|frames/[0-9,]+(?:/(?:rendered|thumbnail))?))?`;
const CANONICAL_PATH = new RegExp(
  `^/dicom-web/(?:studies|series|instances|studies/${UID}(?:/(?:series|instances)|(?:/series/${UID}(?:/instances(?:/${UID})?)?)?${PART}))$`,
);
const CANONICAL_QUERY = /^(?:[0-9A-F.]+|[a-z]+)=[^&=]*(?:&(?:[0-9A-F.]+|[a-z]+)=[^&=]*)*$/;
/** What a PACS may be told by headers: nothing that names a caller, a host of theirs, or another address. */
const ALLOWED_HEADERS = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'connection',
  'forwarded',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'range',
  'x-forwarded-host',
  'x-forwarded-proto',
]);
/** Where objects are stored, and what is said of their bytes. */
const STORE_PATH = new RegExp(`^/dicom-web/studies(?:/${UID})?$`);
const STORE_HEADERS = new Set([...ALLOWED_HEADERS, 'content-type', 'content-length', 'transfer-encoding']);
const nothing = (): void => undefined;
/** Nobody reads its lines, and a hundred thousand of them are kept by nobody. */
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * The whole public app over a PACS that records what reaches it. Alice may read all images, store objects, and create workitems, each by
 * the real flows.
 */
export interface HostileHouse {
  /** Sends bytes as they are and collects what comes back until the connection ends. */
  readonly send: (bytes: string | Buffer) => Promise<string>;
  /** The same, and says that nothing more comes. */
  readonly ended: (bytes: string) => Promise<string>;
  readonly open: () => Promise<Socket>;
  readonly port: number;
  readonly taken: () => readonly RecordedRequest[];
  readonly close: () => Promise<void>;
}

export async function openHostileHouse(bodyIdleMs = 60_000): Promise<HostileHouse> {
  const upstream = await startRecordingPacs();
  const options = {
    baseUrl: upstream.dicomwebUrl,
    timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
    publicDicomwebUrl: 'https://gateway.example/dicom-web',
  };
  const pacs = createPacsClient(options);
  const pacsStore = createPacsStore(options);
  const app = edgeApp({ flows: hostileFlows({ pacs, pacsStore }), logger: SILENT });
  const listener = await startListener({ app, host: '127.0.0.1', port: 0, bodyIdleMs });
  const port = Number(new URL(listener.url).port);
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const exchange = async (act: (socket: Socket) => void): Promise<string> => {
    const socket = await open();
    let got = '';
    socket.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
    const isOver = new Promise((resolve) => socket.once('close', resolve));
    act(socket);
    await isOver;
    return got;
  };
  return {
    open,
    port,
    send: async (bytes) => await exchange((socket) => socket.write(bytes)),
    ended: async (bytes) => await exchange((socket) => socket.end(bytes, 'latin1')),
    taken: upstream.taken,
    close: async () => {
      await listener.close(0);
      await Promise.all([pacs.close(), pacsStore.close()]);
      await upstream.close();
    },
  };
}

function hostileFlows({
  pacs,
  pacsStore,
}: {
  readonly pacs: RetrieveDeps['pacs'];
  readonly pacsStore: Parameters<typeof storeObjects>[0]['pacsStore'];
}): Flows {
  const retrieval = createRetrievalHouse();
  const note = nothing;
  const reading: RetrieveDeps = { ...retrieval.deps, pacs, accesses: { note } };
  const storing = { ...createStoreHouse().deps, pacs, pacsStore };
  const { identity } = retrieval.deps;
  return fakeFlows({
    ...bindWorkitemFlows({ ...createWorkitemHouse().deps, identity }),
    search: async (input, signal) => await search(reading, input, signal),
    retrieve: async (input, signal) => await retrieve(reading, input, signal),
    storeObjects: async (input, signal) => await storeObjects(storing, input, signal),
  });
}

/** What is wrong with a request that reached the PACS; undefined where it is one that may. */
export function strayIn({ method, target, headers }: RecordedRequest): string | undefined {
  const isStore = method === 'POST';
  if (method !== 'GET' && !isStore) return `method ${method}`;
  const isKnown = isStore ? STORE_PATH.test(target) : isCanonical(target);
  if (!isKnown) return `target ${target.slice(0, 300)}`;
  const allowed = isStore ? STORE_HEADERS : ALLOWED_HEADERS;
  const stranger = Object.keys(headers).find((name) => !allowed.has(name));
  if (stranger !== undefined) return `header ${stranger}`;
  return headers['x-forwarded-host'] === 'gateway.example' ? undefined : 'forwarded host';
}

function isCanonical(target: string): boolean {
  const [path = '', query, ...more] = target.split('?');
  return (
    CANONICAL_PATH.test(path) && more.length === 0 && (query === undefined || CANONICAL_QUERY.test(query))
  );
}

/** An object of the study that this house knows. */
export const KNOWN_OBJECT = allObjects.map(pathTo)[0] ?? '';
