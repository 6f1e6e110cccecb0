import fc from 'fast-check';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { multipartBoundary } from '../../src/domain/dicom/dicomweb-media.ts';
import type { PassingRows } from '../../src/domain/dicom/passing-rows.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { cut } from '../domain/spelt-json.ts';
import { text } from '../fakes/dicom-objects.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRegister, MODEL, NOW } from '../fakes/register-builder.ts';
import {
  allObjects,
  CAPTURE,
  createRetrievalHouse,
  CT_ONE,
  CT_SERIES,
  datasetOf,
  REPORT,
  STUDY,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';
import { runSearch, textOfBody } from '../fakes/run-search.ts';

const INSTANCES = `studies/${STUDY}/instances`;
const JSON_TYPE = { 'content-type': 'application/dicom+json', 'content-length': '5', etag: '"1"' };
const SHORT_BYTES = 64 * 1024;
const XML = 'multipart/related; type="application/dicom+xml"';

/** So many rows: of images, of a report that Alice may see and of a capture that nobody may. */
const rowsOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      ...datasetOf(allObjects[at % allObjects.length] ?? missing()),
      '00200013': text('IS', at),
    }),
  );
const missing = (): never => {
  throw new Error('no objects');
};
const ROWS = rowsOf(900);
const LIST = `[${ROWS.join(',')}]`;

/** A house whose PACS gives these pieces for a path, each when it is asked for. */
function houseWith(path: string, pieces: AsyncIterable<Uint8Array>): RetrievalHouse {
  const body = async function* () {
    yield* pieces;
  };
  return createRetrievalHouse({ answers: { [path]: { headers: JSON_TYPE, body } } });
}
async function* inPieces(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}
const longHouse = (sizes: readonly number[] = [SHORT_BYTES]): RetrievalHouse =>
  houseWith(INSTANCES, cut(Buffer.from(LIST), sizes));
const uidsIn = (body: string): readonly string[] =>
  [CT_ONE, REPORT, CAPTURE].filter((uid) => body.includes(`"${uid}"`));

/** What comes of the same rows where they come in many short answers. */
async function readShort(): Promise<string> {
  const some = 100;
  const starts = Array.from({ length: ROWS.length / some }, (_, at) => at * some);
  const lists = starts.map(async (start) => {
    const list = `[${ROWS.slice(start, start + some).join(',')}]`;
    const answer = await runSearch(houseWith(INSTANCES, inPieces(list)), INSTANCES);
    expect(answer.headers['content-length']).toBeDefined();
    return (await textOfBody(answer)).slice(1, -1);
  });
  return `[${(await Promise.all(lists)).join(',')}]`;
}

