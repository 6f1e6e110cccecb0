import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { UpstreamFault } from '../domain/errors.ts';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * Undoes a content coding (RFC 9110 §8.4.1): some archives compress whatever Accept-Encoding says. Failures come out of
 * the returned stream. Throws UpstreamFault for a coding that is not known here, or for several at once.
 */
export function undoContentCoding(body: Readable, coding: string): Readable {
  const name = coding.trim().toLowerCase();
  const create = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (create === undefined) {
    body.destroy();
    throw new UpstreamFault('upstream-bad-answer', 'pacs', {
      detail: 'The PACS compressed its answer in a way that is not known here.',
    });
  }
  return pipeline(body, create(), () => undefined);
}
