/**
 * How long one hostile message keeps everybody else waiting: the longest time the event loop stood still while it went through the
 * real door (in time of the processor), beside that of an honest answer. First answers that nobody signed, each posted to a sign-in that was begun for it, so
 * that nothing is refused for want of a request; then genuine messages whose signatures hold, padded where they cover nothing: at
 * the assertion consumer door, for single logout, for a token, and in metadata. Of several rounds the quickest counts: what else
 * the machine has to do is not the message's fault. `npm run bench:saml`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { openLogoutHouse } from '../fakes/logout-house.ts';
import { metadataXml, signMetadata } from '../fakes/provider-metadata.ts';
import { factsOf, GATEWAY_ENTITY, GATEWAY_URL, openSignInHouse, type Begun } from '../fakes/sign-in-house.ts';
import { assertionOf, forgeAnswer, swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { logoutRequest, postField } from '../../fixtures/saml/logout-messages.ts';
import { padExtensions, padKeyInfo, PADDINGS } from '../../fixtures/saml/padding.ts';
import { signEnveloped } from '../../fixtures/saml/sign-enveloped.ts';
import { noteHop } from '../../src/http/note-hop.ts';
import { readMetadata } from '../../src/identity/saml/read-metadata.ts';
import { METADATA_LIMITS } from '../../src/identity/saml/scan-xml.ts';

const LIMIT_MS = 50;
const ROUNDS = 5;
const HONEST = 'an honest answer';
const KIB = 1_024;
const filled = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));

const house = await openSignInHouse({ saml: { limits: { maxBytes: 1024 * KIB } } });
const lax = await openSignInHouse({ provider: { signatures: 'assertion' } });
const logouts = await openLogoutHouse();
const programs = await openSignInHouse({ programs: { tokens: { bearerProviders: ['north'] } } });
const servers: (() => void)[] = [];
async function serve(app: Express): Promise<string> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const url = await serve(house.app);
const laxUrl = await serve(lax.app);
const logoutUrl = await serve(logouts.house.app);
const programUrl = await serve(
  express()
    .set('env', 'test')
    .post(
      '/auth/token',
      noteHop(),
      express.urlencoded({ extended: false, limit: '512kb' }),
      programs.identity.doors.tokens.issue,
    ),
);

/** An answer to this sign-in with more in it, unsigned but of the right shape; `more` stands where Extensions may. */
function answerWith(begun: Begun, more: string, inRoot = ''): string {
  const key = house.keys.north;
  return forgeAnswer(factsOf(begun, 'north', house.entityIds.north), key, {
    posted: (xml) =>
      xml
        .replace('<samlp:Response ', `<samlp:Response ${inRoot}`)
        .replace('<samlp:Status>', `<samlp:Extensions>${more}</samlp:Extensions><samlp:Status>`),
  });
}

const namespaces = (count: number): string =>
  Array.from({ length: count }, (_, index) => ` xmlns:n${String(index)}="urn:n${String(index)}"`).join('');
