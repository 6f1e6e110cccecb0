import { demand, SignInRefused } from '../sign-in-refusal.ts';

/** How large and how nested a document may be. */
export interface XmlLimits {
  readonly maxBytes: number;
  readonly maxElements: number;
  readonly maxDepth: number;
  readonly maxAttributesPerElement: number;
  readonly maxAttributes: number;
  /** At any one place: each costs again with every element below that declares one more. */
  readonly maxNamespacesInScope: number;
}

/**
 * These bounds hold before any parser runs; a real answer has about 60 elements and 100 attributes (namespaces among them), is 12
 * deep and 10 KiB long. What is read here is read in time proportional to its length; the engines behind signature validation are
 * not so (20,000 empty siblings block them for seconds), and get no more than what is signed (minimalXml).
 */
export const ANSWER_LIMITS: XmlLimits = {
  maxBytes: 256 * 1024,
  maxElements: 1_000,
  maxDepth: 100,
  maxAttributesPerElement: 50,
  maxAttributes: 2_000,
  maxNamespacesInScope: 64,
};

/** Metadata are longer, and come from where the config says. */
export const METADATA_LIMITS: XmlLimits = {
  maxBytes: 1024 * 1024,
  maxElements: 5_000,
  maxDepth: 100,
  maxAttributesPerElement: 50,
  maxAttributes: 20_000,
  maxNamespacesInScope: 64,
};

/** Only at the very start, and only in UTF-8 (XML 1.0 §2.8). */
const DECLARATION = /^<\?xml version="1\.0"(?: encoding="utf-8")?(?: standalone="(?:yes|no)")?\s*\?>/i;
/**
 * `<!` is a comment, CDATA, DOCTYPE or ENTITY; `<?` a processing instruction; `]]>` is not well-formed in text. An
 * ampersand begins one of the five predefined entities or a number. Authentic answers hold nothing else.
 */
const FORBIDDEN_MARKUP = /<[!?]|\]\]>|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/;
const NUMBERED_CHARACTER = /&#(?:x([0-9A-Fa-f]+)|([0-9]+));/g;
/** Not characters of XML 1.0 §2.2, or written so that two parsers could disagree. */
const FORBIDDEN_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/u;
const TEXT = /[^<]*/y;
/** White space of XML (§2.3), which is less than that of regular expressions. */
const S = '[ \\t\\r\\n]';
const NAME = '[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?';
const ATTRIBUTE = `${S}+${NAME}${S}*=${S}*(?:"[^"<]*"|'[^'<]*')`;
const OPENING = new RegExp(`<(${NAME})((?:${ATTRIBUTE})*)${S}*(/?)>`, 'y');
/** XML allows blanks behind the name; who writes none can be asked for none. */
const CLOSING = new RegExp(`</(${NAME})>`, 'y');
/** A prefix bound to nothing, or one of the two that nobody may bind (Namespaces in XML 1.0 §2.2, §3): parsers disagree on both. */
const UNFIT_PREFIX = /^.xmlns:(?:[^=]*=[ \t\r\n]*(?:""|'')|(?:xml|xmlns)[ \t\r\n]*=)/s;
const ATTRIBUTE_NAME = new RegExp(`${S}(${NAME})${S}*=${S}*(?:"[^"]*"|'[^']*')`, 'g');
const NAMESPACE = /^xmlns(?::|$)/;
/** XHTML, on which parsers change their ways (see parseXml); or a namespace that is written so that its name cannot be seen. */
const UNFIT_NAMESPACE = /["'][ \t\r\n]*http:\/\/www\.w3\.org\/1999\/xhtml[ \t\r\n]*["']$|&#/i;

/**
 * Reads a document once, in linear time, as the small XML that SAML answers are written in: elements, attributes,
 * text, the five predefined entities. Throws SignInRefused for anything else, for what is not well-formed, and past the
 * limits. What passes here can still be read in different ways where parsers bend the rules, in line ends for one; so whoever
 * verifies and whoever decides get it from one parser, and the libraries in canonical form (minimalXml).
 */
export function scanXml(xml: string, limits: XmlLimits = ANSWER_LIMITS): void {
  // No character takes less than a byte.
  demand(xml.length <= limits.maxBytes, 'answer-too-large');
  const body = xml.replace(DECLARATION, '');
  demand(!FORBIDDEN_MARKUP.test(body) && hasOnlyXmlCharacters(xml), 'answer-unreadable');
  const scanner: Scanner = { body, limits, at: 0, open: [], elements: 0, attributes: 0 };
  skipText(scanner);
  while (scanner.at < body.length) {
    readTag(scanner);
    demand(scanner.open.length > 0 || isBlank(body.slice(scanner.at)), 'answer-unreadable');
    skipText(scanner);
  }
  demand(scanner.elements > 0 && scanner.open.length === 0, 'answer-unreadable');
}

interface OpenElement {
  readonly name: string;
  /** Namespaces declared here and around it. */
  readonly namespaces: number;
}

interface Scanner {
  readonly body: string;
  readonly limits: XmlLimits;
  readonly open: OpenElement[];
  at: number;
  elements: number;
  attributes: number;
}

/** One by one: a list of the tens of thousands that fit into an answer would cost more than reading them. */
function hasOnlyXmlCharacters(xml: string): boolean {
  for (const [, hex, decimal] of xml.matchAll(NUMBERED_CHARACTER)) {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code > 0x10_ff_ff || FORBIDDEN_CHARACTER.test(String.fromCodePoint(code))) return false;
  }
  return !FORBIDDEN_CHARACTER.test(xml);
}

