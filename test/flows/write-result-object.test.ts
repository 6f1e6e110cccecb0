import { createDatasetWalk } from '../../src/domain/dicom/dataset-walk.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import {
  writeResultObject,
  type ResultOrder,
  type WriteResultDeps,
} from '../../src/flows/write-result-object.ts';
import { createResultWriter } from '../../src/upstreams/result-writer.ts';
import type { CannedAnswer } from '../fakes/memory-pacs.ts';
import { aModelVersion, aStudy, MODEL, VERSION } from '../fakes/register-builder.ts';
import { CASE } from '../fakes/result-files.ts';
import { anImage, COLUMNS, ROWS } from '../fakes/source-images.ts';
import { createStoreHouse, storeRegister } from '../fakes/store-house.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2.3');
const METADATA = 'studies/1.2.3/metadata';
const IMAGES = [anImage(1), anImage(2)];
const mask = Array.from({ length: 2 * ROWS * COLUMNS }, (_, place) => place % 3);

function anOrder(changes: Partial<ResultOrder> = {}): ResultOrder {
  return {
    kind: 'tid1500',
    caseId: CASE,
    requestId: 'r-1',
    study: STUDY,
    context: aStudy({ studyInstanceUid: STUDY }),
    model: MODEL,
    version: VERSION,
    finding: 'nodule',
    score: 0.5,
    body: { outputs: [{ name: 'm', datatype: 'UINT8', shape: [2, ROWS, COLUMNS], data: mask }] },
    ...changes,
  };
}

function createHouse(answer: CannedAnswer = told(IMAGES), plan = {}) {
  const house = createStoreHouse({ searches: { [METADATA]: answer }, ...plan });
  const deps: WriteResultDeps = { ...house.deps, resultWriter: createResultWriter() };
  const run = (order = anOrder()) => writeResultObject(deps, order, new AbortController().signal);
  return { ...house, deps, run };
}

/** The metadata that a PACS gives. */
function told(images: readonly DicomJsonObject[]): CannedAnswer {
  return { body: JSON.stringify(images) };
}

test.each([
  ['tid1500', '1.2.840.10008.5.1.4.1.1.88.34'],
  ['segmentation', '1.2.840.10008.5.1.4.1.1.66.4'],
] as const)('%s: on record, in the index and in the PACS, stamped', async (kind, sopClassUid) => {
  const house = createHouse();
  const written = await house.run(anOrder({ kind }));
  expect(written).toMatchObject({ kind: 'stored', sopClassUid });
  const [file = Buffer.alloc(0)] = house.sent.flatMap(({ parts }) => parts);
  const walk = createDatasetWalk(64);
  walk.push(file);
  walk.end();
  expect([walk.fault(), walk.algorithms()]).toEqual([undefined, [{ name: MODEL, version: VERSION }]]);
  expect(walk.equipmentPlace()?.existing).toBeDefined();
  expect(walk.identity()?.studyInstanceUid).toBe(STUDY);
  const uid = walk.identity()?.sopInstanceUid ?? '';
  const kept = await house.storedResults.find(sopInstanceUid(uid));
  expect(kept).toMatchObject({ madeBy: { model: MODEL, version: VERSION }, machine: 'countersign:gateway' });
  expect(kept?.caseId).toBe(CASE);
  expect(house.caseLog.all()).toMatchObject([
    {
      kind: 'delivery',
      caseId: CASE,
      facts: {
        performer: 'countersign:gateway',
        release: { action: 'released' },
        delivered: { objects: 1, after: kept?.digest },
      },
      personal: { resultSop: uid },
    },
  ]);
  expect(house.forgotten).toEqual([STUDY]);
});

test('made again for the same case it is the same object', async () => {
  const house = createHouse();
  expect(await house.run()).toEqual(await house.run());
  expect(house.sent[1]?.parts).toEqual(house.sent[0]?.parts);
  expect(house.caseLog.all()).toHaveLength(1);
});

