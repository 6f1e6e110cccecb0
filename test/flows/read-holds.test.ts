import { readHolds } from '../../src/flows/read-holds.ts';
import { createHeldHouse, storeUnasked } from '../fakes/held-house.ts';
import { MARKED_STUDY } from '../fakes/marked-study.ts';
import { MODEL, VERSION } from '../fakes/register-builder.ts';
import { caseNameFrom } from '../../src/domain/case-name.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const HERE = '9.8.1.0';
const MOVED = sopInstanceUid('9.8.9.9');
/** Where the other object came in, before the PACS moved it. */
const ELSEWHERE = studyUid('9.6.9');

async function acceptedIn(study: ReturnType<typeof studyUid>): Promise<readonly string[]> {
  const house = await createHeldHouse([{ kind: 'stored, unlocked', series: 1 }]);
  const { storedResults, caseLog } = house;
  const row = { sopClassUid: '1.2', series: seriesUid('9.7.9'), machine: 'ai', keptAt: 1 };
  await storedResults.keep({ ...row, sopInstanceUid: MOVED, study: ELSEWHERE });
  await storeUnasked(house, { uids: [HERE, MOVED] });
  await caseLog.append({
    id: 'said',
    kind: 'case.disposition',
    caseId: caseNameFrom('b'.repeat(64)),
    facts: { function: 'view', model: { id: MODEL, version: VERSION }, human: { disposition: 'accepted' } },
    personal: { studyUid: study },
    retainClass: 'imaging-record',
  });
  const holds = await readHolds({ storedResults, caseLogReader: caseLog }, MARKED_STUDY, [HERE, MOVED]);
  return [...holds.keys()];
}

test('what was accepted in another study lets out what came from there, and nothing else of this one', async () => {
  expect(await acceptedIn(ELSEWHERE)).toEqual([HERE]);
});

test('what was accepted in the study where it is looked at lets out all of it', async () => {
  expect(await acceptedIn(MARKED_STUDY)).toEqual([]);
});
