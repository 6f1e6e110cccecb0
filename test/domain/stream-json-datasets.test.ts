import type { DatasetIdentity } from '../../src/domain/dicom/dataset-rules.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { streamJsonDatasets } from '../../src/domain/dicom/stream-json-datasets.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { cut } from './spelt-json.ts';
import { UNREADABLE_LISTS } from './unreadable-lists.ts';

const mapping = { ownBaseUrls: ['http://pacs/dicom-web'], publicBaseUrl: 'https://gw/dicom-web' };
const OURS = 'https://gw/dicom-web/x';
const own = 'http://pacs/dicom-web/x';

async function passed(
  source: AsyncIterable<Uint8Array>,
  mayPass: (dataset: DatasetIdentity) => boolean = () => true,
): Promise<string> {
  const out: Buffer[] = [];
  for await (const piece of streamJsonDatasets(source, { mapping, mayPass })) out.push(Buffer.from(piece));
  return Buffer.concat(out).toString();
}
const whole = (text: string, mayPass?: (dataset: DatasetIdentity) => boolean): Promise<string> =>
  passed(cut(Buffer.from(text), [text.length]), mayPass);
const ui = (uid: string): string => `{"vr":"UI","Value":["${uid}"]}`;

test.each([
  ['an empty list', ' [ ] \n', '[]'],
  ['a mark before the list', '\uFEFF[{}]', '[{}]'],
  [
    'white space inside a dataset stays, and goes between them',
    '[ { } ,\n{"a" : { "b": 1.50e+2 } }\n]',
    '[{ },{"a" : { "b": 1.50e+2 } }]',
  ],
  [
    'the order of keys and the spelling of numbers and texts',
    '[{"b":{"x":-0.10,"y":"\\u0041\\/"},"a":{}}]',
    undefined,
  ],
  [
    'every form of a number',
    '[{"7":{"a":[0,-0,12,-1.5,1e5,1E+5,2e-05,-0.25E0,true,false,null]}},{"00180050":{"vr":"DS","Value":[0,-12.50,1e5]}}]',
    undefined,
  ],
  [
    'elements sorted by name, and what only looks like them',
    '[{"00100010":{"Value":["a",-1.5,0],"vr":"LO"},"00100020":{"Value":["a"],"vr":"LO" },"00100030":{"Value":["a"], "vr":"LO"},' +
      '"00100040":{"Value":["a"],"vr":"lo"},"00100050":{"Value":[],"vr":"LO"},"00100060":{"Value":[ "a"],"vr":"LO"},' +
      '"00100070":{"Value":["\\""],"vr":"LO"},"00100080":{"Value":["a" ],"vr":"LO"},"00100090":{"vr":"LO"},"001000A0":{"vr":"lo"},' +
      '"001000B0":{"vr":"LO","Value":["a"] },"001000C0":{"vr":"LO","Value":[{}]},"001000D0":{"vr":"LO","other":1},"001000d0":{"vr":"LO"},' +
      '"001000E0":{"vr":"DS","Value":[1e5]},"001000F0":{"vr":"DS","Value":[12.25,-7]},"00200010":{"vr":"SH"},"00400010":{"vr":"SH"},"00280010":{"vr":"US"}}]',
    undefined,
  ],
  [
    'an address in its plainest form',
    `[{"7FE00010":{"BulkDataURI":"${own}","vr":"OW"}}]`,
    `[{"7FE00010":{"BulkDataURI":"${OURS}","vr":"OW"}}]`,
  ],
  [
    'an address with escaped slashes',
    '[{"7":{"BulkDataURI":"http:\\/\\/pacs\\/dicom-web\\/x"}}]',
    `[{"7":{"BulkDataURI":"${OURS}"}}]`,
  ],
  [
    'a key that is spelt with escapes',
    `[{"7":{"\\u0042ulkDataURI":"${own}"}}]`,
    `[{"7":{"\\u0042ulkDataURI":"${OURS}"}}]`,
  ],
  [
    'a key that comes twice',
    `[{"7":{"BulkDataURI":"${own}","BulkDataURI":"${own}"}}]`,
    `[{"7":{"BulkDataURI":"${OURS}","BulkDataURI":"${OURS}"}}]`,
  ],
  ['a text that speaks of one', `[{"7":{"vr":"LT","Value":["\\"BulkDataURI\\":\\"${own}"]}}]`, undefined],
  ['a list under its name', `[{"7":{"BulkDataURI":["${own}"]}}]`, undefined],
  ['an object under its name', `[{"7":{"BulkDataURI":{"Value":["${own}"]}}}]`, undefined],
  ['no list where addresses stand', `[{"00081190":{"vr":"UR","Value":"${own}"}}]`, undefined],
  [
    'addresses, one of them missing',
    `[{"00081190":{"vr":"UR","Value":[null,"${own}","a"]}}]`,
    `[{"00081190":{"vr":"UR","Value":[null,"${OURS}","a"]}}]`,
  ],
  [
    'an address whatever the element says it is',
    `[{"7":{"vr":"LO","Value":[[{"0040E010":{"Value":["${own}"]}}]]}}]`,
    `[{"7":{"vr":"LO","Value":[[{"0040E010":{"Value":["${OURS}"]}}]]}}]`,
  ],
])('%s', async (_name, text, expected = text) => {
  expect(await whole(text)).toBe(expected);
  expect(await passed(cut(Buffer.from(text), [1]))).toBe(expected);
});

