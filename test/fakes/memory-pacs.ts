import { UpstreamFault } from '../../src/domain/errors.ts';
import type { PacsAnswer, PacsClient, PacsRequest } from '../../src/flows/ports.ts';

/** What the PACS is to answer to a path: a body, or more than that. */
export interface CannedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | (() => AsyncGenerator<Uint8Array>);
}

export interface MemoryPacs extends PacsClient {
  /** Every request that came, in order. */
  readonly asked: readonly PacsRequest[];
  /** How many answers were dropped. */
  readonly cancelled: () => number;
}

/**
 * A PACS that answers exactly the given paths (below its base), and 404 to all others. It throws when the port's contract
 * is broken: a path segment that was not checked, a body that is read after it was dropped.
 */
export function createMemoryPacs(
  answers: Readonly<Record<string, CannedAnswer>>,
  isAway = false,
): MemoryPacs {
  const asked: PacsRequest[] = [];
  let dropped = 0;
  return {
    asked,
    cancelled: () => dropped,
    ownBaseUrls: ['http://pacs:8042/dicom-web'],
    fetch: async (request, signal) => {
      signal.throwIfAborted();
      if (isAway) throw new UpstreamFault('upstream-unreachable', 'pacs');
      if (!request.segments.every((segment) => /^[0-9A-Za-z.,_-]+$/.test(segment)))
        throw new Error('unchecked path');
      asked.push(request);
      return toAnswer(answers[request.segments.join('/')] ?? { status: 404 }, () => (dropped += 1));
    },
  };
}

function toAnswer(canned: CannedAnswer, onCancel: () => void): PacsAnswer {
  const { status = 200, headers = {}, body = '' } = canned;
  const state = { isDropped: false };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    if (state.isDropped) throw new Error('read after it was dropped');
    if (typeof body === 'function') yield* body();
    else yield Buffer.from(body);
  }
  return {
    status,
    headers,
    body: bytes(),
    cancel: () => {
      state.isDropped = true;
      onCancel();
    },
  };
}
