import { textOf, type DicomJsonElement, type DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { startApprovedGateway, type ApprovedGateway, type WholeAnswer } from '../fakes/approved-gateway.ts';
import { missingRealFiles, readRealFiles } from '../fakes/real-dicom-files.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';

const JSON_TYPE = 'application/dicom+json';
const STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const FRAMES = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
const BULK = 'multipart/related; type="application/octet-stream"';
/** Segmentations by hand that look as if a machine had made them: until somebody has said so, they open for nobody. */
const DOUBTFUL_STUDY = '1.2.392.200103.20080913.113635.0.2009.6.22.21.43.10.22941.1';
const STUDY_FIELDS = 'includefield=00081030&includefield=00080061&includefield=00201208';

jest.setTimeout(240_000);

describeWithBinary('for whom all is unlocked, the gateway answers as the PACS', ['Orthanc'], () => {
  describe('with made-up studies', () => paritySuite(() => makeStudies().flatMap(({ files }) => files)));
  describeUnlessMissing('with real files', missingRealFiles(), () => paritySuite(readRealFiles));
});

interface Place {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly path: string;
}

function paritySuite(files: () => readonly Uint8Array[]): void {
  let house: ApprovedGateway;
  let places: readonly Place[] = [];
  beforeAll(async () => {
    house = await startApprovedGateway(files());
    places = parseDatasets((await house.direct('instances', JSON_TYPE)).body)
      .map(placeOf)
      .filter(({ study }) => study !== DOUBTFUL_STUDY);
  });
  afterAll(() => house.close());

  const each = (key: 'study' | 'series' | 'path'): readonly string[] => [
    ...new Set(
      places.map((place) => {
        if (key === 'series') return `studies/${place.study}/series/${place.series}`;
        return key === 'study' ? `studies/${place.study}` : place.path;
      }),
    ),
  ];
  /** What differs, at each path that does. */
  const differences = async (paths: readonly string[], accept: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const path of paths) {
      const [ours, theirs] = [await house.through(path, accept), await house.direct(path, accept)];
      const difference = differenceOf(ours, theirs, house);
      if (difference !== undefined) found.push(`${path}: ${difference}`);
    }
    return found;
  };

  test('there is something to compare', () => {
    expect(places.length).toBeGreaterThan(30);
  });

  test('in searches for studies', async () => {
    const one = places[0]?.study ?? '';
    const queries = [
      `StudyInstanceUID=${one}`,
      'limit=3',
      'limit=2&offset=1',
      'Modality=CT',
      'PatientName=S*',
    ];
    const paths = queries.map((query) => `studies?${query}&${STUDY_FIELDS}`);
    await expect(differences(paths, JSON_TYPE)).resolves.toEqual([]);
  });

  test('in searches within studies and series, and for a study across the PACS', async () => {
    const paths = [
      ...each('study').flatMap((path) => [`${path}/series`, `${path}/instances`]),
      ...each('study').map((path) => path.replace('studies/', 'series?StudyInstanceUID=')),
      ...each('study').map((path) => path.replace('studies/', 'instances?StudyInstanceUID=')),
      ...each('series').map((path) => `${path}/instances?includefield=00280008`),
    ];
    await expect(differences(paths, JSON_TYPE)).resolves.toEqual([]);
  });

  test('in metadata of each study, series and object', async () => {
    const paths = [...each('study'), ...each('series'), ...each('path')].map((path) => `${path}/metadata`);
    await expect(differences(paths, JSON_TYPE)).resolves.toEqual([]);
  });

  test('in each study, series and object as it is stored', async () => {
    const paths = [...each('study'), ...each('series'), ...each('path')];
    await expect(differences(paths, STORED)).resolves.toEqual([]);
  });

  test('in each object as the PACS gives it to whoever takes anything', async () => {
    await expect(differences(each('path'), '*/*')).resolves.toEqual([]);
  });

  test.each([FRAMES, BULK])('in frames: %s', async (accept) => {
    const paths = each('path').flatMap((path) => [`${path}/frames/1`, `${path}/frames/1,2`]);
    await expect(differences(paths, accept)).resolves.toEqual([]);
  });

  test('in pictures', async () => {
    const tails = ['rendered', 'frames/1/rendered', 'rendered?viewport=64,64', 'thumbnail'];
    const paths = each('path').flatMap((path) => tails.map((tail) => `${path}/${tail}`));
    await expect(differences(paths, 'image/png')).resolves.toEqual([]);
  });

  test('in bulk data, wherever metadata name some', async () => {
    const paths = new Set<string>();
    for (const path of each('path')) {
      const { body } = await house.through(`${path}/metadata`, JSON_TYPE);
      for (const uri of parseDatasets(body).flatMap(bulkIn)) {
        expect(uri.startsWith(`${house.publicUrl}/`)).toBe(true);
        paths.add(uri.slice(house.publicUrl.length + 1));
      }
    }
    expect(paths.size).toBeGreaterThan(0);
    await expect(differences([...paths], BULK)).resolves.toEqual([]);
  });
}

