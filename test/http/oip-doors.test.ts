import type { Express } from 'express';
import request from 'supertest';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import {
  aCaseId,
  aResult,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { flowsOf, oipApp } from '../fakes/oip-app.ts';
import { aModelVersion, aPrincipal, aRegister, aStudy, MODEL, NOW } from '../fakes/register-builder.ts';

const STUDY = aStudy().studyInstanceUid;
const MODEL_PATH = '/v2/models/lung-nodule';
const EXACT = `${MODEL_PATH}/versions/2.1.0`;
/** What the endpoint would say; it must not be found in any answer. */
const SECRET = 'secret-of-the-endpoint';

/** Every way into `/v2` that exists, that servers of this protocol have, or that somebody might try. */
const DOORS: readonly (readonly [method: 'get' | 'post' | 'put' | 'delete' | 'patch', path: string])[] = [
  ['post', `${EXACT}/infer`],
  ['post', `${EXACT}/infer/`],
  ['post', `${EXACT}/infer?function=detection`],
  ['get', `${EXACT}/infer`],
  ['put', `${EXACT}/infer`],
  ['patch', `${EXACT}/infer`],
  ['post', `${EXACT}/Infer`],
  ['post', `${MODEL_PATH}/infer`],
  ['post', `${MODEL_PATH}/versions/latest/infer`],
  ['post', `${MODEL_PATH}/versions//infer`],
  ['post', `${MODEL_PATH}/versions/2.1.0%2Finfer`],
  ['post', `${MODEL_PATH}/versions/9.9.9/infer`],
  ['post', '/v2/models/nodules/versions/3/infer'],
  ['post', `${EXACT}/generate`],
  ['post', `${EXACT}/generate_stream`],
  ['post', `${MODEL_PATH}/generate`],
  ['get', `${EXACT}/config`],
  ['get', `${EXACT}/stats`],
  ['get', '/v2/models/stats'],
  ['get', '/v2/models'],
  ['post', '/v2/repository/index'],
  ['post', '/v2/repository/models/lung-nodule/load'],
  ['post', '/v2/repository/models/lung-nodule/unload'],
  ['get', '/v2/trace/setting'],
  ['post', `${MODEL_PATH}/trace/setting`],
  ['post', '/v2/logging'],
  ['get', '/v2/systemsharedmemory/status'],
  ['post', '/v2/systemsharedmemory/region/x/register'],
  ['post', '/v2/cudasharedmemory/region/x/register'],
  ['delete', EXACT],
  ['post', '/V2/models/lung-nodule/versions/2.1.0/infer'],
  ['post', '/v2//models/lung-nodule/versions/2.1.0/infer'],
];

const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };
/** One way of being refused for each part of the rule of unlocking. */
const REFUSALS: readonly (readonly [
  name: string,
  register: RegisterSnapshot,
  study: StudyContext,
  principal: ReturnType<typeof aPrincipal> | undefined,
])[] = [
  ['nobody signed in', aRegister(), aStudy(), undefined],
  ['somebody who is not in the register', aRegister(), aStudy(), aPrincipal({ subject: 'nobody' })],
  ['a password alone', aRegister(), aStudy(), aPrincipal({ assurance: 1 })],
  ['a stop-use', aRegister({ stopUses: [stop] }), aStudy(), aPrincipal()],
  [
    'not released',
    aRegister({ modelVersions: [aModelVersion({ state: 'acceptance' })] }),
    aStudy(),
    aPrincipal(),
  ],
  ['no credential', aRegister({ evidence: [] }), aStudy(), aPrincipal()],
  ['no approval', aRegister({ approvals: [] }), aStudy(), aPrincipal()],
  ['a study outside its use', aRegister(), aStudy({ modalities: ['MR'] }), aPrincipal()],
];

function houseFor([, register, study, principal]: (typeof REFUSALS)[number]): InferenceHouse {
  const people = principal === undefined ? {} : { [SESSION]: principal };
  const house = createInferenceHouse({ register, people });
  house.setStudy(study);
  house.onInfer(() => aResult({ body: { outputs: [SECRET] }, finding: SECRET }));
  return house;
}

async function knock(app: Express, [method, path]: (typeof DOORS)[number]): Promise<request.Response> {
  const call = request(app)[method](path);
  return await call
    .set('Cookie', `__Host-countersign-session=${SESSION}`)
    .set('Content-Type', 'application/json')
    .send(JSON.stringify({ parameters: { study_instance_uid: STUDY } }));
}

describe.each(REFUSALS)('%s: no door of /v2 gives an AI answer', (...refusal) => {
  test.each(DOORS)('%s %s', async (method, path) => {
    const house = houseFor(refusal);
    const answer = await knock(oipApp(flowsOf(house)), [method, path]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain(SECRET);
    expect(house.calls).toHaveLength(0);
    expect(house.kinds()).not.toContain('case.intent');
    const [refused] = house.log.all();
    expect(answer.headers['case-id']).toBe(refused?.caseId);
  });
});

describe('permitted: only the one right door gives the answer, and only with its case', () => {
  const permitted = ['permitted', aRegister(), aStudy(), aPrincipal()] as const;

  test.each(DOORS)('%s %s', async (method, path) => {
    const house = houseFor(permitted);
    const answer = await knock(oipApp(flowsOf(house)), [method, path]);
    const isTheDoor = method === 'post' && (path.startsWith(`${EXACT}/infer?`) || path === `${EXACT}/infer`);
    expect(answer.status === 200).toBe(isTheDoor);
    expect(answer.text.includes(SECRET)).toBe(isTheDoor);
    expect(house.calls).toHaveLength(isTheDoor ? 1 : 0);
    if (isTheDoor) {
      expect(answer.headers['case-id']).toBe(aCaseId(1));
      expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    }
  });

  test('everything else under /v2 is refused in the protocol’s shape', async () => {
    for (const path of ['/v2/repository/index', '/v2/logging', `${EXACT}/stats`, '/v2/']) {
      const answer = await knock(oipApp(flowsOf(houseFor(permitted))), ['post', path]);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ code: 'not-permitted', error: expect.stringMatching(/\.$/) });
    }
  });
});
