import { DOMParser, onWarningStopParsing, type Element } from '@xmldom/xmldom';
import { SignInRefused } from '../sign-in-refusal.ts';

export const SAML_PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const SAML_ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const XML_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

/** Its elements make other parsers change into a mode for HTML, in which they search ahead for the end of each of them. */
const XHTML = 'http://www.w3.org/1999/xhtml';

/**
 * Parses a scanned document; the slightest complaint of the parser, or an element of XHTML, is a refusal. Line ends are those of
 * XML 1.0 (§2.11): left to itself, the parser also takes U+0085 and U+2028 for some. Throws SignInRefused.
 */
export function parseXml(xml: string): Element {
  try {
    const parser = new DOMParser({ locator: false, onError: onWarningStopParsing, normalizeLineEndings });
    const root = parser.parseFromString(xml, 'text/xml').documentElement;
    if (root !== null && !selfAndDescendants(root).some(isXhtml)) return root;
  } catch (error: unknown) {
    throw new SignInRefused('answer-unreadable', error);
  }
  throw new SignInRefused('answer-unreadable');
}

function normalizeLineEndings(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

function isXhtml({ namespaceURI }: Element): boolean {
  return namespaceURI === XHTML;
}

/** Child elements in order. */
export function childElements(parent: Element): readonly Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1);
}

/** Child elements of one name, by namespace: prefixes are the sender's choice. */
export function childrenNamed(parent: Element, namespace: string, name: string): readonly Element[] {
  return childElements(parent).filter((child) => isNamed(child, namespace, name));
}

/** The child of that name if there is exactly one, else undefined. */
export function onlyChild(parent: Element, namespace: string, name: string): Element | undefined {
  const [child, ...others] = childrenNamed(parent, namespace, name);
  return others.length === 0 ? child : undefined;
}

export function isNamed(element: Element, namespace: string, name: string): boolean {
  return element.namespaceURI === namespace && element.localName === name;
}

/** Trimmed text of an element that holds text only; undefined when it is missing, empty or holds elements. */
export function textOf(element: Element | undefined): string | undefined {
  if (element === undefined || childElements(element).length > 0) return undefined;
  const text = (element.textContent ?? '').trim();
  return text === '' ? undefined : text;
}

/** An element and all below it, in document order. */
export function selfAndDescendants(element: Element): readonly Element[] {
  const found: Element[] = [];
  const visit = (one: Element): void => {
    found.push(one);
    for (const child of childElements(one)) visit(child);
  };
  visit(element);
  return found;
}
