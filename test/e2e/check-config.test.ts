import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCardCast } from '../../fixtures/certificates/card-cast.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { metadataXml } from '../fakes/provider-metadata.ts';
import { countersign, PROJECT } from './command-line.ts';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'countersign-check-'));
const example = readFileSync(join(PROJECT, 'config/gateway.example.yaml'), 'utf8');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The example config with these changes, beside a certificate and the policy it names. */
function configWith(name: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  const home = join(folder, name);
  for (const part of ['secrets', 'policy']) mkdirSync(join(home, part), { recursive: true });
  writeFileSync(join(home, 'secrets/trust-idp.crt'), makeKeyPair().certificatePem);
  const policy = 'policy/uk-pathway-2025.yaml';
  copyFileSync(join(PROJECT, 'config', policy), join(home, policy));
  const text = changes.reduce((config, [from, to]) => {
    expect(config).toMatch(from);
    return config.replace(from, to);
  }, example);
  writeFileSync(join(home, 'gateway.yaml'), text);
  return join(home, 'gateway.yaml');
}

test('what the files hold is judged as at a start, and nothing is made or asked', async () => {
  const file = configWith('dry', [
    [
      'clockSkewSeconds: 30\n',
      `clockSkewSeconds: 30
    - id: university
      title: University
      entityId: https://idp.example.ac.uk/metadata
      metadata: { file: ./secrets/metadata.xml }
      assurance: {}
      clockSkewSeconds: 30
  signing: { keyFile: ./secrets/saml.key, certificateFile: ./secrets/saml.crt }
  machines:
    - { id: chest-ai, purpose: ai-results, models: [], addresses: [10.1.2.3], keyHashFile: ./secrets/hash }
  openidProviders:
    - id: cis2
      title: CIS2
      issuer: https://am.example.nhs.uk
      clientId: us
      clientKeyFile: ./secrets/ec.key
      scopes: [profile]
      assurance: { acr: {}, cardAmr: [] }
      minIdAssurance: 0
      stepUpAcrValues: [AAL3_ANY]
      clockSkewSeconds: 30
  smartCard:
    title: Card
    provider: urn:example:card
    issuerFiles: [./secrets/card.crt]
    caFiles: [./secrets/card.crt]
    crlFiles: [./secrets/card.crl]
    policyOids: [1.2.3]
    subject: { from: san-upn }
`,
    ],
    ['\nsites:', '\nviewer: { folder: ./none }\n\nsites:'],
  ]);
  const { root, issuing, crl } = makeCardCast(Date.now());
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'metadata.xml': '<EntityDescriptor/>',
    'saml.key': makeKeyPair().privateKeyPem,
    'saml.crt': makeKeyPair().certificatePem,
    hash: 'ab'.repeat(32),
    'ec.key': issuing.keyPem,
    'trust-idp.crt': issuing.pem,
    'card.crt': root.pem,
    'card.crl': crl(issuing),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, 'dry/secrets', name), bytes);
  const { code, err } = await countersign('check-config', '--config', file);
  expect(code).toBe(1);
  for (const fault of [
    'the signing key does not belong to its certificate',
    'certificate 1 of "trust" is not RSA',
    '"chest-ai" stores results of no model',
    'There is no viewer in ',
    'the scopes of "cis2" lack "openid"; the client key of "cis2" is not fit for RS512',
  ])
    expect(err).toContain(fault);
  expect(existsSync(join(folder, 'dry/data'))).toBe(false);
});

test('metadata that cannot be read, and revocation lists that say nothing of the authorities, are found as well', async () => {
  const file = configWith('dry-files', [
    [/ {6}ssoUrl: .*\n(?:.*\n){4}.*trust-idp.crt\n/, '      metadata: { file: ./secrets/metadata.xml }\n'],
    [
      '\npacs:',
      `
  smartCard:
    title: Card
    provider: urn:example:card
    issuerFiles: [./secrets/card.crt]
    caFiles: [./secrets/card.crt]
    crlFiles: [./secrets/card.crl]
    policyOids: [1.2.3]
    subject: { from: san-upn }

pacs:`,
    ],
  ]);
  const { root, issuing, crl } = makeCardCast(Date.now());
  const write = (name: string, bytes: string | Uint8Array): void =>
    writeFileSync(join(folder, 'dry-files/secrets', name), bytes);
  write('metadata.xml', '<EntityDescriptor/>');
  write('card.crt', root.pem);
  write('card.crl', crl(issuing));
  const first = await countersign('check-config', '--config', file);
  expect(first).toMatchObject({
    code: 1,
    err: expect.stringContaining('metadata of "trust" cannot be used'),
  });
  write(
    'metadata.xml',
    metadataXml({ entityId: 'https://idp.example.nhs.uk/saml2/idp/metadata', keys: [makeKeyPair()] }),
  );
  const second = await countersign('check-config', '--config', file);
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining('no revocation list of CN=') });
  write('card.crl', crl(root));
  expect(await countersign('check-config', '--config', file)).toMatchObject({ code: 0, err: '' });
});
