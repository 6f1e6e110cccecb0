import type { SamlProvider, SamlProviders } from '../../src/identity/saml/saml-provider.ts';

/** Providers that are asked anew for each request, as the real book is; a test may change the list meanwhile. */
export function samlProvidersOf(
  list: () => readonly SamlProvider[],
  configured: readonly SamlProvider[] = list(),
): SamlProviders {
  return {
    all: list,
    byId: (id) => list().find((provider) => provider.id === id),
    byEntityId: (entityId) => list().find((provider) => provider.entityId === entityId),
    configured,
  };
}
