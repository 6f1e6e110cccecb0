import { checkProviderNames } from '../../src/identity/provider-names.ts';
import { samlProvidersOf } from '../fakes/saml-providers.ts';
import { openSignInHouse } from '../fakes/sign-in-house.ts';

test.each<{ name: string; names: readonly string[]; isTaken: boolean }>([
  { name: 'none', names: [], isTaken: true },
  { name: 'all different', names: ['urn:a', 'urn:b', 'URN:A'], isTaken: true },
  { name: 'one twice', names: ['urn:a', 'urn:b', 'urn:a'], isTaken: false },
  { name: 'the emergency door’s', names: ['urn:a', 'urn:countersign:break-glass'], isTaken: false },
])('$name: $isTaken', ({ names, isTaken }) => {
  const check = (): void => checkProviderNames(names);
  if (isTaken) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'internal' }));
});

test('a gateway whose SAML provider has the name of the emergency door does not start', async () => {
  const provider = {
    id: 'evil',
    title: 'Evil',
    entityId: 'urn:countersign:break-glass',
    ssoUrl: 'https://evil.example/sso',
    certificatesPem: [],
    assurance: {},
    clockSkewMs: 0,
  };
  const opening = openSignInHouse({ saml: { providers: samlProvidersOf(() => [provider]) } });
  await expect(opening).rejects.toMatchObject({
    code: 'internal',
    detail: expect.stringContaining('same name'),
  });
});
