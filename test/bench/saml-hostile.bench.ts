/**
 * How long one hostile answer keeps everybody else waiting: the longest time the event loop stood still while it went through the
 * real assertion consumer door, beside that of an honest answer. Each is posted to a sign-in that was begun for it, so that
 * nothing is refused for want of a request. `npm run bench:saml`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { factsOf, openSignInHouse, type Begun } from '../fakes/sign-in-house.ts';
import { forgeAnswer } from '../../fixtures/saml/forge-answer.ts';

const LIMIT_MS = 50;
const ROUNDS = 5;
const HONEST = 'an honest answer';
const KIB = 1_024;
const filled = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));

const house = await openSignInHouse({ saml: { limits: { maxBytes: 1024 * KIB } } });
const server = createServer(house.app);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

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

/** The longest time between two turns of the loop that should come at once. */
function watchLoop(): () => number {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const turn = (): void => {
    const now = performance.now();
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

async function blockOf(
  make: (begun: Begun) => string,
): Promise<{ readonly ms: number; readonly code: string }> {
  const begun = await house.begin();
  const body = new URLSearchParams({ SAMLResponse: Buffer.from(make(begun)).toString('base64') }).toString();
  const headers = { cookie: begun.cookie, 'content-type': 'application/x-www-form-urlencoded' };
  const stop = watchLoop();
  await (
    await fetch(`${url}/auth/saml/north/acs`, { method: 'POST', headers, body, redirect: 'manual' })
  ).text();
  const ms = stop();
  return { ms, code: house.events.at(-1)?.code ?? house.events.at(-1)?.outcome ?? '' };
}

const wide = Math.max(...rows.map(([name]) => name.length));
let worst = 0;
console.log(
  `Longest stop of the event loop, median of ${String(ROUNDS)} (ms). Limit for hostile answers: ${String(LIMIT_MS)}.`,
);
for (const [name, make] of rows) {
  const measured = [];
  await blockOf(make);
  for (let round = 0; round < ROUNDS; round += 1) measured.push(await blockOf(make));
  const median = measured.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Infinity;
  // The honest one is the measure, not the suspect: it is also written down, which waits for the disk.
  if (name !== HONEST) worst = Math.max(worst, median);
  console.log(`${name.padEnd(wide)}  ${median.toFixed(1).padStart(8)}  ${measured[0]?.code ?? ''}`);
}
console.log(worst < LIMIT_MS ? 'All under the limit.' : `Over the limit: ${worst.toFixed(1)} ms.`);
server.closeAllConnections();
server.close();
await house.close();
process.exitCode = worst < LIMIT_MS ? 0 : 1;
