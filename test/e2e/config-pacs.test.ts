import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { authorizationFor } from '../../src/config-pacs.ts';
import { ConfigRefused, readConfig, type Config } from '../../src/config.ts';
import { PROJECT } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-pacs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8');
const [pair, other] = [makeKeyPair(), makeKeyPair()];
const FILES: Readonly<Record<string, string>> = {
  'trust-idp.crt': pair.certificatePem,
  'own.crt': pair.certificatePem,
  'own.key': pair.privateKeyPem,
  'other.key': other.privateKeyPem,
  authorization: 'Custom one two\n',
  'two-lines': 'Bearer one\r\nX-Other: two',
  umlaut: 'Basic ä',
  tabbed: 'one\ttwo',
  password: '\uFEFF pass: wörd \r\n',
  'no-password': '\n \n',
  token: 'abc.DEF-123_~+/==\n',
  'bearer-token': 'Bearer abc',
  colon: 'x',
};
const HTTPS = 'dicomwebUrl: https://pacs.example.nhs.uk/dicom-web';
const TIMES = 'firstByteTimeoutSeconds: 1, idleTimeoutSeconds: 1, contextCacheSeconds: 1';

/** The example with these lines as settings of the main PACS, and these as further ones. */
function write(pacs: readonly string[], more: readonly string[] = []): string {
  const home = mkdtempSync(join(folder, 'one-'));
  for (const part of ['secrets', 'policy']) mkdirSync(join(home, part));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(home, 'secrets', name), text);
  const block = /^pacs:\n(?:(?: .*)?\n)+?(?=# Other PACS)/m;
  expect(example).toMatch(block);
  const settings = [
    'simulator: false',
    'firstByteTimeoutSeconds: 1',
    'idleTimeoutSeconds: 1',
    'contextCacheSeconds: 1',
    ...pacs,
  ];
  const lines = settings.map((line) => `  ${line}\n`).join('');
  const further = more.length === 0 ? '' : `morePacs:\n${more.map((one) => `  - {${one}}\n`).join('')}`;
  writeFileSync(
    join(home, 'gateway.yaml'),
    example.replace(block, () => `pacs:\n${lines}${further}\n`),
  );
  return join(home, 'gateway.yaml');
}

function read(pacs: readonly string[], more: readonly string[] = []): Config | string {
  try {
    return readConfig(write(pacs, more));
  } catch (error: unknown) {
    if (!(error instanceof ConfigRefused)) throw error;
    return error.message.replaceAll(/^.*gateway\.yaml:/gm, '');
  }
}

const archive = (changes = ''): string =>
  `id: archive, dicomwebUrl: "http://127.0.0.1:1/dicom-web", simulator: false, ${TIMES}${changes}`;
const file = (key: string, name: string): string => `${key}: ./secrets/${name}`;
const basic = (username: string, name = 'password'): string =>
  `basic: { username: '${username}', passwordFile: ./secrets/${name} }`;
const certificate = (key: string): string =>
  `clientCertificate: { certificateFile: ./secrets/own.crt, keyFile: ./secrets/${key} }`;

test.each<[name: string, lines: readonly string[], sends: string | undefined]>([
  ['nothing', [], undefined],
  ['a client certificate', [certificate('own.key'), file('caFile', 'own.crt')], undefined],
  ['a whole value', [file('authorizationFile', 'authorization')], 'Custom one two'],
  ['a value with a tab', [file('authorizationFile', 'tabbed')], 'one\ttwo'],
  ['a token', [file('bearerTokenFile', 'token')], 'Bearer abc.DEF-123_~+/=='],
  // Spaces are part of a password, and what an editor adds is not.
  [
    'a name and password',
    [basic('dr who')],
    `Basic ${Buffer.from('dr who: pass: wörd ').toString('base64')}`,
  ],
])('a PACS that wants %s', (_name, lines, sends) => {
  const config = read([HTTPS, ...lines]);
  if (typeof config === 'string') throw new Error(config);
  expect(authorizationFor(config.pacs)).toBe(sends);
  expect(config.morePacs).toEqual([]);
});

