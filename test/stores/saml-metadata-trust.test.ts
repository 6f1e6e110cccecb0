import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair, type KeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import { createSamlProviders, type SamlProviderBook } from '../../src/identity/saml/create-saml-providers.ts';
import type { SamlProviderSource } from '../../src/identity/saml/provider-entries.ts';
import { metadataXml, signMetadata, type MetadataFacts } from '../fakes/provider-metadata.ts';

const old = makeKeyPair('old');
const fresh = makeKeyPair('fresh');
const south = makeKeyPair('south');
const federation = makeKeyPair('federation');
const DAY = 24 * 3_600_000;

let folder: string;
let events: AuthEvent[];
let warnings: string[];
let offsetMs: number;
/** What stands behind each address. */
let served: Map<string, string>;
const nowMs = (): number => Date.now() + offsetMs;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saml-trust-'));
  [events, warnings, offsetMs, served] = [[], [], 0, new Map()];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function sourceOf(id: string, isSigned = true): SamlProviderSource {
  const settings = { id, title: id, entityId: `urn:test:${id}`, assurance: {}, clockSkewMs: 0 };
  const signedBy = isSigned ? [federation.certificatePem] : 'nobody';
  return { settings, origin: { kind: 'url', url: `https://${id}.example/md`, signedBy, refreshMs: DAY } };
}

function open(sources: readonly SamlProviderSource[] = [sourceOf('north')]): SamlProviderBook {
  return createSamlProviders(sources, {
    fetcher: {
      fetch: ({ url }) => {
        const text = served.get(url);
        return Promise.resolve({
          status: text === undefined ? 500 : 200,
          headers: {},
          body: Buffer.from(text ?? ''),
        });
      },
    },
    clock: { nowMs, monotonicMs: () => performance.now() + offsetMs },
    copiesFolder: join(folder, 'copies'),
    staleAfterMs: 30 * DAY,
    isSigning: false,
    onEvent: (event) => events.push(event),
    onWarn: (message) => warnings.push(message),
  });
}

function serve(id: string, keys: readonly KeyPair[], facts: Partial<MetadataFacts> = {}): void {
  const xml = metadataXml({ entityId: `urn:test:${id}`, keys, ...facts });
  served.set(`https://${id}.example/md`, signMetadata(xml, federation));
}

const bare = (pem: string): string => pem.replace(/\s/g, '');
function hasKey(book: SamlProviderBook, id: string, key: KeyPair): boolean {
  return (
    book.providers.byId(id)?.certificatesPem.some((pem) => bare(pem) === bare(key.certificatePem)) ?? false
  );
}

describe('signed metadata of before, brought back', () => {
  test.each<[string, Partial<MetadataFacts>]>([
    ['with an earlier validUntil', { validUntil: Date.now() + DAY }],
    ['without a validUntil', {}],
  ])('%s -> refused, and somebody is told, once', async (_name, facts) => {
    const book = open();
    serve('north', [fresh], { validUntil: nowMs() + 7 * DAY });
    await book.refresh();
    serve('north', [old], facts);
    await book.refresh();
    await book.refresh();
    expect([hasKey(book, 'north', fresh), hasKey(book, 'north', old)]).toEqual([true, false]);
    expect(warnings.at(-1)).toMatch(/older .*; the last ones stay in use/);
    expect(events).toEqual([
      { outcome: 'alarm', provider: 'urn:test:north', method: 'saml', code: 'metadata-older' },
    ]);
  });

  test.each([
    ['while the newer ones are good', 0],
    ['once they are over', 8 * DAY],
  ])('also after a restart: %s', async (_name, ms) => {
    serve('north', [fresh], { validUntil: nowMs() + 7 * DAY });
    await open().refresh();
    offsetMs = ms;
    serve('north', [old]);
    const book = open();
    await book.refresh();
    expect(hasKey(book, 'north', old)).toBe(false);
    expect(events).toContainEqual(expect.objectContaining({ code: 'metadata-older' }));
  });

  test('the same end, and later ones, are taken', async () => {
    const book = open();
    const validUntil = nowMs() + 7 * DAY;
    for (const [key, end] of [
      [old, validUntil],
      [fresh, validUntil],
      [old, validUntil + DAY],
    ] as const) {
      serve('north', [key], { validUntil: end });
      await book.refresh();
      expect(hasKey(book, 'north', key)).toBe(true);
    }
    expect([events, warnings]).toEqual([[], []]);
  });
});

describe('the key of another provider', () => {
  test('whoever comes second with it is refused; both are named; the other goes on, with its new keys', async () => {
    const book = open([sourceOf('north'), sourceOf('south')]);
    serve('north', [old]);
    serve('south', [south, fresh]);
    await book.refresh();
    serve('north', [fresh]);
    await book.refresh();
    await book.refresh();
    expect([hasKey(book, 'north', old), hasKey(book, 'south', fresh)]).toEqual([true, true]);
    expect(warnings.at(-1)).toMatch(/"(?:north|south)" and "(?:north|south)" sign with the same key/);
    expect(events.map(({ provider, code }) => [provider, code])).toEqual([
      ['urn:test:north', 'metadata-clash'],
      ['urn:test:south', 'metadata-clash'],
    ]);
    serve('south', [south]);
    await book.refresh();
    await book.refresh();
    expect(hasKey(book, 'north', fresh)).toBe(true);
  });
});

describe('a copy that another account could have written', () => {
  test.each<[string, string, number]>([
    ['the folder is open to all', '', 0o777],
    ['the folder is open to a group', '', 0o770],
    ['the file is open to all', 'north.json', 0o666],
  ])('%s -> not used, and told', async (_name, path, mode) => {
    serve('north', [old]);
    const sources = [sourceOf('north', false)];
    await open(sources).refresh();
    expect(hasKey(open(sources), 'north', old)).toBe(true);
    chmodSync(join(folder, 'copies', path), mode);
    expect(hasKey(open(sources), 'north', old)).toBe(false);
    expect(warnings).toEqual([expect.stringMatching(/copy of the metadata of "north" is not used/)]);
  });
});

describe('an address that would say more in a header than where it is', () => {
  test.each([
    'https://north.example;script-src/sso',
    'https://a,b/sso',
    "https://'none'/sso",
    'ftp://north.example/sso',
  ])('%s -> refused', async (ssoUrl) => {
    serve('north', [old], { ssoUrl });
    await open().refresh();
    expect(warnings).toEqual([expect.stringMatching(/not a web address/)]);
    const { settings } = sourceOf('north');
    const signOut = { post: { url: ssoUrl } };
    for (const more of [{ ssoUrl }, { ssoUrl: 'https://north.example/sso', signOut }]) {
      const origin = { kind: 'fixed', certificatesPem: [old.certificatePem], ...more } as const;
      expect(() => open([{ settings, origin }])).toThrow(/not fit|internal/);
    }
  });

  test.each([
    'https://north.example:8443/sso?a=b;c,d',
    'http://[::1]:8080/sso',
    'https://bücher.example/sso',
  ])('%s -> taken', async (ssoUrl) => {
    serve('north', [old], { ssoUrl });
    const book = open();
    await book.refresh();
    expect([book.providers.byId('north')?.ssoUrl, warnings]).toEqual([ssoUrl, []]);
  });
});
