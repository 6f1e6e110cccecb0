import type { CaseLog } from '../../src/caselog/assemble-case-log.ts';
import type { LogEntry } from '../../src/domain/log-entry.ts';
import type { StudyReader } from '../../src/domain/principal.ts';
import type { AccessOutcome } from '../../src/flows/access-queue.ts';
import { createAccessRecorder, type AccessRecorder } from '../../src/flows/record-access.ts';
import { aPrincipal, aRegister, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { studyUid } from '../fakes/uids.ts';
import type { LogOfTwo } from './caselog/both-logs.ts';

const STUDIES = 40;
const CASE = 'c-01234567-89ab-4def-8123-456789abcdef';
const endpoint: StudyReader = { kind: 'study-reader', studyInstanceUid: '2', caseId: CASE, expiresAt: NOW };

function recorderOver(caseLog: CaseLog): {
  readonly recorder: AccessRecorder;
  readonly outcomes: AccessOutcome[];
} {
  const outcomes: AccessOutcome[] = [];
  const recorder = createAccessRecorder({
    register: { snapshot: () => aRegister() },
    caseLog,
    clock: { nowMs: () => NOW },
    ids: { newId: () => 'unused' },
    onOutcome: (outcome) => void outcomes.push(outcome),
  });
  return { recorder, outcomes };
}

async function readsIn(log: CaseLog): Promise<readonly LogEntry[]> {
  return await log.entries({ kinds: ['study.accessed'], limit: 1_000 });
}

/** What the record of who read what promises on a real log. `open` gives a fresh one. */
export function describeReadRecord(name: string, open: () => Promise<LogOfTwo>): void {
  describe(`who read what, ${name}`, () => {
    test('stands once for each session and study, whoever writes it, how often, and after a restart', async () => {
      const { own, other, verify } = await open();
      const nodes = [recorderOver(own), recorderOver(other)];
      const read = async (recorders: readonly AccessRecorder[]): Promise<void> => {
        for (const recorder of recorders) {
          for (let study = 0; study < STUDIES; study += 1) {
            const look = { caller: aPrincipal(), study: studyUid(`1.${String(study)}`), requestId: 'r' };
            recorder.note(look, { headers: { 'purpose-of-use': 'TREAT' } });
          }
        }
        await Promise.all(recorders.map((recorder) => recorder.again()));
      };
      await read(nodes.map(({ recorder }) => recorder));
      await read([recorderOver(own).recorder]);
      const found = await readsIn(other);
      expect(found).toHaveLength(STUDIES);
      expect(new Set(found.map((entry) => entry.personal.studyUid)).size).toBe(STUDIES);
      expect(nodes.flatMap(({ outcomes }) => outcomes)).toEqual(
        Array.from({ length: 2 * STUDIES }, () => 'recorded'),
      );
      expect(await verify()).toBe(true);
    });

    test('is found by person and by case, and opens no case', async () => {
      const { own, verify } = await open();
      const { recorder } = recorderOver(own);
      recorder.note({ caller: aPrincipal(), study: studyUid('2'), requestId: 'r-1' }, { headers: {} });
      recorder.note({ caller: endpoint, study: studyUid('2'), requestId: 'r-2' }, { headers: {} });
      await recorder.finish();
      const byPerson = { label: 'user', value: RADIOLOGIST } as const;
      const found = await own.entries({ personal: byPerson, limit: 10 });
      expect(found).toMatchObject([{ kind: 'study.accessed', facts: { access: { session: 'session-1' } } }]);
      const [ofCase] = (await readsIn(own)).filter((entry) => entry.caseId === CASE);
      expect(ofCase).toMatchObject({
        facts: { access: { reader: 'ai-endpoint' } },
        personal: { studyUid: '2' },
      });
      expect(await verify()).toBe(true);
    });
  });
}