test('a long answer is what short ones of its rows are, wherever it is cut', async () => {
  const expected = await readShort();
  expect(uidsIn(expected)).toEqual([CT_ONE, REPORT]);
  const cuts = fc.array(fc.integer({ min: 50, max: 200_000 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(cuts, async (sizes) => {
      const answer = await runSearch(longHouse(sizes), INSTANCES);
      expect(answer.headers).toEqual({
        'content-type': 'application/dicom+json',
        'cache-control': 'private, no-store',
        vary: 'Authorization, Cookie',
      });
      expect(await textOfBody(answer)).toBe(expected);
      expect(answer.rowsFound?.()).toBe(ROWS.length);
    }),
    { numRuns: 25 },
  );
}, 60_000);

test.each([SHORT_BYTES, SHORT_BYTES + 1])('an answer of %d bytes', async (bytes) => {
  const [row = ''] = rowsOf(1);
  const house = houseWith(INSTANCES, inPieces(`[${row}]`.padEnd(bytes)));
  const answer = await runSearch(house, INSTANCES);
  const body = await textOfBody(answer);
  expect(JSON.parse(body)).toHaveLength(1);
  const length = bytes > SHORT_BYTES ? undefined : String(Buffer.byteLength(body));
  expect(answer.headers['content-length']).toBe(length);
});

test('each part is judged when it leaves: a stop-use bites in the middle', async () => {
  const house = longHouse();
  const { body } = await runSearch(house, INSTANCES);
  const parts: string[] = [];
  for await (const piece of body) {
    parts.push(Buffer.from(piece).toString());
    house.changeRegister(
      aRegister({ stopUses: [{ id: 's', model: MODEL, from: NOW - 1, reason: 'r', by: 'b' }] }),
    );
  }
  expect(parts.map(uidsIn)).toEqual([[CT_ONE, REPORT], [CT_ONE], [CT_ONE], [CT_ONE], []]);
  expect(JSON.parse(parts.join(''))).toHaveLength(450 + 64);
});

test.each([
  ['stranger', [CT_ONE]],
  ['endpoint', [CT_ONE]],
])('the %s sees images only', async (token, expected) => {
  expect(uidsIn(await textOfBody(await runSearch(longHouse(), INSTANCES, { token })))).toEqual(expected);
});

test('where nothing may be seen the list is empty, and all was found', async () => {
  const capture = JSON.stringify(datasetOf(allObjects[3] ?? missing()));
  const list = `[${Array.from({ length: 900 }, () => capture).join(',')}]`;
  const answer = await runSearch(houseWith(INSTANCES, inPieces(list)), INSTANCES);
  expect(await textOfBody(answer)).toBe('[]');
  expect(answer.rowsFound?.()).toBe(900);
});

describe('in XML', () => {
  const partsOf = (body: string, type = ''): readonly string[] =>
    body.split(`--${multipartBoundary(type) ?? 'none'}`);

  test('part by part, the same documents as of a short answer', async () => {
    const short = await runSearch(
      houseWith(INSTANCES, inPieces(`[${ROWS.slice(0, 4).join(',')}]`)),
      INSTANCES,
      {
        accept: XML,
      },
    );
    const [, ...ofShort] = partsOf(await textOfBody(short), short.headers['content-type']);
    const long = await runSearch(longHouse(), INSTANCES, { accept: XML });
    expect(long.headers['content-type']).toMatch(
      /^multipart\/related; type="application\/dicom\+xml"; boundary=/,
    );
    const [before, ...ofLong] = partsOf(await textOfBody(long), long.headers['content-type']);
    expect(before).toBe('');
    expect(ofLong.slice(0, 3)).toEqual(ofShort.slice(0, 3));
    expect(ofLong).toHaveLength((ROWS.length * 3) / 4 + 1);
    expect(ofLong.at(-1)).toBe('--\r\n');
  });

  test('no two answers have the same boundary', async () => {
    const types = ['r-1', 'r-2'].map(
      async (requestId) =>
        (await runSearch(longHouse(), INSTANCES, { accept: XML, requestId })).headers['content-type'],
    );
    expect(new Set(await Promise.all(types)).size).toBe(2);
  });
});

describe('what goes wrong', () => {
  const broken = new UpstreamFault('upstream-unreachable', 'pacs');
  async function* cutOff(before: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(before);
    throw broken;
  }
  /** Each behind so many rows. */
  const faults: readonly (readonly [string, (rows: string) => AsyncIterable<Uint8Array>])[] = [
    ['the PACS ends too early', (rows) => inPieces(`[${rows}`)],
    ['the PACS ends within a row', (rows) => inPieces(`[${rows},{"00080018`)],
    ['a row is no JSON', (rows) => inPieces(`[${rows},{"00080018":nil},`, `${rows}]`)],
    ['a row is none', (rows) => inPieces(`[${rows},7,`, `${rows}]`)],
    ['something stands behind the list', (rows) => inPieces(`[${rows}]x`)],
    ['the connection breaks', (rows) => cutOff(`[${rows},`)],
  ];
  const FEW = ROWS.slice(0, 20).join(',');

  test.each(faults)('at the beginning is a problem: %s', async (_name, bodyOf) => {
    const house = houseWith(INSTANCES, bodyOf(FEW));
    expect(await faultOf(runSearch(house, INSTANCES))).toBeInstanceOf(UpstreamFault);
  });

  test.each([0, 1, 100, 180])(
    'in the first 64 KiB of a long answer is a problem: behind %d rows',
    async (count) => {
      const list = [...ROWS.slice(0, count), '{"00080018":nil}', ...ROWS].join(',');
      for (const size of [500, SHORT_BYTES, list.length]) {
        const house = houseWith(INSTANCES, cut(Buffer.from(`[${list}]`), [size]));
        expect(await faultOf(runSearch(house, INSTANCES))).toBeInstanceOf(UpstreamFault);
      }
    },
  );

  test.each(faults)('later breaks the answer off, in JSON and in XML: %s', async (_name, bodyOf) => {
    for (const accept of ['application/dicom+json', XML]) {
      const house = houseWith(INSTANCES, behind(ROWS, bodyOf(FEW)));
      const { body } = await runSearch(house, INSTANCES, { accept });
      const parts: string[] = [];
      const reading = (async () => {
        for await (const piece of body) parts.push(Buffer.from(piece).toString());
      })();
      expect(await faultOf(reading)).toBeInstanceOf(UpstreamFault);
      expect(uidsIn(accept === XML ? parts.join('').replaceAll(/[<>]/g, '"') : parts.join(''))).toContain(
        CT_ONE,
      );
      expect(parts.join('')).not.toMatch(/\]\s*$|--\r\n$/);
    }
  });

  test.each([1, 3])('judging, at part %d', async (part) => {
    let asked = 0;
    let isClosed = false;
    const body = (async function* () {
      try {
        yield* cut(Buffer.from(LIST), [SHORT_BYTES]);
      } finally {
        isClosed = true;
      }
    })();
    const house = houseWith(INSTANCES, body);
    const resultsIndex: RetrievalHouse['deps']['resultsIndex'] = {
      ...house.deps.resultsIndex,
      among: async (studies, uids) => {
        asked += 1;
        if (asked === part) throw new Error('no index');
        return await house.deps.resultsIndex.among(studies, uids);
      },
    };
    const answering = runSearch({ deps: { ...house.deps, resultsIndex } }, INSTANCES);
    const reading = part === 1 ? answering : answering.then(textOfBody);
    await expect(reading).rejects.toThrow('no index');
    expect(isClosed).toBe(true);
  });

  test('leaving early ends what is read from the PACS, and not all of it was', async () => {
    const state = { taken: 0, isClosed: false };
    const body = (async function* () {
      try {
        for await (const piece of cut(Buffer.from(LIST), [1_000])) {
          state.taken += piece.length;
          yield piece;
        }
      } finally {
        state.isClosed = true;
      }
    })();
    const answer = await runSearch(houseWith(INSTANCES, body), INSTANCES);
    for await (const _piece of answer.body) break;
    expect(state.isClosed).toBe(true);
    expect(state.taken).toBeLessThan(LIST.length / 2);
  });
});

/** A list that begins with these rows and goes on with another. */
async function* behind(rows: readonly string[], list: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`[${rows.join(',')},`);
  let isFirst = true;
  for await (const piece of list) {
    yield isFirst ? piece.subarray(1) : piece;
    isFirst = false;
  }
}

