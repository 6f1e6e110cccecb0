import fc from 'fast-check';
import request from 'supertest';
import { textOf, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { startGuardedPacs, type GuardedPacs } from '../fakes/guarded-pacs.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import {
  named,
  openSeveralPacs,
  pacsSettings,
  PUBLIC_URL,
  type SeveralPacsHouse,
} from '../fakes/several-pacs-house.ts';
import { studyUid } from '../fakes/uids.ts';

jest.setTimeout(60_000);

const SIGNED_IN = { authorization: 'Bearer alice' };
const basicOf = (
  username: string,
  password: string,
): { username: string; passwordFile: ReturnType<typeof named> } => ({
  username,
  passwordFile: named(`${password}\n`),
});

describeWithBinary('two real Orthancs behind one gateway, each with its own login', ['Orthanc'], () => {
  const studies = makeStudies();
  const [ct, mr] = ['ct-chest', 'mr-head'].map((key) => studies.filter((study) => study.key === key));
  const uidOf = (some: typeof ct): string => some?.[0]?.studyInstanceUid ?? '';
  let main: OrthancServer;
  let archive: OrthancServer;
  let house: SeveralPacsHouse;
  beforeAll(async () => {
    const filesOf = (some: typeof ct): readonly Uint8Array[] => (some ?? []).flatMap(({ files }) => files);
    [main, archive] = await Promise.all([
      startOrthanc({ files: filesOf(ct), users: { 'gateway-main': 'one: wörd' } }),
      startOrthanc({ files: filesOf(mr), users: { 'gateway-archive': 'two' } }),
    ]);
    const [toMain, toArchive] = [main.dicomwebUrl, archive.dicomwebUrl];
    const simulator = false;
    house = openSeveralPacs({
      pacs: pacsSettings({
        dicomwebUrl: toMain,
        profile: 'orthanc',
        basic: basicOf('gateway-main', 'one: wörd'),
      }),
      morePacs: [
        {
          id: 'archive',
          title: 'Archive',
          ...pacsSettings({ dicomwebUrl: toArchive, basic: basicOf('gateway-archive', 'two'), simulator }),
        },
        // The main one's login opens nothing at another.
        {
          id: 'locked-out',
          ...pacsSettings({ dicomwebUrl: toArchive, basic: basicOf('gateway-main', 'one') }),
        },
        { id: 'gone', ...pacsSettings({ dicomwebUrl: 'http://127.0.0.1:1/dicom-web' }) },
      ],
    });
  });
  afterAll(async () => {
    await house.close();
    await Promise.all([main.close(), archive.close()]);
  });

  const get = (path: string): request.Test => request(house.app).get(`/dicom-web/${path}`).set(SIGNED_IN);
  const rowsOf = async (path: string): Promise<readonly DicomJsonObject[]> => {
    const answer = await get(path).set('accept', 'application/dicom+json').buffer(true);
    expect([path, answer.status]).toEqual([path, 200]);
    return JSON.parse(answer.text);
  };

  test.each([
    ['', () => uidOf(ct), () => uidOf(mr)],
    ['archive/', () => uidOf(mr), () => uidOf(ct)],
  ])(
    'at /dicom-web/%s its own studies are found and opened, and not the other’s',
    async (at, own, others) => {
      expect((await rowsOf(`${at}studies`)).map((row) => textOf(row, '0020000D'))).toEqual([own()]);
      const [first] = await rowsOf(`${at}studies/${own()}/metadata`);
      expect(textOf(first ?? {}, '0020000D')).toBe(own());
      expect(await rowsOf(`${at}studies?StudyInstanceUID=${others()}`)).toEqual([]);
      expect(await rowsOf(`${at}studies/${others()}/instances`)).toEqual([]);
      const base = `${PUBLIC_URL}/dicom-web/${at}`;
      const bulk = first?.['7FE00010']?.BulkDataURI ?? '';
      expect(bulk.startsWith(`${base}studies/${own()}/`)).toBe(true);
      const pixels = await get(`${at}${bulk.slice(base.length)}`).buffer(true);
      expect(pixels.status).toBe(200);
      const [row] = await rowsOf(`${at}studies/${own()}/series`);
      expect(textOf(row ?? {}, '00081190')).toBe(
        `${base}studies/${own()}/series/${String(textOf(row ?? {}, '0020000E'))}`,
      );
      expect(house.unmapped()).toBe(0);
    },
  );

  test('one that refuses the gateway or is away is told by name, and the others go on', async () => {
    const refused = await get('locked-out/studies');
    expect([refused.status, refused.body.code]).toEqual([502, 'upstream-bad-answer']);
    expect(refused.body.detail).toMatch(/^locked-out: The PACS refuses the gateway’s own login/);
    const away = await get('gone/studies');
    expect([away.status, away.headers['gateway-origin']]).toEqual([502, 'gateway']);
    expect(away.body.detail).toMatch(/^gone: The PACS cannot be reached/);
    expect((await get('studies')).status).toBe(200);
  });

  test.each([
    'nowhere/studies',
    'nowhere',
    'main/studies',
    'archive/archive/studies',
    'archive/gone/studies',
  ])('%s -> 404', async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
  });

  test('each says how it is', async () => {
    const states = await house.houses.ping(new AbortController().signal);
    expect(states.map(({ part, name, ok }) => [part, name, ok])).toEqual([
      ['pacs', undefined, true],
      ['pacs', 'archive', true],
      ['pacs', 'locked-out', false],
      ['pacs', 'gone', false],
    ]);
    expect(states[1]?.detail).toBe('Archive: The PACS answers.');
  });

  test('what a study is comes from the PACS that has it', async () => {
    const signal = new AbortController().signal;
    const read = async (uid: string): Promise<string | undefined> =>
      (await house.houses.studies.studyContext(studyUid(uid), signal)).pacs;
    expect(await read(uidOf(ct))).toBeUndefined();
    expect(await read(uidOf(mr))).toBe('archive');
  });
});

