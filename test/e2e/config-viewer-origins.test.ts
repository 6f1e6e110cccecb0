import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigRefused, readConfig } from '../../src/config.ts';

const example = readFileSync(join(__dirname, '../../config/gateway.example.yaml'), 'utf8');
const home = mkdtempSync(join(tmpdir(), 'countersign-origins-'));
mkdirSync(join(home, 'secrets'));
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** What is wrong with these origins; empty where nothing is. The example names files that are not there: their faults do not count. */
function faultsOf(origins: string): string {
  const line = /^# viewerOrigins: .*$/m;
  expect(example).toMatch(line);
  writeFileSync(
    join(home, 'gateway.yaml'),
    example.replace(line, () => `viewerOrigins: ${origins}`),
  );
  try {
    readConfig(join(home, 'gateway.yaml'));
    return '';
  } catch (error: unknown) {
    if (!(error instanceof ConfigRefused)) throw error;
    const lines = error.message.split('\n').filter((fault) => fault.includes('viewerOrigins'));
    return lines.join('\n');
  }
}

test.each(['[]', '[https://viewer.example]', '["http://localhost:3000", "https://a.example:8443"]'])(
  '%s',
  (origins) => {
    expect(faultsOf(origins)).toBe('');
  },
);

test.each([
  ['everybody', '["*"]'],
  ['nobody in particular', '["null"]'],
  ['a path', '[https://viewer.example/ohif]'],
  ['a slash at the end', '[https://viewer.example/]'],
  ['capitals', '[https://Viewer.example]'],
  ['the port of the scheme', '["https://viewer.example:443"]'],
  ['in clear over the network', '["http://viewer.example"]'],
  ['a pattern', '["https://*.example"]'],
  ['another scheme', '["file:///viewer"]'],
  ['no list', 'https://viewer.example'],
])('%s: %s -> refused', (_name, origins) => {
  expect(faultsOf(origins)).toContain('viewerOrigins');
});
