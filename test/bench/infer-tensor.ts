import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setInterval as every } from 'node:timers';
import { belowLine, type Line } from './dicomweb-lines.ts';
import { residentBytes } from './dicomweb-process.ts';
import type { Call } from './infer-load.ts';

const MEBIBYTE = 1_048_576;
const TENSOR_BYTES = 512 * MEBIBYTE;
const PIECE = Buffer.alloc(256 * 1_024);
const LOOK_EVERY_MS = 20;
/** What a process needs for its first such call (code, pools) is not what a tensor costs. */
const WARM_UP_BYTES = 16 * MEBIBYTE;

/** Passes one tensor of 512 MB through a gate, and says by how much the memory of its process grew. Throws when the call fails. */
export async function passTensor({
  pid,
  call,
}: {
  readonly pid: number;
  readonly call: Call;
}): Promise<Line> {
  await sendTensor(call, WARM_UP_BYTES);
  const before = residentBytes(pid);
  let most = before;
  const look = every(() => (most = Math.max(most, residentBytes(pid))), LOOK_EVERY_MS);
  const began = performance.now();
  try {
    await sendTensor(call, TENSOR_BYTES);
  } finally {
    clearInterval(look);
  }
  const seconds = (performance.now() - began) / 1_000;
  console.log(`\na tensor of 512 MB: ${(TENSOR_BYTES / MEBIBYTE / seconds).toFixed(0)} MiB/s`);
  return belowLine('Growth while a tensor of 512 MB passes', (most - before) / MEBIBYTE, [64, 'MiB']);
}

async function sendTensor({ url, headers, body }: Call, bytes: number): Promise<void> {
  const asked: object = JSON.parse(body);
  const parameters = { binary_data_size: bytes };
  const tensor = { name: 'image', datatype: 'UINT8', shape: [bytes], parameters };
  const json = Buffer.from(JSON.stringify({ ...asked, inputs: [tensor] }));
  const fields = {
    ...headers,
    'content-type': 'application/octet-stream',
    'content-length': json.length + bytes,
    'inference-header-content-length': json.length,
  };
  const req = request(url, { method: 'POST', headers: fields });
  const answered = new Promise<void>((resolve, reject) => {
    req.once('error', reject);
    req.once('response', (res) => {
      let said = '';
      res.setEncoding('utf8').on('data', (text: string) => (said += text));
      res.once('end', () => {
        if (res.statusCode === 200) resolve();
        else reject(new Error(`${url}: ${String(res.statusCode)} ${said.slice(0, 500)}`));
      });
    });
  });
  await Promise.all([answered, pipeline(Readable.from(piecesOf(json, bytes)), req)]);
}

function* piecesOf(json: Buffer, bytes: number): Generator<Buffer> {
  yield json;
  for (let left = bytes; left > 0; left -= PIECE.length)
    yield PIECE.subarray(0, Math.min(left, PIECE.length));
}
