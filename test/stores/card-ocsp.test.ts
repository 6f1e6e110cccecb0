import { DAY_MS, makeCardCast, NOW } from '../../fixtures/certificates/card-cast.ts';
import { extension, makeKeys, type Forged } from '../../fixtures/certificates/forge-certificate.ts';
import { forgeOcspAnswer, type OcspFacts } from '../../fixtures/certificates/forge-ocsp.ts';
import type { DocumentFetcher } from '../../src/flows/ports.ts';
import type { OcspOptions } from '../../src/identity/card/ask-ocsp.ts';
import { trustIn, verdict } from '../fakes/card-judge.ts';

const cast = makeCardCast();
const { root, issuing } = cast;
const card = cast.card();
const crls = [cast.crl(root), cast.crl(issuing)];
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
/** As the fake randomness gives it. */
const NONCE = new Uint8Array(32).fill(7);

type Call = Parameters<DocumentFetcher['fetch']>[0];

function responder(
  answer: () => Promise<Uint8Array> | Uint8Array,
  calls: Call[] = [],
  status = 200,
): DocumentFetcher {
  return {
    fetch: async (call) => {
      calls.push(call);
      return { status, headers: {}, body: await answer() };
    },
  };
}

function trustWith(fetcher: DocumentFetcher, options: Partial<OcspOptions> = {}, lists = crls) {
  const ocsp = { fetcher, url: 'http://ocsp.example/', timeoutMs: 1_000, isRequired: true, ...options };
  return trustIn({ issuers: [issuing], cas: [root] }, lists, { ocsp });
}

function answer(changes: Partial<OcspFacts> = {}): Buffer {
  return forgeOcspAnswer({
    issuer: issuing,
    serial: card.serial,
    status: 'good',
    thisUpdate: NOW - 60_000,
    nextUpdate: NOW + DAY_MS,
    nonce: NONCE,
    ...changes,
  });
}

/** Somebody whom the issuer (or somebody else) made a responder. */
function delegate(changes: Parameters<typeof cast.card>[0] = {}): Forged {
  return cast.card({
    subject: [['2.5.4.3', 'OCSP responder']],
    ...changes,
    extensions: { ekus: extension.ekus(OCSP_SIGNING), ...changes.extensions },
  });
}

