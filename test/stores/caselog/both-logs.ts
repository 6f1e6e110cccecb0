import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { verifySharedCaseLog } from '../../../src/caselog/verify-shared-case-log.ts';
import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import { describeWithBinary } from '../../fakes/real-server.ts';
import { makeLog, openLog, temporaryFolder } from './case-log-kit.ts';
import { postgresHouse } from './shared-log-kit.ts';

/** One real log as two nodes have it; the same one twice, where only one node can. */
export interface LogOfTwo {
  readonly own: CaseLog;
  readonly other: CaseLog;
  /** Closes both and verifies the whole log; resolves to whether it is sound. */
  readonly verify: () => Promise<boolean>;
}

/** Runs a contract on a fresh log in SQLite, and between two nodes in PostgreSQL. */
export function describeOnBothLogs(
  describeContract: (name: string, open: () => Promise<LogOfTwo>) => void,
): void {
  const folder = temporaryFolder();
  describeContract('in SQLite', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const { log } = await openLog({ dir });
    const verify = async (): Promise<boolean> => {
      await log.close();
      return (await verifyCaseLog({ dir, vkey })).ok;
    };
    return { own: log, other: log, verify };
  });

  describeWithBinary('a case log that several nodes write', ['postgres', 'initdb'], () => {
    const house = postgresHouse();
    describeContract('between two nodes in PostgreSQL', async () => {
      const shared = await house.make();
      const [{ log: own }, { log: other }] = [await shared.open('a'), await shared.open('b')];
      const verify = async (): Promise<boolean> => {
        await own.close();
        await other.close();
        const { postgres, dir, vkey } = shared;
        return (await verifySharedCaseLog({ postgres, dir, vkey })).ok;
      };
      return { own, other, verify };
    });
  });
}
