import { UpstreamFault } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import type { CannedAnswer } from '../fakes/memory-pacs.ts';
import { aRegister, MODEL, NOW } from '../fakes/register-builder.ts';
import {
  allObjects,
  CAPTURE,
  createRetrievalHouse,
  CT_ONE,
  CT_SERIES,
  CT_TWO,
  datasetOf,
  pathTo,
  REPORT,
  STUDY,
} from '../fakes/retrieval-house.ts';
import { retrievedBody as bodyOf, runRetrieval as run } from '../fakes/run-retrieval.ts';

const METADATA = `studies/${STUDY}/metadata`;
const SERIES_METADATA = `studies/${STUDY}/series/${CT_SERIES}/metadata`;
const JSON_TYPE = { 'content-type': 'application/dicom+json', 'content-length': '5', etag: '"1"' };
const texts = allObjects.map((object) => JSON.stringify(datasetOf(object)));
const [one = '', two = '', report = '', capture = ''] = texts;
const uidsIn = (body: string): readonly string[] =>
  [CT_ONE, CT_TWO, REPORT, CAPTURE].filter((uid) => body.includes(`"${uid}"`));

/** A house whose PACS gives these pieces for a path, each when it is asked for. */
function houseWith(
  path: string,
  pieces: readonly string[],
  headers: CannedAnswer['headers'] = JSON_TYPE,
): ReturnType<typeof createRetrievalHouse> {
  const body = async function* () {
    for (const piece of pieces) yield Buffer.from(piece);
  };
  return createRetrievalHouse({ answers: { [path]: { headers, body } } });
}

const withFiller = (text: string): string =>
  text.replace(/^\{/, `{"00081030":{"vr":"LO","Value":["${'x'.repeat(70_000)}"]},`);

test('a long answer goes on as it comes, without a length, and a stop-use bites in its middle', async () => {
  const house = houseWith(METADATA, [
    `[${withFiller(one)}`,
    `,${report}`,
    `,${two},${report},${capture}`,
    ']',
  ]);
  const answer = await run(house, METADATA);
  expect(answer.headers).toEqual({
    'content-type': 'application/dicom+json',
    'cache-control': 'private, no-store',
    vary: 'Authorization, Cookie',
  });
  const pieces: string[] = [];
  for await (const piece of answer.body) {
    pieces.push(Buffer.from(piece).toString());
    if (pieces.length === 2) {
      house.changeRegister(
        aRegister({ stopUses: [{ id: 's', model: MODEL, from: NOW - 1, reason: 'r', by: 'b' }] }),
      );
    }
  }
  expect(pieces.map(uidsIn)).toEqual([[CT_ONE], [REPORT], [CT_TWO], []]);
  expect(JSON.parse(pieces.join(''))).toHaveLength(3);
});

test('an answer cut short is no answer: before its first byte, and after it', async () => {
  const short = houseWith(METADATA, [`[${one}`]);
  expect((await faultOf(run(short, METADATA))).code).toBe('upstream-bad-answer');
  expect(short.pacs.cancelled()).toBe(1);

  const long = houseWith(METADATA, [`[${withFiller(one)}`, `,${two.slice(0, 50)}`]);
  const { body } = await run(long, METADATA);
  const pieces: string[] = [];
  const reading = (async () => {
    for await (const piece of body) pieces.push(Buffer.from(piece).toString());
  })();
  expect(await faultOf(reading)).toBeInstanceOf(UpstreamFault);
  expect(uidsIn(pieces.join(''))).toEqual([CT_ONE]);
  expect(pieces.join('').endsWith(']')).toBe(false);
});

test('leaving early ends what is read from the PACS', async () => {
  let isClosed = false;
  const body = async function* () {
    try {
      for (;;) yield Buffer.from(isClosed ? ']' : `[${withFiller(one)}`);
    } finally {
      isClosed = true;
    }
  };
  const house = createRetrievalHouse({ answers: { [METADATA]: { headers: JSON_TYPE, body } } });
  const answer = await run(house, METADATA);
  for await (const _piece of answer.body) break;
  expect(isClosed).toBe(true);
});

const twice = one.replace(/^\{/, `{"00080018":{"vr":"UI","Value":["${REPORT}"]},`);
test.each([
  ['where something is locked', METADATA, [CT_TWO]],
  ['where nothing is', SERIES_METADATA, [CT_ONE, CT_TWO, REPORT]],
])('an object that names itself twice, %s', async (_name, path, expected) => {
  const house = houseWith(path, [`[${twice},${two}]`]);
  expect(uidsIn(await bodyOf(house, path))).toEqual(expected);
});

test.each([
  ['another study', { '0020000D': { vr: 'UI', Value: ['1.2.3'] } }],
  ['another series', { '0020000E': { vr: 'UI', Value: ['1.2.3'] } }],
])('an object of %s was not asked for, nor judged', async (_name, other) => {
  const foreign = JSON.stringify({ ...datasetOf(allObjects[0] ?? missing()), ...other });
  const house = houseWith(SERIES_METADATA, [`[${foreign},${two}]`]);
  expect(uidsIn(await bodyOf(house, SERIES_METADATA))).toEqual([CT_TWO]);
});

test('another object than the one asked for is not given', async () => {
  const [path = ''] = allObjects.map(pathTo);
  expect(await bodyOf(houseWith(`${path}/metadata`, [`[${report}]`]), `${path}/metadata`)).toBe('[]');
});
const missing = (): never => {
  throw new Error('no objects');
};

describe('in XML', () => {
  const value = (tag: string, text: string): string =>
    `<DicomAttribute tag="${tag}" vr="UI"><Value number="1">${text}</Value></DicomAttribute>`;
  const documents = allObjects.map(
    (object) =>
      `<NativeDicomModel>${value('00080016', object.sopClassUid)}${value('00080018', object.sopInstanceUid)}${value('00081190', 'http://pacs:8042/dicom-web/x')}</NativeDicomModel>`,
  );
  const parts = documents.map(
    (document) => `--edge\r\nContent-Type: application/dicom+xml\r\n\r\n${document}\r\n`,
  );
  const accept = 'multipart/related; type="application/dicom+xml"';
  const type = { 'content-type': `${accept}; boundary=edge` };

  test('objects are left out and addresses rewritten, part by part', async () => {
    const house = houseWith(METADATA, [`${parts.join('')}--edge--`], type);
    const body = await bodyOf(house, METADATA, { headers: { accept } });
    const uids = [CT_ONE, CT_TWO, REPORT, CAPTURE].filter((uid) => body.includes(`>${uid}<`));
    expect(uids).toEqual([CT_ONE, CT_TWO, REPORT]);
    expect(body.split('>https://gw.example/dicom-web/x<')).toHaveLength(4);
    expect(body).not.toContain('pacs:8042');
    expect(body).toMatch(/--edge--\r\n$/);
  });

  test('one document is one object', async () => {
    const [path = ''] = allObjects.map(pathTo);
    const single = { 'content-type': 'application/dicom+xml' };
    const house = houseWith(`${path}/metadata`, [documents[0] ?? ''], single);
    expect(await bodyOf(house, `${path}/metadata`, { headers: { accept } })).toContain(
      '>https://gw.example/dicom-web/x<',
    );
  });
});