const sop = '"00080018":' + ui('1.1');
test.each([
  ['as it is', `{${sop}}`, { sopInstanceUid: '1.1' }],
  [
    'with all four names',
    `{"00080016":${ui('1.4')},${sop},"0020000D":${ui('1.2')},"0020000E":${ui('1.3')}}`,
    { sopInstanceUid: '1.1', sopClassUid: '1.4', studyInstanceUid: '1.2', seriesInstanceUid: '1.3' },
  ],
  ['with padding', `{"00080018":${ui(' 1.1 ')}}`, { sopInstanceUid: '1.1' }],
  ['with escapes', '{"\\u00300080018":{"\\u0056alue":["\\u0031.1"]}}', { sopInstanceUid: '1.1' }],
  ['with more values than one', '{"00080018":{"Value":["1.1","1.2"]}}', { sopInstanceUid: '1.1' }],
  ['with none', '{"00080018":{"Value":[]}}', {}],
  ['with an empty one', '{"00080018":{"Value":[""]}}', {}],
  ['with one that is no text', '{"00080018":{"Value":[null,"1.1"]}}', {}],
  ['with a value that is no list', '{"00080018":{"Value":"1.1"}}', {}],
  ['by another’s name in a sequence only', `{"00081199":{"vr":"SQ","Value":[{${sop}}]}}`, {}],
  [
    'by a name of its own and another’s',
    `{"00081199":{"vr":"SQ","Value":[{"00080018":${ui('1.9')}}]},${sop}}`,
    { sopInstanceUid: '1.1' },
  ],
  ['twice', `{${sop},"00080016":${ui('1.4')},"00080018":${ui('1.9')}}`, {}],
  ['twice by two spellings', `{${sop},"0008001\\u0038":${ui('1.9')}}`, {}],
  ['with a class that comes twice', `{${sop},"00080016":{},"00080016":{}}`, {}],
  ['with values under two keys', '{"00080018":{"Value":["1.1"],"Value":["1.9"]}}', {}],
])('known %s', async (_name, dataset, identity) => {
  const seen: DatasetIdentity[] = [];
  await whole(`[${dataset}]`, (one) => seen.push(one) > 0);
  expect(seen).toEqual([identity]);
});

test('what may not pass leaves no trace, wherever it stands and however it is cut', async () => {
  const list = ['1', '2', '3', '4'].map((uid) => `{"00080018":${ui(uid)}}`);
  for (const locked of [['1'], ['4'], ['2', '3'], ['1', '2', '3', '4'], []]) {
    const mayPass = ({ sopInstanceUid = '' }: DatasetIdentity): boolean => !locked.includes(sopInstanceUid);
    const left = list.filter((_one, index) => !locked.includes(String(index + 1)));
    for (const between of [',', ' , ']) {
      const bytes = Buffer.from(`[${list.join(between)}]`);
      for (const size of [1, 7, 40, 60, bytes.length])
        expect(await passed(cut(bytes, [size]), mayPass)).toBe(`[${left.join(',')}]`);
    }
  }
});

test.each(UNREADABLE_LISTS)('%s is refused', async (_name, text) => {
  for (const size of [1, 3, 1_000]) {
    const out: string[] = [];
    const given = (async () => {
      const source = cut(Buffer.from(text, 'latin1'), [size]);
      for await (const piece of streamJsonDatasets(source, { mapping, mayPass: () => true }))
        out.push(Buffer.from(piece).toString());
    })();
    expect(await faultOf(given)).toBeInstanceOf(UpstreamFault);
    expect((await faultOf(given)).code).toBe('upstream-bad-answer');
    expect(out.join('')).not.toMatch(/\]\s*$/);
  }
});

/** So many sequences within each other, and a person’s name in the innermost. */
function nested(depth: number): string {
  const open = '{"0040A730":{"vr":"SQ","Value":['.repeat(depth);
  return `[${open}{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]}}${']}}'.repeat(depth)}]`;
}

test('sequences nest 64 deep and no deeper, by objects and by lists', async () => {
  expect(await whole(nested(64))).toBe(nested(64));
  expect((await faultOf(whole(nested(65)))).code).toBe('upstream-bad-answer');
  const lists = `[{"a":{"b":${'['.repeat(300)}${']'.repeat(300)}}}]`;
  expect((await faultOf(whole(lists))).code).toBe('upstream-bad-answer');
});

