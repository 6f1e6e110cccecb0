import { describeWithBinary } from '../../fakes/real-server.ts';
import { describeCaseLogContract } from '../case-log-contract.ts';
import { postgresHouse } from './shared-log-kit.ts';

describeWithBinary('a case log that several nodes write', ['postgres', 'initdb'], () => {
  const house = postgresHouse();
  describeCaseLogContract('the case log in PostgreSQL', async () => {
    const shared = await house.make();
    const { log } = await shared.open('n1');
    const erase = (seq: number): Promise<unknown> => shared.run(`delete from pii where seq = ${seq}`);
    return { log, erase, close: log.close };
  });
});
