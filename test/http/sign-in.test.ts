import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { startIdentityProvider, type IdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { RSA_SHA512 } from '../../fixtures/saml/sign-enveloped.ts';
import { swap, type Forgery } from '../../fixtures/saml/forge-answer.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { CONTEXT, openSignInHouse, type SignInHouse } from '../fakes/sign-in-house.ts';

let house: SignInHouse;
beforeAll(async () => {
  house = await openSignInHouse();
});
afterAll(() => house.close());

describe('a legitimate answer signs in', () => {
  const rows: readonly { readonly name: string; readonly forgery: Forgery }[] = [
    { name: 'as it comes', forgery: {} },
    { name: 'signed with SHA-512', forgery: { algorithms: RSA_SHA512 } },
  ];
  test.each(rows)('$name', async ({ forgery }) => {
    const outcome = await house.signIn(forgery);
    expect(outcome.body).toEqual({});
    expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
  });
});
