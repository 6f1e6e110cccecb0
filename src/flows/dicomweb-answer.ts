import { privateCaching } from '../domain/dicom/dicomweb-media.ts';
import { UpstreamFault } from '../domain/errors.ts';
import type { PacsAnswer, PacsBody } from './ports.ts';

/** An answer of the PACS as it goes to the client: judged, rewritten, ready to be sent piece by piece. */
export interface DicomwebAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fails with an UpstreamFault when the PACS cuts it short. Must be consumed or cancelled. */
  readonly body: PacsBody;
  readonly cancel: () => void;
  /** How many rows the PACS gave to a search, with those that are left out; of a long answer, as far as the body was read. */
  readonly rowsFound?: () => number;
}

/**
 * Who may keep it: nobody what concerns AI; the person's own browser the rest, as long as the PACS says. Where the PACS found it is
 * left out: that names the PACS's own address.
 */
export function withCaching(
  headers: Readonly<Record<string, string>>,
  concernsAi: boolean,
): Readonly<Record<string, string>> {
  const { vary, 'content-location': _location, ...rest } = headers;
  return {
    ...rest,
    'cache-control': concernsAi ? 'private, no-store' : privateCaching(headers['cache-control']),
    // What one login may see another may not: a browser shared by two must ask again.
    vary: [vary, 'Authorization', 'Cookie'].filter((name) => name !== undefined).join(', '),
  };
}

const OF_THEIR_BYTES: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
]);

/** Headers that are true of the PACS's bytes only, and not of what we make of them. */
export function withoutValidators(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (!OF_THEIR_BYTES.has(name)) kept[name] = value;
  return kept;
}

/**
 * Passes a status on that is the PACS's own business (not found, not acceptable, not modified). Throws UpstreamFault for
 * what is the gateway's: a login of the gateway's that the PACS refuses, a redirect that would lead past the gateway.
 */
export function checkStatus(answer: PacsAnswer): void {
  const { status } = answer;
  const isLogin = status === 401 || status === 407;
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  if (!isLogin && !isRedirect && status >= 200) return;
  answer.cancel();
  throw new UpstreamFault('upstream-bad-answer', 'pacs', {
    detail: isLogin
      ? 'The PACS refuses the gateway’s own login. Tell IT: the login in the gateway’s configuration is wrong.'
      : 'The PACS sent the gateway elsewhere. Tell IT: the address in the gateway’s configuration is wrong.',
  });
}

/** A body of one piece. */
export function singlePiece(bytes: Uint8Array): PacsBody {
  return {
    whole: bytes,
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(bytes);
    },
  };
}
