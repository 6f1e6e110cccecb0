import type { Attr, Element, Node } from '@xmldom/xmldom';

/** How an element becomes the bytes that are signed. */
export interface Canonicalisation {
  /** Exclusive (XML-EXC-C14N 1.0): namespaces where they are used. Inclusive (XML-C14N 1.0): all that are in scope. */
  readonly isExclusive: boolean;
  /** Prefixes that the exclusive form treats like the inclusive; empty text for the default namespace. */
  readonly prefixes: ReadonlySet<string>;
}

type Namespaces = ReadonlyMap<string, string>;

interface Writing extends Canonicalisation {
  /** Left out with all in it: the signature itself (enveloped-signature transform). */
  readonly omitted: Node | undefined;
  readonly out: string[];
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const ELEMENT_NODE = 1;
const TEXT_NODE = 3;

/**
 * The canonical form of an element of a scanned document (no comments, no CDATA, no processing instructions), in time
 * proportional to its length. Attributes of the `xml` namespace are not inherited from outside of it.
 */
export function canonicalXml(element: Element, how: Canonicalisation, omitted?: Element): string {
  const writing: Writing = { ...how, omitted, out: [] };
  const outside = inScope(element);
  writeElement(writing, element, { scope: outside, declared: outside, rendered: new Map() });
  return writing.out.join('');
}

interface Surroundings {
  /** Namespaces in scope outside of the element. */
  readonly scope: Namespaces;
  /** Those of them that were not considered yet: all at the top, none further down. */
  readonly declared: Namespaces;
  /** What stands in the output already. */
  readonly rendered: Namespaces;
}

function writeElement(writing: Writing, element: Element, around: Surroundings): void {
  const own = declarationsOf(element);
  const scope = own.size === 0 ? around.scope : new Map([...around.scope, ...own]);
  const candidates = candidatesOf(writing, element, [...around.declared.keys(), ...own.keys()]);
  const fresh = [...candidates]
    .map((prefix) => [prefix, scope.get(prefix) ?? ''] as const)
    .filter(([prefix, uri]) => prefix !== 'xml' && (around.rendered.get(prefix) ?? '') !== uri)
    .sort(([a], [b]) => compare(a, b));
  const rendered = fresh.length === 0 ? around.rendered : new Map([...around.rendered, ...fresh]);
  const { out } = writing;
  out.push('<', element.tagName);
  for (const [prefix, uri] of fresh) {
    out.push(prefix === '' ? ' xmlns="' : ` xmlns:${prefix}="`, escapeAttribute(uri), '"');
  }
  for (const { name, value } of plainAttributes(element))
    out.push(' ', name, '="', escapeAttribute(value), '"');
  out.push('>');
  for (const child of Array.from(element.childNodes))
    writeChild(writing, child, { scope, declared: NONE, rendered });
  out.push('</', element.tagName, '>');
}

const NONE: Namespaces = new Map();

function writeChild(writing: Writing, node: Node, around: Surroundings): void {
  if (node === writing.omitted) return;
  if (isElement(node)) writeElement(writing, node, around);
  else if (node.nodeType === TEXT_NODE) writing.out.push(escapeText(node.nodeValue ?? ''));
}

function isElement(node: Node): node is Element {
  return node.nodeType === ELEMENT_NODE;
}

/** Prefixes whose namespace must be in scope of the output here. */
function candidatesOf(writing: Writing, element: Element, declared: readonly string[]): ReadonlySet<string> {
  if (!writing.isExclusive) return new Set(declared);
  const listed = declared.filter((prefix) => writing.prefixes.has(prefix));
  const used = Array.from(element.attributes).flatMap(({ prefix, namespaceURI }) =>
    prefix === null || prefix === '' || namespaceURI === XMLNS ? [] : [prefix],
  );
  return new Set([element.prefix ?? '', ...used, ...listed]);
}

/** Of the elements around it, not of itself. */
function inScope(element: Element): Namespaces {
  const around: Element[] = [];
  for (let node = element.parentNode; node !== null && isElement(node); node = node.parentNode)
    around.unshift(node);
  return new Map(around.flatMap((one) => [...declarationsOf(one)]));
}

function declarationsOf(element: Element): Namespaces {
  return new Map(
    Array.from(element.attributes)
      .filter(({ namespaceURI }) => namespaceURI === XMLNS)
      .map(({ name, value }) => [name === 'xmlns' ? '' : name.slice('xmlns:'.length), value]),
  );
}

/** By namespace, then by local name; those without a namespace first. */
function plainAttributes(element: Element): readonly Attr[] {
  return Array.from(element.attributes)
    .filter(({ namespaceURI }) => namespaceURI !== XMLNS)
    .sort(
      (a, b) =>
        compare(a.namespaceURI ?? '', b.namespaceURI ?? '') || compare(a.localName ?? '', b.localName ?? ''),
    );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}
