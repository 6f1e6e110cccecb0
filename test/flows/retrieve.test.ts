import { collectBody } from '../../src/domain/collect-body.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aRegister, MODEL, NOW, VERSION } from '../fakes/register-builder.ts';
import {
  allObjects,
  CAPTURE,
  CAPTURE_RESULT,
  CAPTURE_SERIES,
  createRetrievalHouse,
  CT_ONE,
  CT_SERIES,
  CT_TWO,
  multipartOf,
  pathTo,
  REPORT,
  REPORT_RESULT,
  REPORT_SERIES,
  STUDY,
  type RetrievalHouse,
} from '../fakes/retrieval-house.ts';
import { retrievedBody as bodyOf, runRetrieval as run, uidsIn } from '../fakes/run-retrieval.ts';

const [ctOne, , report, capture] = allObjects.map(pathTo);
const stopUse = () =>
  aRegister({ stopUses: [{ id: 's', model: MODEL, from: NOW - 1, reason: 'r', by: 'b' }] });

const kinds = (house: RetrievalHouse): readonly string[] => house.caseLog.all().map((entry) => entry.kind);
const series = (uid: string): string => `studies/${STUDY}/series/${uid}`;

describe('what a radiologist gets of a study with images, an unlocked and a locked AI result', () => {
  test.each([
    ['the study', `studies/${STUDY}`, [CT_ONE, CT_TWO, REPORT], ['case.viewed']],
    ['its metadata', `studies/${STUDY}/metadata`, [CT_ONE, CT_TWO, REPORT], ['case.viewed']],
    ['the image series', series(CT_SERIES), [CT_ONE, CT_TWO], []],
    ['its metadata too', `${series(CT_SERIES)}/metadata`, [CT_ONE, CT_TWO], []],
    ['the report’s series', series(REPORT_SERIES), [REPORT], ['case.viewed']],
    ['one image', ctOne, [CT_ONE], []],
    ['one image’s metadata', `${ctOne}/metadata`, [CT_ONE], []],
    ['the report', report, [REPORT], ['case.viewed']],
    ['the report’s metadata', `${report}/metadata`, [REPORT], ['case.viewed']],
  ])('%s', async (_name, path = '', uids, entries) => {
    const house = createRetrievalHouse();
    expect(uidsIn(await bodyOf(house, path))).toEqual(uids);
    expect(kinds(house)).toEqual(entries);
    expect(house.counted()).toBe(entries.length);
  });

  test.each([
    ['the capture', capture],
    ['its metadata', `${String(capture)}/metadata`],
    ['its frame', `${String(capture)}/frames/1`],
    ['its picture', `${String(capture)}/rendered`],
    ['its series', series(CAPTURE_SERIES)],
    ['its series’ metadata', `${series(CAPTURE_SERIES)}/metadata`],
    ['its series’ thumbnail', `${series(CAPTURE_SERIES)}/thumbnail`],
    ['the study’s picture', `studies/${STUDY}/rendered`],
    ['the study’s thumbnail', `studies/${STUDY}/thumbnail`],
    ['the study’s bulk data', `studies/${STUDY}/bulkdata`],
  ])('%s is refused, with reasons, on record', async (_name, path = '') => {
    const house = createRetrievalHouse();
    const fault = await faultOf(run(house, path));
    expect(fault).toMatchObject({ code: 'not-permitted', reasons: [{ code: 'model-unknown' }] });
    expect(house.caseLog.all()).toMatchObject([
      {
        kind: 'case.refused',
        caseId: fault.caseId,
        facts: {
          function: 'view',
          model: { id: 'unrecognised' },
          decision: { result: 'deny', reasons: ['model-unknown'] },
        },
        personal: { studyUid: STUDY, resultSop: CAPTURE, user: 'radiologist' },
      },
    ]);
    expect(house.pacs.asked).toEqual([]);
    expect(house.counted()).toBe(1);
  });

  test.each([
    ['a picture of the image series', `${series(CT_SERIES)}/rendered`, 'private, max-age=60'],
    ['a frame', `${String(ctOne)}/frames/1`, 'private, max-age=60'],
    ['the image series', series(CT_SERIES), 'private, max-age=9'],
    ['the report', String(report), 'private, no-store'],
    ['the study', `studies/${STUDY}`, 'private, no-store'],
  ])('%s: Cache-Control', async (_name, path, expected) => {
    const answer = await run(createRetrievalHouse(), path);
    expect(answer.headers).toMatchObject({ 'cache-control': expected, vary: 'Authorization, Cookie' });
  });

  test('with only the report locked, the study’s thumbnail passes and its picture does not', async () => {
    const house = createRetrievalHouse({ results: [{ ...REPORT_RESULT, algorithmVersion: '0.0.1' }] });
    expect(await bodyOf(house, `studies/${STUDY}/thumbnail`)).toBe('picture');
    expect((await faultOf(run(house, `studies/${STUDY}/rendered`))).code).toBe('not-permitted');
  });

  test('with everything unlocked, the study’s picture passes, and that it was seen is on record', async () => {
    const house = createRetrievalHouse({ results: [REPORT_RESULT] });
    expect(await bodyOf(house, `studies/${STUDY}/rendered`)).toBe('picture');
    expect(kinds(house)).toEqual(['case.viewed']);
  });
});

