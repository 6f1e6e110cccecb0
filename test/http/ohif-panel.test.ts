import { rmSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import request from 'supertest';
import { AI_FUNCTIONS, DISPOSITIONS } from '../../src/domain/words.ts';
import { CASE_STATES } from '../../src/domain/case-view.ts';
import { casePage } from '../../src/ui/case-page.ts';
import { dispositionText, functionText, stateTag } from '../../src/ui/plain-words.ts';
import { edgeApp, PUBLIC_URL, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { panelViewer } from '../fakes/panel-viewer.ts';

const SCRIPT = '/gateway/ohif/ai-panel.js';
const { folder, deps } = panelViewer(PUBLIC_URL);
afterAll(() => rmSync(folder, { recursive: true }));

interface Words {
  readonly FUNCTIONS: Readonly<Record<string, string>>;
  readonly STATES: Readonly<Record<string, { readonly text: string }>>;
  readonly FOR_OTHERS: string;
  readonly ANSWERS: readonly { readonly value: string; readonly done: string }[];
}
interface Entry {
  readonly default: {
    readonly id: string;
    readonly getPanelModule: () => readonly { readonly name: string }[];
  };
  readonly withAiPanel: (config: object) => Readonly<Record<string, unknown>>;
}
const words = jest.requireActual<Words>('../../src/ui/assets/ohif/panel-words.js');
const entry = jest.requireActual<Entry>('../../src/ui/assets/ohif/ai-panel.js');

describe('the script', () => {
  const app = edgeApp();

  test('is there for whoever asks, with or without a viewer of the gateway’s, and is asked for again', async () => {
    const { status, headers, text } = await request(app).get(SCRIPT).buffer(true);
    expect([status, text.includes('export default extension')]).toEqual([200, true]);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    const again = await request(app).get(SCRIPT).set('if-none-match', String(headers['etag']));
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('every part that one imports is served, and nothing else is imported', async () => {
    const seen = new Set<string>();
    const toSee = ['./ai-panel.js'];
    for (let name = toSee.pop(); name !== undefined; name = toSee.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const { status, text } = await request(app)
        .get(`/gateway/ohif/${name.slice(2)}`)
        .buffer(true);
      expect([name, status]).toEqual([name, 200]);
      const imported = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, path = '']) => path);
      for (const path of imported) expect(path).toMatch(/^\.\/panel[a-z-]*\.js$/);
      toSee.push(...imported);
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  test.each(['panel.ts', 'nothing.js', '..%2fcountersign.js', 'ai-panel.js%00', '%2e%2e', 'AI-PANEL.js'])(
    '%s is not there',
    async (name) => {
      expectProblem(await request(app).get(`/gateway/ohif/${name}`), 404, 'not-found');
    },
  );

  test('takes GET only', async () => {
    const res = await request(app).post(SCRIPT).set('origin', PUBLIC_URL);
    expect([res.status, res.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

describe('the configuration', () => {
  test('of the gateway’s viewer names the script, and the panel by the name it has', async () => {
    const { text } = await request(edgeApp(deps))
      .get('/viewer/app-config.js')
      .set('cookie', SIGNED_IN)
      .buffer(true);
    const page: { window: { config?: Record<string, unknown> } } = { window: {} };
    runInNewContext(text, page);
    const { extensions, customizationService, modesConfiguration } = page.window.config ?? {};
    expect(extensions).toEqual([SCRIPT]);
    const { default: extension, withAiPanel } = entry;
    const name = `${extension.id}.panelModule.${String(extension.getPanelModule()[0]?.name)}`;
    expect(customizationService).toEqual({ mode: { '*': { rightPanels: { $unshift: [name] } } } });
    // A hospital that serves OHIF itself gets the same.
    expect(withAiPanel({})).toEqual({ extensions: [extension], customizationService, modesConfiguration });
  });

  test('of a hospital stays as it was besides', () => {
    const own = {
      showStudyList: false,
      extensions: ['own'],
      customizationService: { global: ['a'], mode: { '*': { leftPanels: { $set: [] } }, tmtv: { x: 1 } } },
      modesConfiguration: { '@ohif/mode-longitudinal': { hide: { $set: true } } },
    };
    expect(entry.withAiPanel(own)).toEqual({
      showStudyList: false,
      extensions: ['own', entry.default],
      customizationService: {
        global: ['a'],
        mode: {
          '*': { leftPanels: { $set: [] }, rightPanels: { $unshift: ['countersign.panelModule.ai'] } },
          tmtv: { x: 1 },
        },
      },
      modesConfiguration: own.modesConfiguration,
    });
  });
});

describe('its words are those of the pages', () => {
  test('functions', () => {
    expect(words.FUNCTIONS).toEqual(
      Object.fromEntries(AI_FUNCTIONS.map((name) => [name, functionText(name)])),
    );
  });
  test('states of a case', () => {
    const said = Object.entries(words.STATES).map(([state, { text }]) => [state, text]);
    expect(said).toEqual(CASE_STATES.map((state) => [state, stateTag(state).text]));
  });
  test('answers', () => {
    const said = words.ANSWERS.map(({ value, done }) => [value, done]);
    expect(said).toEqual(DISPOSITIONS.map((disposition) => [disposition, dispositionText(disposition)]));
    const view = { ...RELEASED_CASE, answers: [] };
    expect(casePage({ view, timeZone: 'UTC', reasons: [] }).othersSay).toBe(words.FOR_OTHERS);
  });
});

describe('my cases of one study', () => {
  const asked: unknown[] = [];
  const app = edgeApp({
    flows: fakeFlows({
      listCases: async ({ study, limit }) => {
        asked.push([study, limit]);
        return { cases: [] };
      },
    }),
  });
  const get = (query: string) => request(app).get(`/api/cases?${query}`).set('cookie', SIGNED_IN);

  test('are asked for by the study', async () => {
    expect((await get(`study=${STUDY}&limit=10`)).body).toEqual({ cases: [] });
    expect(asked).toEqual([[STUDY, 10]]);
  });

  test.each(['study=', 'study=1.2.x', `study=${STUDY}&study=${STUDY}`, `studyUid=${STUDY}`])(
    '%s is refused',
    async (query) => {
      expectProblem(await get(query), 400, 'bad-request');
    },
  );

  test('are nobody’s who is signed out', async () => {
    const res = await request(edgeApp()).get(`/api/cases?study=${STUDY}`);
    expectProblem(res, 401, 'not-identified');
  });
});
