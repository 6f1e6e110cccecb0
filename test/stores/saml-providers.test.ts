import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import { createSamlProviders, type SamlProviderBook } from '../../src/identity/saml/create-saml-providers.ts';
import type { SamlProviderOrigin, SamlProviderSource } from '../../src/identity/saml/provider-entries.ts';
import { createDocumentClient } from '../../src/upstreams/document-client.ts';
import { startDocumentServer, type DocumentServer } from '../fakes/document-server.ts';
import { metadataXml, signMetadata } from '../fakes/provider-metadata.ts';

const old = makeKeyPair('old');
const fresh = makeKeyPair('fresh');
const south = makeKeyPair('south');
const federation = makeKeyPair('federation');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let server: DocumentServer;
let folder: string;
let events: AuthEvent[];
let warnings: string[];
let offsetMs: number;
let book: SamlProviderBook | undefined;
const client = createDocumentClient();
const nowMs = (): number => Date.now() + offsetMs;

beforeAll(async () => {
  server = await startDocumentServer();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saml-providers-'));
  events = [];
  warnings = [];
  offsetMs = 0;
  server.answer = { body: signed() };
});
afterEach(() => {
  book?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await client.close();
  await server.close();
});

function signed(facts: Partial<Parameters<typeof metadataXml>[0]> = {}, key = federation): string {
  return signMetadata(metadataXml({ keys: [old], ...facts }), key);
}

function north(origin: Partial<Extract<SamlProviderOrigin, { kind: 'url' }>> = {}): SamlProviderSource {
  const settings = { id: 'north', title: 'North', entityId: 'urn:test:north', assurance: {}, clockSkewMs: 0 };
  const url = {
    kind: 'url',
    url: server.url,
    signedBy: [federation.certificatePem],
    refreshMs: HOUR,
  } as const;
  return { settings, origin: { ...url, ...origin } };
}

const SOUTH: SamlProviderSource = {
  settings: { id: 'south', title: 'South', entityId: 'urn:test:south', assurance: {}, clockSkewMs: 0 },
  origin: { kind: 'fixed', ssoUrl: 'https://south.example/sso', certificatesPem: [south.certificatePem] },
};

function open(sources: readonly SamlProviderSource[] = [north(), SOUTH], isSigning = true): SamlProviderBook {
  book = createSamlProviders(sources, {
    fetcher: client,
    clock: { nowMs, monotonicMs: () => performance.now() + offsetMs },
    copiesFolder: join(folder, 'copies'),
    staleAfterMs: DAY,
    isSigning,
    onEvent: (event) => events.push(event),
    onWarn: (message) => warnings.push(message),
  });
  return book;
}

const bare = (pem: string): string => pem.replace(/\s/g, '');
function keysOf(of: SamlProviderBook): readonly string[] | undefined {
  const names = new Map(
    [old, fresh, south].map((key) => [
      bare(key.certificatePem),
      key === old ? 'old' : key === fresh ? 'fresh' : 'south',
    ]),
  );
  return of.providers.byId('north')?.certificatesPem.map((pem) => names.get(bare(pem)) ?? 'unknown');
}

