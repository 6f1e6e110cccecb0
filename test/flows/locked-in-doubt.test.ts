import { askDoor } from '../fakes/every-door.ts';
import { createMarkedHouse, MARKED_STUDY, uidsIn, type MarkedHouse } from '../fakes/marked-study.ts';
import { part10 } from '../fakes/part-10.ts';
import { aRegister, NOW } from '../fakes/register-builder.ts';
import { createRetrievalHouse, CT_SERIES, STUDY } from '../fakes/retrieval-house.ts';
import { sopInstanceUid } from '../fakes/uids.ts';

const PATH = `studies/${MARKED_STUDY}`;
const SR = '1.2.840.10008.5.1.4.1.1.88.33';

test('while the index is away, a capture that says nothing of itself is shown to nobody, and the image beside it is', async () => {
  const house = createMarkedHouse([
    { kind: 'plain', series: 1 },
    { kind: 'stored capture', series: 2 },
  ]);
  house.resultsIndex.forgetAll();
  house.resultsIndex.goAway();
  const [image, capture] = house.objects.map(({ uid }) => uid);
  for (const address of [PATH, `${PATH}/metadata`])
    expect(uidsIn((await askDoor(house, address, 'stranger')).body)).toEqual([image]);
  for (const part of ['', '/rendered', '/metadata']) {
    const told = await askDoor(house, `${house.objects[1]?.path ?? ''}${part}`, 'stranger');
    expect(uidsIn(told.body)).not.toContain(capture);
    expect(told.refusal).toBeDefined();
  }
});

/** The approval takes effect when the PACS begins to answer for the whole study. */
function openingInMidAnswer(house: MarkedHouse): MarkedHouse {
  const { pacs } = house.deps;
  const fetch: typeof pacs.fetch = async (request, signal) => {
    const answer = await pacs.fetch(request, signal);
    if (request.segments.length === 2) house.changeRegister(aRegister());
    return answer;
  };
  return { ...house, deps: { ...house.deps, pacs: { ...pacs, fetch } } };
}

test('what opens in mid-answer has no record, so it is not in that answer', async () => {
  const house = createMarkedHouse([
    { kind: 'plain', series: 1 },
    { kind: 'unlocked', series: 2 },
  ]);
  house.changeRegister(aRegister({ approvals: [] }));
  const [image, result] = house.objects.map(({ uid }) => uid);
  expect(uidsIn((await askDoor(openingInMidAnswer(house), PATH, 'alice')).body)).toEqual([image]);
  expect(house.caseLog.all().filter(({ kind }) => kind === 'case.viewed')).toEqual([]);
  expect(uidsIn((await askDoor(house, PATH, 'alice')).body)).toEqual([image, result]);
  expect(house.caseLog.all().filter(({ kind }) => kind === 'case.viewed')).toHaveLength(1);
});

test('a part that names no object does not pass where the index knows of a result that came since', async () => {
  const nameless = part10('1.10.9', 40, { sopClassUid: SR, transferSyntaxUid: '1.2.840.10008.1.2.1.99' });
  const begin = Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n');
  const line = Buffer.from('\r\n');
  const body = Buffer.concat([
    begin,
    part10('1.10.1', 4),
    line,
    begin,
    nameless,
    line,
    Buffer.from('--edge--\r\n'),
  ]);
  const headers = { 'content-type': 'multipart/related; type="application/dicom"; boundary=edge' };
  const house = createRetrievalHouse({ results: [], answers: { [`studies/${STUDY}`]: { headers, body } } });
  const late = { sopInstanceUid: sopInstanceUid('1.10.9'), sopClassUid: SR, series: CT_SERIES };
  house.resultsIndex.add({ ...late, study: STUDY, machine: 'ai', keptAt: NOW });
  const told = await askDoor(house, `studies/${STUDY}`, 'stranger');
  expect(told.body).toContain('1.10.1');
  expect(told.body).not.toContain('1.10.9');
});