describe('the record', () => {
  test('is one entry for each session, study and model version, however often and whatever is looked at', async () => {
    const house = createRetrievalHouse();
    for (const path of [String(report), `${String(report)}/metadata`, `studies/${STUDY}`])
      await run(house, path);
    expect(kinds(house)).toEqual(['case.viewed']);
    await run(house, String(report), { token: 'alice-again' });
    expect(kinds(house)).toEqual(['case.viewed', 'case.viewed']);
  });

  test('of a refusal is one entry too, with the same case each time', async () => {
    const house = createRetrievalHouse();
    const [first, second] = [
      await faultOf(run(house, String(capture))),
      await faultOf(run(house, String(capture))),
    ];
    expect(first.caseId).toBeDefined();
    expect(second.caseId).toBe(first.caseId);
    expect(kinds(house)).toEqual(['case.refused']);
  });

  test('stands before the PACS is asked', async () => {
    const house = createRetrievalHouse();
    let askedByThen: number | undefined;
    house.caseLog.onNextAppend(() => (askedByThen = house.pacs.asked.length));
    await run(house, String(report));
    expect(askedByThen).toBe(0);
    expect(house.caseLog.all()[0]).toMatchObject({
      facts: { function: 'view', model: { id: MODEL, version: VERSION }, decision: { result: 'permit' } },
    });
  });
});

describe('stop-use', () => {
  test('that comes while the view is written keeps the result in, on record', async () => {
    const house = createRetrievalHouse();
    house.caseLog.onNextAppend(() => house.changeRegister(stopUse()));
    expect(await faultOf(run(house, String(report)))).toMatchObject({
      code: 'not-permitted',
      reasons: [{ code: 'stop-use' }],
    });
    expect(kinds(house)).toEqual(['case.viewed', 'case.refused']);
    expect(house.pacs.cancelled()).toBe(1);
  });

  test('that comes in mid-stream bites at the next part', async () => {
    const house = createRetrievalHouse();
    const answer = await run(house, `studies/${STUDY}`);
    house.changeRegister(stopUse());
    expect(uidsIn(Buffer.from(await collectBody(answer.body, 1e7)).toString('latin1'))).toEqual([
      CT_ONE,
      CT_TWO,
    ]);
  });
});

describe('others', () => {
  test('someone who is not in the register reads the images and nothing else', async () => {
    const house = createRetrievalHouse();
    expect(uidsIn(await bodyOf(house, `studies/${STUDY}`, { token: 'stranger' }))).toEqual([CT_ONE, CT_TWO]);
    expect(kinds(house)).toEqual([]);
    expect((await faultOf(run(house, String(report), { token: 'stranger' }))).reasons[0]?.code).toBe(
      'identity-unmapped',
    );
  });

  test('nobody reads nothing', async () => {
    expect((await faultOf(run(createRetrievalHouse(), String(ctOne), { token: 'unknown' }))).code).toBe(
      'not-identified',
    );
  });

  test('an AI endpoint’s token reads the images of its study', async () => {
    const house = createRetrievalHouse({ results: [REPORT_RESULT, CAPTURE_RESULT] });
    expect(uidsIn(await bodyOf(house, `studies/${STUDY}`, { token: 'endpoint' }))).toEqual([CT_ONE, CT_TWO]);
    expect(uidsIn(await bodyOf(house, `studies/${STUDY}/metadata`, { token: 'endpoint' }))).toEqual([
      CT_ONE,
      CT_TWO,
    ]);
    expect(await bodyOf(house, `${String(ctOne)}/frames/1`, { token: 'endpoint' })).toBe('picture');
    expect(kinds(house)).toEqual([]);
  });

  test.each([
    ['another study', 'studies/1.2.3'],
    ['an unlocked AI result', String(report)],
    ['the study’s picture, which shows one', `studies/${STUDY}/rendered`],
  ])('an AI endpoint’s token does not read %s', async (_name, path) => {
    const house = createRetrievalHouse({ results: [REPORT_RESULT] });
    expect(await faultOf(run(house, path, { token: 'endpoint' }))).toMatchObject({
      code: 'not-permitted',
      caseId: 'c-1',
    });
    expect(kinds(house)).toEqual([]);
  });
});

test('a cut answer of the PACS ends in an error', async () => {
  const answers = { [`studies/${STUDY}`]: multipartOf(allObjects, true) };
  await expect(bodyOf(createRetrievalHouse({ answers }), `studies/${STUDY}`)).rejects.toMatchObject({
    code: 'upstream-bad-answer',
  });
});