describe('what fails stands in the case, and takes nothing from the result', () => {
  test.each<[string, string, Partial<ResultOrder>, Parameters<typeof createHouse>]>([
    ['no images', 'no-images', {}, [told([])]],
    ['no mask', 'no-mask', { kind: 'segmentation', body: {} }, []],
    [
      'images of different sizes',
      'no-mask',
      { kind: 'segmentation' },
      [told([anImage(1), { ...anImage(2), '00280010': { vr: 'US', Value: [9] } }])],
    ],
    ['an empty mask', 'empty-mask', { kind: 'segmentation', body: emptyMask() }, []],
    ['a PACS that does not say', 'upstream-bad-answer', {}, [{ status: 500 }]],
    [
      'a PACS that does not take it',
      'upstream-bad-answer',
      {},
      [told(IMAGES), { answer: () => ({ status: 409 }) }],
    ],
    ['another version of the study', 'site-unknown', { context: siteless() }, []],
  ])('%s', async (_name, err, changes, given) => {
    const house = createHouse(...given);
    expect(await house.run(anOrder(changes))).toEqual({ kind: 'failed', err });
    expect(house.caseLog.all().at(-1)).toMatchObject({ kind: 'delivery', caseId: CASE, facts: { err } });
  });

  test('a stop-use, or a version that is gone', async () => {
    const house = createHouse();
    house.changeRegister(storeRegister({ stopUses: [{ id: 's', from: 0, reason: 'x', by: 'y' }] }));
    expect(await house.run()).toEqual({ kind: 'failed', err: 'stop-use' });
    house.changeRegister(storeRegister({ modelVersions: [] }));
    expect(await house.run()).toEqual({ kind: 'failed', err: 'model-unknown' });
    expect(house.sent).toEqual([]);
  });

  test('a report that would say nothing', async () => {
    const house = createHouse();
    const { finding: _finding, score: _score, ...order } = anOrder();
    expect(await house.run(order)).toEqual({ kind: 'failed', err: 'no-result' });
    expect(house.caseLog.all()).toMatchObject([{ kind: 'delivery', facts: { err: 'no-result' } }]);
    expect(house.sent).toEqual([]);
  });

  test('an index that is away', async () => {
    const house = createHouse();
    house.storedResults.goAway();
    expect(await house.run()).toEqual({ kind: 'failed', err: 'register-unavailable' });
    expect(house.sent).toEqual([]);
  });

  test('what is written and reads otherwise', async () => {
    const house = createHouse();
    const deps = { ...house.deps, resultWriter: { write: () => new Uint8Array(200) } };
    const written = await writeResultObject(deps, anOrder(), new AbortController().signal);
    expect(written).toEqual({ kind: 'failed', err: 'internal' });
  });
});

test('no record, no object', async () => {
  const house = createHouse();
  house.caseLog.behave('fails');
  await expect(house.run()).rejects.toMatchObject({ code: 'case-log-unavailable' });
  expect(house.sent).toEqual([]);
});

test('a mistake of ours is not taken for a failure', async () => {
  const house = createHouse();
  const resultWriter = {
    write: (): never => {
      throw new TypeError('a bug');
    },
  };
  const run = writeResultObject({ ...house.deps, resultWriter }, anOrder(), new AbortController().signal);
  await expect(run).rejects.toBeInstanceOf(TypeError);
});

test('without a finding a segmentation is named by the title of the version, and a report says the score; the device identifier stands in both', async () => {
  const house = createHouse();
  house.changeRegister(storeRegister({ modelVersions: [aModelVersion({ udi: 'UDI-7' })] }));
  const { finding: _finding, ...order } = anOrder({ kind: 'segmentation' });
  expect(await house.run(order)).toMatchObject({ kind: 'stored' });
  expect(await house.run({ ...order, kind: 'tid1500' })).toMatchObject({ kind: 'stored' });
  const text = house.sent
    .flatMap(({ parts }) => parts)
    .map(String)
    .join('');
  expect(text).toContain('Lung nodule detector');
  expect(text).toContain('UDI-7');
});

function emptyMask(): ResultOrder['body'] {
  return { outputs: [{ datatype: 'UINT8', shape: [2, ROWS, COLUMNS], data: mask.map(() => 0) }] };
}

function siteless(): ResultOrder['context'] {
  const { site: _site, ...rest } = aStudy();
  return rest;
}
