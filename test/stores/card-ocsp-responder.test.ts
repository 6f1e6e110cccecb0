import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fetch } from 'undici';
import type { DocumentFetcher } from '../../src/flows/ports.ts';
import { createCertificateTrust } from '../../src/identity/card/certificate-trust.ts';
import { pemBlocks } from '../../src/identity/card/pem-blocks.ts';
import { freePort } from '../fakes/free-port.ts';
import { CARD_WANTS, verdict } from '../fakes/card-judge.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { makeSoftCards, SOFT_CARD_BINARIES, type SoftCards } from '../fakes/soft-card.ts';

jest.setTimeout(60_000);

/** Over the network, as the gateway's own client would. */
const fetcher: DocumentFetcher = {
  fetch: async ({ url, method = 'GET', headers = {}, body, timeoutMs }) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }), signal });
    return { status: answer.status, headers: {}, body: new Uint8Array(await answer.arrayBuffer()) };
  },
};

describeWithBinary('OpenSSL’s own OCSP responder', SOFT_CARD_BINARIES, ({ openssl = '' }) => {
  let cards: SoftCards;
  let responder: ChildProcess;
  let url = '';

  beforeAll(async () => {
    cards = await makeSoftCards();
    await cards.issueToFile('good');
    await cards.issueToFile('lost');
    await cards.record('good', 'valid');
    await cards.record('lost', 'revoke');
    const port = await freePort();
    url = `http://127.0.0.1:${port}/`;
    const args = [
      '-index',
      'issuer.index',
      '-CA',
      'issuer.crt',
      '-rsigner',
      'issuer.crt',
      '-rkey',
      'issuer.key',
    ];
    responder = spawn(openssl, ['ocsp', '-port', String(port), ...args, '-nmin', '5'], {
      cwd: cards.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      responder.once('exit', () => reject(new Error(`the responder does not start: ${said}`)));
      responder.stderr?.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes('waiting for OCSP client connections')) resolve();
      });
    });
  });
  afterAll(async () => {
    if (responder.exitCode === null) {
      const gone = once(responder, 'exit');
      responder.kill('SIGTERM');
      await gone;
    }
    cards.close();
  });

  test.each([
    ['good', 'good'],
    ['lost', 'card-revoked'],
    ['smith', 'card-unchecked'],
  ])('says of %s -> %s', async (name, expected) => {
    const trust = createCertificateTrust({
      issuerPems: [cards.text('issuer.crt')],
      caPems: [cards.text('root.crt')],
      crls: () => [],
      isCrlRequired: false,
      ocsp: { fetcher, url, timeoutMs: 5_000, isRequired: true },
      clock: { nowMs: () => Date.now() },
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    });
    const [der] = pemBlocks(readFileSync(cards.path(`${name}.crt`), 'utf8'), ['CERTIFICATE']);
    const presented = { der: der ?? new Uint8Array(), chain: [], via: 'tls' as const };
    expect(await verdict(trust, presented, CARD_WANTS)).toBe(expected);
  });
});
