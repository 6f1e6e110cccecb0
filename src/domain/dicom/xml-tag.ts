/** One attribute of a tag: its value, and where it stands in the document, without its quotes. */
export interface XmlAttribute {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A tag as it stands in a document. */
export interface XmlTag {
  readonly kind: 'start' | 'end' | 'empty';
  readonly name: string;
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
  readonly start: number;
  readonly end: number;
}

const TAG =
  /<\/?[A-Za-z]+(?:[ \t\r\n]+[A-Za-z_][\w:.-]*[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*'))*[ \t\r\n]*\/?>/y;
const NAME = /[A-Za-z]+/;
const PLAIN_END = /^<\/[A-Za-z]+[ \t\r\n]*>$/;
const ATTRIBUTE = /[A-Za-z_][\w:.-]*[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')/g;
const REFERENCE = /&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(lt|gt|amp|quot|apos));/g;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const WRITTEN: ReadonlyMap<string, string> = new Map(
  [...ENTITIES].map(([name, sign]) => [sign, `&${name};`]),
);

/** The next tag (XML 1.0 §3.1); undefined where none is, or none that is well-formed, has no prefix and names no attribute twice. */
export function readXmlTag(document: string, from: number): XmlTag | undefined {
  const start = document.indexOf('<', from);
  if (start === -1) return undefined;
  TAG.lastIndex = start;
  const written = TAG.exec(document)?.[0];
  if (written === undefined) return undefined;
  const pairs = Array.from(written.matchAll(ATTRIBUTE), (match) => attributeOf(match, start));
  const attributes = new Map(pairs);
  if (attributes.size < pairs.length || (kindOf(written) === 'end' && !PLAIN_END.test(written)))
    return undefined;
  return {
    kind: kindOf(written),
    name: String(NAME.exec(written)),
    attributes,
    start,
    end: start + written.length,
  };
}

function kindOf(written: string): XmlTag['kind'] {
  if (written.startsWith('</')) return 'end';
  return written.endsWith('/>') ? 'empty' : 'start';
}

function attributeOf(
  match: RegExpExecArray,
  offset: number,
): readonly [name: string, attribute: XmlAttribute] {
  const mark = match[0].indexOf('=');
  const value = match[0].slice(mark + 1).trimStart();
  const end = offset + match.index + match[0].length - 1;
  const start = end - value.length + 2;
  return [match[0].slice(0, mark).trimEnd(), { value: decodeXmlText(value.slice(1, -1)), start, end }];
}

/** Text with its references resolved: the five entities and those of characters (XML 1.0 §4.1, §4.6). */
export function decodeXmlText(text: string): string {
  return text.replaceAll(REFERENCE, (_all, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return String(ENTITIES.get(name));
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

/** Text as it is written in an element or an attribute, whatever its quotes. */
export function encodeXmlText(text: string): string {
  return text.replaceAll(/[<>&"']/g, (sign) => String(WRITTEN.get(sign)));
}