test('addresses of no known host are counted, of what leaves', async () => {
  const counts: number[] = [];
  const list = ['1', '2'].map(
    (uid) => `{"00080018":${ui(uid)},"7":{"BulkDataURI":"http://elsewhere/x"},"8":{"BulkDataURI":"${own}"}}`,
  );
  const rules = {
    mapping,
    mayPass: ({ sopInstanceUid }: DatasetIdentity): boolean => sopInstanceUid === '1',
    onUnmapped: (count: number) => counts.push(count),
  };
  const source = cut(Buffer.from(`[${list.join(',')}]`), [1_000]);
  for await (const _piece of streamJsonDatasets(source, rules));
  expect(counts).toEqual([1]);
  for await (const _piece of streamJsonDatasets(cut(Buffer.from(`[${list.join(',')}]`), [1_000]), {
    ...rules,
    onUnmapped: undefined,
  }));
  expect(counts).toEqual([1]);
});

test('cut in two anywhere it is the same, and ended anywhere it is refused', async () => {
  const words = '"a":{"vr":"XX","b":[true,"\\u0041\\n",-0.5e-1]}';
  const plain = '"00180050":{"vr":"DS","Value":[1.5,-2]},"00180060":{"Value":["a",0],"vr":"DS"}';
  const spaced = '"00180070" :\r\n\t{ "Value" : [ "a" , 0 ] , "vr" : "DS" } ';
  const text = `[{${plain},${spaced},${words}}]`;
  for (let at = 1; at < text.length; at += 1) {
    expect(await passed(cut(Buffer.from(text), [at, text.length]))).toBe(text);
    expect((await faultOf(whole(text.slice(0, at)))).code).toBe('upstream-bad-answer');
  }
});

test('what is not changed goes on in the memory it came in', async () => {
  const bytes = Buffer.from(`[{${sop}},{"7":{}}]`);
  const source = (async function* () {
    yield bytes;
  })();
  const pieces: Uint8Array[] = [];
  for await (const piece of streamJsonDatasets(source, { mapping, mayPass: () => true })) pieces.push(piece);
  expect(pieces[0]?.buffer).toBe(bytes.buffer);
  expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual([`[{${sop}},{"7":{}}`, ']']);
});

test('a dataset is given as soon as it is whole, and judged no sooner', async () => {
  const locked = new Set<string>();
  const steps: string[] = [];
  const source = (async function* () {
    yield Buffer.from(`[{"00080018":${ui('1')}},{"00080018":`);
    steps.push('first given');
    locked.add('2');
    yield Buffer.from(`${ui('2')}},{"00080018":${ui('3')}}`);
    steps.push('second given');
    yield Buffer.from(']');
  })();
  const mayPass = ({ sopInstanceUid = '' }: DatasetIdentity): boolean => !locked.has(sopInstanceUid);
  for await (const piece of streamJsonDatasets(source, { mapping, mayPass }))
    steps.push(Buffer.from(piece).toString());
  expect(steps).toEqual([
    `[{"00080018":${ui('1')}}`,
    'first given',
    `,{"00080018":${ui('3')}}`,
    'second given',
    ']',
  ]);
});

test('a long text is no trouble, a dataset beyond reason is refused', async () => {
  const mega = Buffer.alloc(1024 * 1024, 'A');
  const source = async function* (count: number) {
    yield Buffer.from('[{"00420011":{"vr":"OB","InlineBinary":"');
    for (let index = 0; index < count; index += 1) yield mega;
    yield Buffer.from('\\"\\\\"}}]');
  };
  expect((await passed(source(8))).length).toBe(8 * mega.length + 48);
  expect((await faultOf(passed(source(64)))).code).toBe('upstream-bad-answer');
}, 120_000);

test('what the source or the judgement throws is thrown on', async () => {
  const broken = new Error('away');
  const source = (async function* () {
    yield Buffer.from('[{}');
    throw broken;
  })();
  await expect(passed(source)).rejects.toBe(broken);
  const judging = whole('[{}]', () => {
    throw broken;
  });
  await expect(judging).rejects.toBe(broken);
});

test('who listens is told of each dataset that passes, as it came, and when the answer was whole', async () => {
  const told: string[] = [];
  const rules = {
    mapping,
    mayPass: ({ sopInstanceUid }: DatasetIdentity) => sopInstanceUid !== '2',
    onPassing: ({ sopInstanceUid }: DatasetIdentity, bytes: Uint8Array) =>
      void told.push(`${String(sopInstanceUid)} ${Buffer.from(bytes).toString()}`),
    onWhole: () => void told.push('whole'),
  };
  const one = (uid: string): string => `{"00080018":${ui(uid)}}`;
  const run = async (text: string): Promise<void> => {
    for await (const _piece of streamJsonDatasets(cut(Buffer.from(text), [text.length]), rules)) continue;
  };
  await run(`[${one('1')},${one('2')},${one('3')}]`);
  expect(told).toEqual([`1 ${one('1')}`, `3 ${one('3')}`, 'whole']);
  told.length = 0;
  await faultOf(run(`[${one('1')},`));
  expect(told).toEqual([`1 ${one('1')}`]);
});
