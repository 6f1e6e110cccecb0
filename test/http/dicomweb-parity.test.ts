import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import type { DicomJsonElement, DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { openParityHouse, type ParityHouse } from '../fakes/parity-house.ts';
import {
  missingRealFiles,
  readRealFilesApart,
  sopInstanceOf,
  transferSyntaxOf,
} from '../fakes/real-dicom-files.ts';
import { partsOf } from '../fakes/compare-answers.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { viewerSamples } from '../fakes/viewer-samples.ts';

const JSON_TYPE = 'application/dicom+json';
const XML_PARTS = 'multipart/related; type="application/dicom+xml"';
const STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const FRAMES = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
const BULK = 'multipart/related; type="application/octet-stream"';
const STUDY_FIELDS = 'includefield=00081030&includefield=00080061&includefield=00201208';

const real = missingRealFiles() === undefined ? readRealFilesApart() : [];
const madeUp = [
  ...makeStudies().flatMap(({ files }) => files),
  ...Object.values(viewerSamples()).flatMap(({ files }) => files),
];

jest.setTimeout(240_000);

describeWithBinary('for whom all is unlocked, the gateway answers as the PACS', ['Orthanc'], () => {
  let house: ParityHouse;
  beforeAll(async () => {
    house = await openParityHouse([...madeUp, ...real]);
  });
  afterAll(() => house.close());

  const objects = (): readonly string[] => house.places.map(({ path }) => path);
  const sets = (): readonly string[] => [...house.studies, ...house.series];
  const kinds = (): readonly string[] => house.kinds;

  test('there is something to compare', () => {
    expect(house.places.length).toBe(madeUp.length + real.length);
    expect(kinds().length).toBeGreaterThan(7);
  });

  describe('in searches', () => {
    test('for studies', async () => {
      const one = house.places[0]?.study ?? '';
      const queries = [
        `StudyInstanceUID=${one}`,
        'limit=3',
        'limit=2&offset=1',
        'limit=0',
        'offset=9999',
        'Modality=CT',
        'ModalitiesInStudy=CT,MR',
        'PatientName=S*',
        'PatientID=SBX-0001',
        '00081030=*CT*',
        'StudyDate=20040101-20041231',
        'fuzzymatching=true',
        'includefield=all',
        'foo=bar',
      ];
      const paths = queries.map((query) => `studies?${query}&${STUDY_FIELDS}`);
      await expect(house.differences(paths, JSON_TYPE)).resolves.toEqual([]);
    });

    test('for series and objects across the PACS', async () => {
      const paths = [
        'series?Modality=SEG',
        'series?limit=5&offset=3',
        'instances?SOPClassUID=1.2.840.10008.5.1.4.1.1.2',
        'instances?limit=5&offset=5&includefield=00280010,00280011',
        'series?SeriesInstanceUID=1.2',
      ];
      await expect(house.differences(paths, JSON_TYPE)).resolves.toEqual([]);
    });

    test('within studies and series, and for a study across the PACS', async () => {
      const { studies, series } = house;
      const paths = [
        ...studies.flatMap((path) => [`${path}/series`, `${path}/instances`]),
        ...studies.map((path) => path.replace('studies/', 'series?StudyInstanceUID=')),
        ...studies.map((path) => path.replace('studies/', 'instances?StudyInstanceUID=')),
        ...series.map((path) => `${path}/instances?includefield=00280008`),
      ];
      await expect(house.differences(paths, JSON_TYPE)).resolves.toEqual([]);
    });

    // This PACS gives XML to these three; to a multipart of it, which is what PS3.18 §8.7.3.2 says, JSON.
    test.each(['application/dicom+xml', 'application/xml', 'text/xml', XML_PARTS])(
      'in XML: %s',
      async (accept) => {
        const paths = ['studies', 'series', 'instances', ...house.studies.map((path) => `${path}/series`)];
        const direct = { accept: 'application/dicom+xml' };
        await expect(house.differences(paths, accept, direct)).resolves.toEqual([]);
      },
    );
  });

  test.each([JSON_TYPE, XML_PARTS])('in metadata: %s', async (accept) => {
    const paths = [...sets(), ...objects()].map((path) => `${path}/metadata`);
    await expect(house.differences(paths, accept)).resolves.toEqual([]);
  });

  test.each([
    undefined,
    '*/*',
    'application/json',
    'Application/DICOM+JSON',
    'application/dicom+json;q=0.5',
    'application/json, text/plain, */*',
    `${JSON_TYPE}, ${XML_PARTS}`,
    'text/html',
    'image/png',
  ])('in metadata and searches for whom takes %s', async (accept) => {
    const [study = ''] = house.studies;
    const paths = ['studies', `${study}/series`, `${study}/metadata`];
    await expect(house.differences(paths, accept)).resolves.toEqual([]);
  });

  test('in each study, series and object as it is stored', async () => {
    await expect(house.differences([...sets(), ...objects()], STORED)).resolves.toEqual([]);
  });

  test('in each object as the PACS gives it to whoever takes anything', async () => {
    await expect(house.differences(objects(), '*/*')).resolves.toEqual([]);
  });

  test.each([
    undefined,
    'multipart/related',
    'multipart/related; type=application/dicom',
    'multipart/related;type="application/dicom";transfer-syntax=1.2.840.10008.1.2.1',
    'multipart/related; type="application/dicom"; transfer-syntax="1.2.840.10008.1.2.1"',
    'multipart/related; type=application/dicom; transfer-syntax=1.2.840.10008.1.2.4.70',
    'multipart/related; type="application/dicom;transfer-syntax=*"',
    'multipart/related; type="application/dicom"; q=0.9, multipart/related; type="application/octet-stream"; q=0.1',
    'image/jpeg, multipart/related; type="application/dicom"',
    'multipart/related; type="image/jpeg"',
    'application/json',
    'text/html',
  ])('in an object of each kind for whom takes %s', async (accept) => {
    await expect(house.differences(kinds(), accept)).resolves.toEqual([]);
  });

  test.each([FRAMES, BULK])('in frames: %s', async (accept) => {
    const paths = objects().flatMap((path) => [`${path}/frames/1`, `${path}/frames/1,2`]);
    await expect(house.differences(paths, accept)).resolves.toEqual([]);
  });

  test('in lists of frames, those that are not there among them', async () => {
    const lists = ['2,1', '1,1', '3', '2,99999', '99999', '0', '1,'];
    const paths = kinds().flatMap((path) => lists.map((list) => `${path}/frames/${list}`));
    await expect(house.differences(paths, FRAMES)).resolves.toEqual([]);
  });

  test.each([
    undefined,
    '*/*',
    FRAMES.replaceAll('"', ''),
    FRAMES.replace('*', '"*"'),
    `${BULK}; q=0.5, */*; q=0.1`,
    'multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50',
    'multipart/related; type="image/jp2"',
    'multipart/related; type="application/octet-stream; transfer-syntax=*"',
    'text/plain',
  ])('in a frame of each kind for whom takes %s', async (accept) => {
    const paths = kinds().map((path) => `${path}/frames/1`);
    await expect(house.differences(paths, accept)).resolves.toEqual([]);
  });

  test('in bulk data, wherever metadata name some', async () => {
    const paths = new Set<string>();
    for (const path of objects()) {
      const { body } = await house.through(`${path}/metadata`, JSON_TYPE);
      for (const uri of parseDatasets(body).flatMap(bulkIn)) {
        expect(uri.startsWith(`${house.publicUrl}/`)).toBe(true);
        paths.add(uri.slice(house.publicUrl.length + 1));
      }
    }
    expect(paths.size).toBeGreaterThan(0);
    await expect(house.differences([...paths], BULK)).resolves.toEqual([]);
  });

  test.each([BULK, BULK.replaceAll('"', ''), '*/*', undefined])(
    'in bulk data, however they are spelt: %s',
    async (accept) => {
      const tails = [
        'bulk/7fe00010',
        'bulk/7FE00010',
        'bulk/7fe0,0010',
        'bulk/7fe0-0010',
        'bulk/00100010',
        'bulk/7fe00010/1',
        'bulk/99991010',
        'bulk/xyz',
        'bulk',
        'bulkdata/7fe00010',
        'pixeldata',
      ];
      const [study = '', series = ''] = [house.studies[0], house.series[0]];
      const paths = [...kinds(), study, series].flatMap((path) => tails.map((tail) => `${path}/${tail}`));
      await expect(house.differences(paths, accept)).resolves.toEqual([]);
    },
  );

  describeUnlessMissing('with real files', missingRealFiles(), () => {
    test('in every transfer syntax that they are in, byte for byte as they are stored', async () => {
      const seen = new Set<string>();
      for (const { path, instance } of house.places) {
        const file = real.find((one) => sopInstanceOf(one) === instance);
        if (file === undefined) continue;
        const [part] = partsOf(await house.through(path, STORED));
        expect([path, part?.body.equals(file)]).toEqual([path, true]);
        seen.add(transferSyntaxOf(part?.body ?? file));
      }
      expect(seen).toEqual(new Set(real.map(transferSyntaxOf)));
      expect(seen.size).toBeGreaterThan(14);
    });
  });
});

/** Every BulkDataURI of a dataset, however deep. */
function bulkIn(dataset: DicomJsonObject): readonly string[] {
  return Object.values(dataset).flatMap((element: DicomJsonElement) => [
    ...(element.BulkDataURI === undefined ? [] : [element.BulkDataURI]),
    ...(element.vr === 'SQ'
      ? parseDatasets(Buffer.from(JSON.stringify(element.Value ?? []))).flatMap(bulkIn)
      : []),
  ]);
}
