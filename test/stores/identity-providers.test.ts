import { generateKeyPairSync } from 'node:crypto';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { checkProviders, type SamlProvider } from '../../src/identity/saml/saml-provider.ts';

const north = makeKeyPair('north');
const south = makeKeyPair('south');
const PROVIDER: SamlProvider = {
  id: 'north',
  title: 'North',
  entityId: 'urn:north',
  ssoUrl: 'https://north.example/sso',
  certificatesPem: [north.certificatePem],
  assurance: {},
  clockSkewMs: 0,
};
const OTHER: SamlProvider = {
  ...PROVIDER,
  id: 'south',
  entityId: 'urn:south',
  certificatesPem: [south.certificatePem],
};

test.each([
  { name: 'none', providers: [] },
  { name: 'two', providers: [PROVIDER, OTHER] },
  {
    name: 'an old and a new certificate',
    providers: [{ ...PROVIDER, certificatesPem: [north.certificatePem, south.certificatePem] }],
  },
  {
    name: 'the same certificate twice',
    providers: [{ ...PROVIDER, certificatesPem: [north.certificatePem, north.certificatePem] }],
  },
  { name: 'a minute of skew', providers: [{ ...PROVIDER, clockSkewMs: 60_000 }] },
])('$name is fine', ({ providers }) => {
  expect(() => {
    checkProviders(providers);
  }).not.toThrow();
});

const publicKey = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({
  type: 'spki',
  format: 'pem',
});
const rows: readonly {
  readonly name: string;
  readonly providers: readonly SamlProvider[];
  readonly says: RegExp;
}[] = [
  { name: 'no certificate', providers: [{ ...PROVIDER, certificatesPem: [] }], says: /no certificate/ },
  { name: 'not a certificate', providers: [{ ...PROVIDER, certificatesPem: ['x'] }], says: /cannot be read/ },
  {
    name: 'a bare public key',
    providers: [{ ...PROVIDER, certificatesPem: [publicKey.toString()] }],
    says: /cannot be read/,
  },
  { name: 'negative skew', providers: [{ ...PROVIDER, clockSkewMs: -1 }], says: /clock skew/ },
  { name: 'an hour of skew', providers: [{ ...PROVIDER, clockSkewMs: 3_600_000 }], says: /clock skew/ },
  {
    name: 'skew that is no number',
    providers: [{ ...PROVIDER, clockSkewMs: Number.NaN }],
    says: /clock skew/,
  },
  { name: 'an id with a slash', providers: [{ ...PROVIDER, id: 'a/b' }], says: /id for an address/ },
  { name: 'no entity ID', providers: [{ ...PROVIDER, entityId: '' }], says: /no entity ID/ },
  {
    name: 'a script for an address',
    providers: [{ ...PROVIDER, ssoUrl: 'javascript:alert(1)' }],
    says: /web address/,
  },
  { name: 'one id twice', providers: [PROVIDER, { ...OTHER, id: 'north' }], says: /same id/ },
  {
    name: 'one entity ID twice',
    providers: [PROVIDER, { ...OTHER, entityId: 'urn:north' }],
    says: /same entity ID/,
  },
  {
    name: 'one key twice',
    providers: [PROVIDER, { ...OTHER, certificatesPem: [north.certificatePem] }],
    says: /same key/,
  },
];
test.each(rows)('$name -> refused at start', ({ providers, says }) => {
  expect(() => {
    checkProviders(providers);
  }).toThrow(expect.objectContaining({ detail: expect.stringMatching(says) }));
});

test('all faults are said at once', () => {
  expect(() => {
    checkProviders([{ ...PROVIDER, certificatesPem: [], clockSkewMs: -1 }]);
  }).toThrow(expect.objectContaining({ detail: expect.stringMatching(/no certificate.*clock skew/) }));
});
