import { createMemoryCaseLog } from '../../fakes/memory-case-log.ts';
import { describeCaseLogContract } from '../case-log-contract.ts';
import { caseId, draft, makeLog, openLog, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();

describeCaseLogContract('the case log in SQLite', async () => {
  const dir = folder();
  makeLog(dir);
  const { log } = await openLog({ dir });
  const erase = (seq: number): void => {
    const database = rawDatabase(dir, 'with guards');
    database.prepare('DELETE FROM pii WHERE seq = ?').run(seq);
    database.close();
  };
  return { log, erase, close: log.close };
});

describeCaseLogContract('the case log in memory', async () => {
  const log = createMemoryCaseLog();
  return { log, erase: log.erase, close: async () => undefined };
});

describe('the case log in memory, for flows', () => {
  test('fails: nothing is written', async () => {
    const log = createMemoryCaseLog();
    log.behave('fails', 1);
    await log.append(draft('a'));
    await expect(log.append(draft('b'))).rejects.toMatchObject({ code: 'case-log-unavailable' });
    expect(log.all().map(({ id }) => id)).toEqual(['a']);
  });

  test('fails but written: the entry is there, and a repeat is acknowledged', async () => {
    const log = createMemoryCaseLog();
    log.behave('fails-but-written');
    await expect(log.append(draft('a'))).rejects.toMatchObject({ code: 'case-log-unavailable' });
    log.behave('ok');
    expect(await log.append(draft('a'))).toMatchObject({ seq: 0, id: 'a' });
    expect(log.all()).toHaveLength(1);
  });

  test('something may come in between writing and acknowledging', async () => {
    const log = createMemoryCaseLog();
    let seen = -1;
    log.onNextAppend(() => {
      seen = log.all().length;
    });
    await log.append(draft('a'));
    expect(seen).toBe(1);
  });

  test('a caller that breaks the contract is told', async () => {
    const log = createMemoryCaseLog();
    await log.append(draft('a', { caseId: caseId(1) }));
    await expect(log.append(draft('b', { caseId: caseId(1) }))).rejects.toThrow('second intent');
    await expect(log.append(draft('c', { kind: 'case.outcome', intent: 'x' }))).rejects.toThrow(
      'not on record',
    );
  });
});
