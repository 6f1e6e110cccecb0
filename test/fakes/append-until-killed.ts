import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openCaseLog } from '../../src/caselog/open-case-log.ts';

/**
 * A gateway's case log in a process of its own: appends without end from many callers, and says each entry on standard
 * output once it has been acknowledged. To be killed.
 */
const [, , dir = '', round = ''] = process.argv;
const CALLERS = 24;
const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const workerFile = join(import.meta.dirname, '../../src/caselog/append-worker.ts');
const log = await openCaseLog({
  dir,
  workerFile,
  node: 'n1',
  clock,
  randomBytes,
  limits: { checkpointMs: 20 },
  onAlarm: ({ code }) => writeSync(2, `${code}\n`),
});

async function appendForever(caller: number): Promise<never> {
  for (let n = 0; ; n += 1) {
    const { id, seq, leaf } = await log.append({
      id: `${round}-${caller}-${n}`,
      kind: 'case.intent',
      facts: { function: 'triage' },
      personal: { user: `caller ${caller}` },
      retainClass: 'imaging-record',
    });
    writeSync(1, `${id} ${seq} ${leaf}\n`);
  }
}
await Promise.all(Array.from({ length: CALLERS }, (_, caller) => appendForever(caller)));
