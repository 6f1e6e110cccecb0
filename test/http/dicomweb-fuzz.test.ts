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
import { heapBytes } from '../fakes/heap-bytes.ts';
import { openHostileHouse, strayIn, type HostileHouse } from '../fakes/hostile-house.ts';
import { fuzzRuns, spoiltRequest, spoiltTarget } from '../fakes/random-requests.ts';
import { createReusedConnection, isPlainRequest, type ReusedConnection } from '../fakes/reused-connection.ts';

/** Each is sent over a socket; one in ten as many addresses are read in process besides. */
const OVER_SOCKETS = fuzzRuns(1000);
const IN_PROCESS = Math.max(3000, Math.floor(OVER_SOCKETS / 10));
/** So many requests at a time, over so many connections at once. */
const BATCH = 200;
const CONNECTIONS = 32;
const WARM_UP = 1000;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;
const ENOUGH_MS = 480_000;

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
  let connections: readonly ReusedConnection[];
  beforeAll(async () => {
    house = await openHostileHouse(20);
    connections = Array.from({ length: CONNECTIONS }, () => createReusedConnection(house.port));
  });
  afterAll(async () => {
    for (const connection of connections) connection.close();
    await house.close();
  });
  const reached: Record<string, number> = {};

  /** Several at once, each connection taking the next when it is free; fails at whatever is no clear answer. */
  async function sendAll(batch: readonly string[]): Promise<void> {
    const left = batch.values();
    const takeTurns = async ({ ask }: ReusedConnection): Promise<void> => {
      for (const bytes of left) {
        const answer = await ask(bytes);
        const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
        if (isPlainRequest(bytes)) expect([bytes, statuses]).toEqual([bytes, [expect.any(Number)]]);
        if (statuses.some((status) => status >= 500)) expect([bytes, answer]).toEqual([bytes, 'clear']);
      }
    };
    await Promise.all(connections.map(takeTurns));
    const taken = house.taken();
    for (const { method } of taken) reached[method] = (reached[method] ?? 0) + 1;
    expect(taken.map(strayIn).filter((stray) => stray !== undefined)).toEqual([]);
  }

  async function run(count: number): Promise<void> {
    const batches = fc.array(spoiltRequest, { minLength: BATCH, maxLength: BATCH });
    // To look for the smallest batch that fails takes minutes, and the message names the one request.
    const settings = { numRuns: Math.ceil(count / BATCH), endOnFailure: true };
    await fc.assert(fc.asyncProperty(batches, sendAll), settings);
  }

  test(
    `${String(OVER_SOCKETS)} spoilt requests: clear answers or none, only clean questions reach the PACS, and nothing piles up`,
    async () => {
      await run(WARM_UP);
      const before = heapBytes();
      await run(OVER_SOCKETS);
      expect(heapBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
      // What was spoilt gently goes through: it is not the first door alone that was tried.
      expect(reached).toEqual({ GET: expect.any(Number), POST: expect.any(Number) });
      const opened = connections.reduce((sum, connection) => sum + connection.opened(), 0);
      expect(opened).toBeLessThan(0.95 * (OVER_SOCKETS + WARM_UP));
    },
    ENOUGH_MS,
  );
});