function placeOf(row: DicomJsonObject): Place {
  const [study = '', series = '', instance = ''] = ['0020000D', '0020000E', '00080018'].map((tag) =>
    textOf(row, tag),
  );
  return { study, series, instance, path: `studies/${study}/series/${series}/instances/${instance}` };
}

/** Every BulkDataURI of a dataset, however deep. */
function bulkIn(dataset: DicomJsonObject): readonly string[] {
  return Object.values(dataset).flatMap((element: DicomJsonElement) => [
    ...(element.BulkDataURI === undefined ? [] : [element.BulkDataURI]),
    ...(element.vr === 'SQ'
      ? parseDatasets(Buffer.from(JSON.stringify(element.Value ?? []))).flatMap(bulkIn)
      : []),
  ]);
}

function differenceOf(ours: WholeAnswer, theirs: WholeAnswer, house: ApprovedGateway): string | undefined {
  if (ours.status !== theirs.status) return `${ours.status} instead of ${theirs.status}`;
  // What went wrong is told in the gateway's words.
  if (theirs.status >= 400) return undefined;
  const [type, wanted] = [mediaTypeOf(ours), mediaTypeOf(theirs)];
  if (type !== wanted) return `${type} instead of ${wanted}`;
  if (wanted.startsWith('multipart/')) return differenceOfParts(partsOf(ours), partsOf(theirs, house));
  if (wanted.includes('json')) return differenceOfJson(ours, theirs, house);
  return ours.body.equals(theirs.body) ? undefined : 'another payload';
}

function mediaTypeOf({ type }: WholeAnswer): string {
  return type.replace(/; *boundary=.*/, '');
}

function differenceOfJson(
  ours: WholeAnswer,
  theirs: WholeAnswer,
  { directUrl, publicUrl }: ApprovedGateway,
): string | undefined {
  const renamed = theirs.body.toString().replaceAll(directUrl, publicUrl);
  const is = JSON.stringify(JSON.parse(ours.body.toString()));
  const should = JSON.stringify(JSON.parse(renamed));
  return is === should ? undefined : whereItBegins(is, should);
}

interface Part {
  readonly head: string;
  readonly body: Buffer;
}

/** Cut at the boundary by hand: what the gateway itself reads parts with is what is tested here. */
function partsOf({ type, body }: WholeAnswer, house?: ApprovedGateway): readonly Part[] {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1] ?? '';
  const mark = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  for (let from = body.indexOf(mark); from >= 0;) {
    const to = body.indexOf(mark, from + mark.length);
    if (to < 0) break;
    const part = body.subarray(from + mark.length + 2, to - 2);
    const gap = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, gap).toString();
    const named = house === undefined ? head : head.replaceAll(house.directUrl, house.publicUrl);
    parts.push({
      head: named.split('\r\n').toSorted().join('\n').toLowerCase(),
      body: part.subarray(gap + 4),
    });
    from = to;
  }
  return parts;
}

function differenceOfParts(ours: readonly Part[], theirs: readonly Part[]): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} parts instead of ${theirs.length}`;
  // A PACS may give the objects of a study in another order each time.
  const ordered = (parts: readonly Part[]): readonly Part[] =>
    parts.toSorted((a, b) => Buffer.compare(a.body, b.body));
  const wanted = ordered(theirs);
  const found = ordered(ours).map((part, at) => differenceOfPart(part, wanted[at] ?? part));
  return found.find((difference) => difference !== undefined);
}

function differenceOfPart(ours: Part, theirs: Part): string | undefined {
  if (ours.head !== theirs.head) return whereItBegins(ours.head, theirs.head);
  return ours.body.equals(theirs.body) ? undefined : 'a part has another payload';
}

function whereItBegins(is: string, should: string): string {
  let at = 0;
  while (at < is.length && is[at] === should[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(is)}… instead of …${around(should)}…`;
}
