import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import type { WholeAnswer } from '../fakes/approved-gateway.ts';
import { differenceOf, partsOf, type AnswerPart } from '../fakes/compare-answers.ts';
import { openParityHouse, type ParityHouse, type Place } from '../fakes/parity-house.ts';
import { missingRealFiles, readRealFilesApart } from '../fakes/real-dicom-files.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { FILM, viewerSamples } from '../fakes/viewer-samples.ts';

const OCTETS = 'application/octet-stream';
/** An answer that was cut off. */
const broken = (): WholeAnswer => ({ status: 0, type: '', body: Buffer.alloc(0) });
const filledParts = (answer: WholeAnswer): readonly AnswerPart[] =>
  answer.status === 200 ? partsOf(answer).filter(({ body }) => body.length > 0) : [];
const partsTypeOf = (type: string): string => `multipart/related; type="${type}"`;
/** What Chromium and Firefox take for a picture. */
const BROWSERS = [
  'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
  'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
];
const samples = viewerSamples();
const real = missingRealFiles() === undefined ? readRealFilesApart() : [];
const files = [
  ...makeStudies().flatMap((study) => study.files),
  ...Object.values(samples).flatMap((sample) => sample.files),
  ...real,
];

jest.setTimeout(240_000);

describeWithBinary('for whom all is unlocked, the gateway draws and refuses as the PACS', ['Orthanc'], () => {
  let house: ParityHouse;
  /** What the PACS can draw of every kind, but for films; and one each of what it cannot. */
  let drawn: readonly string[] = [];
  let kinds: readonly string[] = [];
  beforeAll(async () => {
    house = await openParityHouse(files);
    kinds = house.kinds.filter((path) => !path.includes(samples.film.study));
    for (const path of kinds) {
      const { status } = await house.direct(`${path}/rendered`, 'image/png');
      if (status === 200) drawn = [...drawn, path];
    }
  });
  afterAll(() => house.close());

  const below = (paths: readonly string[], tails: readonly string[]): readonly string[] =>
    paths.flatMap((path) => tails.map((tail) => `${path}/${tail}`));

  test('there is something to draw, and something that cannot be drawn', () => {
    expect(drawn.length).toBeGreaterThan(3);
    expect(drawn.length).toBeLessThan(kinds.length);
  });

  describe('pictures', () => {
    test('of every object and frame; thumbnails, which this PACS has not', async () => {
      const paths = below(
        house.places.map(({ path }) => path),
        ['rendered', 'thumbnail'],
      );
      const frames = below(kinds, ['frames/1/rendered', 'frames/2/rendered', 'frames/1/thumbnail']);
      await expect(house.differences([...paths, ...frames], 'image/png')).resolves.toEqual([]);
    });

    test('of each study and series', async () => {
      const sets = [...house.studies, ...house.series];
      const small = ['rendered?viewport=64,64', 'thumbnail?viewport=64,64', 'rendered?window=40,400,linear'];
      const paths = [...below(sets, ['rendered', 'thumbnail']), ...below(sets.slice(0, 3), small)];
      await expect(house.differences(paths, 'image/jpeg')).resolves.toEqual([]);
    });

    test.each([undefined, '*/*', 'image/jpeg', 'image/gif', 'image/*', 'image/png;q=0.5', 'text/html'])(
      'for whom takes %s',
      async (accept) => {
        await expect(house.differences(below(kinds, ['rendered']), accept)).resolves.toEqual([]);
      },
    );

    test('with each parameter, good and bad', async () => {
      const queries = [
        'viewport=64,64',
        'viewport=64,64,10,10,50,50',
        'viewport=64,64,,,50,50',
        'viewport=64,64,-10,-10,50,50',
        'viewport=64',
        'viewport=abc',
        'viewport=-5,5',
        'window=40,400,linear',
        'window=40,400,linear-exact',
        'window=40,400,sigmoid',
        'window=40,400,LINEAR',
        'window=40,400',
        'window=1',
        'quality=10',
        'quality=0',
        'quality=1000',
        'annotation=patient',
        'charset=utf-8',
        'iccprofile=no',
        'viewport=64,64&window=40,400,linear&quality=50',
        'foo=bar',
      ].map((query) => `rendered?${query}`);
      const [some, one] = [drawn.slice(0, 5), drawn.slice(-1)];
      await expect(house.differences(below(some, queries), 'image/jpeg')).resolves.toEqual([]);
      const frames = queries.flatMap((query) => [`frames/1/${query}`, `frames/2/${query}`]);
      await expect(house.differences(below(one, frames), 'image/png')).resolves.toEqual([]);
    });

    // This PACS answers several ranges with 400, and a browser's <img> names half a dozen: it is asked for one of them.
    test.each([
      ['image/jpeg, image/png', 'image/jpeg'],
      [BROWSERS[0], '*/*'],
      [BROWSERS[1], 'image/png'],
    ])('for whom takes %s as for whom takes %s', async (accept, one) => {
      const found = await house.differences(below(drawn, ['rendered']), accept, { accept: one });
      expect(found).toEqual([]);
    });

    test('of a film this PACS has none; the gateway gives the film itself', async () => {
      const [film] = house.kinds.filter((path) => path.includes(samples.film.study));
      const path = `${String(film)}/rendered`;
      expect((await house.direct(path, '*/*')).status).toBe(400);
      const played = await house.through(path, '*/*');
      expect([played.status, played.type]).toEqual([200, 'video/mp4']);
      expect(played.body.subarray(0, FILM.length).equals(FILM)).toBe(true);
    });
  });

  describe('one thing by itself, which this PACS refuses, is the one part of its multipart', () => {
    test.each([
      ['an object', '', 'application/dicom', 'application/dicom'],
      ['a frame', '/frames/1', OCTETS, OCTETS],
      ['a frame as JPEG', '/frames/1', 'image/jpeg', 'image/jpeg'],
      ['bulk data', '/bulk/7fe00010', OCTETS, OCTETS],
      ['a document', '/bulk/00420011', 'application/pdf', OCTETS],
      ['a waveform', '/bulk/54000100/1/54001010', OCTETS, OCTETS],
    ])('%s', async (_name, tail, accept, type) => {
      let unwrapped = 0;
      for (const path of kinds.map((one) => one + tail)) {
        const parts = filledParts(await house.direct(path, partsTypeOf(type)));
        const ours = await house.through(path, accept).catch(broken);
        if (parts.length === 1) {
          unwrapped += 1;
          expect([path, ours.status, parts[0]?.body.equals(ours.body)]).toEqual([path, 200, true]);
        } else {
          const { status } = await house.direct(path, accept);
          // That a second part follows may show only when much of the first has left; then nothing is ended as if it were whole.
          expect(parts.length > 1 ? [status, broken().status] : [status]).toContain(ours.status);
        }
      }
      expect(unwrapped).toBeGreaterThan(0);
    });
  });

  describe('WADO-URI', () => {
    const queryOf = ({ study, series, instance }: Place): string =>
      `requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}`;
    /** What differs, at both of the gateway's addresses. */
    const wadoDifferences = async (
      queries: readonly string[],
      accept?: string,
    ): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const query of queries) {
        const theirs = await house.direct(`${house.directWadoUrl}?${query}`, accept);
        for (const url of house.wadoUrls) {
          const ours: WholeAnswer = await house.through(`${url}?${query}`, accept);
          const difference = differenceOf(ours, theirs, house);
          if (difference !== undefined) found.push(`${url}?${query}: ${difference}`);
        }
      }
      return found;
    };
    const dicom = 'contentType=application/dicom';
    const everyKind = (more: string): readonly string[] =>
      house.places.filter(({ path }) => kinds.includes(path)).map((place) => `${queryOf(place)}${more}`);

    test('of every object as it is stored', async () => {
      const found = await wadoDifferences(house.places.map((place) => `${queryOf(place)}&${dicom}`));
      expect(found).toEqual([]);
    });

    test.each([
      '',
      'contentType=image/jpeg',
      'contentType=image/png',
      `${dicom}&transferSyntax=1.2.840.10008.1.2.1`,
      `${dicom}&transferSyntax=1.2.840.10008.1.2.4.70`,
      `${dicom}&transferSyntax=*`,
      `${dicom}&charset=UTF-8`,
      'contentType=image/png&frameNumber=2',
      'contentType=image/jpeg&frameNumber=9999',
      'contentType=image/png&windowCenter=40&windowWidth=400',
      'contentType=image/jpeg&rows=64&columns=64&imageQuality=10',
      'contentType=image/jpeg&region=0.1,0.1,0.9,0.9&annotation=patient',
      'contentType=image/png,image/jpeg',
      'contentType=image/gif',
      'contentType=text/html',
      'contentType=*/*',
    ])('of each kind: %s', async (more) => {
      await expect(wadoDifferences(everyKind(`&${more}`))).resolves.toEqual([]);
    });

    test('whatever Accept says, and for objects that are not there', async () => {
      const [one = ''] = everyKind('');
      for (const accept of ['image/png', 'application/dicom', 'text/html'])
        await expect(wadoDifferences([one], accept)).resolves.toEqual([]);
      const strays = ['studyUID', 'seriesUID', 'objectUID'].map((name) =>
        one.replace(new RegExp(`${name}=[0-9.]*`), `${name}=1.2.3`),
      );
      await expect(wadoDifferences(strays)).resolves.toEqual([]);
    });
  });

  describe('what is not there', () => {
    const UNKNOWN = '1.2.3.4.5';
    const addresses = (): readonly string[] => {
      const [study = '', , other = ''] = house.studies;
      const [series = ''] = house.series;
      const [place] = house.places;
      const elsewhere = `${other}/series/${place?.series ?? ''}`;
      return [
        `studies/${UNKNOWN}`,
        `${study}/series/${UNKNOWN}`,
        `${series}/instances/${UNKNOWN}`,
        elsewhere,
        `${elsewhere}/instances/${place?.instance ?? ''}`,
      ];
    };

    test('is not there here either', async () => {
      const tails = ['', '/metadata', '/rendered', '/thumbnail', '/bulk/7fe00010', '/frames/1', '/nothing'];
      const paths = addresses().flatMap((path) => tails.map((tail) => path + tail));
      await expect(house.differences(paths, '*/*')).resolves.toEqual([]);
      const lists = addresses()
        .slice(0, 2)
        .map((path) => `${path}/instances`);
      await expect(house.differences([...lists, 'patients', 'studies/1.2/foo'], '*/*')).resolves.toEqual([]);
    });
  });

  // Each is refused before the PACS is asked: it closes the connection at the last but one, and the last would end it for everybody.
  test.each([
    ['studies/abc/metadata', 404],
    ['studies?limit=-1', 500],
    ['studies?NotATag=1', 200],
    ['studies?patientname=x', 200],
    ['DRAWN/rendered?viewport=64,64&viewport=32,32', 200],
    ['DRAWN/rendered?window=1e2,400,linear', 200],
    ['DRAWN/rendered?viewport=0,0', undefined],
    ['DRAWN/rendered?viewport=99999,99999', undefined],
  ])('where the gateway is stricter it says 400: %s (the PACS: %s)', async (pattern, status) => {
    const path = pattern.replace('DRAWN', drawn[0] ?? '');
    expect((await house.through(path, '*/*')).status).toBe(400);
    if (status !== undefined) expect((await house.direct(path, '*/*')).status).toBe(status);
  });
});
