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

/** Writes the config with these changes, and every file that it names. */
function write(changes: readonly (readonly [string | RegExp, string])[] = []): string {
  const home = mkdtempSync(join(folder, 'one-'));
  const text = changes.reduce((config, [from, to]) => {
    expect(config).toMatch(from);
    return config.replace(from, to);
  }, everything);
  for (const [path] of text.matchAll(/\.\/(?:secrets|policy)\/[\w.-]+/g)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    const content = path.endsWith('.crt') ? pair.certificatePem : 'a-secret';
    writeFileSync(join(home, path), path.endsWith('.key') ? pair.privateKeyPem : content);
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
    redis: { passwordFile: { text: 'a-secret' } },
    trustedHops: [{ certificateHeader: 'client-cert' }],
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
  {
    name: 'an unknown key',
    change: ['minutes: 60', 'minuets: 60'],
    says: /breakGlass.minuets: this key is not known/,
  },
])('$name', ({ change, says }) => {
  const faults = faultsOf(write([change]));
  expect(faults.join('\n')).toMatch(says);
  expect(faults.every((fault) => /^\d+: /.test(fault))).toBe(true);
  expect(faults.join('\n')).not.toContain('a-secret');
});

test('encryption without a key of ours is a fault of that provider', () => {
  const file = write([
    [/ {2}encryption:\n.*\n.*saml-encryption.crt\n/, ''],
    ['encryption: none', 'encryption: required'],
  ]);
  expect(faultsOf(file).join('\n')).toMatch(/\d+: identity.providers.0.encryption: needs/);
});
