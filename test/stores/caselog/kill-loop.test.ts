import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { openCaseLogReadOnly } from '../../../src/caselog/open-case-log-read-only.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { draft, makeLog, openLog, rawDatabase, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();
const CHILD = resolve('test/fakes/append-until-killed.ts');
const ROUNDS = 5;

/** Runs a writer until it has acknowledged so many entries, and kills it in the middle of whatever it is doing. */
async function runAndKill(dir: string, round: number, afterAcks: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, dir, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((settle) => child.on('exit', (_code, signal) => settle(signal)));
  const acks: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acks.push(line);
    if (acks.length === afterAcks) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return acks;
}

test('killed at any time: no acknowledged entry is lost, the log is whole, and the next process takes over', async () => {
  const dir = folder();
  const vkey = makeLog(dir);
  const acked: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    acked.push(...(await runAndKill(dir, round, 100 + round * 37)));
    // With the hot write-ahead log the killed process left, read by a process that did not write it.
    const verdict = await verifyCaseLog({ dir, vkey });
    expect(verdict).toMatchObject({ ok: true, verdict: 'verified', problems: [] });
    const reader = openCaseLogReadOnly({ dir });
    const stored = new Map<string, string>();
    for await (const entry of reader.range(0, verdict.size))
      stored.set(entry.id, `${entry.id} ${entry.seq} ${entry.leaf}`);
    reader.close();
    expect(acked.filter((ack) => stored.get(ack.split(' ')[0] ?? '') !== ack)).toEqual([]);
  }
  expect(acked.length).toBeGreaterThan(ROUNDS * 100);

  // A caller that never heard back asks again: written ones are told, lost ones are written.
  const { log } = await openLog({ dir });
  const [id, seq] = (acked.at(-1) ?? '').split(' ');
  expect(await log.append(draft(id ?? ''))).toMatchObject({ id, seq: Number(seq) });
  await log.close();
  const database = rawDatabase(dir);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.prepare("SELECT count(*) FROM entry WHERE kind = 'node.start'").pluck().get()).toBe(
    ROUNDS + 1,
  );
  database.close();
  expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ ok: true, verdict: 'verified' });
});
