import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import request from 'supertest';
import { loadViewer } from '../../src/ui/load-viewer.ts';
import { edgeApp, PUBLIC_URL, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { STUDY } from '../fakes/fake-flows.ts';
import { TINY_PAGE, writeTinyViewer } from '../fakes/tiny-viewer.ts';

const folder = writeTinyViewer();
const pacs = [
  { id: 'PACS', title: 'PACS', dicomwebUrl: `${PUBLIC_URL}/dicom-web` },
  { id: 'archive', title: 'Archive </script>', dicomwebUrl: `${PUBLIC_URL}/dicom-web/archive` },
];
const app = edgeApp({ viewer: { files: loadViewer(folder), pacs } });
const PAGE = { accept: 'text/html,*/*', cookie: SIGNED_IN };
const file = (name: string) => request(app).get(`/viewer/${name}`).buffer(true);

afterAll(() => rmSync(folder, { recursive: true }));

describe('the page', () => {
  test.each([
    '/viewer',
    '/viewer/',
    '/viewer/index.html',
    '/viewer/viewer?StudyInstanceUIDs=1.2.3',
    '/viewer/tmtv/archive',
  ])('%s is the viewer’s, for whoever is signed in, and isolated', async (path) => {
    const { status, text, headers } = await request(app).get(path).set(PAGE);
    expect(status).toBe(200);
    expect(text).toContain('<script defer src="/viewer/app.bundle.0f6159c501addfe9.js">');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });

  test('presets where OHIF’s MONAI Label extension finds its server: readable by script, and no secret', async () => {
    const { headers } = await request(app).get('/viewer/').set(PAGE);
    expect(headers['set-cookie']).toEqual([
      `MONAILABEL_SERVER_URL=${PUBLIC_URL}/monai/; Path=/; SameSite=Lax; Secure`,
    ]);
    // As its CookieUtils reads it, and as its client uses it.
    const [, found = ''] =
      /(?:^|;) ?MONAILABEL_SERVER_URL=([^;]*)(?:;|$)/.exec(String(headers['set-cookie'])) ?? [];
    expect(new URL('info/', decodeURIComponent(found)).href).toBe(`${PUBLIC_URL}/monai/info/`);
    const nobody = await request(app).get('/viewer/').set('accept', 'text/html');
    expect(String(nobody.headers['set-cookie'])).not.toContain('MONAILABEL');
  });

  test('its policy lets nothing in from elsewhere, and of inline scripts those that it has', async () => {
    const { text, headers } = await request(app).get('/viewer/').set(PAGE);
    const script = /<script>(.*?)<\/script>/.exec(text)?.[1] ?? '';
    expect(script).toBe('window.PUBLIC_URL="/viewer/"');
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = String(headers['content-security-policy']);
    // Segmentations are read by code that the viewer compiles; films and documents come from here or from memory.
    expect(policy).toContain(`script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval' 'sha256-${hash}';`);
    expect(policy).toContain("media-src 'self' blob:; object-src 'self' blob:; frame-src blob:;");
    expect(policy).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe-inline/);
  });

  test('is asked for again, and answered shortly while it is the same', async () => {
    const first = await request(app).get('/viewer/').set(PAGE);
    const again = await request(app)
      .get('/viewer/')
      .set({ ...PAGE, 'if-none-match': String(first.headers['etag']) });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test.each([
    ['/viewer/', '%2Fviewer%2F'],
    ['/viewer/viewer?StudyInstanceUIDs=1.2.3', '%2Fviewer%2Fviewer%3FStudyInstanceUIDs%3D1.2.3'],
    ['/viewer/?mrn=4711', '%2Fviewer%2F'],
  ])('%s sends whoever is signed out to sign in, and back', async (path, back) => {
    const { status, headers } = await request(app).get(path).set('accept', 'text/html');
    expect([status, headers['location']]).toEqual([303, `/auth/sign-in?return=${back}`]);
  });

  test('the sign-in page keeps the way back', async () => {
    const { text } = await request(app).get(
      '/auth/sign-in?return=%2Fviewer%2Fviewer%3FStudyInstanceUIDs%3D1.2.3',
    );
    expect(text).toContain('return=%2Fviewer%2Fviewer%3FStudyInstanceUIDs%3D1.2.3');
  });
});

describe('files', () => {
  test.each([
    [
      'app.bundle.0f6159c501addfe9.js',
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ],
    ['5130ccb17e3f3f5b.wasm', 'application/wasm', 'public, max-age=31536000, immutable'],
    ['app.bundle.css', 'text/css; charset=utf-8', 'no-cache'],
    ['plain.js', 'text/javascript; charset=utf-8', 'no-cache'],
    ['assets/icon.png', 'image/png', 'no-cache'],
  ])('%s has its type, and is kept as long as its name says', async (name, type, caching) => {
    const { status, headers } = await file(name);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, caching]);
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
    const again = await file(name).set('if-none-match', String(headers['etag']));
    expect(again.status).toBe(304);
  });

  test('say our address where they said another', async () => {
    expect((await file('app.bundle.0f6159c501addfe9.js')).text).toContain(
      '__webpack_require__.p = "/viewer/";',
    );
    expect((await file('app.bundle.0f6159c501addfe9.js')).text).toContain(
      "Function('/viewer/microscopy.js')",
    );
    expect((await file('app.bundle.css')).text).toContain('url(/viewer/a34f9d1faa5f3315.woff2)');
    expect((await file('manifest.json')).text).toContain('"/viewer/assets/icon.png"');
    expect((await file('plain.js')).text).toBe('start();');
  });

  test('scripts bring the policy for workers, nothing else may run', async () => {
    const policyOf = async (name: string): Promise<string> =>
      String((await file(name)).headers['content-security-policy']);
    await expect(policyOf('plain.js')).resolves.toMatch(
      /^default-src 'none'; script-src 'self' blob: 'unsafe-eval'/,
    );
    await expect(policyOf('assets/icon.png')).resolves.toMatch(/^default-src 'none'; base-uri 'none'/);
  });

  test.each([
    '.integrity',
    '.hidden/file.js',
    'linked.js',
    'linked/secret.js',
    'sw.js',
    'silent-refresh.html',
    'assets/',
    'assets',
    'nothing.js',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e/package.json',
    'assets/..%5cplain.js',
    'plain.js%00',
    'plain.js/',
    'PLAIN.js',
    '/plain.js',
  ])('there is no %s', async (name) => {
    expectProblem(await request(app).get(`/viewer/${name}`).set('accept', '*/*'), 404, 'not-found');
    const asked = await request(app).get(`/viewer/${name}`).set(PAGE);
    expect(asked.text).not.toMatch(/secret|not for browsers|importScripts|x\.js|start\(\)/);
  });

  test('one that has gone since the start is not there', async () => {
    const own = writeTinyViewer();
    const gone = edgeApp({ viewer: { files: loadViewer(own), pacs } });
    rmSync(join(own, 'plain.js'));
    expectProblem(await request(gone).get('/viewer/plain.js').set('accept', '*/*'), 404, 'not-found');
    rmSync(own, { recursive: true });
  });

  test('are read, not written', async () => {
    const { status, headers } = await request(app).delete('/viewer/plain.js');
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect((await request(app).head('/viewer/').set(PAGE)).status).toBe(200);
  });
});