describe('what passing searches teach', () => {
  const studyRow = (at: number, says: string): DicomJsonObject => ({
    '0020000D': text('UI', `9.1.${String(at)}`),
    '00081030': text('LO', says),
  });
  const learnt = async (path: string, rows: readonly unknown[]): Promise<readonly PassingRows[]> => {
    const house = houseWith(path, inPieces(JSON.stringify(rows).replace('[', `[${' '.repeat(SHORT_BYTES)}`)));
    const learning: PassingRows[] = [];
    const passing = { learn: (rows: PassingRows) => void learning.push(rows), learnImage: missing };
    const deps = { ...house.deps, passing };
    await textOfBody(await runSearch({ deps }, path));
    return learning;
  };

  test('of each study its first row, of so many as are kept in mind', async () => {
    const rows = Array.from({ length: 2_000 }, (_, at) => studyRow(at, 'first'));
    const parts = await learnt('studies', [
      {},
      ...rows.slice(0, 300),
      ...rows.map((_, at) => studyRow(at, 'again')),
    ]);
    const taught = parts.flatMap((part) => part.rows);
    const uids = taught.map((row) => row['0020000D']?.Value?.[0]);
    expect(new Set(uids).size).toBe(uids.length);
    expect(taught.slice(0, 300)).toEqual(rows.slice(0, 300));
    expect(uids.length).toBeGreaterThan(1_000);
    expect(uids.length).toBeLessThan(1_500);
  });

  test('nothing of a list of series, which is of use only when it is whole', async () => {
    const row = { '0020000D': text('UI', STUDY), '0020000E': text('UI', CT_SERIES) };
    expect(await learnt(`studies/${STUDY}/series`, [row])).toEqual([]);
  });
});