const rows: readonly (readonly [string, (begun: Begun) => string])[] = [
  [HONEST, (begun) => forgeAnswer(factsOf(begun, 'north', house.entityIds.north), house.keys.north)],
  ['an honest answer, its signature broken', (begun) => answerWith(begun, '')],
  ['79 KiB of siblings', (begun) => answerWith(begun, filled('<y/>', 79 * KIB))],
  ['100 KiB of siblings', (begun) => answerWith(begun, filled('<y/>', 100 * KIB))],
  ['as many siblings as may be', (begun) => answerWith(begun, '<y/>'.repeat(900))],
  [
    'as many siblings with IDs',
    (begun) => answerWith(begun, Array.from({ length: 900 }, (_, i) => `<y ID="_${String(i)}"/>`).join('')),
  ],
  ['100 KiB of depth', (begun) => answerWith(begun, filled('<y>', 50 * KIB) + filled('</y>', 50 * KIB))],
  ['as deep as may be', (begun) => answerWith(begun, '<y>'.repeat(90) + '</y>'.repeat(90))],
  [
    'as deep and wide as may be',
    (begun) => answerWith(begun, `${'<y>'.repeat(90)}${'<z/>'.repeat(800)}${'</y>'.repeat(90)}`),
  ],
  ['100 KiB of attributes', (begun) => answerWith(begun, `<y ${filled('a="1" ', 100 * KIB)}/>`)],
  [
    'as many attributes as may be',
    (begun) =>
      answerWith(
        begun,
        Array.from(
          { length: 40 },
          () => `<y${Array.from({ length: 48 }, (_, i) => ` a${String(i)}="1"`).join('')}/>`,
        ).join(''),
      ),
  ],
  ['100 KiB of namespaces', (begun) => answerWith(begun, `<y${namespaces(3_000)}/>`)],
  [
    'as many namespaces as may be, nested',
    (begun) => answerWith(begun, `${`<y${namespaces(45)}>`.repeat(40)}${'</y>'.repeat(40)}`),
  ],
  [
    'as many namespaces as may be, around all',
    (begun) => answerWith(begun, '<n1:y/>'.repeat(900), namespaces(40).slice(1) + ' '),
  ],
  ['100 KiB of text', (begun) => answerWith(begun, filled('text ', 100 * KIB))],
  ['100 KiB of ampersands', (begun) => answerWith(begun, filled('&amp;', 100 * KIB))],
  ['100 KiB of numbered characters', (begun) => answerWith(begun, filled('&#65;', 100 * KIB))],
  ['100 KiB of one attribute', (begun) => answerWith(begun, `<y a="${filled('b', 100 * KIB)}"/>`)],
  ['100 KiB of blanks in a tag', (begun) => answerWith(begun, `<y${filled(' ', 100 * KIB)}/>`)],
  [
    'a billion laughs',
    (begun) =>
      `<!DOCTYPE r [${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${String(i + 1)} "${`&a${String(i)};`.repeat(10)}">`).join('')}]>${answerWith(begun, '&a9;')}`,
  ],
  ['100 KiB of opening brackets', () => filled('<', 100 * KIB)],
  ['100 KiB of comments', (begun) => answerWith(begun, filled('<!---->', 100 * KIB))],
  ['1 MiB of siblings', (begun) => answerWith(begun, filled('<y/>', 700 * KIB))],
];

/** What this thread has computed so far: other programs do not count, however busy the machine is. */
function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** The longest time computed between two turns of the loop that should come at once. */
function watchLoop(): () => number {
  let longest = 0;
  let last = computedMs();
  let isOver = false;
  const turn = (): void => {
    const now = computedMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOver = true;
    return longest;
  };
}

/** Posts a form that was made beforehand; resolves to how long the loop stood still meanwhile. */
async function postTo(address: string, form: Readonly<Record<string, string>>, cookie = ''): Promise<number> {
  const body = new URLSearchParams(form).toString();
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  const stop = watchLoop();
  await (await fetch(address, { method: 'POST', headers, body, redirect: 'manual' })).text();
  return stop();
}

const outcomeIn = ({ events }: Pick<typeof house, 'events'>): string =>
  events.at(-1)?.code ?? events.at(-1)?.outcome ?? '';

interface Measured {
  readonly ms: number;
  readonly outcome: string;
}

async function blockOf(make: (begun: Begun) => string): Promise<Measured> {
  const begun = await house.begin();
  const SAMLResponse = Buffer.from(make(begun)).toString('base64');
  const ms = await postTo(`${url}/auth/saml/north/acs`, { SAMLResponse }, begun.cookie);
  return { ms, outcome: outcomeIn(house) };
}

type Pad = (xml: string) => string;

async function signInWith(pad: Pad, isLax: boolean): Promise<Measured> {
  const [at, base] = isLax ? ([lax, laxUrl] as const) : ([house, url] as const);
  const begun = await at.begin();
  const forgery: Forgery = isLax ? { responseKey: 'unsigned', posted: pad } : { posted: pad };
  const SAMLResponse = at.answer(begun, forgery);
  const ms = await postTo(`${base}/auth/saml/north/acs`, { SAMLResponse }, begun.cookie);
  return { ms, outcome: outcomeIn(at) };
}

async function signOutWith(pad: Pad): Promise<Measured> {
  const request = signEnveloped(logoutRequest(logouts.facts()), logouts.house.keys.north);
  logouts.house.events.length = 0;
  const ms = await postTo(`${logoutUrl}/auth/saml/north/slo`, postField(pad(request)));
  return { ms, outcome: logouts.house.events.at(-1)?.code ?? 'signed out' };
}

/** A bare assertion for a token, as real as those of sign-ins. */
function assertionForToken(): string {
  const facts = {
    ...factsOf({ requestId: '_none', cookie: '', location: '' }, 'north', programs.entityIds.north),
    audience: `${GATEWAY_ENTITY}/token`,
    acsUrl: `${GATEWAY_URL}/auth/token`,
  };
  return assertionOf(
    forgeAnswer(facts, programs.keys.north, { assertion: swap(' InResponseTo="_none"', '') }),
  );
}

async function tokenWith(pad: Pad): Promise<Measured> {
  const assertion = Buffer.from(pad(assertionForToken())).toString('base64url');
  const grant_type = 'urn:ietf:params:oauth:grant-type:saml2-bearer';
  const ms = await postTo(`${programUrl}/auth/token`, { grant_type, assertion });
  return { ms, outcome: outcomeIn(programs) };
}

const metadata = signMetadata(metadataXml({ keys: [house.keys.south] }), house.keys.north);
function readWith(pad: Pad): Promise<Measured> {
  const text = pad(metadata);
  const signedBy = [house.keys.north.certificatePem];
  const demand = { entityId: 'urn:test:north', signedBy, limits: METADATA_LIMITS, nowMs: Date.now() };
  const startedAt = computedMs();
  let outcome = 'read';
  try {
    readMetadata(text, demand);
  } catch {
    outcome = 'refused';
  }
  return Promise.resolve({ ms: computedMs() - startedAt, outcome });
}

const big = [{ name: '180 KiB of text', xml: `<y>${filled('&lt;', 180 * KIB)}</y>` }];
const padded = (
  where: string,
  paddings: readonly { readonly name: string; readonly xml: string }[],
  measure: (more: string) => Promise<Measured>,
): readonly (readonly [string, () => Promise<Measured>])[] =>
  paddings.map(({ name, xml }) => [`${where}: ${name}`, () => measure(xml)]);
/** Metadata may hold five times as much. */
const fivefold = PADDINGS.map(({ name, xml }) => ({ name, xml: xml.repeat(5) }));

const all: readonly (readonly [string, () => Promise<Measured>])[] = [
  ...rows.map(([name, make]) => [name, () => blockOf(make)] as const),
  ...padded('signed response', [...PADDINGS, ...big], (more) =>
    signInWith((xml) => padKeyInfo(xml, more), false),
  ),
  ...padded('signed assertion', PADDINGS, (more) => signInWith((xml) => padKeyInfo(xml, more), true)),
  ...padded('around it', [...PADDINGS, ...big], (more) =>
    signInWith((xml) => padExtensions(xml, more), true),
  ),
  ...padded('sign-out', PADDINGS, (more) => signOutWith((xml) => padKeyInfo(xml, more))),
  ...padded('token', [...PADDINGS, ...big], (more) => tokenWith((xml) => padKeyInfo(xml, more))),
  ...padded('metadata', fivefold, (more) => readWith((xml) => padKeyInfo(xml, more))),
];

const wide = Math.max(...all.map(([name]) => name.length));
let worst = 0;
let honest: number | undefined;
console.log(
  `Longest stop of the event loop in time of the processor, least of ${String(ROUNDS)} (ms). Limit for hostile messages: ${String(LIMIT_MS)}.`,
);
for (const [name, measure] of all) {
  const measured = [];
  for (let round = 0; round < ROUNDS; round += 1) measured.push(await measure());
  const least = Math.min(...measured.map(({ ms }) => ms));
  // The honest one is the measure, not the suspect: it is also written down, which waits for the disk.
  if (name !== HONEST) worst = Math.max(worst, least);
  honest ??= least;
  const ratio = `${(least / honest).toFixed(2)} x honest`;
  console.log(
    `${name.padEnd(wide)}  ${least.toFixed(1).padStart(8)}  ${ratio}  ${measured[0]?.outcome ?? ''}`,
  );
}
console.log(
  worst < LIMIT_MS
    ? `All under the limit; at most ${worst.toFixed(1)} ms.`
    : `Over the limit: ${worst.toFixed(1)} ms.`,
);
for (const end of servers) end();
for (const { close } of [house, lax, logouts.house, programs]) await close();
process.exitCode = worst < LIMIT_MS ? 0 : 1;
