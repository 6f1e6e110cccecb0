import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createCachedLookup } from '../../src/upstreams/cached-lookup.ts';
import { createStudyContextReader, type SiteRule } from '../../src/upstreams/study-context-reader.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { algorithm, items, segment, segmentation, text } from '../fakes/dicom-objects.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMemoryPacs, type CannedAnswer } from '../fakes/memory-pacs.ts';
import { studyUid } from '../fakes/uids.ts';

const never = (): AbortSignal => new AbortController().signal;
const UID = studyUid('1.2');
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SEG = '1.2.840.10008.5.1.4.1.1.66.4';
const json = (rows: readonly unknown[]): CannedAnswer => ({ body: JSON.stringify(rows) });
const row = (series: string, instance: string, sopClass?: string): DicomJsonObject => ({
  '0020000E': text('UI', series),
  '00080018': text('UI', instance),
  ...(sopClass === undefined ? {} : { '00080016': text('UI', sopClass) }),
});
const limits = (clock = { now: 0 }) => ({ nowMs: () => clock.now, cacheTtlMs: 10_000, maxEntries: 2 });

describe('a cached look-up', () => {
  const counting = (clock = { now: 0 }) => {
    const asked: string[] = [];
    let failing = false;
    const lookup = createCachedLookup(limits(clock), async (key) => {
      asked.push(key);
      await Promise.resolve();
      if (failing) throw new Error('away');
      return `${key}${String(asked.length)}`;
    });
    return { lookup, asked, fail: (on: boolean) => (failing = on), clock };
  };

  test('is shared by all who ask at the same time, and kept for its time', async () => {
    const { lookup, asked, clock } = counting();
    expect(await Promise.all([lookup.get('a', never()), lookup.get('a', never())])).toEqual(['a1', 'a1']);
    clock.now = 9_999;
    expect(await lookup.get('a', never())).toBe('a1');
    clock.now = 10_000;
    expect(await lookup.get('a', never())).toBe('a2');
    clock.now = 5;
    expect(await lookup.get('a', never())).toBe('a3');
    expect(asked).toHaveLength(3);
  });

  test('can be asked anew, but not without end', async () => {
    const { lookup, clock } = counting();
    await lookup.get('a', never());
    expect(await lookup.get('a', never(), { anew: true })).toBe('a1');
    clock.now = 1_000;
    expect(await lookup.get('a', never(), { anew: true })).toBe('a2');
  });

  test('keeps no more than it may, and the least used leaves', async () => {
    const { lookup } = counting();
    for (const key of ['a', 'b', 'a', 'c']) await lookup.get(key, never());
    expect([lookup.peek('a'), lookup.peek('b'), lookup.peek('c')]).toEqual(['a1', undefined, 'c3']);
  });

  test('keeps no failure', async () => {
    const { lookup, fail } = counting();
    fail(true);
    await expect(lookup.get('a', never())).rejects.toThrow('away');
    fail(false);
    expect(await lookup.get('a', never())).toBe('a2');
  });

  test('goes on for the others when one leaves', async () => {
    const { lookup, asked } = counting();
    const leaving = new AbortController();
    const [left, stayed] = [faultOf(lookup.get('a', leaving.signal)), lookup.get('a', never())];
    leaving.abort();
    expect((await left).code).toBe('upstream-timeout');
    expect(await stayed).toBe('a1');
    expect((await faultOf(lookup.get('b', leaving.signal))).code).toBe('upstream-timeout');
    expect(asked).toEqual(['a', 'b']);
  });
});