describe('metadata behind an address', () => {
  test('cannot be used before they are there; the others can', async () => {
    const opened = open();
    expect(opened.providers.all().map(({ id }) => id)).toEqual(['south']);
    expect(opened.providers.configured.map(({ id }) => id)).toEqual(['north', 'south']);
    await opened.refresh();
    expect(opened.providers.all().map(({ id }) => id)).toEqual(['north', 'south']);
    expect(opened.providers.byEntityId('urn:test:north')).toMatchObject({
      ssoUrl: 'https://north.example/sso',
    });
    expect([warnings, events]).toEqual([[], []]);
  });

  test('change the keys without a restart: old, both, new', async () => {
    const opened = open();
    const seen: unknown[] = [];
    for (const keys of [[old], [old, fresh], [fresh]]) {
      server.answer = { body: signed({ keys }) };
      await opened.refresh();
      seen.push(keysOf(opened));
    }
    expect(seen).toEqual([['old'], ['old', 'fresh'], ['fresh']]);
  });

  const bad: readonly [string, () => DocumentServer['answer'], RegExp][] = [
    ['nothing there', () => ({ status: 404, body: signed() }), /status 404/],
    ['moved', () => ({ status: 302, body: '', headers: { location: server.url } }), /status 302/],
    ['another page', () => ({ body: '<html></html>' }), /signature is missing/],
    ['not UTF-8', () => ({ body: Buffer.from([0x3c, 0xff]) }), /not UTF-8/],
    ['signed by a stranger', () => ({ body: signed({}, south) }), /signature is missing/],
    ['not signed', () => ({ body: metadataXml({ keys: [fresh] }) }), /signature is missing/],
    ['over', () => ({ body: signed({ validUntil: nowMs() - 1 }) }), /validUntil/],
    ['too large', () => ({ body: 'x'.repeat(2 ** 20 + 1) }), /too large/],
    ['cut off', () => ({ body: signed(), isCutOff: true }), /cannot be reached/],
  ];
  test.each(bad)('%s -> the last ones stay in use, and somebody is told', async (_name, answer, says) => {
    const opened = open();
    await opened.refresh();
    server.answer = answer();
    await opened.refresh();
    expect(keysOf(opened)).toEqual(['old']);
    expect(warnings).toEqual([expect.stringMatching(says)]);
    expect(warnings[0]).toMatch(
      /^The metadata of "north" could not be refreshed .*; the last ones stay in use\.$/,
    );
    expect(events).toEqual([]);
  });

  test('may be unsigned where the config says so', async () => {
    server.answer = { body: metadataXml({ keys: [fresh] }) };
    const opened = open([north({ signedBy: 'nobody' })]);
    await opened.refresh();
    expect(keysOf(opened)).toEqual(['fresh']);
  });

  test('that want signed requests are told about when there is no key to sign with', async () => {
    server.answer = {
      body: signMetadata(
        metadataXml({ keys: [old] }).replace(
          '<md:IDPSSODescriptor ',
          '<md:IDPSSODescriptor WantAuthnRequestsSigned="true" ',
        ),
        federation,
      ),
    };
    await open([north()], false).refresh();
    expect(warnings).toEqual([expect.stringMatching(/wants signed requests/)]);
  });
});

describe('how long they stay in use', () => {
  test('until their validUntil, and not one moment more', async () => {
    const validUntil = nowMs() + 2 * HOUR;
    server.answer = { body: signed({ validUntil }) };
    const opened = open();
    await opened.refresh();
    server.answer = { status: 500, body: '' };
    offsetMs = 2 * HOUR - 60_000;
    await opened.refresh();
    expect(keysOf(opened)).toEqual(['old']);
    expect(events).toEqual([]);
    offsetMs = 2 * HOUR + 1;
    expect(keysOf(opened)).toBeUndefined();
    expect(opened.providers.byEntityId('urn:test:north')).toBeUndefined();
    await opened.refresh();
    expect(warnings.at(-1)).toMatch(/nobody can sign in there/);
    expect(events).toEqual([
      { outcome: 'alarm', provider: 'urn:test:north', method: 'saml', code: 'metadata-stale' },
    ]);
  });

  test('stale beyond the bound -> one alarm; good again and stale again -> another', async () => {
    const opened = open();
    await opened.refresh();
    const fail = async (ms: number): Promise<void> => {
      offsetMs += ms;
      server.answer = { status: 500, body: '' };
      await opened.refresh();
    };
    await fail(DAY - HOUR);
    expect(events).toHaveLength(0);
    await fail(2 * HOUR);
    await fail(2 * HOUR);
    expect(events).toHaveLength(1);
    expect(keysOf(opened)).toEqual(['old']);
    server.answer = { body: signed() };
    await opened.refresh();
    await fail(DAY + HOUR);
    expect(events).toHaveLength(2);
  });

  test('never there at all -> an alarm at once', async () => {
    server.answer = { status: 500, body: '' };
    await open().refresh();
    expect(events).toEqual([expect.objectContaining({ outcome: 'alarm', code: 'metadata-stale' })]);
  });
});

