/**
 * An AI endpoint that costs next to nothing: an Open Inference Protocol answer that is made once for each model, after a delay that is set
 * by `POST /delay/<ms>`. Takes bodies of any length and keeps none. Prints its port. Run by infer.bench.ts as a process of its own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const INFER = /^\/v2\/models\/([\w.-]+)\/versions\/([\w.-]+)\/infer$/;
const METADATA = /^\/v2\/models\/([\w.-]+)\/versions\/([\w.-]+)$/;
const DELAY = /^\/delay\/(\d+)$/;
const OUTPUTS = [
  { name: 'score', shape: [1], datatype: 'FP32', data: [0.25] },
  { name: 'finding', shape: [1], datatype: 'BYTES', data: ['no text found'] },
];
let delayMs = 0;

function send(res: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
}

function setDelay(res: ServerResponse, ms: string): void {
  delayMs = Number(ms);
  send(res, 200, {});
}

function infer(res: ServerResponse, model: string, version: string): void {
  const said = { model_name: model, model_version: version, outputs: OUTPUTS };
  if (delayMs === 0) send(res, 200, said);
  else setTimeout(() => send(res, 200, said), delayMs);
}

function describe(res: ServerResponse, url: string): void {
  const [, name, version] = METADATA.exec(url) ?? [];
  send(res, 200, { name, versions: [version], platform: 'bench', inputs: [], outputs: [] });
}

function answer({ url = '' }: IncomingMessage, res: ServerResponse): void {
  const delay = DELAY.exec(url)?.[1];
  const asked = INFER.exec(url);
  if (delay !== undefined) setDelay(res, delay);
  else if (asked === null) describe(res, url);
  else infer(res, ...named(asked));
}

function named([, model = '', version = '']: RegExpExecArray): readonly [string, string] {
  return [model, version];
}

const server = createServer((req, res) => {
  req.resume();
  req.once('end', () => answer(req, res));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening ${String(typeof address === 'object' && address !== null ? address.port : 0)}`);
});
