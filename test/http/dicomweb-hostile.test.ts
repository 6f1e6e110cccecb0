import { PROBLEMS } from '../../src/http/problem.ts';
import { openHostileHouse, KNOWN_OBJECT, strayIn, type HostileHouse } from '../fakes/hostile-house.ts';

let house: HostileHouse;
beforeAll(async () => {
  house = await openHostileHouse();
});
afterAll(async () => {
  await house.close();
});

const [, study = '', , series = '', , instance = ''] = KNOWN_OBJECT.split('/');
const request = (target: string, headers: readonly string[] = [], method = 'GET'): string =>
  [
    `${method} ${target} HTTP/1.1`,
    'Host: gateway.example',
    'Authorization: Bearer alice',
    'Connection: close',
    ...headers,
    '',
    '',
  ].join('\r\n');

/** Status codes of everything that came back, in order. */
const statuses = (answer: string): readonly number[] =>
  [...answer.matchAll(/(?:^|\n)HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

/** Every answer of the app carries it; what Node's parser refuses never gets there. */
const BY_APP = /\r\nRequest-Id: /i;

/** What the app says with a status, for programs and for people (RFC 9457). */
function problemIn(answer: string): unknown {
  const gap = answer.indexOf('\r\n\r\n');
  expect(answer.slice(0, gap)).toMatch(/\r\nContent-Type: application\/problem\+json(?:\r\n|$)/i);
  return JSON.parse(answer.slice(gap + 4));
}

/** A clear refusal, ours; nothing of it reached the PACS. */
async function expectRefused(bytes: string, codes: readonly number[]): Promise<void> {
  const answer = await house.send(bytes);
  const [status = 0] = statuses(answer);
  expect(codes).toContain(status);
  expect(answer).toMatch(/\r\nGateway-Origin: gateway\r\n/i);
  if (BY_APP.test(answer)) {
    const code = codeOf(status);
    const { title } = PROBLEMS[code];
    expect(problemIn(answer)).toMatchObject({ type: `urn:countersign:problem:${code}`, title, status, code });
  }
  expect(house.taken()).toEqual([]);
}

/** What a request that asks for nothing good is told with each status. */
function codeOf(status: number): 'bad-request' | 'not-found' {
  return status === 404 ? 'not-found' : 'bad-request';
}

describe('targets', () => {
  const many = (count: number, of: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => of(index)).join('');
  test.each<[string, string, ...number[]]>([
    ['an encoded slash', '/dicom-web/studies/..%2f..%2fsystem', 400],
    ['the same in capitals', '/dicom-web/studies/..%2F..%2Fsystem', 400],
    ['twice encoded', '/dicom-web/studies/..%252f..%252fsystem', 400],
    ['encoded dots', '/dicom-web/studies/%2e%2e/%2e%2e/system', 400],
    ['dots', '/dicom-web/studies/../../system', 400],
    ['dots at the door', '/dicom-web/../system', 400],
    ['dots before the door', '/../dicom-web/studies', 404],
    ['an encoded door', '/%64icom-web/studies', 404],
    ['a script to run', '/dicom-web/studies/..%2f..%2ftools%2fexecute-script', 400],
    ['a matrix parameter', '/dicom-web/studies/1.2;a=b/metadata', 400],
    ['NUL', '/dicom-web/studies/1.2%00', 400],
    ['a bare NUL', '/dicom-web/studies/1.2\0', 400],
    ['a line end', '/dicom-web/studies/1.2%0d%0aX-Evil:%201', 400],
    ['a backslash', '/dicom-web/studies\\..\\system', 400],
    ['an encoded backslash', '/dicom-web/studies/..%5csystem', 400],
    ['broken UTF-8', '/dicom-web/studies/%ff', 400],
    ['overlong UTF-8', '/dicom-web/studies/%c0%ae%c0%ae', 400],
    ['bytes that are no ASCII', '/dicom-web/studies/\u00e4', 400],
    ['an overlong UID', `/dicom-web/studies/${'1.'.repeat(32)}1`, 400],
    ['a UID of dots', '/dicom-web/studies/1..2', 400],
    ['a UID that is a pattern', '/dicom-web/studies/.*', 400],
    ['a UID in a list', '/dicom-web/studies/1.2,1.3', 400],
    ['a host', '//pacs:8042/dicom-web/studies', 404],
    ['another host', 'http://pacs:8042/dicom-web/studies', 400],
    ['a user and a host', 'http://gateway.example@pacs:8042/system', 400],
    ['no path', 'dicom-web/studies', 400],
    ['a star', '*', 400, 404],
    ['the PACS’s own interface', '/system', 404],
    ['the same below the door', '/dicom-web/system', 404],
    ['another plug-in', '/dicom-web/servers', 404],
    ['another PACS', '/dicom-web/archive/studies', 404],
    ['a PACS by address', '/dicom-web/http:/pacs:8042/studies', 404],
    ['frame 0', `/dicom-web/${KNOWN_OBJECT}/frames/0`, 400],
    ['a list of 1,000,000 frames', `/dicom-web/${KNOWN_OBJECT}/frames/1${',1'.repeat(1_000_000)}`, 431],
    ['a list of 20,000 frames', `/dicom-web/${KNOWN_OBJECT}/frames/1${',1'.repeat(20_000)}`, 400],
    ['a frame that is a path', `/dicom-web/${KNOWN_OBJECT}/frames/1/../2`, 400],
    ['bulk data that climb', `/dicom-web/${KNOWN_OBJECT}/bulk/../../../system`, 400],
    ['bulk data of a hundred levels', `/dicom-web/${KNOWN_OBJECT}/bulk${'/a'.repeat(100)}`, 404],
    ['10,000 segments', `/dicom-web/studies${many(10_000, (index) => `/${index}`)}`, 404],
    ['10,000 query keys', `/dicom-web/studies?${many(10_000, (index) => `a${index}=1&`)}`, 400],
    ['a query of 200 KiB', `/dicom-web/studies?PatientID=${'a'.repeat(200_000)}`, 431],
    ['a prototype', '/dicom-web/__proto__', 404],
    ['a constructor', '/dicom-web/studies/1.2/constructor', 404],
  ])('%s', async (_name, target, ...codes) => {
    await expectRefused(request(target), codes);
  });

  test.each(['TRACE', 'CONNECT', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'GEET'])(
    'method %s',
    async (method) => {
      const answer = await house.send(request('/dicom-web/studies', [], method));
      expect([400, 405, undefined]).toContain(statuses(answer)[0]);
      expect(house.taken()).toEqual([]);
    },
  );
});

describe('queries that look like one thing and do another', () => {
  const WADO = `requestType=WADO&studyUID=1.2&seriesUID=3.4&objectUID=5.6`;
  test.each([
    '/dicom-web/studies?StudyInstanceUID=1.2&StudyInstanceUID=1.3',
    '/dicom-web/studies?StudyInstanceUID=1.2&0020000D=1.3',
    '/dicom-web/studies?0020000D=1.2&0020000d=1.3',
    '/dicom-web/studies?studyinstanceuid=1.2',
    '/dicom-web/studies?StudyInstanceUID=1.*',
    '/dicom-web/studies?StudyInstanceUID=1.2,',
    '/dicom-web/studies?StudyInstanceUID%00=1.2',
    '/dicom-web/studies?PatientID=%0d%0aX:%201',
    '/dicom-web/studies?PatientID=%',
    '/dicom-web/studies?limit=1&limit=2',
    '/dicom-web/studies?limit=-1',
    '/dicom-web/studies/1.2/series?StudyInstanceUID=1.3',
    `/wado?${WADO}&studyUID=9.9`,
    `/wado?${WADO.replace('studyUID', 'studyuid')}`,
    '/wado?requestType=WADO&objectUID=5.6',
    '/wado?requestType=WADO&studyUID=1.2&seriesUID=&objectUID=5.6',
    `/wado?${WADO}&region=0,0,1`,
    `/dicom-web/${KNOWN_OBJECT}/rendered?viewport=1,1;x`,
    `/dicom-web/${KNOWN_OBJECT}/rendered?window=1`,
  ])('%s', async (target) => {
    await expectRefused(request(target), [400]);
  });

  test('what is not refused goes on in our spelling, and without what nobody knows', async () => {
    const query =
      'token=secret&access_token=secret&PatientName=D%C3%B6%26x%3D1&_=17&includefield=Modality&limit=3';
    await house.send(request(`//dicom-web///studies/?${query}`));
    const [only, ...more] = house.taken();
    expect(only?.target).toBe('/dicom-web/studies?00100010=D%C3%B6%26x%3D1&includefield=00080060&limit=3');
    expect(more).toEqual([]);
  });
});

describe('headers', () => {
  test.each([
    ['a flood', Array.from({ length: 20_000 }, (_, index) => `X-${index}: ${index}`)],
    ['one of 200 KiB', [`X: ${'a'.repeat(200_000)}`]],
    ['one without a name', [': x']],
    ['a blank in the name', ['X Y: z']],
    ['a bare CR', ['X: a\rb']],
    ['two lengths', ['Content-Length: 0', 'Content-Length: 5']],
    ['a length of less than nothing', ['Content-Length: -1']],
    ['a length in hex', ['Content-Length: 0x5']],
    ['length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['a coding nobody knows', ['Transfer-Encoding: chunked, x']],
    ['another expectation', ['Expect: miracles']],
    ['a WebSocket where none is', ['Upgrade: websocket']],
  ])('%s -> refused', async (_name, headers) => {
    await expectRefused(request('/dicom-web/studies', headers), [400, 417, 431]);
  });

  test.each([
    '/dicom-web/studies',
    `/dicom-web/${KNOWN_OBJECT}/frames/1`,
    `/dicom-web/${KNOWN_OBJECT}/metadata`,
    `/wado?requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}`,
  ])('whatever names a caller, a host or a proxy stays here: %s', async (target) => {
    const claims = [
      'Forwarded: host=evil.example;proto=http',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-For: 127.0.0.1',
      'X-Original-URL: /system',
      'X-Rewrite-URL: /system',
      'X-HTTP-Method-Override: DELETE',
      'Cookie: a=b',
      'Origin: https://evil.example',
      'Referer: https://evil.example',
      'Proxy-Authorization: Basic x',
      'Remote-User: admin',
      'Content-Type: application/json',
      'TE: trailers',
      'Upgrade: h2c',
      'Accept: application/dicom+json, odd/*;q="\\"',
    ];
    await house.send(request(target, claims));
    const taken = house.taken();
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.map(strayIn).filter((stray) => stray !== undefined)).toEqual([]);
    expect(JSON.stringify(taken)).not.toMatch(/evil|alice|Basic x/);
  });

  test('the Accept of a retrieval goes on byte for byte', async () => {
    const accept = 'multipart/related;type=application/octet-stream ;transfer-syntax=*, x/y;q="a,b"';
    await house.send(request(`/dicom-web/${KNOWN_OBJECT}/frames/1,2`, [`Accept: ${accept}`]));
    expect(house.taken().at(-1)?.headers['accept']).toBe(accept);
  });
});

describe('bodies and connections', () => {
  test.each([
    [
      'a request behind a length that lies',
      'Content-Length: 3\r\n\r\nabcGET /dicom-web/../system HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    [
      'a request inside chunks',
      'Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\nGET /system HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
    ['chunks that are none', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a chunk size beyond all', 'Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n'],
  ])('%s', async (_name, rest) => {
    const head = 'GET /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n';
    const socket = await house.open();
    const isOver = new Promise((resolve) => socket.once('close', resolve));
    let got = '';
    socket.on('data', (piece: Buffer) => (got += piece.toString('latin1')));
    socket.end(head + rest);
    await isOver;
    for (const status of statuses(got)) expect(status).toBeLessThan(500);
    expect(
      house
        .taken()
        .map(strayIn)
        .filter((stray) => stray !== undefined),
    ).toEqual([]);
  });
});

test.each([
  ['below the door', 'POST /dicom-web/nothing'],
  ['with a search', 'GET /dicom-web/studies'],
  ['at a form', 'POST /auth/logout'],
])('a sender that never finishes is given up, answered or not: %s', async (_name, line) => {
  const impatient = await openHostileHouse(20);
  try {
    const [status] = statuses(
      await impatient.send(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx`),
    );
    expect([undefined, 303, 401, 404]).toContain(status);
    expect(impatient.taken()).toEqual([]);
  } finally {
    await impatient.close();
  }
});
