import type { Attr, Element, Node } from '@xmldom/xmldom';
import { canonicalXml } from './canonical-xml.ts';
import { isNamed, onlyChild, XML_SIGNATURE } from './xml-elements.ts';

const ATTRIBUTE_NODE = 2;
/** Line ends to some parsers, as they are in XML 1.1; to us they are characters. */
const LINE_END_OF_OTHERS = /[\u0085\u2028\u2029]/g;

/**
 * What the signature libraries get of a document: the signed element, and nothing that its signature does not cover. Whoever holds
 * one genuine message can pad all the rest of it as they like (KeyInfo, and all around a signed assertion), and the libraries
 * search what they are given over and over. So of the signature there stay SignedInfo and its value; of what is around the
 * element, the tags with their namespaces, and the request that is answered. Written in canonical form: every parser reads it alike,
 * and it digests as before, because every namespace is in scope where it was.
 */
export function minimalXml(signed: Element): string {
  const root = signed.ownerDocument?.documentElement ?? signed;
  const around = new Set<Node>();
  for (let node = signed.parentNode; node !== null; node = node.parentNode) around.add(node);
  const signature = onlyChild(signed, XML_SIGNATURE, 'Signature');
  const isOmitted = (node: Node): boolean => {
    if (isAttribute(node)) return isUnsigned(node, signature, around);
    if (node.parentNode === signature) return !isPartOfSignature(node);
    return node.parentNode !== null && around.has(node.parentNode) && node !== signed && !around.has(node);
  };
  const xml = canonicalXml(root, { isExclusive: false, prefixes: new Set() }, isOmitted);
  return xml.replace(LINE_END_OF_OTHERS, (found) => `&#x${found.charCodeAt(0).toString(16)};`);
}

function isAttribute(node: Node): node is Attr {
  return node.nodeType === ATTRIBUTE_NODE;
}

function isUnsigned(
  { ownerElement, name }: Attr,
  signature: Element | undefined,
  around: ReadonlySet<Node>,
): boolean {
  if (ownerElement === null) return false;
  if (around.has(ownerElement)) return name !== 'InResponseTo';
  return ownerElement === signature || isValueOf(ownerElement, signature);
}

function isPartOfSignature(node: Node): boolean {
  return ['SignedInfo', 'SignatureValue'].includes(node.localName ?? '');
}

function isValueOf(element: Element, signature: Element | undefined): boolean {
  return element.parentNode === signature && isNamed(element, XML_SIGNATURE, 'SignatureValue');
}
