import fc from 'fast-check';
import { datasetFormat, singlePartType } from '../../src/domain/dicom/dicomweb-media.ts';
import { parseSearchQuery, searchPairs } from '../../src/domain/dicom/dicomweb-query.ts';
import {
  isDicomwebTarget,
  parseDicomwebTarget,
  upstreamSegments,
} from '../../src/domain/dicom/dicomweb-resource.ts';
import { parseRetrieveQuery } from '../../src/domain/dicom/retrieve-query.ts';
import { parseWadoUriQuery, wadoUriPairs } from '../../src/domain/dicom/wado-uri-query.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { openHostileHouse, strayIn, type HostileHouse } from '../fakes/hostile-house.ts';
import { fuzzRuns, spoiltRequest, spoiltTarget } from '../fakes/random-requests.ts';

const IN_PROCESS = fuzzRuns(3000);
/** A connection costs a hundred times what parsing does. */
const OVER_SOCKETS = Math.max(300, Math.floor(IN_PROCESS / 10));
const ENOUGH_MS = 240_000;

/** What would go upstream, or the status of the refusal. */
function asked(target: string): { readonly path: string; readonly query: string } | number {
  try {
    const { resource, query } = parseDicomwebTarget(target);
    if (resource.kind === 'capabilities') return 200;
    if (resource.kind === 'wado-uri')
      return { path: 'wado', query: joined(wadoUriPairs(parseWadoUriQuery(query))) };
    const pairs =
      resource.kind === 'search' ? searchPairs(parseSearchQuery(query)) : parseRetrieveQuery(query);
    return { path: upstreamSegments(resource).join('/'), query: joined(pairs) };
  } catch (error: unknown) {
    if (!(error instanceof GatewayError)) throw error;
    return PROBLEMS[error.code].status;
  }
}

function joined(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

test(
  `${String(IN_PROCESS)} spoilt addresses: each is refused clearly, or means one thing`,
  () => {
    fc.assert(
      fc.property(spoiltTarget, (target) => {
        datasetFormat(target);
        singlePartType(target);
        if (!isDicomwebTarget(target)) return;
        const found = asked(target);
        if (typeof found === 'number') {
          expect([200, 400, 404]).toContain(found);
          return;
        }
        const { path, query } = found;
        const url = `/dicom-web/${path}${query === '' ? '' : `?${query}`}`;
        const headers = { 'x-forwarded-host': 'gateway.example' };
        if (path !== 'wado') expect(strayIn({ method: 'GET', target: url, headers })).toBeUndefined();
        // Said again in our own spelling it is the same.
        expect(asked(url)).toEqual(found);
      }),
      { numRuns: IN_PROCESS },
    );
  },
  ENOUGH_MS,
);

describe('over sockets', () => {
  let house: HostileHouse;
  beforeAll(async () => {
    house = await openHostileHouse(50);
  });
  afterAll(async () => {
    await house.close();
  });

  test(
    `${String(OVER_SOCKETS)} spoilt requests: clear answers or none, and only clean questions reach the PACS`,
    async () => {
      await fc.assert(
        fc.asyncProperty(spoiltRequest, async (bytes) => {
          const answer = await house.ended(bytes);
          for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm))
            expect(Number(status)).toBeLessThan(500);
          expect(
            house
              .taken()
              .map(strayIn)
              .filter((stray) => stray !== undefined),
          ).toEqual([]);
        }),
        { numRuns: OVER_SOCKETS },
      );
    },
    ENOUGH_MS,
  );
});
