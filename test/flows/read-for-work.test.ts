import { collectBody } from '../../src/domain/collect-body.ts';
import type { Workitem } from '../../src/domain/workitem.ts';
import { identifyReader } from '../../src/flows/identify-reader.ts';
import { search } from '../../src/flows/search.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import {
  aPrincipal,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';
import {
  allObjects,
  createRetrievalHouse,
  multipartOf,
  CT_ONE,
  CT_TWO,
  pathTo,
  STUDY,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';
import { retrievedBody, runRetrieval, uidsIn } from '../fakes/run-retrieval.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';
import { aWorkitem } from '../fakes/workitem-drafts.ts';

const [ctOne = '', , report = ''] = allObjects.map(pathTo);
const AT_WORK: Partial<Workitem> = {
  asked: { caller: aPrincipal(), study: aStudy({ studyInstanceUid: STUDY }) },
  state: 'IN PROGRESS',
  performer: 'chest-ai',
};
const { caseId } = aWorkitem();

async function houseAtWork(changes: Partial<Workitem> = {}): Promise<RetrievalHouse> {
  const house = createRetrievalHouse();
  await house.workitems.create(aWorkitem({ ...AT_WORK, ...changes }));
  return house;
}

async function searched(
  house: RetrievalHouse,
  asked: { readonly study?: typeof STUDY; readonly matches?: ReadonlyMap<string, string> },
  bearerToken = 'chest-ai',
): Promise<string> {
  const { study, matches = new Map<string, string>() } = asked;
  const resource = { kind: 'search', of: 'series', ...(study === undefined ? {} : { study }) } as const;
  const query = { matches, includeFields: [] };
  const evidence = { bearerToken };
  const input = { evidence, requestId: 'r', resource, query, accept: undefined };
  const { body } = await search(house.deps, input, new AbortController().signal);
  return Buffer.from(await collectBody(body, 1e6)).toString();
}

describe('whoever performs a workitem', () => {
  test('reads the images of its study for its case, and no AI result beside them', async () => {
    const house = await houseAtWork();
    const token = 'chest-ai';
    expect(uidsIn(await retrievedBody(house, `studies/${STUDY}`, { token }))).toEqual([CT_ONE, CT_TWO]);
    expect(await retrievedBody(house, `${ctOne}/frames/1`, { token })).toBe('picture');
    expect(house.reads).toMatchObject([{ study: STUDY }, { study: STUDY }]);
    expect(await faultOf(runRetrieval(house, report, { token }))).toMatchObject({
      code: 'not-permitted',
      caseId,
    });
  });

  test.each([
    ['below the study', { study: STUDY }],
    ['by its UID', { matches: new Map([['0020000D', STUDY]]) }],
  ])('searches in its study, named %s', async (_name, asked) => {
    expect(JSON.parse(await searched(await houseAtWork(), asked))).not.toEqual([]);
  });

  test.each([
    ['all studies', {}],
    ['another', { study: studyUid('1.2.9') }],
    ['two', { matches: new Map([['0020000D', `${STUDY},1.2.9`]]) }],
  ])('searches in %s in vain', async (_name, asked) => {
    const house = await houseAtWork();
    expect((await faultOf(searched(house, asked))).code).toBe('not-permitted');
    expect(house.pacs.asked).toEqual([]);
  });
});

describe('what a PACS gives that is not known to be of the study', () => {
  const images = allObjects.slice(0, 2);
  const foreign = { seriesInstanceUid: seriesUid('1.90'), sopInstanceUid: sopInstanceUid('1.90.1') };
  const foreignImages = images.slice(0, 1).map((image) => ({ ...image, ...foreign }));
  const answers = {
    [`studies/${STUDY}`]: multipartOf([...images, ...foreignImages]),
    [`studies/${STUDY}/series/1.90`]: multipartOf(foreignImages),
    series: {
      headers: { 'content-type': 'application/dicom+json' },
      body: '[{"0020000E":{"vr":"UI","Value":["1.90"]},"00080060":{"vr":"CS","Value":["CT"]}}]',
    },
  };
  const housed = async (): Promise<RetrievalHouse> => {
    const house = createRetrievalHouse({ answers });
    await house.workitems.create(aWorkitem(AT_WORK));
    return house;
  };
  const readers = ['chest-ai', 'endpoint'];

  test.each(readers)('passes for people by its class, and not for %s', async (token) => {
    const house = await housed();
    const path = `studies/${STUDY}`;
    expect(await retrievedBody(house, path)).toContain('1.90.1');
    const body = await retrievedBody(house, path, { token });
    expect([uidsIn(body), body.includes('1.90.1')]).toEqual([[CT_ONE, CT_TWO], false]);
  });

  test.each(readers)('is not there for %s where it is all there is', async (token) => {
    const house = await housed();
    const path = `studies/${STUDY}/series/1.90`;
    expect(await retrievedBody(house, path)).toContain('1.90.1');
    expect((await faultOf(runRetrieval(house, path, { token }))).code).toBe('not-found');
  });

  test('is not listed for a machine that names its study beside the path', async () => {
    const matches = new Map([['0020000D', STUDY]]);
    expect(JSON.parse(await searched(await housed(), { matches }, 'alice'))).toHaveLength(1);
    expect(JSON.parse(await searched(await housed(), { matches }))).toEqual([]);
  });
});

describe('no images for a machine', () => {
  test.each<readonly [string, Partial<Workitem>, string, string]>([
    ['that has not claimed it', { state: 'SCHEDULED' }, 'other-ai', ctOne],
    ['while another is at work', {}, 'other-ai', ctOne],
    ['once it is done', { state: 'COMPLETED', finalAt: NOW }, 'chest-ai', ctOne],
    ['once it is canceled', { state: 'CANCELED', finalAt: NOW }, 'chest-ai', ctOne],
    ['of another study', {}, 'chest-ai', 'studies/1.2.9'],
    ['of whose versions it is none', { version: versionString('9') }, 'chest-ai', ctOne],
    ['that stores no AI results', { performer: 'scanner' }, 'scanner', ctOne],
  ])('%s', async (_name, changes, token, path) => {
    const house = await houseAtWork(changes);
    expect((await faultOf(runRetrieval(house, path, { token }))).code).toBe('not-permitted');
    expect(house.pacs.asked).toEqual([]);
  });

  test('once its version is stopped, and it says so with the case', async () => {
    const house = await houseAtWork();
    const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };
    house.changeRegister(aRegister({ sequence: 2, stopUses: [stop] }));
    const fault = await faultOf(runRetrieval(house, ctOne, { token: 'chest-ai' }));
    expect(fault).toMatchObject({ code: 'not-permitted', caseId, reasons: [{ code: 'stop-use' }] });
    expect(house.pacs.asked).toEqual([]);
  });

  test('whose oldest work there is stopped: it reads for the next', async () => {
    const house = await houseAtWork({ version: versionString('9') });
    const next = { ...AT_WORK, uid: sopInstanceUid('1.5.2'), caseId: aCaseId(2), createdAt: NOW + 1 };
    await house.workitems.create(aWorkitem(next));
    const models = [VERSION, '9'].map((version) => ({ model: MODEL, version }));
    const machine = { kind: 'machine', id: 'chest-ai', purpose: 'ai-results', models, proof: 'key' } as const;
    const deps = { ...house.deps, identity: createFixedIdentity({ 'chest-ai': machine }) };
    const look = { evidence: { bearerToken: 'chest-ai' }, study: STUDY };
    const reader = await identifyReader(deps, look, new AbortController().signal);
    expect(reader).toMatchObject({ kind: 'study-reader', caseId: aCaseId(2), machine: 'chest-ai' });
  });

  test('at another PACS than the one that was asked what the study is', async () => {
    const house = await houseAtWork();
    const look = { evidence: { bearerToken: 'chest-ai' }, study: STUDY, pacs: 'archive' };
    const fault = await faultOf(identifyReader(house.deps, look, new AbortController().signal));
    expect(fault.code).toBe('not-permitted');
  });

  test('while the list of work is away; people read on', async () => {
    const house = await houseAtWork();
    house.workitems.goAway();
    const fault = await faultOf(runRetrieval(house, ctOne, { token: 'chest-ai' }));
    expect(fault.code).toBe('register-unavailable');
    expect((await runRetrieval(house, ctOne)).status).toBe(200);
  });
});