test.each<[name: string, lines: readonly string[], says: RegExp]>([
  ['no address', ['dicomwebUrl: nonsense'], /^\d+: pacs.dicomwebUrl: Invalid URL$/m],
  ['a user in the address', ['dicomwebUrl: https://me:pw@pacs'], /pacs.dicomwebUrl: no user and no password/],
  ['a query', ['dicomwebUrl: https://pacs?x=y'], /pacs.dicomwebUrl: no query/],
  ['a fragment', ['dicomwebUrl: https://pacs/a#b'], /pacs.dicomwebUrl: no query and no fragment/],
  [
    'a WADO-URI without a name',
    [HTTPS, 'wadoUriUrl: https://pacs'],
    /^\d+: pacs.wadoUriUrl: must end in a name/m,
  ],
  ['a WADO-URI of dots', [HTTPS, 'wadoUriUrl: https://pacs/a/..%2f'], /pacs.wadoUriUrl: must end in a name/],
  // Web browsers read these as addresses with a path; what is cut off at the last slash would be none, or another.
  ...[
    String.raw`https://pacs\wado`,
    String.raw`https:\\pacs\wado`,
    String.raw`https://pacs/a\wado`,
    'https:///pacs/wado',
    'https://pacs /wado',
  ].map((url): [string, readonly string[], RegExp] => [
    `the WADO-URI ${url}`,
    [HTTPS, `wadoUriUrl: '${url}'`],
    /^\d+: pacs.wadoUriUrl: write it as https:\/\/host\/path$/m,
  ]),
  ['no slashes', [HTTPS, 'wadoUriUrl: https:pacs/wado'], /^\d+: pacs.wadoUriUrl: Invalid URL$/m],
  [
    'a base spelt so',
    [String.raw`dicomwebUrl: https://pacs\dicom-web`],
    /^\d+: pacs.dicomwebUrl: write it as/m,
  ],
  ['no WADO-URI', [HTTPS, 'wadoUriUrl: nonsense'], /pacs.wadoUriUrl: Invalid URL/],
  ['an unknown profile', [HTTPS, 'profile: orthank'], /pacs.profile: /],
  [
    'a value of two lines',
    [HTTPS, file('authorizationFile', 'two-lines')],
    /authorizationFile: .* in one line/,
  ],
  ['a value beyond ASCII', [HTTPS, file('authorizationFile', 'umlaut')], /authorizationFile: .* of ASCII/],
  ['a token with the word', [HTTPS, file('bearerTokenFile', 'bearer-token')], /without `Bearer`/],
  ['a name with a colon', [HTTPS, basic('a:b')], /pacs.basic.username: no colon/],
  [
    'a name with a control character',
    [HTTPS, basic('a').replace("'a'", '"a\\u0001"')],
    /username: no colon and no/,
  ],
  ['an empty password', [HTTPS, basic('me', 'no-password')], /pacs.basic.passwordFile: /],
  ['a password of two lines', [HTTPS, basic('me', 'two-lines')], /passwordFile: .* in one line/],
  ['two logins', [HTTPS, basic('me'), file('bearerTokenFile', 'token')], /pacs.bearerTokenFile: give one of/],
  [
    'a key of another certificate',
    [HTTPS, certificate('other.key')],
    /pacs.clientCertificate.keyFile: does not belong/,
  ],
  ['no key', [HTTPS, certificate('own.crt')], /pacs.clientCertificate.keyFile: this file holds no PEM/],
  [
    'a certificate in clear',
    ['dicomwebUrl: http://pacs', certificate('own.key')],
    /Certificate: is for https/,
  ],
  ['an authority in clear', ['dicomwebUrl: http://pacs', file('caFile', 'own.crt')], /caFile: is for https/],
  ['a login in clear', ['dicomwebUrl: http://pacs', basic('me')], /pacs.dicomwebUrl: https, unless loopback/],
  [
    'a login in clear for WADO-URI',
    [HTTPS, 'wadoUriUrl: http://pacs/wado', basic('me')],
    /pacs.wadoUriUrl: https, unless loopback/,
  ],
  ['a vow that is not one', [HTTPS, 'plain: false'], /pacs.plain: /],
  ['an id of its own', [HTTPS, 'id: main'], /pacs.id: this key is not known/],
])('a PACS with %s -> refused', (_name, lines, says) => {
  const said = read(lines);
  expect(said).toMatch(says);
  for (const secret of ['pass:', 'abc', 'Custom', 'X-Other']) expect(said).not.toContain(secret);
});

test.each<[name: string, lines: readonly string[]]>([
  ['no login over http', ['dicomwebUrl: http://pacs:8042/dicom-web']],
  ['a login on this machine', ['dicomwebUrl: http://[::1]:8042/dicom-web', basic('me')]],
  ['a login in clear, said out loud', ['dicomwebUrl: http://pacs', basic('me'), 'plain: true']],
  ['a WADO-URI', [HTTPS, 'wadoUriUrl: https://pacs/dcm4chee-arc/aets/A/wado', 'profile: dcm4chee']],
])('a PACS with %s is in order', (_name, lines) => {
  expect(read(lines)).toMatchObject({ pacs: { simulator: false } });
});

test.each<[name: string, more: readonly string[], says: RegExp]>([
  ['no id', [archive().replace('id: archive,', '')], /^\d+: morePacs.0.id: /m],
  ...['studies', 'wado', 'workitems', 'capabilities', 'A', '1a', 'a_b', '', 'a/b', 'a'.repeat(33)].map(
    (id): [string, readonly string[], RegExp] => [
      `the id "${id}"`,
      [archive().replace('id: archive', `id: '${id}'`)],
      /morePacs.0.id: a to z/,
    ],
  ),
  ['one id twice', [archive(), archive()], /^\d+: morePacs.1.id: another PACS has this id$/m],
  [
    'a simulator beside patients',
    [archive().replace('simulator: false', 'simulator: true')],
    /morePacs.0.simulator: must be as in `pacs`/,
  ],
  [
    'faults of its own',
    [archive(', bearerTokenFile: ./none')],
    /morePacs.0.bearerTokenFile: .*cannot be read/,
  ],
  ['an unknown key', [archive(', password: x')], /morePacs.0.password: this key is not known/],
])('further PACS with %s -> refused', (_name, more, says) => {
  expect(read([HTTPS], more)).toMatch(says);
});

test('each has a login of its own', () => {
  const config = read([HTTPS, basic('me')], [archive(`, ${file('bearerTokenFile', 'token')}`)]);
  if (typeof config === 'string') throw new Error(config);
  expect(config.morePacs.map(authorizationFor)).toEqual(['Bearer abc.DEF-123_~+/==']);
  expect(config.morePacs).toMatchObject([{ id: 'archive', profile: 'generic' }]);
});
