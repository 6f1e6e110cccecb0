import request from 'supertest';
import { STUDY } from '../fakes/chat-app.ts';
import { aTorchserveBinding } from '../fakes/torchserve-app.ts';
import type { DialectDoor, OwnRefusal } from './refusal-table.ts';

const PREDICTIONS = '/torchserve/predictions';
const PREDICT = `${PREDICTIONS}/lung-nodule/2.1.0`;
type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';

interface Sent {
  readonly body?: string;
  readonly type?: string;
}

function own(
  name: string,
  status: number,
  path: string,
  { body = '', type = 'image/png' }: Sent = {},
): OwnRefusal {
  return {
    ...{ name, status },
    send: async (app, cookie) =>
      await request(app)
        .post(path)
        .set({ Cookie: cookie, 'Countersign-Study': STUDY, 'Content-Type': type })
        .send(body),
  };
}

function blocked(method: Method, path: string): OwnRefusal {
  return {
    ...{ name: `${method.toUpperCase()} /torchserve${path}`, status: 403 },
    send: async (app, cookie) => await request(app)[method](`/torchserve${path}`).set('Cookie', cookie),
  };
}

/** What a server offers that changes or describes its models, or runs one whose version nobody named. */
const BLOCKED: readonly (readonly [Method, string])[] = [
  ['get', ''],
  ['get', '/'],
  ['get', '/models'],
  ['post', '/models?url=http://elsewhere/x.mar'],
  ['get', '/models/lung-nodule/2.1.0'],
  ['put', '/models/lung-nodule/2.1.0/set-default'],
  ['delete', '/models/lung-nodule/2.1.0'],
  ['post', '/workflows'],
  ['get', '/token?type=inference'],
  ['get', '/metrics'],
  ['post', '/explanations/lung-nodule'],
  ['post', '/explanations/lung-nodule/2.1.0'],
  ['post', '/v1/models/lung-nodule:predict'],
  ['post', '/v1/models/lung-nodule:explain'],
  ['post', '/v2/models/lung-nodule/infer'],
  ['post', '/invocations'],
  ['post', '/predictions'],
  ['post', '/predictions/lung-nodule/2.1.0/x'],
  ['post', '/Predictions/lung-nodule/2.1.0'],
  ['get', '/ping/'],
];

/** TorchServe, as its clients call it. */
export const TORCHSERVE_DOOR: DialectDoor = {
  name: 'TorchServe',
  binding: aTorchserveBinding(),
  call: async (app, { cookie, model, version, headers }) =>
    await request(app)
      .post(`${PREDICTIONS}/${model}${version === undefined ? '' : `/${version}`}`)
      .set({ 'Countersign-Study': STUDY, ...headers, Cookie: cookie }),
  sentenceIn: ({ body }) => body.message,
  // Its clients have no list: that is the management address's. The gateway's own is for all dialects.
  list: async (app, cookie) => {
    const { body } = await request(app).get(`/api/models?study=${STUDY}`).set('Cookie', cookie);
    const rows: readonly Readonly<Record<string, string | boolean>>[] = body.models ?? [];
    return rows
      .map(({ model, version, permitted }) => `${String(model)}@${String(version)} ${String(permitted)}`)
      .join(', ');
  },
  listedAs: 'lung-nodule@2.1.0 true',
  unknownStatus: 404,
  own: [
    own('a body that is too large', 413, PREDICT, { body: 'x'.repeat(2_000_000) }),
    own('a type that is none', 400, PREDICT, { body: 'x', type: 'png' }),
    own('a parameter that nobody knows', 400, `${PREDICT}?device=cuda`),
    own('a function that nobody knows', 400, `${PREDICT}?function=diagnosis`),
    own('another study in the address', 400, `${PREDICT}?study_instance_uid=1.2.3`),
    own('a version in both places', 400, `${PREDICTIONS}/lung-nodule@2.1.0/2.1.0`),
    own('a version of dots', 400, `${PREDICTIONS}/lung-nodule/%2e%2e%2f3`),
    own('an encoded slash', 400, `${PREDICTIONS}/lung-nodule%2F2.1.0`),
    own('a broken escape', 400, `${PREDICTIONS}/lung-nodule/%zz`),
    own('a version without end', 400, `${PREDICTIONS}/lung-nodule/${'1'.repeat(4_000)}`),
    ...BLOCKED.map(([method, path]) => blocked(method, path)),
  ],
};

/** The same by one name, as an upload. */
export const TORCHSERVE_UPLOAD: DialectDoor = {
  ...TORCHSERVE_DOOR,
  name: 'TorchServe, an upload by one name',
  binding: aTorchserveBinding({ input: 'caller' }),
  call: async (app, { cookie, model, version, headers }) =>
    await request(app)
      .put(`${PREDICTIONS}/${model}${version === undefined ? '' : `@${version}`}?study_instance_uid=${STUDY}`)
      .set({ ...headers, Cookie: cookie, 'Content-Type': 'image/png' })
      .send('x'),
  own: [],
};
