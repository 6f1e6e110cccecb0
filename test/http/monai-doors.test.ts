import request from 'supertest';
import { NotIdentified, TokenRefused } from '../../src/domain/errors.ts';
import { edgeApp, edgeDoors, SIGNED_IN } from '../fakes/edge-app.ts';
import { aLabelBinding, COOKIE, NAMED, openMonaiHouse, SERIES, type MonaiHouse } from '../fakes/monai-app.ts';
import { ohifPanel } from '../fakes/monai-clients.ts';
import { aModelVersion, anApproval, aStudy, versionString } from '../fakes/register-builder.ts';

const STUDY = aStudy().studyInstanceUid;

describe('the list', () => {
  let open: MonaiHouse;
  beforeEach(async () => {
    open = await openMonaiHouse();
  });
  afterEach(async () => {
    await open.close();
  });

  const info = (study?: string): request.Test =>
    request(open.app)
      .get('/monai/info/')
      .set({ Cookie: COOKIE, ...(study === undefined ? {} : { 'Countersign-Study': study }) });
  const keysOf = async (study?: string): Promise<readonly string[]> =>
    Object.keys((await info(study)).body.models);

  test('each version by its name, with what the server says of the model, and nothing of training or data', async () => {
    const answer = await info();
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
    expect(answer.body).toEqual({
      name: 'Countersign',
      description: expect.any(String),
      version: expect.any(String),
      labels: ['nodule'],
      models: {
        [NAMED]: { type: 'segmentation', labels: ['nodule'], dimension: 3, description: 'N', config: {} },
      },
      ...{ trainers: {}, strategies: {}, scoring: {}, train_stats: {}, datastore: {} },
    });
    expect(ohifPanel(answer.body)).toEqual({ segmentation: [NAMED], labels: ['nodule'] });
    await request(open.app).get('/monai/info').set('Cookie', COOKIE).expect(200);
  });

  test.each([
    ['numbers without gaps, in their order', { b: 2, background: 0, a: 1 }, ['a', 'b']],
    ['numbers with gaps, as they are', { liver: 6, spleen: 1 }, { spleen: 1, liver: 6 }],
    ['a list', ['x', 'y'], ['x', 'y']],
    ['none', undefined, []],
    ['nonsense', 'x', []],
    ['nonsense inside', { a: 'b' }, []],
  ])('labels: %s', async (_name, labels, expected) => {
    open.server.describe({ nodules: { type: 'segmentation', labels } });
    const { body } = await info();
    expect(body.models[NAMED].labels).toEqual(expected);
    expect(() => ohifPanel(body)).not.toThrow();
  });

  test.each([
    ['another shape', 'x'],
    ['another model', { other: { type: 'segmentation' } }],
    ['a kind that is markup', { nodules: { type: '<b>', labels: [] } }],
    ['too many labels', { nodules: { labels: Array.from({ length: 1_001 }, (_, at) => `l${String(at)}`) } }],
  ])(
    'the server says nothing that can be used (%s): the function, and the register’s title',
    async (_name, models) => {
      open.server.describe(models);
      const { body } = await info();
      expect(body.models[NAMED]).toEqual({
        ...{ type: 'detection', labels: [], dimension: 3, description: 'Lung nodule detector', config: {} },
      });
    },
  );

  test('a server that is away hides nothing of what may be run', async () => {
    open.bind([{ baseUrl: 'http://127.0.0.1:9' }]);
    expect(await keysOf()).toEqual([NAMED]);
  });

  test('per study, where one is named: what the list hides the call refuses', async () => {
    expect(await keysOf(STUDY)).toEqual([NAMED]);
    open.house.setStudy(aStudy({ modalities: ['MR'] }));
    expect(await keysOf()).toEqual([NAMED]);
    expect(await keysOf(STUDY)).toEqual([]);
    const call = await request(open.app).post(`/monai/infer/${NAMED}?image=${SERIES}`).set('Cookie', COOKIE);
    expect(call.status).toBe(403);
  });

  test.each([
    ['another dialect', [{ protocol: 'oip-v2', attestation: 'reply' }], 403],
    ['images of the caller’s', [{ input: 'caller' }], 400],
    ['two functions, of which no viewer can name one', [{}, { function: 'segmentation' }], 400],
    ['no endpoint', [], 403],
  ] as const)('%s: neither listed nor run', async (_name, bindings, status) => {
    const approvals = [anApproval({ functions: ['detection', 'segmentation'] })];
    open.bind(bindings, { approvals });
    expect(await keysOf()).toEqual([]);
    const call = await request(open.app).post(`/monai/infer/${NAMED}?image=${SERIES}`).set('Cookie', COOKIE);
    expect(call.status).toBe(status);
    expect(open.server.calls).toEqual([]);
  });

  test('one version of two is unlocked: the other does not appear, and is refused', async () => {
    const endpoints = [aLabelBinding({ baseUrl: open.server.baseUrl })];
    const other = aModelVersion({ version: versionString('2.2.0'), endpoints });
    open.bind([], { modelVersions: [aModelVersion({ endpoints }), other] });
    expect(await keysOf()).toEqual([NAMED]);
    const call = await request(open.app)
      .post(`/monai/infer/lung-nodule@2.2.0?image=${SERIES}`)
      .set('Cookie', COOKIE);
    expect([call.status, call.body.reasons[0].code]).toEqual([403, 'approval-missing']);
  });

  test('nobody -> 401 with the scheme', async () => {
    open.house.setCaller(new NotIdentified());
    const { status, headers, body } = await info();
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="countersign"']);
    expect(body).toEqual({ detail: 'Sign in to continue.', code: 'not-identified', reasons: [] });
  });

  test('a study that is none -> 400', async () => {
    const { status, body } = await info('1.2.x');
    expect([status, body.code]).toEqual([400, 'bad-request']);
  });
});

