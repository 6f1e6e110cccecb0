import { collectBody } from '../../src/domain/collect-body.ts';
import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import { search } from '../../src/flows/search.ts';
import {
  allObjects,
  CAPTURE,
  createRetrievalHouse,
  CT_ONE,
  datasetOf,
  multipartOf,
  REPORT,
  STUDY,
} from '../fakes/retrieval-house.ts';
import { runRetrieval } from '../fakes/run-retrieval.ts';

const JSON_OF_ALL = {
  headers: { 'content-type': 'application/dicom+json' },
  body: JSON.stringify(allObjects.map(datasetOf)),
};
const study = `studies/${STUDY}`;
/** A PACS may answer 206 when it could give only some of the objects; a cache in between makes 203 of 200. */
const STATUSES = [200, 203, 206, 207, 299] as const;

describe.each(STATUSES)('success by the number %d is looked through like any other', (status) => {
  test.each([
    ['the study', study, multipartOf(allObjects)],
    ['its metadata', `${study}/metadata`, JSON_OF_ALL],
  ])('%s', async (_name, path, canned) => {
    const house = createRetrievalHouse({ answers: { [path]: { ...canned, status } } });
    const answer = await runRetrieval(house, path, { token: 'stranger' });
    const body = Buffer.from(await collectBody(answer.body, 1e7)).toString('latin1');
    expect(answer.status).toBe(status);
    expect(body).toContain(CT_ONE);
    expect([REPORT, CAPTURE].filter((uid) => body.includes(uid))).toEqual([]);
  });

  test('a search', async () => {
    const house = createRetrievalHouse({ answers: { [`${study}/instances`]: { ...JSON_OF_ALL, status } } });
    const { resource } = parseDicomwebTarget(`/dicom-web/${study}/instances`);
    if (resource.kind !== 'search') throw new Error('not a search');
    const query = { matches: new Map<string, string>(), includeFields: [] };
    const input = {
      evidence: { bearerToken: 'stranger' },
      requestId: 'r',
      resource,
      query,
      accept: undefined,
    };
    const answer = await search(house.deps, input, new AbortController().signal);
    const body = Buffer.from(await collectBody(answer.body, 1e7)).toString('latin1');
    expect(body).toContain(CT_ONE);
    expect(body).not.toContain(REPORT);
  });
});
