import type { Attr, Element, Node } from '@xmldom/xmldom';

/** How an element becomes the bytes that are signed. */
export interface Canonicalisation {
  /** Exclusive (XML-EXC-C14N 1.0): namespaces where they are used. Inclusive (XML-C14N 1.0): all that are in scope. */
  readonly isExclusive: boolean;
  /** Prefixes that the exclusive form treats like the inclusive; empty text for the default namespace. */
  readonly prefixes: ReadonlySet<string>;
}

/** Prefix and namespace; undefined where the prefix is bound to nothing. */
type Binding = readonly [prefix: string, uri: string | undefined];

interface Writing extends Canonicalisation {
  readonly isOmitted: (node: Node) => boolean;
  /** Namespaces in scope where the writing is; put back on the way out, never copied. */
  readonly scope: Map<string, string>;
  /** What of them stands in the output already. */
  readonly rendered: Map<string, string>;
  readonly out: string[];
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const ELEMENT_NODE = 1;
const TEXT_NODE = 3;

/**
 * The canonical form of an element of a scanned document (no comments, no CDATA, no processing instructions), in time
 * proportional to its length. Left out: nodes and attributes that are to be omitted, with all in them; namespaces never are.
 * Attributes of the `xml` namespace are not inherited from outside of it.
 */
export function canonicalXml(
  element: Element,
  how: Canonicalisation,
  isOmitted: (node: Node) => boolean = () => false,
): string {
  const scope = new Map(ancestorsOf(element).flatMap(declarationsOf));
  const writing: Writing = { ...how, isOmitted, scope, rendered: new Map(), out: [] };
  writeElement(writing, element, [...scope.keys()]);
  return writing.out.join('');
}

/** `inherited`: prefixes from around it that were not considered yet; all at the top, none further down. */
function writeElement(writing: Writing, element: Element, inherited: readonly string[]): void {
  const { scope, rendered, out } = writing;
  const own = declarationsOf(element);
  const outerScope = bind(scope, own);
  const fresh = freshOf(writing, element, [...inherited, ...own.map(([prefix]) => prefix)]);
  const outerRendered = bind(rendered, fresh);
  out.push('<', element.tagName);
  for (const [prefix, uri] of fresh)
    out.push(prefix === '' ? ' xmlns="' : ` xmlns:${prefix}="`, escapeAttribute(uri), '"');
  for (const { name, value } of plainAttributes(writing, element))
    out.push(' ', name, '="', escapeAttribute(value), '"');
  out.push('>');
  for (const child of Array.from(element.childNodes)) writeChild(writing, child);
  out.push('</', element.tagName, '>');
  bind(rendered, outerRendered);
  bind(scope, outerScope);
}

function writeChild(writing: Writing, node: Node): void {
  if (writing.isOmitted(node)) return;
  if (isElement(node)) writeElement(writing, node, []);
  else if (node.nodeType === TEXT_NODE) writing.out.push(escapeText(node.nodeValue ?? ''));
}

function isElement(node: Node): node is Element {
  return node.nodeType === ELEMENT_NODE;
}

/** Binds prefixes; returns what they were bound to before, to be put back in the same way. */
function bind(bindings: Map<string, string>, changes: readonly Binding[]): readonly Binding[] {
  const before = changes.map(([prefix]) => [prefix, bindings.get(prefix)] as const);
  for (const [prefix, uri] of changes) {
    if (uri === undefined) bindings.delete(prefix);
    else bindings.set(prefix, uri);
  }
  return before;
}

/** Namespaces that must be written here: needed, and not in force in the output already. */
function freshOf(
  writing: Writing,
  element: Element,
  declared: readonly string[],
): readonly (readonly [prefix: string, uri: string])[] {
  return [...candidatesOf(writing, element, declared)]
    .map((prefix) => [prefix, writing.scope.get(prefix) ?? ''] as const)
    .filter(([prefix, uri]) => prefix !== 'xml' && (writing.rendered.get(prefix) ?? '') !== uri)
    .sort(([a], [b]) => compare(a, b));
}

/** Prefixes whose namespace must be in scope of the output here. */
function candidatesOf(writing: Writing, element: Element, declared: readonly string[]): ReadonlySet<string> {
  if (!writing.isExclusive) return new Set(declared);
  const listed = declared.filter((prefix) => writing.prefixes.has(prefix));
  const used = plainAttributes(writing, element).flatMap(({ prefix }) =>
    prefix === null || prefix === '' ? [] : [prefix],
  );
  return new Set([element.prefix ?? '', ...used, ...listed]);
}

/** Outermost first. */
function ancestorsOf(element: Element): readonly Element[] {
  const around: Element[] = [];
  for (let node = element.parentNode; node !== null && isElement(node); node = node.parentNode)
    around.unshift(node);
  return around;
}

function declarationsOf(element: Element): readonly (readonly [prefix: string, uri: string])[] {
  return Array.from(element.attributes)
    .filter(({ namespaceURI }) => namespaceURI === XMLNS)
    .map(({ name, value }) => [name === 'xmlns' ? '' : name.slice('xmlns:'.length), value] as const);
}

/** By namespace, then by local name; those without a namespace first. */
function plainAttributes({ isOmitted }: Writing, element: Element): readonly Attr[] {
  return Array.from(element.attributes)
    .filter((attribute) => attribute.namespaceURI !== XMLNS && !isOmitted(attribute))
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
