import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import request from 'supertest';
import type { PartState } from '../../src/flows/ports.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { createInferenceHouse, SESSION, type InferenceHouse } from '../fakes/inference-house.ts';
import { flowsOf, oipApp } from '../fakes/oip-app.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aRegister,
  aStudy,
  versionString,
} from '../fakes/register-builder.ts';

const COOKIE = `__Host-countersign-session=${SESSION}`;
const STUDY = aStudy().studyInstanceUid;

let house: InferenceHouse;
let app: Express;
beforeEach(() => {
  house = createInferenceHouse();
  app = oipApp(flowsOf(house));
});

const get = (path: string): request.Test => request(app).get(path).set('Cookie', COOKIE);

describe('server', () => {
  test('metadata: the version is the package’s, and the extensions that are served', async () => {
    const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
    const answer = await request(app).get('/v2').expect(200);
    expect(answer.body).toMatchObject({
      name: 'countersign',
      extensions: ['binary_tensor_data', 'generate'],
    });
    expect(manifest).toMatchObject({ version: answer.body.version });
  });

  test('live needs nothing', async () => {
    const answer = await request(app).get('/v2/health/live').expect(200);
    expect(answer.body).toEqual({ live: true });
    expect(answer.headers['content-type']).toBe('application/json');
  });

  const down = (part: PartState['part']): PartState => ({ part, ok: false, detail: `The ${part} is away.` });
  test.each([
    ['all is well', [], 200],
    ['the identity provider is away', [down('identity')], 200],
    ['the case log is away', [down('case-log')], 503],
    ['the register is away', [down('register')], 503],
    ['the PACS is away', [down('pacs')], 503],
  ])('ready while %s -> %3$i', async (_name, parts, status) => {
    app = oipApp(flowsOf(house, parts));
    const answer = await request(app).get('/v2/health/ready');
    expect(answer.status).toBe(status);
    expect(answer.body.ready).toBe(status === 200);
    if (status === 503) expect(answer.body).toMatchObject({ code: 'ai-locked', error: parts[0]?.detail });
  });
});

describe('models', () => {
  test.each(['/v2/models/lung-nodule', '/v2/models/lung-nodule/versions/2.1.0'])(
    '%s is for those who are signed in',
    async (path) => {
      const answer = await request(app).get(path);
      expect(answer.status).toBe(401);
      expect(answer.body.code).toBe('not-identified');
    },
  );

  test('metadata lists the versions of the register that are unlocked for you, each once, not the endpoint’s', async () => {
    const endpoints = [aBinding(), aBinding({ function: 'triage' })];
    const versions = ['2.1.0', '3.0.0', '4.0.0'].map((text) =>
      aModelVersion({ version: versionString(text), endpoints }),
    );
    const approvals = ['2.1.0', '3.0.0'].map((text) =>
      anApproval({ id: `a-${text}`, version: versionString(text) }),
    );
    house.setRegister(aRegister({ modelVersions: versions, approvals }));
    expect((await get('/v2/models/lung-nodule').expect(200)).body).toEqual({
      name: 'lung-nodule',
      versions: ['2.1.0', '3.0.0'],
      platform: 'countersign',
      inputs: [],
      outputs: [],
    });
    const one = await get('/v2/models/lung-nodule/versions/3.0.0').expect(200);
    expect(one.body.versions).toEqual(['3.0.0']);
    const locked = await get('/v2/models/lung-nodule/versions/4.0.0').expect(403);
    expect(locked.body).toMatchObject({ code: 'not-permitted', error: expect.stringContaining('4.0.0') });
  });

  test('metadata of one version has what its endpoint takes and gives; of a locked one it is not asked', async () => {
    const tensor = { name: 'x', datatype: 'FP32', shape: [-1] };
    const asked: string[] = [];
    app = oipApp(
      flowsOf(house, [], {
        describe: async ({ endpointVersion }) => {
          asked.push(endpointVersion);
          return { inputs: [tensor], outputs: [] };
        },
      }),
    );
    const { body } = await get('/v2/models/lung-nodule/versions/2.1.0').expect(200);
    expect(body).toMatchObject({ inputs: [tensor], outputs: [] });
    house.setRegister(aRegister({ approvals: [] }));
    await get('/v2/models/lung-nodule/versions/2.1.0').expect(403);
    expect(asked).toEqual(['3']);
  });

  test('a version that is called in another dialect only is not here', async () => {
    house.setRegister(
      aRegister({ modelVersions: [aModelVersion({ endpoints: [aBinding({ protocol: 'monai-label' })] })] }),
    );
    await get('/v2/models/lung-nodule').expect(404);
    await get('/v2/models/lung-nodule/versions/2.1.0/ready').expect(404);
  });

  test.each([
    ['/v2/models/nodules', 404],
    ['/v2/models/lung-nodule/versions/3', 404],
    ['/v2/models/lung-nodule/versions/3/ready', 404],
    ['/v2/models/lung-nodule/versions/latest', 400],
    ['/v2/models/lung-nodule/ready', 400],
  ])('%s -> %i in the protocol’s shape', async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: expect.any(String), reasons: [] });
  });
});

