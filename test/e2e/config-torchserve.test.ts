import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigRefused, readConfig } from '../../src/config.ts';

const example = readFileSync(join(__dirname, '../../config/gateway.example.yaml'), 'utf8');
const home = mkdtempSync(join(tmpdir(), 'countersign-torchserve-'));
mkdirSync(join(home, 'secrets'));
writeFileSync(join(home, 'secrets/key_file.json'), '{}');
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** What is wrong with these servers; empty where nothing is. The example names files that are not there: their faults do not count. */
function faultsOf(servers: unknown): string {
  const line = /^ {2}# torchserve:$/m;
  expect(example).toMatch(line);
  const file = join(home, 'gateway.yaml');
  writeFileSync(
    file,
    example.replace(line, () => `  torchserve: ${JSON.stringify(servers)}`),
  );
  try {
    readConfig(file);
    return '';
  } catch (error: unknown) {
    if (!(error instanceof ConfigRefused)) throw error;
    const lines = error.message.split('\n').filter((fault) => fault.includes('ai.torchserve'));
    return lines.join('\n');
  }
}

const baseUrl = 'http://torchserve.internal:8080';
const managementUrl = 'https://torchserve.internal:8081/management';

test.each([
  ['none', []],
  ['without a management address, and without keys', [{ baseUrl }]],
  ['with both', [{ baseUrl, managementUrl, keyFile: 'secrets/key_file.json' }]],
  ['two', [{ baseUrl }, { baseUrl: 'http://other.internal' }]],
])('%s', (_name, servers) => {
  expect(faultsOf(servers)).toBe('');
});

test.each([
  ['the same twice', [{ baseUrl }, { baseUrl, managementUrl }], 'two servers have the same baseUrl'],
  ['no address', [{ managementUrl }], 'baseUrl'],
  ['a slash at the end, which no endpoint has', [{ baseUrl: `${baseUrl}/` }], 'no slash at the end'],
  ['another scheme', [{ baseUrl: 'ftp://torchserve.internal' }], 'baseUrl'],
  ['a management address that is none', [{ baseUrl, managementUrl: '8081' }], 'managementUrl'],
  ['a key file that is not there', [{ baseUrl, keyFile: 'secrets/gone.json' }], 'cannot be read'],
  ['the key itself', [{ baseUrl, key: 'gNRuA7dS' }], 'key'],
])('%s -> refused', (_name, servers, fault) => {
  expect(faultsOf(servers)).toContain(fault);
});
