import { UpstreamFault } from './errors.ts';

/** Reads a body to its end into one piece. Throws UpstreamFault when it is longer than `maxBytes`; the source is then closed. */
export async function collectBody(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new UpstreamFault('upstream-bad-answer', 'pacs', {
        detail: 'The PACS sent more than can be read at once. Ask for one series or one object at a time.',
      });
    }
    chunks.push(chunk);
  }
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}