describe('the AI result reader', () => {
  const seg = {
    ...segmentation(segment('AUTOMATIC', undefined, algorithm('N', '1'))),
    '00080018': text('UI', '9.1'),
  };
  const listing = (...rows: readonly DicomJsonObject[]): CannedAnswer => json(rows);
  const base = {
    'studies/1.2/instances': listing(row('3', '8.1', CT), row('4', '9.1', SEG)),
    'studies/1.2/series/4/metadata': json([seg]),
  };

  test('reads only what scanners do not write, and remembers', async () => {
    const clock = { now: 0 };
    const pacs = createMemoryPacs(base);
    const reader = createAiResultReader({ pacs, ...limits(clock) });
    const found = await reader.objectsOf(UID, {}, never());
    expect(found.aiResults).toEqual([
      {
        seriesInstanceUid: '4',
        sopInstanceUid: '9.1',
        grade: 'definite',
        algorithmName: 'N',
        algorithmVersion: '1',
      },
    ]);
    clock.now = 20_000;
    expect((await reader.objectsOf(UID, {}, never())).aiResults).toEqual(found.aiResults);
    const paths = pacs.asked.map((request) => request.segments.join('/'));
    expect(paths.filter((path) => path.endsWith('metadata'))).toHaveLength(1);
    expect(paths.some((path) => path.includes('/3/'))).toBe(false);
  });

  test('knows what it knows, and looks anew for what it does not', async () => {
    const clock = { now: 0 };
    const pacs = createMemoryPacs(base);
    const reader = createAiResultReader({ pacs, ...limits(clock) });
    const lookUps = async (needs: Parameters<typeof reader.objectsOf>[1]): Promise<number> => {
      const before = pacs.asked.length;
      await reader.objectsOf(UID, needs, never());
      return pacs.asked.length - before;
    };
    expect(await lookUps({})).toBeGreaterThan(0);
    clock.now = 60_000;
    expect(await lookUps({ instance: '8.1' })).toBe(0);
    expect(await lookUps({ instance: '8.2' })).toBeGreaterThan(0);
    expect(await lookUps({ series: ['3', '4'] })).toBe(0);
    clock.now = 62_000;
    expect(await lookUps({ series: ['3', '5'] })).toBeGreaterThan(0);
  });

  test.each<readonly [string, CannedAnswer]>([
    ['that the PACS refuses', { status: 500 }],
    ['that are none', { body: 'nonsense' }],
    ['that leave the object out', json([])],
  ])('metadata %s lock the object, and are asked for again', async (_name, broken) => {
    const clock = { now: 0 };
    const answers: Record<string, CannedAnswer> = { ...base, 'studies/1.2/series/4/metadata': broken };
    const reader = createAiResultReader({ pacs: createMemoryPacs(answers), ...limits(clock) });
    expect((await reader.objectsOf(UID, {}, never())).aiResults).toEqual([
      { seriesInstanceUid: '4', sopInstanceUid: '9.1', grade: 'unreadable' },
    ]);
    answers['studies/1.2/series/4/metadata'] = json([seg]);
    clock.now = 20_000;
    expect((await reader.objectsOf(UID, {}, never())).aiResults).toMatchObject([{ grade: 'definite' }]);
  });

  test('an object whose class the PACS does not say is read', async () => {
    const answers = {
      'studies/1.2/instances': listing(row('4', '9.1')),
      'studies/1.2/series/4/metadata': json([seg]),
    };
    const reader = createAiResultReader({ pacs: createMemoryPacs(answers), ...limits() });
    expect((await reader.objectsOf(UID, {}, never())).aiResults).toHaveLength(1);
  });

  test('equipment counts where the register knows it', async () => {
    const purpose = items({ '00080100': text('SH', '109102'), '00080102': text('SH', 'DCM') });
    const capture = {
      '00080018': text('UI', '9.1'),
      '0018A001': items({ '0040A170': purpose, '00081090': text('LO', 'N') }),
    };
    const answers = {
      'studies/1.2/instances': listing(row('4', '9.1', '1.2')),
      'studies/1.2/series/4/metadata': json([capture]),
    };
    const look = async (isRegisteredProduct?: () => boolean) => {
      const options = {
        pacs: createMemoryPacs(answers),
        ...limits(),
        ...(isRegisteredProduct && { isRegisteredProduct }),
      };
      return (await createAiResultReader(options).objectsOf(UID, {}, never())).aiResults;
    };
    expect(await look()).toEqual([]);
    expect(await look(() => true)).toMatchObject([{ grade: 'probable', algorithmName: 'N' }]);
  });

  test('a listing that cannot be trusted is an error, for the caller to lock by', async () => {
    const broken = { 'studies/1.2/instances': listing({ '0020000E': text('UI', '4') }) };
    const reader = createAiResultReader({ pacs: createMemoryPacs(broken), ...limits() });
    expect((await faultOf(reader.objectsOf(UID, {}, never()))).code).toBe('upstream-bad-answer');
    const away = createAiResultReader({ pacs: createMemoryPacs({}, true), ...limits() });
    expect((await faultOf(away.objectsOf(UID, {}, never()))).code).toBe('upstream-unreachable');
  });
});

