import type { Readable } from 'node:stream';
import { pacsFault } from './pacs-fault.ts';

/** A stream of the PACS as it crosses the port: one that fails fails as an UpstreamFault, and nothing of undici or zlib comes with it. */
export async function* bytesOf(body: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of body) yield parseChunk(chunk);
  } catch (error: unknown) {
    throw pacsFault(error);
  }
}

function parseChunk(chunk: unknown): Uint8Array {
  return chunk as Uint8Array;
}
