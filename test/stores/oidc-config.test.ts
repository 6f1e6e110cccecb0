import { GatewayError } from '../../src/domain/errors.ts';
import { checkOpenidProviders, type OpenidProvider } from '../../src/identity/oidc/openid-provider.ts';
import { newKeyPem, openidProvider } from '../fakes/oidc-providers.ts';

const ISSUER = 'https://am.example.nhs.uk:443/openam/oauth2/realms/root';
const good = (more: Partial<OpenidProvider> = {}): OpenidProvider => openidProvider('cis2', ISSUER, more);
const keyed = (keyPem: string, algorithm: 'RS512' | 'ES256'): Partial<OpenidProvider> => ({
  clientAuthentication: { method: 'private_key_jwt', keyPem, algorithm },
});

test.each<{ name: string; providers: readonly OpenidProvider[] }>([
  { name: 'none', providers: [] },
  { name: 'one with a secret', providers: [good()] },
  { name: 'one with a key', providers: [good(keyed(newKeyPem('RS512'), 'RS512'))] },
  { name: 'one with an elliptic key', providers: [good(keyed(newKeyPem('ES256'), 'ES256'))] },
  { name: 'one on this machine', providers: [good({ issuer: 'http://127.0.0.1:4000' })] },
  { name: 'two', providers: [good(), good({ id: 'other', issuer: 'https://other.example' })] },
])('$name -> fit to use', ({ providers }) => {
  expect(() => checkOpenidProviders(providers)).not.toThrow();
});

test.each<{ name: string; providers: readonly OpenidProvider[]; says: string }>([
  { name: 'an id with a slash', providers: [good({ id: 'a/b' })], says: 'is not an id' },
  { name: 'plain http elsewhere', providers: [good({ issuer: 'http://idp.example' })], says: 'https' },
  { name: 'an issuer with a query', providers: [good({ issuer: `${ISSUER}?a=b` })], says: 'query' },
  { name: 'an issuer that is no address', providers: [good({ issuer: 'cis2' })], says: 'https' },
  { name: 'no client id', providers: [good({ clientId: '' })], says: 'client id' },
  { name: 'no openid scope', providers: [good({ scopes: ['profile'] })], says: '"openid"' },
  { name: 'two scopes in one', providers: [good({ scopes: ['openid', 'a b'] })], says: 'one word' },
  { name: 'a level of 4', providers: [good({ minIdAssurance: 4 })], says: '0 to 3' },
  { name: 'a skew that turns checks off', providers: [good({ clockSkewMs: -1 })], says: '60,000' },
  { name: 'a skew of an hour', providers: [good({ clockSkewMs: 3_600_000 })], says: '60,000' },
  {
    name: 'a short secret',
    providers: [good({ clientAuthentication: { method: 'client_secret_post', secret: 'short' } })],
    says: 'shorter',
  },
  {
    name: 'a key of another kind',
    providers: [good(keyed(newKeyPem('ES256'), 'RS512'))],
    says: 'not fit for RS512',
  },
  { name: 'a key that is none', providers: [good(keyed('hello', 'RS512'))], says: 'cannot be read' },
  {
    name: 'two of one name',
    providers: [good(), good({ issuer: 'https://other.example' })],
    says: 'same id',
  },
  { name: 'two of one issuer', providers: [good(), good({ id: 'other' })], says: 'same issuer' },
])('$name -> refused, saying so', ({ providers, says }) => {
  expect(() => checkOpenidProviders(providers)).toThrow(GatewayError);
  expect(() => checkOpenidProviders(providers)).toThrow(says);
});

test('all faults are said at once', () => {
  const check = (): void => checkOpenidProviders([good({ id: '', clientId: '', scopes: [] })]);
  expect(check).toThrow(/not an id.*client id.*"openid"/);
});