describe('the study context reader', () => {
  const studyRow = {
    '0020000D': text('UI', '1.2'),
    '00080020': text('DA', '20260612'),
    '00100020': text('LO', 'P1'),
    '00100030': text('DA', '19600101'),
  };
  const seriesRow = (series: string, modality: string, more: DicomJsonObject = {}): DicomJsonObject => ({
    '0020000E': text('UI', series),
    '00080060': text('CS', modality),
    ...more,
  });
  const sample = {
    '00080070': text('LO', 'Maker'),
    '00081010': text('SH', 'CT1'),
    '00100040': text('CS', 'F'),
    '00181030': text('LO', 'Thorax routine'),
  };
  const answers = {
    studies: json([{ '0020000D': text('UI', '9.9') }, studyRow]),
    'studies/1.2/series': json([
      seriesRow('3', 'CT'),
      seriesRow('4', 'SR'),
      seriesRow('5', 'CT', { '0008103E': text('LO', 'Overlay') }),
    ]),
    'studies/1.2/instances': json([
      row('3', '8.1', CT),
      row('4', '9.1', '1.2.840.10008.5.1.4.1.1.88.33'),
      row('5', '9.2', '1.2.840.10008.5.1.4.1.1.7'),
    ]),
    'studies/1.2/series/3/instances/8.1/metadata': json([sample]),
  };
  const rules = {
    sites: [
      { site: 'ward', when: { stationName: 'CT2' } },
      { site: 'general', when: { stationName: 'CT1', manufacturer: 'Maker' } },
    ],
    bodyPartRules: [{ words: ['thorax'], bodyPart: 'CHEST' }],
    simulator: false,
  };
  const read = async (
    changes: Readonly<Record<string, CannedAnswer>> = {},
    options: { readonly sites?: readonly SiteRule[] } = {},
  ) => {
    const reader = createStudyContextReader({
      pacs: createMemoryPacs({ ...answers, ...changes }),
      ...rules,
      ...limits(),
      ...options,
    });
    return await reader.studyContext(UID, never());
  };

  test('takes from one image what searches leave out, and leaves reports and captures aside', async () => {
    expect(await read()).toEqual({
      studyInstanceUid: '1.2',
      modalities: ['CT'],
      bodyParts: ['CHEST'],
      descriptions: ['Thorax routine'],
      ageYears: 66,
      sex: 'F',
      sopClassUids: [CT],
      instanceCount: 1,
      manufacturer: 'Maker',
      stationName: 'CT1',
      site: 'general',
      simulator: false,
      identifying: { patientId: 'P1' },
    });
  });

  test('a study of captures alone is made of them', async () => {
    const captures = { 'studies/1.2/instances': json([row('5', '9.2', '1.2.840.10008.5.1.4.1.1.7')]) };
    expect(await read(captures)).toMatchObject({
      modalities: ['CT'],
      sopClassUids: ['1.2.840.10008.5.1.4.1.1.7'],
      instanceCount: 1,
    });
  });

  test.each([
    ['no rule fits', [{ site: 'x', when: { institutionName: 'Elsewhere' } }], undefined],
    ['a rule for everything', [{ site: 'all', when: {} }], 'all'],
  ])('site: %s', async (_name, sites, expected) => {
    expect((await read({}, { sites })).site).toBe(expected);
  });

  test('what nobody says stays unsaid', async () => {
    const bare = {
      studies: json([{ '0020000D': text('UI', '1.2') }]),
      'studies/1.2/series/3/instances/8.1/metadata': { status: 404 },
    };
    expect(await read(bare)).toEqual({
      studyInstanceUid: '1.2',
      modalities: ['CT'],
      bodyParts: [],
      descriptions: [],
      sopClassUids: [CT],
      instanceCount: 1,
      simulator: false,
      identifying: {},
    });
  });

  test('a study the PACS does not hold, and a PACS that is away', async () => {
    expect((await faultOf(read({ studies: { status: 204 } }))).code).toBe('not-found');
    const away = createStudyContextReader({ pacs: createMemoryPacs({}, true), ...rules, ...limits() });
    expect((await faultOf(away.studyContext(UID, never()))).code).toBe('upstream-unreachable');
  });
});
