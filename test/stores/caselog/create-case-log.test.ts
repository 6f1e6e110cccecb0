import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import { createCaseLog } from '../../../src/caselog/create-case-log.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import { countedBytes, makeLog, ORIGIN, temporaryFolder } from './case-log-kit.ts';

const folder = temporaryFolder();

describe('createCaseLog', () => {
  test('makes an empty log whose checkpoint is signed', async () => {
    const dir = folder();
    const vkey = makeLog(dir);
    expect(readFileSync(caseLogPaths(dir).verifierKey, 'utf8')).toBe(`${vkey}\n`);
    expect(await verifyCaseLog({ dir, vkey })).toEqual({
      ok: true,
      size: 0,
      signedSize: 0,
      absentPersonal: 0,
      verdict: 'verified',
      problems: [],
    });
  });

  test('in a folder that is there and empty', () => {
    const dir = folder();
    mkdirSync(dir);
    makeLog(dir);
    expect(existsSync(caseLogPaths(dir).database)).toBe(true);
  });

  test('refuses a log that exists, and leaves it as it is', () => {
    const dir = folder();
    makeLog(dir);
    const key = readFileSync(caseLogPaths(dir).signingKey, 'utf8');
    expect(() => makeLog(dir)).toThrow(expect.objectContaining({ code: 'case-log-unavailable' }));
    expect(readFileSync(caseLogPaths(dir).signingKey, 'utf8')).toBe(key);
  });

  test.each([[''], ['with space'], ['with+plus'], ['two\nlines']])(
    'refuses the origin %j, and leaves nothing',
    (origin) => {
      const dir = folder();
      expect(() => createCaseLog({ dir, origin, randomBytes: countedBytes() })).toThrow(
        expect.objectContaining({ code: 'case-log-unavailable' }),
      );
      expect(existsSync(dir)).toBe(false);
    },
  );

  test('an attempt that was cut short does not stand in the way', () => {
    const dir = folder();
    mkdirSync(`${dir}.making`);
    writeFileSync(`${dir}.making/signing-key`, 'half');
    makeLog(dir);
    expect(readdirSync(dir).sort()).toEqual([
      'ballast',
      'case-log.sqlite',
      'highest-signed',
      'lock.sqlite',
      'signing-key',
      'verifier-key',
    ]);
    expect(existsSync(`${dir}.making`)).toBe(false);
  });

  test('the name of the log is in its key', () => {
    expect(makeLog(folder()).startsWith(`${ORIGIN}+`)).toBe(true);
  });
});
