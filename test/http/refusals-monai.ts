import request from 'supertest';
import { aLabelBinding, SERIES } from '../fakes/monai-app.ts';
import { STUDY } from '../fakes/chat-app.ts';
import type { DialectDoor, OwnRefusal } from './refusal-table.ts';

const NAMED = 'lung-nodule@2.1.0';
const infer = (name: string): string =>
  `/monai/infer/${encodeURIComponent(name)}?image=${SERIES}&output=json`;

function withParams(name: string, status: number, params: string, path = infer(NAMED)): OwnRefusal {
  return {
    name,
    status,
    send: async (app, cookie) => await request(app).post(path).set('Cookie', cookie).field('params', params),
  };
}

type Method = 'get' | 'post' | 'put' | 'delete';

function blocked(method: Method, path: string): OwnRefusal {
  return {
    name: `${method.toUpperCase()} /monai${path}`,
    status: 403,
    send: async (app, cookie) => await request(app)[method](`/monai${path}`).set('Cookie', cookie),
  };
}

/** What a server offers that changes a model, tells of its host, or reaches the PACS by its own credential. */
const BLOCKED: readonly (readonly [Method, string])[] = [
  ['get', ''],
  ['get', '/'],
  ['post', '/infer/wsi/x'],
  ['post', '/infer/wsi_v2/x'],
  ['get', '/model/info/nodules'],
  ['get', '/model/nodules'],
  ['put', '/model/nodules'],
  ['delete', '/model/nodules'],
  ['put', '/session/'],
  ['get', '/session/1'],
  ['delete', '/session/1'],
  ['get', '/datastore/'],
  ['put', '/datastore/label'],
  ['get', '/datastore/image/download'],
  ['post', '/activelearning/random'],
  ['post', '/train/'],
  ['get', '/train/'],
  ['delete', '/train/'],
  ['post', '/batch/infer/nodules'],
  ['post', '/scoring/dice'],
  ['get', '/logs/'],
  ['get', '/proxy/dicom/studies'],
  ['get', '/ohif/index.html'],
  ['post', '/reload'],
  ['get', '/docs'],
  ['get', '/openapi.json'],
  ['get', '/Info/'],
  ['get', '/info//'],
];

const deep = `{"spleen":${'['.repeat(200)}${']'.repeat(200)}}`;

/** MONAI Label, as OHIF and 3D Slicer call it. */
export const LABEL_DOOR: DialectDoor = {
  name: 'MONAI Label',
  binding: aLabelBinding(),
  call: async (app, { cookie, model, version, headers }) =>
    await request(app)
      .post(infer(version === undefined ? model : `${model}@${version}`))
      .set({ ...headers, Cookie: cookie })
      .field('params', '{}'),
  sentenceIn: ({ body }) => body.detail,
  list: async (app, cookie) =>
    (await request(app).get('/monai/info/').set({ Cookie: cookie, 'Countersign-Study': STUDY })).text,
  listedAs: '"lung-nodule@2.1.0"',
  own: [
    withParams('a parameter that names another model', 403, '{"model":"other"}'),
    withParams('a parameter that names another image', 403, '{"image":"1.2.3"}'),
    withParams('no JSON', 400, '{'),
    withParams('JSON that nests too deep', 400, deep),
    withParams('a body that is too large', 413, 'x'.repeat(150_000)),
    withParams('a path for an image', 400, '{}', infer(NAMED).replace(SERIES, '..%2F..%2Fetc%2Fpasswd')),
    withParams('an upload of before', 403, '{}', `${infer(NAMED)}&session_id=1`),
    {
      name: 'a body of another type',
      status: 415,
      send: async (app, cookie) =>
        await request(app).post(infer(NAMED)).set('Cookie', cookie).send({ model: 'other' }),
    },
    ...BLOCKED.map(([method, path]) => blocked(method, path)),
  ],
};
