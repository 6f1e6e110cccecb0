import type { Principal } from '../../src/domain/principal.ts';
import type { TokenScope } from '../../src/domain/words.ts';
import { createOneTimeCode } from '../../src/flows/create-one-time-code.ts';
import { identifyPerson } from '../../src/flows/identify-person.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { aPrincipal } from '../fakes/register-builder.ts';

const signal = new AbortController().signal;
const PEOPLE: Readonly<Record<string, Principal>> = {
  browser: aPrincipal(),
  token: aPrincipal({ scopes: ['images', 'ai'] }),
  emergency: aPrincipal({ method: 'break-glass', assurance: 1 }),
  unsure: aPrincipal({ unconfirmed: true }),
};

function house() {
  const issued: { readonly sessionToken: string; readonly scopes: readonly TokenScope[] }[] = [];
  const codes = {
    issue: async (asked: (typeof issued)[number]) => {
      issued.push(asked);
      return { username: 'code-x', code: 'ABCD', expiresAt: 1 };
    },
  };
  return { issued, deps: { identity: createFixedIdentity(PEOPLE), codes } };
}

test('whoever sits at a browser gets a code, bound to that browser’s session', async () => {
  const { deps, issued } = house();
  const input = { evidence: { sessionToken: 'browser' }, scopes: ['ai', 'images', 'ai'] as const };
  expect(await createOneTimeCode(deps, input, signal)).toEqual({
    username: 'code-x',
    code: 'ABCD',
    expiresAt: 1,
    scopes: ['images', 'ai'],
  });
  expect(issued).toEqual([{ sessionToken: 'browser', scopes: ['images', 'ai'] }]);
});

test.each<{ name: string; evidence: LoginEvidence; scopes?: readonly TokenScope[]; code: string }>([
  { name: 'nobody', evidence: {}, code: 'not-identified' },
  { name: 'a bearer token', evidence: { bearerToken: 'token' }, code: 'not-identified' },
  {
    name: 'a bearer token beside a session',
    evidence: { bearerToken: 'token', sessionToken: 'browser' },
    code: 'not-identified',
  },
  { name: 'an unknown session', evidence: { sessionToken: 'x' }, code: 'not-identified' },
  { name: 'an emergency login', evidence: { sessionToken: 'emergency' }, code: 'not-permitted' },
  {
    name: 'a session that cannot be confirmed',
    evidence: { sessionToken: 'unsure' },
    code: 'sessions-unavailable',
  },
  { name: 'no scope', evidence: { sessionToken: 'browser' }, scopes: [], code: 'bad-request' },
])('$name gets no code: $code', async ({ evidence, scopes = ['images'], code }) => {
  const { deps, issued } = house();
  expect(await faultOf(createOneTimeCode(deps, { evidence, scopes }, signal))).toMatchObject({ code });
  expect(issued).toEqual([]);
});

test.each<{ name: string; token: string; scope: TokenScope; code: string | undefined }>([
  {
    name: 'an emergency login reads no records',
    token: 'emergency',
    scope: 'records',
    code: 'not-permitted',
  },
  { name: 'its AI is for the decision to refuse', token: 'emergency', scope: 'ai', code: undefined },
  {
    name: 'a session that cannot be confirmed reads no records',
    token: 'unsure',
    scope: 'records',
    code: 'sessions-unavailable',
  },
  { name: 'its AI is for the decision to refuse', token: 'unsure', scope: 'ai', code: undefined },
  { name: 'a browser reads its records', token: 'browser', scope: 'records', code: undefined },
])('$name', async ({ token, scope, code }) => {
  const asked = identifyPerson(house().deps, { evidence: { sessionToken: token }, scope }, signal);
  const fault = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (code === undefined) expect(fault).toBeUndefined();
  else expect(fault).toMatchObject({ code });
});
