import {
  createMultipartFilter,
  filterMultipart,
  type MultipartRules,
} from '../domain/dicom/filter-multipart.ts';
import type { PacsBody, PieceSink } from './ports.ts';

/** A multipart body as `filterMultipart` lets it through, that can still be passed on without a copy where the PACS's can. */
export function filteredBody(body: PacsBody, rules: MultipartRules): PacsBody {
  const { passTo } = body;
  if (passTo === undefined) return filterMultipart(body, rules);
  return {
    [Symbol.asyncIterator]: () => filterMultipart(body, rules),
    passTo: async (sink) => {
      const filter = createMultipartFilter(rules);
      await passTo.call(body, (bytes, release) => {
        handOn(filter.feed(bytes), sink, release);
      });
      filter.end();
    },
  };
}

/** What came is released once every piece of it that went out is. */
function handOn(pieces: readonly Uint8Array[], sink: PieceSink, release: () => void): void {
  let out = pieces.length;
  if (out === 0) release();
  const one = (): void => {
    out -= 1;
    if (out === 0) release();
  };
  for (const piece of pieces) sink(piece, one);
}
