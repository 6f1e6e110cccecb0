import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { aStudy } from './register-builder.ts';
import { storedFile } from './stored-files.ts';
import { formBoundary, readFormParts } from '../../src/domain/form-parts.ts';

/** One call of a model as the server received it. */
export interface ReceivedLabelCall {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** The form field `params`, parsed. */
  readonly params: unknown;
}

type Answer = (res: ServerResponse, call: ReceivedLabelCall) => void;

/** A real HTTP server on loopback that speaks MONAI Label as it is told to: well, badly, or never. */
export interface LabelServer {
  readonly baseUrl: string;
  readonly calls: readonly ReceivedLabelCall[];
  /** From now on every call of a model is answered like this. */
  readonly answer: (how: Answer) => void;
  /** From now on its weights have these checksums, one after the other; the last one stays. */
  readonly weigh: (...checksums: readonly string[]) => void;
  /** What it says of its models. */
  readonly describe: (models: unknown) => void;
  readonly close: () => Promise<void>;
}

/** `a` sixty-four times, as the ready-made version of the register has it. */
export const WEIGHTS = `SHA256:${'A'.repeat(64)}`;
/** A mask of 2 × 2 × 1. */
export const NRRD = Buffer.from(
  'NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 1\nencoding: raw\n\n\x00\x01\x01\x00',
  'latin1',
);
/** A DICOM object of the ready-made study. */
export const SEGMENTATION = storedFile({ study: aStudy().studyInstanceUid });
const CONCLUDED = { score: 0.75, finding: 'nodule', label_names: { nodule: 1 } };

/** Starts one with the model `nodules`, which answers well. */
export async function startLabelServer(): Promise<LabelServer> {
  const calls: ReceivedLabelCall[] = [];
  let how: Answer = (res, { url }) => sendWell(res, url);
  let weights: readonly string[] = [WEIGHTS];
  let models: unknown = {
    nodules: { type: 'segmentation', labels: { nodule: 1 }, dimension: 3, description: 'N', config: {} },
  };
  const documents = (url: string): unknown => {
    if (url === '/info/') return { name: 'app', labels: ['nodule'], models };
    if (url !== '/model/info/nodules') return undefined;
    const [next = '', ...later] = weights;
    if (later.length > 0) weights = later;
    return { checksum: next, modified_time: 1 };
  };
  const server = createServer((req, res) => {
    void readCall(req).then((call) => {
      const document = req.method === 'GET' ? documents(call.url) : undefined;
      if (document !== undefined) sendJson(res, document);
      else {
        calls.push(call);
        how(res, call);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    baseUrl: `http://127.0.0.1:${String(address.port)}`,
    calls,
    answer: (next) => void (how = next),
    weigh: (...checksums) => void (weights = checksums),
    describe: (next) => void (models = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readCall(req: IncomingMessage): Promise<ReceivedLabelCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk as Uint8Array));
  const boundary = formBoundary(req.headers['content-type']);
  const parts =
    boundary === undefined ? [] : await readFormParts(Buffer.concat(chunks), { boundary, maxParts: 9 });
  const params = parts.find(({ name }) => name === 'params')?.bytes ?? Buffer.from('null');
  return {
    url: req.url ?? '',
    headers: req.headers,
    params: JSON.parse(Buffer.from(params).toString('utf8')),
  };
}

/** As MONAI Label does it for each `output`. */
function sendWell(res: ServerResponse, url: string): void {
  const output = new URL(url, 'http://x').searchParams.get('output') ?? 'all';
  if (output === 'json') sendJson(res, CONCLUDED);
  else if (output === 'image') sendBytes(res, NRRD);
  else if (output === 'dicom_seg') sendBytes(res, SEGMENTATION, 'application/dicom');
  else sendBoth(res, CONCLUDED, NRRD);
}

/** Answers with JSON; a text is sent as it is. */
export function sendJson(res: ServerResponse, body: unknown, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Answers with a file. */
export function sendBytes(res: ServerResponse, bytes: Uint8Array, type = 'application/octet-stream'): void {
  res.writeHead(200, { 'content-type': type, 'content-disposition': 'attachment; filename="tmp_x1.nrrd"' });
  res.end(bytes);
}

/** Answers as requests-toolbelt encodes a form. */
export function sendBoth(
  res: ServerResponse,
  params: unknown,
  file: Uint8Array,
  fileName = '/tmp/tmp_x1.nrrd',
): void {
  const boundary = '0f5a6e2c9d';
  res.writeHead(200, { 'content-type': `multipart/form-data; boundary=${boundary}` });
  const head = (field: string, type: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${field}\r\nContent-Type: ${type}\r\n\r\n`;
  const said = typeof params === 'string' ? params : JSON.stringify(params);
  res.write(`${head('name="params"', 'application/json')}${said}\r\n`);
  res.write(head(`name="image"; filename="${fileName}"`, 'application/octet-stream'));
  res.write(file);
  res.end(`\r\n--${boundary}--\r\n`);
}
