import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeUnlessMissing } from '../fakes/real-server.ts';

const LOGGER = pathToFileURL(join(import.meta.dirname, '../../src/telemetry/logger.ts')).href;
jest.setTimeout(90_000);

/** Every write always fails here. */
const FULL = '/dev/full';
const MIB = 1024 * 1024;

/** Runs a program that has a logger, a pause until the next turn, and Node's own write to change. */
function run(body: string, stdout: 'pipe' | number = 'pipe') {
  const program = `
    import fs from 'node:fs';
    import { createLogger } from ${JSON.stringify(LOGGER)};
    const logger = createLogger({ level: 'info' });
    const nextTurn = () => new Promise((next) => setImmediate(next));
    const write = fs.write;
    const full = (done) => setImmediate(done, Object.assign(new Error('full'), { code: 'ENOSPC' }));
    ${body}`;
  const words = ['--input-type=module', '--eval', program];
  return spawnSync(process.execPath, words, {
    encoding: 'utf8',
    maxBuffer: 64 * MIB,
    stdio: ['ignore', stdout, 'pipe'],
    timeout: 60_000,
  });
}

function linesOf(stdout: string): readonly unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

const numbered = (count: number): readonly unknown[] =>
  Array.from({ length: count }, (_none, at) => ({ at }));

test.each([
  { name: 'of one turn', between: '' },
  { name: 'of several turns', between: 'await nextTurn();' },
])('all lines $name are on standard output, in order, when the process ends at once', ({ between }) => {
  const { stdout, status } = run(`
    for (let at = 0; at < 400; at += 1) {
      logger.info({ at }, 'line');
      ${between}
    }
    process.exit(0);`);
  expect(status).toBe(0);
  expect(linesOf(stdout)).toMatchObject(numbered(400));
});

test('lines wait while they cannot be written, and go out once they can', () => {
  const { stdout, stderr, status } = run(`
    let failures = 0;
    fs.write = (...all) => {
      if (failures === 3) return write(...all);
      failures += 1;
      full(all.at(-1));
    };
    for (let at = 0; at < 1_000; at += 1) {
      logger.info({ at }, 'line');
      await nextTurn();
    }
    while (failures < 3) await nextTurn();`);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(linesOf(stdout)).toMatchObject(numbered(1_000));
});

test('a process whose log cannot be written goes on, and ends when it is told to', () => {
  const { stdout, stderr, status } = run(`
    let failures = 0;
    fs.write = (...all) => {
      failures += 1;
      full(all.at(-1));
    };
    fs.writeSync = () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    for (let at = 0; failures < 3; at += 1) {
      logger.info({ at }, 'line');
      await nextTurn();
    }
    await nextTurn();
    process.exit(0);`);
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
});

test('what nobody takes is kept up to a limit', () => {
  const { stdout, status } = run(`
    let held;
    fs.write = (...all) => (held = all);
    const text = 'x'.repeat(1_900);
    for (let at = 0; at < 20_000; at += 1) {
      logger.info({ at, text }, 'line');
      if (at % 100 === 99) await nextTurn();
    }
    fs.write = write;
    write(...held);`);
  const lines = linesOf(stdout);
  expect(status).toBe(0);
  expect(stdout.length).toBeGreaterThan(15 * MIB);
  expect(stdout.length).toBeLessThan(17 * MIB);
  expect(lines).toMatchObject(numbered(lines.length));
});

describeUnlessMissing('on a full disk', existsSync(FULL) ? undefined : FULL, () => {
  test('the process goes on', () => {
    const { stderr, status } = run(
      `
      let failures = 0;
      fs.write = (...all) => {
        const done = all.pop();
        write(...all, (error, ...said) => {
          if (error?.code === 'ENOSPC') failures += 1;
          done(error, ...said);
        });
      };
      for (let at = 0; failures < 3; at += 1) {
        logger.info({ at }, 'line');
        await nextTurn();
      }
      process.exit(0);`,
      openSync(FULL, 'w'),
    );
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});
