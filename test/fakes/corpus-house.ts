import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { inflateRawSync } from 'node:zlib';
import { openXmlsec } from '../../fixtures/saml/xmlsec.ts';
import { createBrowser, type Browser } from '../../fixtures/saml/corpus-browser.ts';
import {
  CONTEXT,
  GATEWAY_ENTITY,
  KNOWN_SUBJECTS,
  PROVIDERS,
  type ProviderName,
  type Stage,
} from '../../fixtures/saml/corpus-case.ts';
import { makeKeyPair, type KeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { identifyPerson } from '../../src/flows/identify-person.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { hopOf } from '../../src/http/note-hop.ts';
import { createIdentity, type Identity, type IdentityOptions } from '../../src/identity/create-identity.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import type { IdentityStores, StoredSession } from '../../src/identity/stores/identity-stores.ts';
import type { OwnKeys } from '../../src/identity/saml/own-keys.ts';
import type { SamlProvider } from '../../src/identity/saml/saml-provider.ts';
import { edgeDeps } from './edge-app.ts';
import { fakeFlows, KNOWN_SESSION } from './fake-flows.ts';
import { samlProvidersOf } from './saml-providers.ts';

const GATEWAY_URL = 'http://127.0.0.1:8080';
const MAX_BODY_BYTES = 2_000_000;

/** The whole edge of the gateway over its identity room, on one or more nodes, and a record of every session it opens. */
export interface CorpusHouse extends Stage {
  /** Base addresses, one for each node. */
  readonly nodes: readonly string[];
  readonly identities: readonly Identity[];
  readonly events: readonly AuthEvent[];
  /** Every session that any node ever opened, whoever it is for. */
  readonly opened: readonly StoredSession[];
  /** People with a session in the store now. */
  readonly living: () => Promise<readonly string[]>;
  /** Ends all sessions that were opened here. */
  readonly endAll: () => Promise<void>;
  readonly browserAt: (node: number) => Browser;
  readonly close: () => Promise<void>;
}

export interface CorpusHouseOptions {
  readonly xmlsec1: string;
  /** One set of stores for each node; all see the same sessions. */
  readonly stores: readonly IdentityStores[];
  /** Other ways in. */
  readonly more?: Pick<IdentityOptions, 'oidc' | 'card'> & Partial<Pick<IdentityOptions, 'hopOf'>>;
}

/** Opens the house; browsers reach its nodes in turn, as behind a load balancer without memory. */
export async function openCorpusHouse({
  xmlsec1,
  stores,
  more = {},
}: CorpusHouseOptions): Promise<CorpusHouse> {
  const xmlsec = openXmlsec(xmlsec1);
  const keys = freshKeys();
  const [oldKey, stranger] = [makeKeyPair('old'), makeKeyPair('stranger')];
  const own = { signing: makeKeyPair('gateway'), encryption: [makeKeyPair('gateway, sealed')] };
  const opened: StoredSession[] = [];
  const events: AuthEvent[] = [];
  const providers = PROVIDERS.map((id) => providerOf(id, keys[id], oldKey));
  const identities = stores.map((one) =>
    identityOf({ stores: recorded(one, opened), providers, own, more, events }),
  );
  const servers = await Promise.all(identities.map(listen));
  const nodes = servers.map(addressOf);
  let turn = 0;
  let ended = 0;
  const nextNode = (): string => nodes[(turn += 1) % nodes.length] ?? '';
  const [first] = stores;
  return {
    xmlsec,
    gatewayUrl: GATEWAY_URL,
    keys,
    oldKey,
    stranger,
    decryptionCertificatePem: own.encryption[0]?.certificatePem ?? '',
    entityIds: entityIds(),
    nodes,
    identities,
    events,
    opened,
    browser: () => createBrowser(nextNode),
    browserAt: (node) => createBrowser(() => nodes[node] ?? ''),
    begin: ({ browser = createBrowser(nextNode), provider = 'north', query = '' } = {}) =>
      begin(browser, provider, query),
    whoIs,
    living: async () => (first === undefined ? [] : livingIn(first)),
    endAll: async () => {
      for (const { tokenHash } of opened.slice(ended)) await first?.sessions.destroy(tokenHash);
      ended = opened.length;
    },
    close: async () => {
      await Promise.all(servers.map(shut));
      xmlsec.close();
    },
  };
}

function freshKeys(): Readonly<Record<ProviderName, KeyPair>> {
  return {
    north: makeKeyPair('north'),
    south: makeKeyPair('south'),
    skewed: makeKeyPair('skewed'),
    rolling: makeKeyPair('rolling'),
    sealed: makeKeyPair('sealed'),
    cbc: makeKeyPair('cbc'),
    outer: makeKeyPair('outer'),
    inner: makeKeyPair('inner'),
  };
}

function entityIds(): Readonly<Record<ProviderName, string>> {
  const of = (id: ProviderName): string => `urn:test:${id}`;
  return {
    north: of('north'),
    south: of('south'),
    skewed: of('skewed'),
    rolling: of('rolling'),
    sealed: of('sealed'),
    cbc: of('cbc'),
    outer: of('outer'),
    inner: of('inner'),
  };
}

function owners(): readonly { readonly provider: string; readonly subject: string }[] {
  return Object.values(entityIds()).flatMap((provider) =>
    KNOWN_SUBJECTS.map((subject) => ({ provider, subject })),
  );
}

async function livingIn({ sessions }: IdentityStores): Promise<readonly string[]> {
  const found = await Promise.all(owners().map((owner) => sessions.listOf(owner)));
  return found.flat().map(({ principal }) => principal.subject);
}

function providerOf(id: ProviderName, key: KeyPair, oldKey: KeyPair): SamlProvider {
  const certificatesPem = [...(id === 'rolling' ? [oldKey.certificatePem] : []), key.certificatePem];
  return {
    id,
    title: `Identity provider ${id}`,
    entityId: entityIds()[id],
    ssoUrl: `http://localhost:9/${id}/sso`,
    signOut: {
      redirect: { url: `http://localhost:9/${id}/slo` },
      post: { url: `http://localhost:9/${id}/slo` },
    },
    certificatesPem,
    assurance: ASSURANCE,
    clockSkewMs: id === 'skewed' ? 60_000 : 0,
    ...(id === 'outer' ? { signatures: 'response' } : id === 'inner' ? { signatures: 'assertion' } : {}),
    ...(id === 'sealed' || id === 'cbc' ? { encryption: 'accepted', allowCbc: id === 'cbc' } : {}),
  };
}

/** As the facts of the NHS and of the standard have it: only a smart card with PIN and key on the card is the strongest. */
const ASSURANCE: SamlProvider['assurance'] = {
  [`${CONTEXT}SmartcardPKI`]: 3,
  [`${CONTEXT}Smartcard`]: 2,
  [`${CONTEXT}TLSClient`]: 2,
  [`${CONTEXT}X509`]: 2,
  [`${CONTEXT}MobileTwoFactorContract`]: 2,
  [`${CONTEXT}TimeSyncToken`]: 2,
  [`${CONTEXT}SoftwarePKI`]: 2,
  [`${CONTEXT}Password`]: 1,
  [`${CONTEXT}PasswordProtectedTransport`]: 1,
};

/** The same stores, but each session that is opened is noted: whoever it is for, and however short it lives. */
function recorded(stores: IdentityStores, opened: StoredSession[]): IdentityStores {
  const open: IdentityStores['sessions']['open'] = async (session, spent) => {
    await stores.sessions.open(session, spent);
    opened.push(session);
  };
  return { ...stores, sessions: { ...stores.sessions, open } };
}

interface NodeOptions {
  readonly stores: IdentityStores;
  readonly providers: readonly SamlProvider[];
  readonly own: OwnKeys;
  readonly more: NonNullable<CorpusHouseOptions['more']>;
  readonly events: AuthEvent[];
}

function identityOf({ stores, providers, own, more, events }: NodeOptions): Identity {
  return createIdentity({
    stores,
    saml: {
      publicUrl: GATEWAY_URL,
      entityId: GATEWAY_ENTITY,
      providers: samlProvidersOf(() => providers),
      ...own,
    },
    bounds: { perAddressPerMinute: 1_000_000, perAccountPerMinute: 1_000_000 },
    hopOf,
    practitionerOf: (_provider, subject) => (KNOWN_SUBJECTS.includes(subject) ? subject : undefined),
    suspensionOf: () => undefined,
    sessions: { idleMs: 30 * 60_000, absoluteMs: 12 * 60 * 60_000 },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    randomBytes: (count) => randomBytes(count),
    newId: () => randomUUID(),
    onEvent: (event) => events.push(event),
    ...more,
  });
}

/** The public app, with who-am-I asking the real identity room and everything behind it made up. */
async function listen({ doors, verifier }: Identity): Promise<Server> {
  const principalOf: Flows['whoSignedIn'] = ({ evidence }, signal) =>
    identifyPerson({ identity: verifier }, { evidence }, signal);
  const whoAmI: Flows['whoAmI'] = async (input, signal) => ({ principal: await principalOf(input, signal) });
  const search: Flows['search'] = async ({ evidence, ...query }, signal) => {
    await principalOf({ evidence }, signal);
    return fakeFlows().search({ ...query, evidence: { sessionToken: KNOWN_SESSION } }, signal);
  };
  const flows = fakeFlows({ whoAmI, whoSignedIn: principalOf, search });
  const deps = edgeDeps({ doors, flows, publicUrl: GATEWAY_URL, limits: { maxBodyBytes: MAX_BODY_BYTES } });
  const server = createServer(buildApp(deps));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${String(address.port)}` : '';
}

async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

async function begin(browser: Browser, provider: ProviderName, query: string): ReturnType<Stage['begin']> {
  const { location = '' } = await browser.get(`/auth/saml/${provider}/login${query}`);
  const encoded = URL.canParse(location) ? new URL(location).searchParams.get('SAMLRequest') : null;
  const xml = encoded === null ? '' : inflateRawSync(Buffer.from(encoded, 'base64')).toString();
  return { browser, provider, location, requestId: / ID="([^"]+)"/.exec(xml)?.[1] ?? '' };
}

async function whoIs(browser: Browser): Promise<string | undefined> {
  const { status, body } = await browser.get('/auth/whoami');
  if (status !== 200) return undefined;
  const who: unknown = JSON.parse(body);
  return typeof who === 'object' && who !== null && 'nameId' in who ? String(who.nameId) : undefined;
}
