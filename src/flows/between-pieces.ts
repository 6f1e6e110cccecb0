import type { PacsBody } from './ports.ts';

/**
 * The same body, each piece of which waits for this to be done before it is looked at; without it the body as it is. What is handed on
 * without a copy cannot wait, so such a body is iterated.
 */
export function betweenPieces(body: PacsBody, act: (() => Promise<void>) | undefined): PacsBody {
  return act === undefined ? body : waiting(body, act);
}

async function* waiting(
  body: PacsBody,
  act: () => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of body) {
    await act();
    yield bytes;
  }
}
