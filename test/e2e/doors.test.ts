import { STORED_RESULT_MODEL } from '../../fixtures/sandbox/ai-result-objects.ts';
import { uidFor } from '../../fixtures/sandbox/dicom-file.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { asksFor, aWorkitemDraft, el } from '../fakes/workitem-drafts.ts';
import { AI_FINDING, AI_SCORE, buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

const [study] = makeStudies()
  .filter(({ key }) => key === 'ct-with-ai-result')
  .map(({ studyInstanceUid }) => studyInstanceUid);
const STUDY = study ?? '';
const AI_OBJECTS = ['sr', 'sc'].map((name) => ({
  series: uidFor(`ct-with-ai-result/${name}`),
  instance: uidFor(`ct-with-ai-result/${name}/1`),
}));
/** None of these may be in an answer to somebody for whom `decide` says no. */
const SECRETS = [AI_FINDING, String(AI_SCORE), ...AI_OBJECTS.map(({ instance }) => instance)];
const MULTIPART = { accept: 'multipart/related; type="application/dicom"' };
const OBJECT = [
  '',
  '/metadata',
  '/rendered',
  '/thumbnail',
  '/frames/1',
  '/frames/1/rendered',
  '/bulk/7FE00010',
  '/bulkdata/7FE00010',
  '/pixeldata',
];

interface Door {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Work for a machine that has this version. */
function workitemFor(model: string, version: string): object {
  const study = el('UI', STUDY);
  const input = el('SQ', { '0020000D': study });
  return aWorkitemDraft({ '0020000D': study, '00404021': input, '00741210': asksFor(model, version) });
}

const VERSIONS = [
  ['burned-in-text', '1.0.0'],
  ['burned-in-text', '2.0.0'],
  ['burned-in-text', '9.9.9'],
  ['template-drafter', '1.0.0'],
  [STORED_RESULT_MODEL.name, STORED_RESULT_MODEL.version],
] as const;

/** Every way to ask a model something, of every version and function, however it is spelt. */
function callDoors(): readonly Door[] {
  const tensors = [{ name: 'x', shape: [1, 3, 1, 1], datatype: 'FP32', data: [0, 0, 0] }];
  const functions = [
    undefined,
    'triage',
    'detection',
    'segmentation',
    'quantification',
    'report-draft',
    'record-query',
    'prescribing-suggestion',
    'protocol-recommendation',
    'quality-check',
    'view',
  ];
  return VERSIONS.flatMap(([model, version]) => {
    const bodies = functions.flatMap((fn) =>
      [[], tensors].map((inputs) =>
        JSON.stringify({
          inputs,
          parameters: { study_instance_uid: STUDY, ...(fn === undefined ? {} : { function: fn }) },
        }),
      ),
    );
    const exact = `/v2/models/${model}/versions/${version}`;
    const paths = [
      `${exact}/infer`,
      `/v2/models/${model}/infer`,
      `//v2/models/${model}/versions/${version}/infer`,
      `${exact}/generate`,
      `/v1/models/${model}:predict`,
    ];
    const headers = { 'content-type': 'application/json' };
    const form = new URLSearchParams({ model, version, function: 'quality-check' }).toString();
    return [
      ...paths.flatMap((path) => bodies.map((body) => ({ method: 'POST', path, body, headers }))),
      { method: 'POST', path: `/monai/infer/${model}?image=${STUDY}`, body: '{}', headers },
      {
        method: 'POST',
        path: '/dicom-web/workitems',
        body: JSON.stringify(workitemFor(model, version)),
        headers,
      },
      {
        method: 'POST',
        path: `/me/studies/${STUDY}/run`,
        body: form,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ];
  });
}

/** Every version and function by chat. */
function chatDoors(): readonly Door[] {
  return [...VERSIONS, ['chat-drafter', '1.0.0'] as const].flatMap(([model, version]) =>
    ['quality-check', 'report-draft', 'record-query'].map((fn) => ({
      method: 'POST',
      path: '/v1/chat/completions',
      body: JSON.stringify({
        model: `${model}@${version}`,
        messages: [{ role: 'user', content: 'draft' }],
        metadata: { study_instance_uid: STUDY, patients: ['P-1'], function: fn },
      }),
      headers: { 'content-type': 'application/json' },
    })),
  );
}

/** Every way to a stored AI result through the image door, and to what it says. */
function imageDoors(): readonly Door[] {
  const base = `/dicom-web/studies/${STUDY}`;
  const objects = AI_OBJECTS.flatMap(({ series, instance }) => [
    ...OBJECT.map((tail) => `${base}/series/${series}${tail}`),
    ...OBJECT.map((tail) => `${base}/series/${series}/instances/${instance}${tail}`),
    `${base}//series/${series}//instances/${instance}`,
    `${base}/series/${series}/instances`,
    `${base}/instances?SOPInstanceUID=${instance}`,
    `/dicom-web/instances?StudyInstanceUID=${STUDY}&SOPInstanceUID=${instance}`,
    `/dicom-web/series?SeriesInstanceUID=${series}`,
    `/wado?requestType=WADO&studyUID=${STUDY}&seriesUID=${series}&objectUID=${instance}`,
  ]);
  const lists = ['', '/metadata', '/series', '/instances', '/rendered', '/thumbnail'].map(
    (tail) => `${base}${tail}`,
  );
  const wide = [
    '/dicom-web/instances',
    '/dicom-web/instances?ModalitiesInStudy=CT&includefield=all',
    '/dicom-web/series',
  ];
  return [...objects, ...lists, ...wide].flatMap((path) => [
    { path },
    { path, headers: MULTIPART },
    { path, headers: { accept: '*/*' } },
    { path, headers: { accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' } },
    { path, headers: { accept: 'image/png' } },
  ]);
}

describe('no AI answer reaches anybody for whom decide says no', () => {
  let house: DoorsHouse;
  let caseOfAlice = '';

  beforeAll(async () => {
    house = await buildDoorsHouse();
    const answer = await knock(await house.cookieOf('alice.osei'), {
      method: 'POST',
      path: '/v2/models/burned-in-text/versions/1.0.0/infer',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: STUDY } }),
    });
    // There is something that could leak.
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining(AI_FINDING) });
    caseOfAlice = answer.caseId ?? '';
    expect(runs()).toBe(1);
  });

  afterAll(async () => {
    await house.close();
  });

  /** What endpoints are asked on a schedule, to see which version answers, runs nothing. */
  function runs(): number {
    return house.endpoint.calls.filter(({ method }) => method === 'POST').length;
  }

  async function knock(
    cookie: string | undefined,
    door: Door,
  ): Promise<{ readonly status: number; readonly text: string; readonly caseId: string | null }> {
    const response = await fetch(`${house.url}${door.path}`, {
      method: door.method ?? 'GET',
      redirect: 'manual',
      headers: { ...(cookie === undefined ? {} : { cookie }), ...door.headers },
      ...(door.body === undefined ? {} : { body: door.body }),
    });
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    return { status: response.status, text, caseId: response.headers.get('Case-Id') };
  }

  /** Whose cases and scores they are, asked for by somebody else. */
  function caseDoors(): readonly Door[] {
    return [
      '/api/cases',
      `/api/cases/${caseOfAlice}`,
      `/me/cases/${caseOfAlice}`,
      '/me/cases',
      `/me/studies/${STUDY}`,
      '/api/case-log',
      `/api/case-log?case=${caseOfAlice}`,
      '/api/case-log/export',
      '/me/case-log',
      '/api/drift',
      `/api/models?study=${STUDY}`,
      '/openapi.json',
      '/health/ready',
    ].map((path) => ({ path }));
  }

  test.each(['david.lloyd', 'erin.novak', 'fiona.grant', undefined])(
    'walked by %s, every door stays shut',
    async (username) => {
      const cookie = username === undefined ? undefined : await house.cookieOf(username);
      const before = runs();
      const doors = [
        ...callDoors(),
        ...chatDoors(),
        ...imageDoors(),
        ...(username === 'fiona.grant' ? [] : caseDoors()),
      ];
      for (const door of doors) {
        const { status, text } = await knock(cookie, door);
        const name = `${door.method ?? 'GET'} ${door.path} ${JSON.stringify(door.headers ?? {})} ${String(status)}`;
        const found = SECRETS.filter((secret) => text.includes(secret) && !door.path.includes(secret));
        expect({ name, found }).toEqual({ name, found: [] });
        expect({ name, broken: status === 500 }).toEqual({ name, broken: false });
      }
      expect(runs()).toBe(before);
    },
  );

  test('every refused call carries its case, with reasons', async () => {
    const cookie = await house.cookieOf('david.lloyd');
    const { status, text, caseId } = await knock(cookie, {
      method: 'POST',
      path: '/v2/models/burned-in-text/versions/1.0.0/infer',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [], parameters: { study_instance_uid: STUDY } }),
    });
    expect(status).toBe(403);
    expect(caseId).toMatch(/^c-/);
    expect(JSON.parse(text)).toMatchObject({
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'declaration-overdue' })]),
    });
  });

  test('the images of the same study stay readable for all who signed in', async () => {
    for (const username of ['david.lloyd', 'erin.novak']) {
      const cookie = await house.cookieOf(username);
      const image = `/dicom-web/studies/${STUDY}/series/${uidFor('ct-with-ai-result/1')}/instances/${uidFor('ct-with-ai-result/1/1')}`;
      await expect(knock(cookie, { path: image, headers: MULTIPART })).resolves.toMatchObject({
        status: 200,
      });
      await expect(knock(cookie, { path: `${image}/rendered` })).resolves.toMatchObject({ status: 200 });
      const whole = await knock(cookie, { path: `/dicom-web/studies/${STUDY}`, headers: MULTIPART });
      expect(whole.status).toBe(200);
      expect(whole.text).toContain(uidFor('ct-with-ai-result/1/12'));
    }
  });

  test('the same doors are open to the one who may', async () => {
    const cookie = await house.cookieOf('alice.osei');
    const [object] = AI_OBJECTS;
    const path = `/dicom-web/studies/${STUDY}/series/${object?.series ?? ''}/instances/${object?.instance ?? ''}`;
    const answer = await knock(cookie, { path, headers: MULTIPART });
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining(object?.instance ?? '') });
  });
});