describe('ready, for you', () => {
  const READY = '/v2/models/lung-nodule/versions/2.1.0/ready';
  const locked = aRegister({ approvals: [] });

  test.each([
    ['permitted on the study', undefined, STUDY, 200],
    ['permitted, no study named', undefined, undefined, 200],
    ['no approval, on the study', locked, STUDY, 403],
    ['no approval, no study named', locked, undefined, 403],
  ])('%s -> %4$i', async (_name, register, study, status) => {
    if (register !== undefined) house.setRegister(register);
    const answer = await (study === undefined ? get(READY) : get(READY).set('Countersign-Study', study));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ name: 'lung-nodule', ready: status === 200 });
    if (status === 403) expect(answer.body.reasons).toMatchObject([{ code: 'approval-missing' }]);
  });

  test('a study outside the intended use -> not ready, as the call would say', async () => {
    house.setStudy(aStudy({ modalities: ['MR'] }));
    const answer = await get(READY).set('Countersign-Study', STUDY);
    expect(answer.status).toBe(403);
    expect(answer.body.reasons).toMatchObject([{ code: 'modality-outside-use' }]);
  });

  test('a study of an unknown site is settled by the study, and not in your favour', async () => {
    const { site: _site, ...unknown } = aStudy();
    house.setStudy(unknown);
    const answer = await get(READY).set('Countersign-Study', STUDY);
    expect(answer.body).toMatchObject({ ready: false, reasons: [{ code: 'site-unknown' }] });
  });

  test('a malformed study -> 400', async () => {
    expect((await get(READY).set('Countersign-Study', '1..2')).status).toBe(400);
  });
});

describe('methods', () => {
  test.each([
    ['post', '/v2', 'GET, HEAD, OPTIONS'],
    ['delete', '/v2/health/ready', 'GET, HEAD, OPTIONS'],
    ['get', '/v2/models/lung-nodule/versions/2.1.0/infer', 'POST, OPTIONS'],
    ['get', '/v2/models/lung-nodule/infer', 'POST, OPTIONS'],
    ['put', '/v2/models/lung-nodule/versions/2.1.0', 'GET, HEAD, OPTIONS'],
  ] as const)('%s %s -> 405, %s allowed', async (method, path, allow) => {
    const answer = await request(app)[method](path).set('Cookie', COOKIE);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe(allow);
    expect(answer.body.code).toBe('method-not-allowed');
  });
});

test('what the whole app refuses before this door is told in the protocol’s shape too', async () => {
  const answer = await request(edgeApp())
    .post('/v2/models/lung-nodule/versions/2.1.0/infer')
    .set({ Cookie: SIGNED_IN, Origin: 'https://evil.example' })
    .send({});
  expect(answer.status).toBe(403);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.body).toMatchObject({ code: 'same-origin-required', error: expect.any(String), reasons: [] });
});