describe('OCSP, required', () => {
  test.each<{ name: string; answer: () => Uint8Array | Promise<Uint8Array>; expect: string }>([
    { name: 'good', answer: () => answer(), expect: 'good' },
    {
      name: 'good, without the nonce given back',
      answer: () =>
        forgeOcspAnswer({
          issuer: issuing,
          serial: card.serial,
          status: 'good',
          thisUpdate: NOW,
          nextUpdate: NOW + DAY_MS,
        }),
      expect: 'good',
    },
    { name: 'revoked', answer: () => answer({ status: 'revoked' }), expect: 'card-revoked' },
    { name: 'unknown', answer: () => answer({ status: 'unknown' }), expect: 'card-unchecked' },
    { name: 'about another card', answer: () => answer({ serial: '0102' }), expect: 'card-unchecked' },
    {
      name: 'about another authority',
      answer: () => answer({ issuer: root, signer: issuing }),
      expect: 'card-unchecked',
    },
    {
      name: 'about an authority with the name of the issuer',
      answer: () => answer({ issuer: { ...issuing, keys: makeKeys() }, signer: issuing }),
      expect: 'card-unchecked',
    },
    {
      name: 'with another nonce: an old answer',
      answer: () => answer({ nonce: new Uint8Array(32) }),
      expect: 'card-unchecked',
    },
    { name: 'over', answer: () => answer({ nextUpdate: NOW - 1_000 }), expect: 'card-unchecked' },
    { name: 'of later', answer: () => answer({ thisUpdate: NOW + 10 * 60_000 }), expect: 'card-unchecked' },
    {
      name: 'of a clock that is a minute ahead',
      answer: () => answer({ thisUpdate: NOW + 60_000 }),
      expect: 'good',
    },
    {
      name: 'without an end, of now',
      answer: () =>
        forgeOcspAnswer({
          issuer: issuing,
          serial: card.serial,
          status: 'good',
          thisUpdate: NOW,
          nonce: NONCE,
        }),
      expect: 'good',
    },
    {
      name: 'without an end, of an hour ago',
      answer: () =>
        forgeOcspAnswer({
          issuer: issuing,
          serial: card.serial,
          status: 'good',
          thisUpdate: NOW - 3_600_000,
          nonce: NONCE,
        }),
      expect: 'card-unchecked',
    },
    {
      name: 'signed by a responder of the issuer',
      answer: () => answer({ signer: delegate() }),
      expect: 'good',
    },
    {
      name: 'signed by another card of the issuer',
      answer: () => answer({ signer: cast.card() }),
      expect: 'card-unchecked',
    },
    {
      name: 'signed by a responder past its end',
      answer: () => answer({ signer: delegate({ notAfter: NOW - 1_000 }) }),
      expect: 'card-unchecked',
    },
    {
      name: 'signed by a responder of the root',
      answer: () => answer({ signer: delegate({ issuer: root }) }),
      expect: 'card-unchecked',
    },
    {
      name: 'signed by a responder of an impostor',
      answer: () => answer({ signer: delegate({ issuer: { name: issuing.name, keys: makeKeys() } }) }),
      expect: 'card-unchecked',
    },
    { name: 'signed with SHA-1', answer: () => answer({ signature: 'sha1' }), expect: 'card-unchecked' },
    { name: 'the responder declines', answer: () => answer({ responseStatus: 6 }), expect: 'card-unchecked' },
    { name: 'no answer', answer: () => Promise.reject(new TypeError('away')), expect: 'card-unchecked' },
    { name: 'nonsense', answer: () => Buffer.from('<html>'), expect: 'card-unchecked' },
    { name: 'empty', answer: () => new Uint8Array(), expect: 'card-unchecked' },
    { name: 'cut', answer: () => answer().subarray(0, 100), expect: 'card-unchecked' },
  ])('$name -> $expect', async ({ answer: given, expect: expected }) => {
    expect(await verdict(trustWith(responder(given)), card)).toBe(expected);
  });

  test('an answer with one byte changed is none', async () => {
    const whole = answer();
    for (let at = 0; at < whole.length; at += 3) {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 0x01;
      const got = await verdict(trustWith(responder(() => copy)), card);
      // A signature may be spelt in ways that are as good; what was signed may not.
      if (got === 'good') expect(at).toBeGreaterThan(whole.length - 80);
    }
  });

  test('a responder that was revoked is none', async () => {
    const signer = delegate();
    const lists = [cast.crl(root), cast.crl(issuing, { serials: [signer.serial] })];
    expect(
      await verdict(
        trustWith(
          responder(() => answer({ signer })),
          {},
          lists,
        ),
        card,
      ),
    ).toBe('card-unchecked');
  });

  test('an error of the responder is no answer', async () => {
    expect(await verdict(trustWith(responder(() => answer(), [], 500)), card)).toBe('card-unchecked');
  });

  test('asks as the standard has it, at the address of the config, within bounds', async () => {
    const calls: Call[] = [];
    await verdict(trustWith(responder(() => answer(), calls)), card);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      url: 'http://ocsp.example/',
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request' },
      timeoutMs: 1_000,
      maxBytes: 65_536,
    });
  });

  test('asks nobody about a card that is refused anyway', async () => {
    const calls: Call[] = [];
    const stranger = cast.card({ issuer: cast.authority('Stranger') });
    expect(await verdict(trustWith(responder(() => answer(), calls)), stranger)).toBe('card-not-trusted');
    expect(calls).toEqual([]);
  });
});

describe('OCSP at the address that the card names', () => {
  const named = (url: string): Forged => cast.card({ extensions: { ocsp: extension.ocspAt(url) } });
  const trust = (calls: Call[]) => {
    const ocsp = { fetcher: responder(() => answer(), calls), timeoutMs: 1_000, isRequired: true };
    return trustIn({ issuers: [issuing], cas: [root] }, crls, { ocsp });
  };

  test('asks there', async () => {
    const calls: Call[] = [];
    await verdict(trust(calls), named('http://ocsp.of.card/'));
    expect(calls.map(({ url }) => url)).toEqual(['http://ocsp.of.card/']);
  });

  test.each(['ldap://ocsp.of.card/', 'file:///etc/passwd'])('never at %s', async (url) => {
    const calls: Call[] = [];
    expect(await verdict(trust(calls), named(url))).toBe('card-unchecked');
    expect(calls).toEqual([]);
  });

  test('has nowhere to ask when it names none', async () => {
    expect(await verdict(trust([]), card)).toBe('card-unchecked');
  });
});

describe('OCSP, not required', () => {
  test('no answer: the lists decide', async () => {
    const away = responder(() => Promise.reject(new TypeError('away')));
    expect(await verdict(trustWith(away, { isRequired: false }), card)).toBe('good');
  });

  test('an answer counts all the same', async () => {
    const trust = trustWith(
      responder(() => answer({ status: 'revoked' })),
      { isRequired: false },
    );
    expect(await verdict(trust, card)).toBe('card-revoked');
  });

  test('in the place of lists', async () => {
    const ocsp = {
      fetcher: responder(() => answer()),
      url: 'http://ocsp.example/',
      timeoutMs: 1_000,
      isRequired: true,
    };
    const trust = trustIn({ issuers: [issuing], cas: [root] }, [], { ocsp, isCrlRequired: false });
    expect(await verdict(trust, card)).toBe('good');
    const missing = { der: card.der, chain: [], via: 'tls' as const, fault: 'UNABLE_TO_GET_CRL' };
    expect(await verdict(trust, missing)).toBe('good');
    expect(await verdict(trust, { ...missing, fault: 'CERT_REVOKED' })).toBe('card-revoked');
  });
});
