import request from 'supertest';
import type { SeriesFacts } from '../../src/domain/dicom/series-facts.ts';
import { COOKIE, NAMED, openMonaiHouse, SERIES, type MonaiHouse } from '../fakes/monai-app.ts';
import { aModelVersion, aRegister, aStudy } from '../fakes/register-builder.ts';

const THIN: SeriesFacts = { modality: 'CT', sliceThicknessMm: { min: 1, max: 1 } };
const THICK: SeriesFacts = { modality: 'CT', sliceThicknessMm: { min: 5, max: 5 } };
const OTHER: SeriesFacts = { modality: 'PT' };

let open: MonaiHouse;
beforeEach(async () => {
  open = await openMonaiHouse();
});
afterEach(() => open.close());

/** The version takes CT in thin slices; the study holds both, and a series of another modality. */
function limit(intendedUse: object): void {
  const register = open.bind([{}]);
  const [version = aModelVersion()] = register.modelVersions();
  open.house.setRegister(
    aRegister({ modelVersions: [{ ...version, intendedUse: { ...version.intendedUse, ...intendedUse } }] }),
  );
  open.house.setStudy(aStudy({ modalities: ['CT', 'PT'], series: [THIN, THICK, OTHER] }));
}

const infer = () =>
  request(open.app)
    .post(`/monai/infer/${encodeURIComponent(NAMED)}?image=${SERIES}&output=json`)
    .set('Cookie', COOKIE)
    .field('params', '{}');

test('the series that is named fits, others of its study do not: it runs, and the case has that one', async () => {
  limit({ maxSliceThicknessMm: 2 });
  open.house.nameSeries(SERIES, THIN);
  expect((await infer()).status).toBe(200);
  expect(open.house.last().facts.study).toMatchObject({ series: [THIN], seriesNamed: true });
});

test.each([
  ['its slices are too thick', { maxSliceThicknessMm: 2 }, THICK, 'slice-thickness-outside-use'],
  ['it is of another modality', { maxSliceThicknessMm: 2 }, OTHER, 'modality-outside-use'],
  ['it is of another modality, and nothing else is limited', {}, OTHER, 'modality-outside-use'],
])(
  'another of its study would fit, but %s: refused, and nothing is sent',
  async (_name, use, series, code) => {
    limit({ modalities: ['CT'], ...use });
    open.house.nameSeries(SERIES, series);
    const answer = await infer();
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ reasons: [{ code }] });
    expect(open.server.calls).toEqual([]);
  },
);