describe('whatever a caller sends', () => {
  const SECRET = 'zz9-callers-own';
  const logins = { main: 'Custom main', archive: `Basic ${btoa('gateway:archive')}`, heart: 'Bearer heart' };
  let guarded: readonly GuardedPacs[];
  let house: SeveralPacsHouse;
  let gateway: Listener;
  beforeAll(async () => {
    guarded = await Promise.all(
      [logins.main, logins.archive, logins.heart, undefined].map((authorization) =>
        startGuardedPacs(authorization === undefined ? {} : { authorization }),
      ),
    );
    const at = (index: number): { dicomwebUrl: string } => ({ dicomwebUrl: guarded[index]?.url ?? '' });
    house = openSeveralPacs({
      pacs: pacsSettings({ ...at(0), authorizationFile: named(logins.main) }),
      morePacs: [
        { id: 'archive', ...pacsSettings({ ...at(1), basic: basicOf('gateway', 'archive') }) },
        { id: 'heart', ...pacsSettings({ ...at(2), bearerTokenFile: named('heart\n') }) },
        { id: 'open', ...pacsSettings(at(3)) },
      ],
    });
    gateway = await startListener({ app: house.app, host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await gateway.close(0);
    await house.close();
    await Promise.all(guarded.map((one) => one.close()));
  });

  const names = fc.constantFrom(
    'Cookie',
    'Proxy-Authorization',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Prefix',
    'X-Real-IP',
    'X-Remote-User',
    'Remote-User',
    'X-Authorization',
    'X-Auth-Token',
    'Client-Cert',
    'X-Ssl-Client-Cert',
    'X-Countersign-Hop-Secret',
    'Origin',
    'Referer',
    'User-Agent',
    'Via',
    'From',
  );
  const path = fc.constantFrom(
    'studies',
    'studies/1.2/series',
    'studies/1.2/metadata',
    'studies/1.2/series/3.4/instances/5.6',
    'studies/1.2/series/3.4/instances/5.6/frames/1',
    'instances',
  );
  const session = fc.constantFrom('bearer', 'cookie');
  const door = fc.constantFrom('', 'archive/', 'heart/', 'open/');

  test('no PACS sees a login, a cookie or a name of theirs, and each sees its own only', async () => {
    await fc.assert(
      fc.asyncProperty(
        door,
        path,
        session,
        fc.array(names, { maxLength: 6 }),
        async (at, to, kind, claimed) => {
          const before = guarded.map(({ seen }) => seen.length);
          const headers = new Headers(claimed.map((name) => [name, `${SECRET}=1`] as [string, string]));
          if (kind === 'bearer') headers.set('authorization', 'Bearer alice');
          else headers.append('cookie', '__Host-countersign-session=alice');
          const query = `?token=${SECRET}&access_token=${SECRET}`;
          const answer = await fetch(`${gateway.url}/dicom-web/${at}${to}${query}`, { headers });
          const said = await answer.text();
          expect([said, [200, 404].includes(answer.status)]).toEqual([said, true]);
          const wanted = ['', 'archive/', 'heart/', 'open/'].indexOf(at);
          guarded.forEach(({ seen }, index) => {
            const fresh = seen.slice(before[index]);
            expect([index, fresh.length > 0]).toEqual([index, index === wanted]);
            for (const { url, headers: sent, rawHeaders } of fresh) {
              expect(sent.authorization).toBe(Object.values(logins)[index]);
              expect(sent.cookie).toBeUndefined();
              expect(sent.forwarded).toBe('host="gw.example:8443";proto=https');
              expect([sent['x-forwarded-host'], sent['x-forwarded-proto']]).toEqual([
                'gw.example:8443',
                'https',
              ]);
              expect(`${String(url)} ${rawHeaders.join(' ')}`).not.toMatch(/zz9|alice/);
            }
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
