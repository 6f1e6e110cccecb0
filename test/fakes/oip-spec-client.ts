import { request, type IncomingMessage } from 'node:http';
import { rawBytes, rawHead, type PlainTensor } from './raw-tensors.ts';

/** An answer as the specification has it; `raw` holds the elements of outputs in raw form, by name. */
export interface SpecAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly raw: Readonly<Record<string, Buffer>>;
}

interface Asked {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs?: readonly PlainTensor[];
  readonly outputs?: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A client of the Open Inference Protocol v2 written from its specification alone (inference_rest.md, extension_binary_data.md,
 * extension_generate.md). It knows nothing of the gateway: what a program needs besides goes into `headers` and `parameters`.
 */
export interface SpecClient {
  readonly get: (path: string) => Promise<SpecAnswer>;
  readonly infer: (path: string, asked: Asked) => Promise<SpecAnswer>;
  /** Tensors and outputs in raw form. */
  readonly inferRaw: (path: string, asked: Asked) => Promise<SpecAnswer>;
  readonly generate: (path: string, asked: Readonly<Record<string, unknown>>) => Promise<SpecAnswer>;
  /** The data of each event, in order. */
  readonly generateStream: (
    path: string,
    asked: Readonly<Record<string, unknown>>,
  ) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const LENGTH = 'Inference-Header-Content-Length';

/** Speaks to whatever is at this address. */
export function createSpecClient(
  baseUrl: string,
  headers: Readonly<Record<string, string>> = {},
): SpecClient {
  const ask = async (path: string, body?: Buffer, more: Readonly<Record<string, string>> = {}) =>
    await exchange(`${baseUrl}${path}`, { headers: { ...headers, ...more }, body });
  const postJson = async (path: string, asked: unknown) =>
    await ask(path, Buffer.from(JSON.stringify(asked)), { 'Content-Type': 'application/json' });
  return {
    get: async (path) => readAnswer(await ask(path)),
    infer: async (path, asked) => readAnswer(await postJson(`${path}/infer`, { inputs: [], ...asked })),
    inferRaw: async (path, { inputs = [], parameters = {}, ...asked }) => {
      const json = Buffer.from(
        JSON.stringify({
          ...asked,
          parameters: { ...parameters, binary_data_output: true },
          inputs: inputs.map(rawHead),
        }),
      );
      const body = Buffer.concat([json, ...inputs.map(rawBytes)]);
      const more = { 'Content-Type': 'application/octet-stream', [LENGTH]: String(json.length) };
      return readAnswer(await ask(`${path}/infer`, body, more));
    },
    generate: async (path, asked) => readAnswer(await postJson(`${path}/generate`, asked)),
    generateStream: async (path, asked) => {
      const { bytes } = await postJson(`${path}/generate_stream`, asked);
      return bytes
        .toString('utf8')
        .split('\n\n')
        .filter((event) => event !== '')
        .map((event) => asObject(JSON.parse(event.replace(/^data: ?/, ''))));
    },
  };
}

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

function exchange(
  url: string,
  {
    headers,
    body,
  }: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer | undefined },
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
    const method = body === undefined ? 'GET' : 'POST';
    const req = request(url, { method, headers: { ...headers, ...length } }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.once('error', reject);
      res.once('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    req.once('error', reject);
    req.end(body);
  });
}

function readAnswer({ status, headers, bytes }: Got): SpecAnswer {
  const length = Number(headers[LENGTH.toLowerCase()] ?? bytes.length);
  const json = asObject(JSON.parse(bytes.subarray(0, length).toString('utf8') || '{}'));
  const raw: Record<string, Buffer> = {};
  let at = length;
  for (const output of Array.isArray(json['outputs']) ? json['outputs'].map(asObject) : []) {
    const size = asObject(output['parameters'] ?? {})['binary_data_size'];
    if (typeof size !== 'number') continue;
    raw[String(output['name'])] = bytes.subarray(at, at + size);
    at += size;
  }
  if (at !== bytes.length) throw new Error('the sizes do not add up');
  return { status, json, raw };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return value as Readonly<Record<string, unknown>>;
}
