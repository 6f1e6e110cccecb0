import { brokenAnswer } from './part-head.ts';

/** One part of an answer, held until it is whole. */
export interface WholePart {
  /** The next bytes of it, which are copied. Throws UpstreamFault for a part above 64 MiB. */
  readonly take: (bytes: Uint8Array) => void;
  /** All of it; the same bytes each time. */
  readonly bytes: () => Uint8Array;
}

/** Parts that are held are datasets without their bulk data. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/** A part of which nothing has come yet. */
export function createWholePart(): WholePart {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let all: Uint8Array | undefined;
  return {
    take: (bytes) => {
      size += bytes.length;
      if (size > MAX_WHOLE_BYTES)
        throw brokenAnswer('The PACS sent metadata of one object that are too long to be read.');
      pieces.push(Buffer.from(bytes));
    },
    bytes: () => (all ??= Buffer.concat(pieces)),
  };
}
