import type { Response } from 'express';
import type { ReleasedResult } from '../flows/release-result.ts';
import type { ReleasedStream } from '../flows/release-stream.ts';
import { sendDialectJson, setCaseHead } from './dialect-answer.ts';
import { sendReleasedStream } from './send-released-stream.ts';

/** Sends a released reply as the model's handler gave it: TorchServe has no shape of its own for one. What is the gateway's stands in headers. */
export async function sendPrediction(
  res: Response,
  released: ReleasedResult | ReleasedStream,
  signal: AbortSignal,
): Promise<void> {
  if (released.kind === 'stream') {
    const setHead = (): void => {
      setCaseHead(res, released);
      setType(res, released.headers['content-type']);
    };
    await sendReleasedStream(res, released, { signal, setHead });
    return;
  }
  setCaseHead(res, released);
  const [file] = released.files ?? [];
  if (file === undefined) {
    sendDialectJson(res, 200, released.body);
    return;
  }
  setType(res, file.contentType);
  res.setHeader('Content-Length', file.bytes.byteLength);
  res.end(file.bytes);
}

function setType(res: Response, type = 'application/octet-stream'): void {
  res.statusCode = 200;
  res.setHeader('Content-Type', type);
  res.setHeader('Cache-Control', 'no-store');
}
