import { heldForPerson } from '../../../src/domain/held-results.ts';
import { deliveredEntry, unsolicitedCaseId, unsolicitedEntry } from '../../../src/domain/result-case.ts';
import type { Disposition } from '../../../src/domain/words.ts';
import { readHolds } from '../../../src/flows/read-holds.ts';
import { createMemoryStoredResults } from '../../fakes/memory-stored-results.ts';
import { MODEL, practitionerId, RADIOLOGIST, VERSION } from '../../fakes/register-builder.ts';
import { CASE, intentOn } from '../../fakes/result-files.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../../fakes/uids.ts';
import { describeOnBothLogs, type LogOfTwo } from './both-logs.ts';

const STUDY = studyUid('1.2');
/** Where the PACS has moved it to. */
const MOVED = studyUid('1.3');
const [ASKED, UNASKED, CASELESS] = ['1.2.1', '1.2.2', '1.2.3'].map(sopInstanceUid);
const ALL = [ASKED, UNASKED, CASELESS, sopInstanceUid('1.2.4')].flatMap((uid) => uid ?? []);

const workOf = (requestId: string): Parameters<typeof unsolicitedEntry>[0] => ({
  machine: 'ai',
  modelVersion: { model: MODEL, version: VERSION },
  studyInstanceUid: STUDY,
  study: undefined,
  first: UNASKED,
  requestId,
});

describeOnBothLogs((name: string, open: () => Promise<LogOfTwo>) => {
  test(`${name}: what one node writes of a case lets out, or holds, on the other`, async () => {
    const { own, other, verify } = await open();
    const storedResults = createMemoryStoredResults();
    const row = { sopClassUid: '1.2', study: STUDY, series: seriesUid('1.2.9'), machine: 'ai', keptAt: 1 };
    for (const uid of ALL.slice(0, 3)) await storedResults.keep({ ...row, sopInstanceUid: uid });
    const personal = { studyUid: STUDY, user: RADIOLOGIST };
    await own.append(intentOn(STUDY, { personal }));
    const outcome = { ...intentOn(STUDY), id: 'o-1', kind: 'case.outcome', intent: 'intent-1' } as const;
    await own.append({ ...outcome, facts: { release: { action: 'released', reasons: [] } } });
    const unasked = unsolicitedCaseId(workOf('r-1'));
    await own.append(unsolicitedEntry(workOf('r-1')));
    for (const caseId of [CASE, unasked])
      await own.append(deliveredEntry(workOf(`r-${caseId}`), caseId, [{ before: 'a', after: 'b' }]));
    if (ASKED === undefined || UNASKED === undefined) throw new Error('no objects');
    await storedResults.noteCase([ASKED], CASE);
    await storedResults.noteCase([UNASKED], unasked);
    let said = 0;
    const say = async (facts: { readonly function: 'detection' | 'view' }, disposition: Disposition) => {
      const ofLook = facts.function === 'view';
      await own.append({
        id: `said-${String((said += 1))}`,
        kind: 'case.disposition',
        caseId: ofLook ? unsolicitedCaseId(workOf('look')) : CASE,
        facts: { ...facts, model: { id: MODEL, version: VERSION }, human: { disposition } },
        personal: ofLook ? { studyUid: MOVED, user: 'bob' } : personal,
        retainClass: 'imaging-record',
      });
    };
    const heldThere = async (): Promise<readonly (readonly string[])[]> =>
      [...(await readHolds({ storedResults, caseLogReader: other }, MOVED, ALL))]
        .map(([uid, held]) => [uid, heldForPerson(held, practitionerId('bob'))])
        .toSorted();
    const caseless = ['1.2.3', 'nobody'];
    expect(await heldThere()).toEqual([['1.2.1', 'another'], ['1.2.2', 'caller'], caseless]);
    await say({ function: 'detection' }, 'accepted');
    expect(await heldThere()).toEqual([['1.2.2', 'caller'], caseless]);
    await say({ function: 'view' }, 'edited');
    expect(await heldThere()).toEqual([caseless]);
    await say({ function: 'detection' }, 'overridden');
    expect(await heldThere()).toEqual([['1.2.1', 'another'], caseless]);
    expect(await verify()).toBe(true);
  });
});