function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text);
}

function skipText(scanner: Scanner): void {
  TEXT.lastIndex = scanner.at;
  const text = TEXT.exec(scanner.body)?.[0] ?? '';
  demand(scanner.open.length > 0 || isBlank(text), 'answer-unreadable');
  scanner.at += text.length;
}

function readTag(scanner: Scanner): void {
  const closing = matchAt(CLOSING, scanner);
  if (closing === undefined) readOpening(scanner);
  else demand(scanner.open.pop()?.name === closing[1], 'answer-unreadable');
}

function readOpening(scanner: Scanner): void {
  const opening = matchAt(OPENING, scanner);
  if (opening === undefined) throw new SignInRefused('answer-unreadable');
  const [, name = '', attributes = '', isEmpty] = opening;
  scanner.elements += 1;
  const around = scanner.open.at(-1)?.namespaces ?? 0;
  const namespaces = around + checkAttributes(attributes, scanner);
  const { maxElements, maxDepth, maxNamespacesInScope } = scanner.limits;
  demand(scanner.elements <= maxElements && scanner.open.length < maxDepth, 'answer-too-large');
  demand(namespaces <= maxNamespacesInScope, 'answer-too-large');
  if (isEmpty === '') scanner.open.push({ name, namespaces });
}

function matchAt(pattern: RegExp, scanner: Scanner): RegExpExecArray | undefined {
  pattern.lastIndex = scanner.at;
  const match = pattern.exec(scanner.body) ?? undefined;
  scanner.at += match?.[0].length ?? 0;
  return match;
}

/** Returns how many of them declare a namespace. */
function checkAttributes(text: string, scanner: Scanner): number {
  const { maxAttributesPerElement, maxAttributes } = scanner.limits;
  const attributes = [...text.matchAll(ATTRIBUTE_NAME)];
  const names = attributes.map((match) => match[1]);
  scanner.attributes += names.length;
  demand(names.length <= maxAttributesPerElement && scanner.attributes <= maxAttributes, 'answer-too-large');
  demand(new Set(names).size === names.length, 'answer-unreadable');
  demand(!attributes.some(([whole]) => UNFIT_PREFIX.test(whole)), 'answer-unreadable');
  const declarations = attributes.filter(([, name = '']) => NAMESPACE.test(name));
  demand(!declarations.some(([whole]) => UNFIT_NAMESPACE.test(whole)), 'answer-unreadable');
  return declarations.length;
}
