import type { Element } from '@xmldom/xmldom';
import type { NameIdForm } from '../../stores/identity-stores.ts';
import { onlyChild, SAML_ASSERTION } from '../xml-elements.ts';

/** SAML core §8.2 allows URIs and entity IDs of 1,024 characters. */
const MAX_LENGTH = 1_024;

/**
 * How an assertion qualifies its NameID (SAML core §2.2.2), kept so that a sign-out can name the person in the same words.
 * Nobody is told apart by it. Absent where nothing is said.
 */
export function nameIdFormOf(assertion: Element): { readonly nameId?: NameIdForm } {
  const subject = onlyChild(assertion, SAML_ASSERTION, 'Subject');
  const name = subject === undefined ? undefined : onlyChild(subject, SAML_ASSERTION, 'NameID');
  if (name === undefined) return {};
  const nameId = {
    ...attributeOf(name, 'Format', 'format'),
    ...attributeOf(name, 'NameQualifier', 'nameQualifier'),
    ...attributeOf(name, 'SPNameQualifier', 'spNameQualifier'),
  };
  return Object.keys(nameId).length === 0 ? {} : { nameId };
}

function attributeOf(name: Element, attribute: string, key: keyof NameIdForm): NameIdForm {
  const value = name.getAttribute(attribute) ?? '';
  return value === '' || value.length > MAX_LENGTH ? {} : { [key]: value };
}