describe('signing in', () => {
  test.each(['/monai/auth/', '/monai/auth'])('%s: one has to, whoever asks', async (path) => {
    const { status, body } = await request(edgeApp()).get(path);
    expect([status, body]).toEqual([200, { enabled: true, client_id: 'countersign', realm: 'countersign' }]);
  });

  test.each(['/monai/auth/token', '/monai/auth/token/'])(
    '%s is the door for one-time codes',
    async (path) => {
      const answer = await request(edgeApp())
        .post(path)
        .type('form')
        .send('grant_type=password&username=a&password=b');
      expect([answer.status, answer.headers['door']]).toEqual([204, 'token']);
    },
  );

  test('a wrong code -> 401, as MONAI Label has it', async () => {
    const tokens = {
      issue: () => {
        throw new TokenRefused('invalid_grant', 'This code is wrong.');
      },
      revoke: () => undefined,
    };
    const app = edgeApp({ doors: edgeDoors({ tokens }) });
    const answer = await request(app).post('/monai/auth/token').type('form').send('grant_type=password');
    expect([answer.status, answer.body.detail]).toEqual([401, 'This code is wrong.']);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="countersign"');
  });

  test('tokens are not set up -> 404 that says so', async () => {
    const { tokens: _none, ...doors } = edgeDoors();
    const answer = await request(edgeApp({ doors })).post('/monai/auth/token').type('form').send('a=b');
    expect([answer.status, answer.body.detail]).toEqual([404, 'Tokens for programs are not set up here.']);
  });

  test.each(['/monai/auth/token/valid', '/monai/auth/token/valid/'])('%s', async (path) => {
    const answer = await request(edgeApp()).get(path).set('Cookie', SIGNED_IN);
    expect([answer.status, answer.body]).toEqual([200, { username: 'alice.osei' }]);
    const gone = await request(edgeApp()).get(path).set('Authorization', 'Bearer gone');
    expect([gone.status, gone.headers['www-authenticate']]).toEqual([401, 'Bearer realm="countersign"']);
  });
});

test.each(['delete', 'put'] as const)(
  'another method of a door: %s -> 405 with those that there are',
  async (method) => {
    const answer = await request(edgeApp())[method]('/monai/info/').set('Cookie', SIGNED_IN);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(answer.body.detail).toMatch(/\.$/);
  },
);
