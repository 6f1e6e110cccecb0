import type { RetrievalHouse } from './retrieval-house.ts';

/** More than is read before an answer is judged. */
const FILLER = Buffer.alloc(70_000, ' ');

/** The same house, whose PACS writes so much white space before each answer that it is a long one. */
export function withLongAnswers<H extends Pick<RetrievalHouse, 'deps'>>(house: H): H {
  const { pacs } = house.deps;
  const spacious: typeof pacs = {
    ...pacs,
    fetch: async (request, signal) => {
      const answer = await pacs.fetch(request, signal);
      return { ...answer, body: behindFiller(answer.body) };
    },
  };
  return { ...house, deps: { ...house.deps, pacs: spacious } };
}

async function* behindFiller(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield FILLER;
  yield* body;
}