describe('when they are fetched', () => {
  const countAfter = async (opened: SamlProviderBook, ms: number): Promise<number> => {
    offsetMs += ms;
    const before = server.requests();
    await opened.refreshDue();
    return server.requests() - before;
  };

  test.each([
    ['at the interval of the config', undefined, HOUR],
    ['sooner, where their cacheDuration is shorter', 'PT30M', HOUR / 2],
    ['never more often than every five minutes', 'PT1S', 300_000],
    ['no less often than the config says', 'P30D', HOUR],
  ])('%s', async (_name, cacheDuration, everyMs) => {
    server.answer = { body: signed(cacheDuration === undefined ? {} : { cacheDuration }) };
    const opened = open();
    expect(await countAfter(opened, 0)).toBe(1);
    expect(await countAfter(opened, everyMs - 5_000)).toBe(0);
    expect(await countAfter(opened, 5_000)).toBe(1);
  });

  test('a minute after it failed', async () => {
    const opened = open();
    server.answer = { status: 500, body: '' };
    expect(await countAfter(opened, 0)).toBe(1);
    expect(await countAfter(opened, 30_000)).toBe(0);
    expect(await countAfter(opened, 30_000)).toBe(1);
  });

  test('one after another, however often it is asked for', async () => {
    const opened = open();
    await Promise.all([opened.refresh(), opened.refreshDue(), opened.refreshDue()]);
    expect(keysOf(opened)).toEqual(['old']);
  });

  test('starting and stopping twice is once', () => {
    const opened = open();
    opened.start();
    opened.start();
    opened.stop();
    opened.stop();
  });
});

describe('a restart while the address does not answer', () => {
  const copy = (): string => join(folder, 'copies', 'north.json');
  beforeEach(async () => {
    await open().refresh();
    server.answer = { status: 500, body: '' };
  });

  test('goes on with the last good ones, which no one else may read', () => {
    expect(statSync(copy()).mode & 0o077).toBe(0);
    expect(readdirSync(join(folder, 'copies'))).toEqual(['north.json']);
    expect(keysOf(open())).toEqual(['old']);
  });

  test('judges them again: changed, over, or no copy at all -> not in use', () => {
    const text = readFileSync(copy(), 'utf8');
    writeFileSync(copy(), text.replace('https://north.example/sso', 'https://evil.example/sso'));
    expect(keysOf(open())).toBeUndefined();
    expect(warnings.at(-1)).toMatch(/copy of the metadata of "north" cannot be used.*signature/);
    for (const spoilt of ['', '{}', '[]', '{"fetchedAt":-1,"text":""}']) {
      writeFileSync(copy(), spoilt);
      expect(keysOf(open())).toBeUndefined();
    }
    rmSync(copy());
    expect(keysOf(open())).toBeUndefined();
  });

  test('counts their age from when they were fetched', async () => {
    offsetMs = DAY + HOUR;
    await open().refresh();
    expect(events).toEqual([expect.objectContaining({ code: 'metadata-stale' })]);
  });

  test('a copy that cannot be written does not keep new ones out of use', async () => {
    const opened = open();
    rmSync(join(folder, 'copies'), { recursive: true });
    server.answer = { body: signed({ keys: [fresh] }) };
    await opened.refresh();
    expect(keysOf(opened)).toEqual(['fresh']);
    expect(warnings).toEqual([expect.stringMatching(/could not be written down/)]);
    expect(existsSync(copy())).toBe(false);
  });
});
