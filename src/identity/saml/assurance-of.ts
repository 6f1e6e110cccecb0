import type { Assurance } from '../../domain/words.ts';
import type { SamlProviderSettings } from './saml-provider.ts';

/** How strong a login of this provider is: only what the config lists is more than a password. */
export function assuranceOf(
  { assurance }: Pick<SamlProviderSettings, 'assurance'>,
  contextClass: string | undefined,
): Assurance {
  if (contextClass === undefined || !Object.hasOwn(assurance, contextClass)) return 1;
  return assurance[contextClass] ?? 1;
}
