import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** One call as the endpoint received it. */
export interface ReceivedCall {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON body, or the JSON before raw tensors. */
  readonly body: unknown;
  /** Raw tensors behind the JSON. */
  readonly raw: Buffer;
}

export interface ScriptedEndpoint {
  readonly baseUrl: string;
  readonly calls: readonly ReceivedCall[];
  /** From now on every call is answered like this. */
  readonly answer: (how: (res: ServerResponse, call: ReceivedCall) => void) => void;
  readonly close: () => Promise<void>;
}

/** A real HTTP server on loopback that answers inference calls as it is told: well, badly, or never. */
export async function startScriptedEndpoint(): Promise<ScriptedEndpoint> {
  const calls: ReceivedCall[] = [];
  let how = (res: ServerResponse, _call: ReceivedCall): void => void res.writeHead(500).end();
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { url = '', method = '', headers } = req;
      const bytes = Buffer.concat(chunks);
      const length = Number(headers['inference-header-content-length'] ?? bytes.length);
      const body: unknown = JSON.parse(bytes.subarray(0, length).toString('utf8') || 'null');
      const call = { url, method, headers, body, raw: bytes.subarray(length) };
      calls.push(call);
      how(res, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    baseUrl: `http://127.0.0.1:${String(address.port)}`,
    calls,
    answer: (next) => {
      how = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with JSON; `body` is sent as it is when it is a text. */
export function json(res: ServerResponse, body: unknown, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A sound infer answer of the ready-made binding (`nodules` version 3), with these members in place of its own. */
export function anAnswer(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    model_name: 'nodules',
    model_version: '3',
    outputs: [
      { name: 'score', shape: [1], datatype: 'FP32', data: [0.75] },
      { name: 'finding', shape: [1], datatype: 'BYTES', data: ['nodule'] },
    ],
    ...changes,
  };
}

/** An answer with raw tensors behind its JSON (binary tensor data extension). */
function rawAnswer(head: Readonly<Record<string, unknown>>, raw: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(JSON.stringify(head)), raw]);
}

/** Answers with raw tensors; `bytes` are cut into pieces of so many bytes. */
export function sendRaw(
  res: ServerResponse,
  head: Readonly<Record<string, unknown>>,
  raw: Uint8Array,
  { pieceBytes = 65_536, headLength }: { readonly pieceBytes?: number; readonly headLength?: string } = {},
): void {
  const bytes = rawAnswer(head, raw);
  const length = headLength ?? String(bytes.length - raw.length);
  res.writeHead(200, {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': length,
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) res.write(bytes.subarray(at, at + pieceBytes));
  res.end();
}
