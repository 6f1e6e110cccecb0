import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { ConfigRefused, readConfig, type Config } from '../../src/config.ts';
import { PROJECT } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A key with its value, or an item of a list: what stands behind `# ` in the example and is no sentence. */
const KEY = /^( *)# ((?: *)(?:- )?[a-z][A-Za-z0-9.:_/-]*:(?: .*)?)$/;
/** The example with every key that is commented out switched on. */
const everything = readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8')
  .split('\n')
  .map((line) => KEY.exec(line)?.slice(1).join('') ?? line)
  .join('\n');
const pair = makeKeyPair();
const SECRET = 'a-secret-of-16-or-more';
const HASH = `$argon2id$v=19$m=7168,t=5,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** What belongs into a file of this name. */
function contentOf(path: string): string {
  if (path.endsWith('.crt')) return pair.certificatePem;
  if (path.endsWith('.key')) return pair.privateKeyPem;
  if (path.endsWith('.argon2')) return HASH;
  if (path.endsWith('.short')) return 'short';
  if (path.endsWith('.whsec')) return 'whsec_this-is-not-base64-at-all';
  return path.endsWith('.sha256') ? 'ab'.repeat(32) : SECRET;
}

/** Writes the config with these changes, and every file that it names. */
function write(changes: readonly (readonly [string | RegExp, string])[] = []): string {
  const home = mkdtempSync(join(folder, 'one-'));
  const text = changes.reduce((config, [from, to]) => {
    expect(config).toMatch(from);
    return config.replace(from, to);
  }, everything);
  for (const [path] of text.matchAll(/\.\/(?:secrets|policy)\/[\w.-]+/g)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), contentOf(path));
  }
  writeFileSync(join(home, 'gateway.yaml'), text);
  return join(home, 'gateway.yaml');
}

function faultsOf(file: string): readonly string[] {
  try {
    readConfig(file);
    return [];
  } catch (error: unknown) {
    if (!(error instanceof ConfigRefused)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^.*gateway\.yaml:/, ''));
  }
}

test('the example names every block there is, and with all of them switched on it is in order', () => {
  const config: Config = readConfig(write());
  const optional = ['signing', 'encryption', 'smartCard', 'breakGlass'] as const;
  expect(optional.filter((name) => config.identity[name] === undefined)).toEqual([]);
  expect(config).toMatchObject({
    redis: { passwordFile: { text: SECRET } },
    notices: { secretFile: { text: SECRET } },
    trustedHops: [{ certificateHeader: 'client-cert' }],
    viewer: { folder: expect.stringMatching(/^\/.*\/viewer$/) },
    morePacs: [{ basic: {} }, { clientCertificate: {} }],
    identity: {
      providers: [{ id: 'trust' }, { id: 'university', metadata: { refreshMinutes: 60 } }],
      openidProviders: [{ id: 'cis2', roleSelection: 'provider' }],
      machines: [{ id: 'chest-ai', models: [{ model: 'chest-detector', version: '2.1.0' }] }],
    },
  });
  expect(Object.isFrozen(config.identity.smartCard?.subject)).toBe(true);
});

test.each<{ name: string; change: readonly [string | RegExp, string]; says: RegExp }>([
  {
    name: 'a file that is not there',
    change: ['./secrets/card-issuer.crt', './none.crt'],
    says: /issuerFiles.0: this file cannot be read/,
  },
  {
    name: 'a key where a certificate belongs',
    change: ['./secrets/redis-ca.crt', './secrets/cis2.key'],
    says: /redis.caFile: this file holds no PEM/,
  },
  {
    name: 'a negative clock skew, which would mean no check of time',
    change: ['clockSkewSeconds: 30', 'clockSkewSeconds: -1'],
    says: /clockSkewSeconds: /,
  },
  {
    name: 'more skew than is safe',
    change: ['clockSkewSeconds: 30', 'clockSkewSeconds: 61'],
    says: /clockSkewSeconds: /,
  },
  {
    name: 'a provider known in two ways',
    change: ['      ssoUrl:', '      metadata: { url: "https://x.example" }\n      ssoUrl:'],
    says: /providers.0.metadata/,
  },
  {
    name: 'metadata by URL that nobody vouches for',
    change: ['    signingCertificateFile: ./secrets/university-metadata.crt\n', '    \n'],
    says: /providers.1.metadata: .*unsigned/,
  },
  {
    name: 'metadata over a plain connection',
    change: ['url: https://idp.example.ac.uk', 'url: http://idp.example.ac.uk'],
    says: /metadata.url: https/,
  },
  {
    name: 'a client with two proofs',
    change: ['clientKeyFile:', 'clientSecretFile: ./secrets/other\n      clientKeyFile:'],
    says: /clientKeyFile: give either/,
  },
  {
    name: 'a card listener on another host',
    change: ['url: https://countersign.example.nhs.uk:8443', 'url: https://card.example.nhs.uk'],
    says: /smartCard.url: must have the host/,
  },
  ...(
    [
      ['notices in clear', 'https://notices.example', 'http://notices.example', /notices.webhookUrl: https/],
      ['a short secret', 'notices-secret', 'notices.short', /notices.secretFile: this file must hold/],
      ['a secret that is no base64', 'notices-secret', 'notices.whsec', /notices.secretFile: after `whsec_`/],
      ['keys of the card that last for ever', 'keyDays: 90', 'keyDays: 9000', /card.keyDays/],
    ] as const
  ).map(([name, from, to, says]) => ({ name, change: [from, to] as const, says })),
  {
    name: 'half a card listener',
    change: ['    keyFile: ./secrets/card-listener.key\n', '\n'],
    says: /smartCard.listen: .*belong together/,
  },
  {
    name: 'no certificate policy',
    change: ['policyOids: [1.2.826.0.99999.1.1]', 'policyOids: []'],
    says: /policyOids/,
  },
  {
    name: 'a machine that shows nothing',
    change: [/ {6}keyHashFile: .*\n.*certificateFingerprints.*\n/, ''],
    says: /machines.0.keyHashFile/,
  },
  {
    name: 'a machine from anywhere',
    change: ['addresses: [10.30.0.5]', 'addresses: []'],
    says: /machines.0.addresses/,
  },
  {
    name: 'a password in an address',
    change: ['rediss://redis', 'rediss://:secret@redis'],
    says: /redis.url: no password here/,
  },
  ...[
    ['a user', 'rediss://bob@redis.internal:6379/0', /redis.url: no user here/],
    ['a query', 'rediss://redis.internal:6379/0?tls=false', /redis.url: no query/],
    ['a path that is no number', 'rediss://redis.internal:6379/abc', /redis.url: the path is/],
    ['no encryption', 'redis://redis.internal:6379/0', /redis.url: rediss, unless loopback/],
  ].map(([name, url, says]) => ({
    name: `Redis with ${String(name)}`,
    change: ['rediss://redis.internal:6379/0', String(url)] as const,
    says: new RegExp(says ?? ''),
  })),
  ...['10.1.2', '999.1.1.1', '010.1.1.1', '0.0.0.0/0', '::/0', '10.1.0.0/33'].map((address) => ({
    name: `a hop at ${address}`,
    change: ['addresses: [10.20.0.10, 10.20.0.11]', `addresses: ['${address}']`] as const,
    says: /trustedHops.0.addresses.0: an address or a network/,
  })),
  {
    name: 'a machine that comes from everywhere',
    change: ['addresses: [10.30.0.5]', "addresses: ['0.0.0.0/0']"],
    says: /machines.0.addresses.0: an address or a network/,
  },
  {
    name: 'a certificate header of a hop that proves nothing',
    change: ['    secretFile: ./secrets/hop-secret\n', ''],
    says: /trustedHops.0.certificateHeader: is taken only with/,
  },
  {
    name: 'a short secret of a hop',
    change: ['./secrets/hop-secret', './secrets/hop.short'],
    says: /trustedHops.0.secretFile: .* 16 characters/,
  },
  {
    name: 'a short client secret',
    change: ['clientKeyFile: ./secrets/cis2.key', 'clientSecretFile: ./secrets/cis2.short'],
    says: /clientSecretFile: .* 16 characters/,
  },
  {
    name: 'two SAML providers of one name',
    change: [
      'entityId: https://idp.example.ac.uk/metadata',
      'entityId: https://idp.example.nhs.uk/saml2/idp/metadata',
    ],
    says: /providers.1.entityId: another provider/,
  },
  {
    name: 'an issuer with the name of a SAML provider',
    change: [
      'issuer: https://am.example.nhs.uk:443/openam/oauth2/oidc',
      'issuer: https://idp.example.ac.uk/metadata',
    ],
    says: /openidProviders.0.issuer: another provider/,
  },
  {
    name: 'cards with the name of a SAML provider',
    change: ['provider: urn:example:smart-card', 'provider: https://idp.example.ac.uk/metadata'],
    says: /smartCard.provider: another provider/,
  },
  {
    name: 'a provider with the name of the gateway',
    change: [
      'entityId: https://idp.example.ac.uk/metadata',
      'entityId: https://countersign.example.nhs.uk/auth/saml',
    ],
    says: /providers.1.entityId: another provider, or the gateway/,
  },
  {
    name: 'a SAML provider that could sign in as the emergency account',
    change: ['entityId: https://idp.example.ac.uk/metadata', 'entityId: urn:countersign:break-glass'],
    says: /providers.1.entityId: names that begin with urn:countersign:/,
  },
  {
    name: 'cards that could sign in as the emergency account',
    change: ['provider: urn:example:smart-card', 'provider: urn:countersign:break-glass'],
    says: /smartCard.provider: names that begin with urn:countersign:/,
  },
  {
    name: 'tokens for whoever signs in',
    change: [
      'audience: https://countersign.example.nhs.uk/auth/saml/token',
      'audience: https://countersign.example.nhs.uk/auth/saml',
    ],
    says: /tokens.audience: must differ/,
  },
  {
    name: 'an emergency password that is no hash',
    change: ['./secrets/emergency.argon2', './secrets/emergency'],
    says: /passwordHashFile: .*hash-password/,
  },
  {
    name: 'a machine key that is no hash',
    change: ['./secrets/chest-ai.sha256', './secrets/chest-ai'],
    says: /keyHashFile: .*SHA-256/,
  },
  {
    name: 'a revocation list that is not there',
    change: ['./secrets/card-root.crl', './none.crl'],
    says: /crlFiles.1: this file cannot be read/,
  },
  {
    name: 'no extended key usages, which would mean no check of them',
    change: [/extendedKeyUsages: \[.*\]/, 'extendedKeyUsages: []'],
    says: /extendedKeyUsages/,
  },
  { name: 'too early a lock', change: ['idleMinutes: 30', 'idleMinutes: 0.5'], says: /sessions.idleMinutes/ },
  {
    name: 'sessions that end before they lock',
    change: ['absoluteHours: 12', 'absoluteHours: 0.4'],
    says: /sessions.absoluteHours: must be no shorter/,
  },
  {
    name: 'an unknown key',
    change: ['minutes: 60', 'minuets: 60'],
    says: /breakGlass.minuets: this key is not known/,
  },
])('$name', ({ change, says }) => {
  const faults = faultsOf(write([change]));
  expect(faults.join('\n')).toMatch(says);
  expect(faults.every((fault) => /^\d+: /.test(fault))).toBe(true);
  expect(faults.join('\n')).not.toContain(SECRET);
});

test('encryption without a key of ours is a fault of that provider', () => {
  const file = write([
    [/ {2}encryption:\n.*\n.*saml-encryption.crt\n/, ''],
    ['encryption: none', 'encryption: required'],
  ]);
  expect(faultsOf(file).join('\n')).toMatch(/\d+: identity.providers.0.encryption: needs/);
});

test.each([
  ['rediss://redis.internal', 'redis://127.0.0.1:6379/3'],
  ['rediss://redis.internal:6379/0\n', 'redis://redis.internal\n  plain: true\n'],
])('an unencrypted Redis on this machine, or said out loud, is in order: %s', (from, to) => {
  expect(faultsOf(write([[from === 'rediss://redis.internal' ? /rediss:\S+/ : from, to]]))).toEqual([]);
});

test('fingerprints of a hop count at a card listener, and there must be one', () => {
  const given = `    fingerprints: ['${'0'.repeat(64)}']\n    certificateHeader: client-cert`;
  const shown = ['    certificateHeader: client-cert', given] as const;
  expect(faultsOf(write([shown]))).toEqual([]);
  const listener =
    / {4}listen:\n.*host.*\n.*port.*\n(?:.*#.*\n)* {4}url: .*\n.*certificateFile: .*\n.*keyFile: .*\n/;
  expect(faultsOf(write([shown, [listener, '']])).join('\n')).toMatch(/trustedHops.0.fingerprints: count at/);
});
