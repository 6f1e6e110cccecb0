import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** One call of a model as the server received it. */
interface ReceivedPrediction {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Answer = (res: ServerResponse, call: ReceivedPrediction) => void;

/** A real server on loopback that speaks TorchServe as it is told to, with its two addresses. */
export interface TorchserveFake {
  readonly baseUrl: string;
  readonly managementUrl: string;
  readonly calls: readonly ReceivedPrediction[];
  /** What was asked at the management address. */
  readonly looks: readonly ReceivedPrediction[];
  /** From now on every prediction is answered like this. */
  readonly answer: (how: Answer) => void;
  /** From now on looks are answered like these, one after another; the last one stays. */
  readonly describe: (...how: readonly Answer[]) => void;
  readonly close: () => Promise<void>;
}

/** What TorchServe says of one version. */
export function aDescription(
  changes: Readonly<Record<string, unknown>> = {},
): readonly Readonly<Record<string, unknown>>[] {
  return [
    {
      modelName: 'nodules',
      modelVersion: '3',
      modelUrl: 'nodules.mar',
      runtime: 'python',
      minWorkers: 1,
      maxWorkers: 1,
      workers: [{ id: '9000', status: 'READY', gpu: false }],
      ...changes,
    },
  ];
}

/** Starts one with the model `nodules`, version 3, which answers well. */
export async function startTorchserve(): Promise<TorchserveFake> {
  const calls: ReceivedPrediction[] = [];
  const looks: ReceivedPrediction[] = [];
  let how: Answer = (res) => sayJson(res, { score: 0.75, finding: 'nodule' });
  let descriptions: readonly Answer[] = [(res) => sayJson(res, aDescription())];
  const inference = createServer((req, res) => {
    void received(req).then((call) => {
      if (call.url === '/ping') sayJson(res, { status: 'Healthy' });
      else {
        calls.push(call);
        how(res, call);
      }
    });
  });
  const management = createServer((req, res) => {
    void received(req).then((call) => {
      looks.push(call);
      const [next, ...later] = descriptions;
      if (later.length > 0) descriptions = later;
      next?.(res, call);
    });
  });
  const [baseUrl, managementUrl] = [await listen(inference), await listen(management)];
  return {
    ...{ baseUrl, managementUrl, calls, looks },
    answer: (next) => void (how = next),
    describe: (...next) => void (descriptions = next),
    close: async () => {
      for (const server of [inference, management]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return `http://127.0.0.1:${String(address.port)}`;
}

async function received(req: IncomingMessage): Promise<ReceivedPrediction> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk as Uint8Array));
  const { method = '', url = '', headers } = req;
  return { method, url, headers, body: Buffer.concat(chunks) };
}

/** Answers as a handler that gives a dict does: JSON, and nothing that says so unless a type is given. */
export function sayJson(res: ServerResponse, value: unknown, status = 200, type?: string): void {
  res.writeHead(status, type === undefined ? {} : { 'content-type': type });
  res.end(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Answers with bytes of a type, in two pieces. */
export function sayBytes(res: ServerResponse, bytes: Uint8Array, type: string): void {
  res.writeHead(200, { 'content-type': type });
  res.write(bytes.subarray(0, bytes.length >> 1));
  res.end(bytes.subarray(bytes.length >> 1));
}

/** Answers as TorchServe's error does. */
export function sayError(res: ServerResponse, code: number, type: string): void {
  sayJson(res, { code, type, message: 'x' }, code, 'application/json');
}
