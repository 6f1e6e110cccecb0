import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { createSamlProviders } from '../../src/identity/saml/create-saml-providers.ts';
import type { SamlProviderOrigin, SamlProviderSource } from '../../src/identity/saml/provider-entries.ts';
import type { SamlProviderSettings, SamlProviders } from '../../src/identity/saml/saml-provider.ts';
import { metadataXml, signMetadata } from '../fakes/provider-metadata.ts';

const key = makeKeyPair('north');
const federation = makeKeyPair('federation');
const SETTINGS: SamlProviderSettings = {
  id: 'north',
  title: 'North',
  entityId: 'urn:test:north',
  assurance: {},
  clockSkewMs: 0,
};
const PLAIN = metadataXml({ keys: [key] });
const FIXED: SamlProviderOrigin = {
  kind: 'fixed',
  ssoUrl: 'https://north.example/sso',
  certificatesPem: [key.certificatePem],
};
const URL: SamlProviderOrigin = {
  kind: 'url',
  url: 'https://north.example/metadata',
  signedBy: [federation.certificatePem],
  refreshMs: 60_000,
};
const document = (text: string, signedBy: readonly string[] | 'nobody' = 'nobody'): SamlProviderOrigin => ({
  kind: 'document',
  text,
  signedBy,
});

const folder = mkdtempSync(join(tmpdir(), 'saml-sources-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Source = readonly [Partial<SamlProviderSettings>, SamlProviderOrigin];

function open(...sources: readonly Source[]): SamlProviders {
  const list = sources.map(([more, origin]): SamlProviderSource => ({
    settings: { ...SETTINGS, ...more },
    origin,
  }));
  return createSamlProviders(list, {
    fetcher: { fetch: () => Promise.reject(new Error('nothing is fetched at start')) },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    copiesFolder: folder,
    staleAfterMs: 1,
    isSigning: true,
    onEvent: () => undefined,
    onWarn: () => undefined,
  }).providers;
}

describe('what a provider may come from', () => {
  test.each([
    ['the config itself', FIXED],
    ['a file of metadata', document(PLAIN)],
    [
      'a file of metadata that is signed',
      document(signMetadata(PLAIN, federation), [federation.certificatePem]),
    ],
  ])('%s -> ready at start', (_name, origin) => {
    expect(open([{}, origin]).byId('north')).toMatchObject({
      ...SETTINGS,
      ssoUrl: 'https://north.example/sso',
    });
  });

  test.each(['http://127.0.0.1:8080/m', 'http://localhost/m', 'http://[::1]:1/m', 'https://north.example/m'])(
    'unsigned from %s is fine where the config says so',
    (url) => {
      expect(open([{}, { ...URL, url, signedBy: 'nobody' }]).all()).toEqual([]);
    },
  );

  test('what the config says of it stays with it', () => {
    const more = { signatures: 'assertion', encryption: 'required', contexts: ['urn:x'] } as const;
    expect(open([more, document(PLAIN)]).byId('north')).toMatchObject(more);
  });
});

describe('what is refused at start', () => {
  const south: Partial<SamlProviderSettings> = { id: 'south', entityId: 'urn:test:south' };
  const rows: readonly [string, readonly Source[], RegExp][] = [
    [
      'a file that is none',
      [[{}, document('<x/>')]],
      /metadata of "north" cannot be used: they are not about/,
    ],
    [
      'a file signed by somebody else',
      [[{}, document(signMetadata(PLAIN, key), [federation.certificatePem])]],
      /signature/,
    ],
    [
      'unsigned over plain http',
      [[{}, { ...URL, url: 'http://north.example/m', signedBy: 'nobody' }]],
      /neither signed nor behind https/,
    ],
    [
      'unsigned from a name that only begins like loopback',
      [[{}, { ...URL, url: 'http://localhost.evil/m', signedBy: 'nobody' }]],
      /neither signed/,
    ],
    [
      'unsigned from a user called loopback',
      [[{}, { ...URL, url: 'http://127.0.0.1@evil/m', signedBy: 'nobody' }]],
      /neither signed/,
    ],
    ['signed by nobody in particular', [[{}, { ...URL, signedBy: [] }]], /nothing says who signs/],
    [
      'one id twice, before anything is fetched',
      [
        [{}, URL],
        [{ entityId: 'urn:b' }, URL],
      ],
      /same id/,
    ],
    [
      'one entity ID twice, before anything is fetched',
      [
        [{}, URL],
        [{ id: 'b' }, URL],
      ],
      /same entity ID/,
    ],
    [
      'a key twice, of config and file',
      [
        [south, FIXED],
        [{}, document(PLAIN)],
      ],
      /same key/,
    ],
    ['negative skew, before anything is fetched', [[{ clockSkewMs: -1 }, URL]], /clock skew/],
    ['no context for step-up', [[{ contexts: [] }, FIXED]], /no context/],
    ['CBC without a signed response', [[{ allowCbc: true, signatures: 'assertion' }, FIXED]], /AES-CBC/],
  ];
  test.each(rows)('%s', (_name, sources, says) => {
    expect(() => open(...sources)).toThrow(
      expect.objectContaining({ code: 'internal', detail: expect.stringMatching(says) }),
    );
  });
});
