import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { json } from '../fakes/scripted-endpoint.ts';
import { multipartBody, storedFile } from '../fakes/stored-files.ts';
import { answerSoundly, buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

const STUDIES = makeStudies();
const uidOf = (key: string): string => STUDIES.find((study) => study.key === key)?.studyInstanceUid ?? '';
const STUDY = uidOf('cr-burned-in-text');
const OTHER = STUDIES.find(({ studyInstanceUid }) => studyInstanceUid !== STUDY)?.studyInstanceUid ?? '';
const RELATED = 'multipart/related; type="application/dicom"; boundary=edge';

interface Tried {
  readonly during: ReadonlyMap<string, number>;
  readonly studyRows: readonly unknown[];
  readonly token: string;
  readonly caseId: string;
}

let house: DoorsHouse;
let tried: Tried;

/** Everything that a token for one study may be tried on. */
const ROUTES: readonly (readonly [name: string, method: string, path: string, status: number])[] = [
  ['its study', 'GET', `dicom-web/studies/${STUDY}`, 200],
  ['its metadata', 'GET', `dicom-web/studies/${STUDY}/metadata`, 200],
  ['its series', 'GET', `dicom-web/studies/${STUDY}/series`, 200],
  ['its objects', 'GET', `dicom-web/studies/${STUDY}/instances`, 200],
  ['a search for it', 'GET', `dicom-web/studies?StudyInstanceUID=${STUDY}`, 200],
  ['another study', 'GET', `dicom-web/studies/${OTHER}`, 403],
  ['the metadata of another', 'GET', `dicom-web/studies/${OTHER}/metadata`, 403],
  ['the series of another', 'GET', `dicom-web/studies/${OTHER}/series`, 403],
  [
    'an object of another',
    'GET',
    `dicom-web/wado?requestType=WADO&studyUID=${OTHER}&seriesUID=1&objectUID=1`,
    403,
  ],
  ['storing', 'POST', 'dicom-web/studies', 403],
  ['storing into its study', 'POST', `dicom-web/studies/${STUDY}`, 403],
  ['workitems', 'GET', 'dicom-web/workitems', 403],
  ['a PACS that there is not', 'GET', `dicom-web/archive/studies/${STUDY}`, 404],
  ['drift', 'GET', 'api/drift', 401],
  ['cases', 'GET', 'api/cases', 401],
  ['the case log', 'GET', 'api/case-log', 401],
  ['models', 'GET', 'v2/models/burned-in-text', 401],
  ['a call of AI', 'POST', 'v2/models/burned-in-text/versions/1.0.0/infer', 401],
];

async function ask(token: string, method: string, path: string): Promise<Response> {
  const isStore = method === 'POST' && path.startsWith('dicom-web');
  const body = isStore ? new Uint8Array(multipartBody([storedFile({ study: STUDY })])) : '{"inputs":[]}';
  return await fetch(`${house.url}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept:
        path.endsWith(STUDY) && path.startsWith('dicom-web/studies/')
          ? '*/*'
          : 'application/json, application/dicom+json',
      ...(method === 'POST' ? { 'content-type': isStore ? RELATED : 'application/json' } : {}),
    },
    ...(method === 'POST' ? { body } : {}),
  });
}

async function statusOf(token: string, method: string, path: string): Promise<number> {
  const answer = await ask(token, method, path);
  await answer.arrayBuffer();
  return answer.status;
}

/** As an endpoint that was called: it has the token until it answers. */
async function tryAll(token: string): Promise<Omit<Tried, 'caseId' | 'token'>> {
  const during = new Map<string, number>();
  for (const [name, method, path] of ROUTES) during.set(name, await statusOf(token, method, path));
  const all = await ask(token, 'GET', 'dicom-web/studies');
  const studyRows = (all.status === 200 ? await all.json() : []) as readonly unknown[];
  return { during, studyRows };
}

function tokenIn(body: unknown): string {
  const parameters: unknown = Object(body).parameters;
  return String(Object(parameters).dicomweb_token);
}

beforeAll(async () => {
  house = await buildDoorsHouse();
  const found: { token: string; during: Promise<Omit<Tried, 'caseId' | 'token'>> }[] = [];
  house.endpoint.answer((res, call) => {
    const token = tokenIn(call.body);
    const during = tryAll(token);
    found.push({ token, during });
    void during.then(
      () => {
        answerSoundly(res, call);
      },
      () => {
        json(res, {}, 500);
      },
    );
  });
  const answer = await fetch(`${house.url}/v2/models/burned-in-text/versions/1.0.0/infer`, {
    method: 'POST',
    headers: {
      cookie: await house.cookieOf('alice.osei'),
      'content-type': 'application/json',
      origin: house.url,
    },
    body: JSON.stringify({
      parameters: { study_instance_uid: STUDY, function: 'quality-check' },
      inputs: [],
    }),
  });
  const text = await answer.text();
  const [call] = found;
  if (call === undefined) throw new Error(`the endpoint was not called: ${text}`);
  tried = { ...(await call.during), token: call.token, caseId: answer.headers.get('Case-Id') ?? '' };
});
afterAll(() => house.close());

test.each(ROUTES)('while its call runs the token opens %s or not', (name, _method, _path, status) => {
  expect([name, tried.during.get(name)]).toEqual([name, status]);
});

test('a search that names no study finds no other', () => {
  const uids = tried.studyRows.map((row) => String(Object(Object(row)['0020000D']).Value?.[0]));
  expect(uids.filter((uid) => uid !== STUDY)).toEqual([]);
});

test.each(ROUTES)('when its call is over it opens nothing of %s', async (_name, method, path) => {
  expect(await statusOf(tried.token, method, path)).toBe(path.includes('archive') ? 404 : 401);
});

test('each read stands in the case: one entry for the study', async () => {
  const auditor = { cookie: await house.cookieOf('alice.osei') };
  const answer = await fetch(`${house.url}/api/cases/${tried.caseId}`, { headers: auditor });
  const { entries } = (await answer.json()) as { readonly entries: readonly { readonly kind: string }[] };
  expect(entries.filter(({ kind }) => kind === 'study.accessed')).toHaveLength(1);
});