describe('the config', () => {
  interface Said {
    readonly config: {
      readonly routerBasename: string;
      readonly defaultDataSourceName: string;
      readonly dataSources: readonly {
        readonly sourceName: string;
        readonly configuration: Readonly<Record<string, unknown>>;
      }[];
      readonly httpErrorHandler: (error: unknown) => void;
    };
  }
  const script = async (): Promise<string> => (await file('app-config.js').set('cookie', SIGNED_IN)).text;

  test('is for whoever is signed in', async () => {
    expectProblem(await file('app-config.js'), 401, 'not-identified');
    const { headers } = await file('app-config.js').set('cookie', SIGNED_IN);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-store',
    });
  });

  test('names each PACS of this gateway, and no address of others', async () => {
    const text = await script();
    const window = {} as Said;
    runInNewContext(text, { window });
    expect(window.config).toMatchObject({ routerBasename: '/viewer', defaultDataSourceName: 'PACS' });
    expect(
      window.config.dataSources.map(({ sourceName, configuration }) => [
        sourceName,
        configuration['wadoRoot'],
      ]),
    ).toEqual([
      ['PACS', `${PUBLIC_URL}/dicom-web`],
      ['archive', `${PUBLIC_URL}/dicom-web/archive`],
    ]);
    expect(window.config.dataSources[1]?.configuration['friendlyName']).toBe('Archive </script>');
    expect(text).not.toContain('</script>');
    for (const [address] of text.matchAll(/https?:[^"']*/g))
      expect(address).toMatch(new RegExp(`^${PUBLIC_URL}/dicom-web`));
  });

  test.each<{
    name: string;
    says: boolean;
    statuses: readonly number[];
    asked: number;
    went: readonly string[];
  }>([
    { name: 'another fault', says: true, statuses: [500, 403], asked: 0, went: [] },
    {
      name: 'who is signed out and agrees',
      says: true,
      statuses: [401, 401, 401],
      asked: 1,
      went: ['/auth/sign-in?session-ended=1&return=%2Fviewer%2Fviewer%3FStudyInstanceUIDs%3D1'],
    },
    { name: 'who would rather stay', says: false, statuses: [401, 401], asked: 1, went: [] },
  ])('$name: asked $asked times', async ({ says, statuses, asked, went }) => {
    const window = {} as Said & { confirm: () => boolean };
    let questions = 0;
    window.confirm = () => ((questions += 1), says);
    const places: string[] = [];
    const location = {
      pathname: '/viewer/viewer',
      search: '?StudyInstanceUIDs=1',
      assign: (place: string) => places.push(place),
    };
    runInNewContext(await script(), { window, location, performance: { now: () => 5 } });
    for (const status of statuses) window.config.httpErrorHandler({ status });
    expect([questions, places]).toEqual([asked, went]);
  });
});

describe('without a viewer in the config', () => {
  test('there is none, and no study leads to one', async () => {
    expect((await request(edgeApp()).get('/viewer/').set(PAGE)).status).toBe(404);
    const bare = await request(edgeApp()).get(`/me/studies/${STUDY}`).set(PAGE);
    expect(bare.text).not.toContain('Open in viewer');
    const { text } = await request(app).get(`/me/studies/${STUDY}`).set(PAGE);
    expect(text).toContain(`href="/viewer/viewer?StudyInstanceUIDs=${STUDY}"`);
  });
});

test('a viewer that was built for our address is served as it is', async () => {
  const own = writeTinyViewer({ 'index.html': TINY_PAGE.replaceAll('="/', '="/viewer/') });
  const { files, page } = loadViewer(own);
  expect([...files.values()].filter(({ bytes }) => bytes !== undefined)).toEqual([]);
  expect(page.html).toContain('src="/viewer/app-config.js"');
  rmSync(own, { recursive: true });
});

test.each<{ name: string; changes: Readonly<Record<string, string | undefined>>; says: RegExp }>([
  { name: 'no page', changes: { 'index.html': undefined }, says: /There is no viewer in .*index\.html/ },
  {
    name: 'a page of something else',
    changes: { 'index.html': '<html>' },
    says: /not that of an OHIF viewer/,
  },
  {
    name: 'a build for another address',
    changes: { 'index.html': TINY_PAGE.replace('"/"', '"/ohif/"') },
    says: /PUBLIC_URL=\/viewer\//,
  },
  {
    name: 'bundles that do not say their address',
    changes: { 'app.bundle.0f6159c501addfe9.js': 'n.p="/";' },
    says: /PUBLIC_URL=\/viewer\//,
  },
])('$name -> refused', ({ changes, says }) => {
  const own = writeTinyViewer(changes);
  expect(() => loadViewer(own)).toThrow(says);
  rmSync(own, { recursive: true });
});
