import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { liftLoginEvidence } from '../../src/http/login-evidence.ts';

const cookie = (value: string): string => `${SESSION_COOKIE}=${value}`;

describe('login evidence of a request', () => {
  test.each<{ name: string; headers: Record<string, string>; expect: ReturnType<typeof liftLoginEvidence> }>([
    { name: 'nothing -> nothing', headers: {}, expect: {} },
    {
      name: 'session cookie -> as given',
      headers: { cookie: cookie('abc_-1') },
      expect: { sessionToken: 'abc_-1' },
    },
    {
      name: 'session cookie among others -> as given',
      headers: { cookie: `a=1; ${cookie('abc')}; b=2` },
      expect: { sessionToken: 'abc' },
    },
    {
      name: 'another cookie that ends like ours -> nothing',
      headers: { cookie: `x${cookie('abc')}` },
      expect: {},
    },
    {
      name: 'two different session cookies -> none',
      headers: { cookie: `${cookie('a')}; ${cookie('b')}` },
      expect: {},
    },
    {
      name: 'the same session cookie twice -> none: a `__Host-` cookie cannot be there twice',
      headers: { cookie: `${cookie('a')}; ${cookie('a')}` },
      expect: {},
    },
    { name: 'empty session cookie -> none', headers: { cookie: cookie('') }, expect: {} },
    { name: 'session cookie with a quote -> none', headers: { cookie: cookie('a"b') }, expect: {} },
    {
      name: 'session cookie of 5,000 characters -> none',
      headers: { cookie: cookie('a'.repeat(5000)) },
      expect: {},
    },
    {
      name: 'bearer -> as given',
      headers: { authorization: 'Bearer abc.def-1_~+/=' },
      expect: { bearerToken: 'abc.def-1_~+/=' },
    },
    {
      name: 'scheme in any case -> as given',
      headers: { authorization: 'bEARER abc' },
      expect: { bearerToken: 'abc' },
    },
    { name: 'basic -> nothing', headers: { authorization: 'Basic YTpi' }, expect: {} },
    { name: 'bearer with two words -> nothing', headers: { authorization: 'Bearer a b' }, expect: {} },
    { name: 'bearer without a token -> nothing', headers: { authorization: 'Bearer ' }, expect: {} },
    {
      name: 'both -> both, for the identity room to prefer the bearer',
      headers: { authorization: 'Bearer t', cookie: cookie('s') },
      expect: { bearerToken: 't', sessionToken: 's' },
    },
  ])('$name', ({ headers, expect: expected }) => {
    expect(liftLoginEvidence({ headers })).toEqual(expected);
  });
});

describe('where a request comes from', () => {
  const certificate = { der: new Uint8Array([1]), chain: [], via: 'tls' as const };
  const evidenceAt = (hop: object): object => {
    const res = { locals: { hop } };
    return liftLoginEvidence({ headers: {}, res } as unknown as Parameters<typeof liftLoginEvidence>[0]);
  };

  test.each<{ name: string; hop: object; expect: object }>([
    {
      name: 'address alone',
      hop: { address: '10.1.1.1', isCardListener: false },
      expect: { address: '10.1.1.1' },
    },
    {
      name: 'address and certificate',
      hop: { address: '10.1.1.1', isCardListener: true, certificate },
      expect: { address: '10.1.1.1', certificate },
    },
    {
      name: 'a certificate that was not taken',
      hop: { address: '10.1.1.1', isCardListener: true, certificateFault: 'unclear' },
      expect: { address: '10.1.1.1' },
    },
    { name: 'nothing that the edge noted', hop: { claim: 'x' }, expect: {} },
  ])('$name', ({ hop, expect: expected }) => {
    expect(evidenceAt(hop)).toEqual(expected);
  });
});
