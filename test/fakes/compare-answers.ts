import { DOMParser, type Element } from '@xmldom/xmldom';
import type { ApprovedGateway, WholeAnswer } from './approved-gateway.ts';

/** Under which addresses two answers name the same things. */
export type Bases = Pick<ApprovedGateway, 'directUrl' | 'publicUrl'>;

/** One part of a multipart answer. */
export interface AnswerPart {
  /** Its header lines, sorted, in lower case. */
  readonly head: string;
  readonly body: Buffer;
}

const ELEMENT = 1;
/** What an element of the Native DICOM Model says beside its content; its keyword follows from the tag. */
const MAY_BE_EMPTY = ['DicomAttribute', 'Item'];
const SAYING = ['tag', 'vr', 'number', 'uri', 'privateCreator'];

/** What differs between the gateway's answer and the PACS's, addresses and boundaries aside; undefined for nothing. */
export function differenceOf(ours: WholeAnswer, theirs: WholeAnswer, bases: Bases): string | undefined {
  if (ours.status !== theirs.status) return `${ours.status} instead of ${theirs.status}`;
  // What went wrong is told in the gateway's words.
  if (theirs.status >= 400) return undefined;
  const [type, wanted] = [mediaTypeOf(ours), mediaTypeOf(theirs)];
  if (type !== wanted) return `${type} instead of ${wanted}`;
  if (wanted.startsWith('multipart/')) return differenceOfParts(partsOf(ours), partsOf(theirs), bases);
  if (wanted.includes('json')) return differenceOfJson(ours, theirs, bases);
  return ours.body.equals(theirs.body) ? undefined : 'another payload';
}

function mediaTypeOf({ type }: WholeAnswer): string {
  return type.replace(/; *boundary=.*/, '');
}

function differenceOfJson(
  ours: WholeAnswer,
  theirs: WholeAnswer,
  { directUrl, publicUrl }: Bases,
): string | undefined {
  const renamed = theirs.body.toString().replaceAll(directUrl, publicUrl);
  const is = JSON.stringify(JSON.parse(ours.body.toString()));
  const should = JSON.stringify(JSON.parse(renamed));
  return is === should ? undefined : whereItBegins(is, should);
}

/** Cut at the boundary by hand: what the gateway itself reads parts with is what is tested here. */
export function partsOf({ type, body }: Pick<WholeAnswer, 'type' | 'body'>): readonly AnswerPart[] {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1] ?? '';
  const mark = Buffer.from(`--${boundary}`);
  const parts: AnswerPart[] = [];
  for (let from = body.indexOf(mark); from >= 0;) {
    const to = body.indexOf(mark, from + mark.length);
    if (to < 0) break;
    const part = body.subarray(from + mark.length + 2, to - 2);
    const gap = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, gap).toString().split('\r\n').toSorted().join('\n').toLowerCase();
    parts.push({ head, body: part.subarray(gap + 4) });
    from = to;
  }
  return parts;
}

function differenceOfParts(
  ours: readonly AnswerPart[],
  theirs: readonly AnswerPart[],
  bases: Bases,
): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} parts instead of ${theirs.length}`;
  const wanted = inOrder(theirs.map((part) => comparable(part, bases)));
  const found = inOrder(ours.map((part) => comparable(part, bases))).map((part, at) =>
    differenceOfPart(part, wanted[at] ?? part),
  );
  return [...ours.map(wrongLength), ...found].find((difference) => difference !== undefined);
}

/** A PACS may give the objects of a study in another order each time; documents by the identifiers in them. */
function inOrder(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const key = ({ head, body }: AnswerPart): Buffer =>
    isXml(head) ? Buffer.from((body.toString().match(/>[0-9.]{9,}</g) ?? []).join('')) : body;
  return parts.toSorted((a, b) => Buffer.compare(key(a), key(b)));
}

/** Without what other addresses change. */
function comparable({ head, body }: AnswerPart, { directUrl, publicUrl }: Bases): AnswerPart {
  if (!isXml(head)) return { head: head.replaceAll(directUrl, publicUrl), body };
  const renamed = body.toString().replaceAll(directUrl, publicUrl);
  return { head: 'content-type: application/dicom+xml', body: Buffer.from(renamed) };
}

function isXml(head: string): boolean {
  return head.includes('application/dicom+xml');
}

function wrongLength({ head, body }: AnswerPart): string | undefined {
  const told = /^content-length: *(\d+)$/m.exec(head)?.[1];
  return told === undefined || Number(told) === body.length ? undefined : `a part that is not ${told} long`;
}

/** What a document of the Native DICOM Model (PS3.19 Annex A) says, however it is laid out. */
export function sayingOf(xml: string): string {
  const { documentElement } = new DOMParser().parseFromString(xml, 'text/xml');
  return documentElement === null ? '' : elementSaying(documentElement);
}

/** A part of a name, or a value, that is empty may be left out: the numbers of the others tell their places. */
function elementSaying(element: Element): string {
  const said = SAYING.map((name) => element.getAttribute(name) ?? '').join(' ');
  const below = [...element.childNodes].filter((node) => node.nodeType === ELEMENT).map(parseElement);
  const content = below.length === 0 ? (element.textContent ?? '') : below.map(elementSaying).join('');
  const mayBeEmpty = MAY_BE_EMPTY.includes(element.localName ?? '');
  return content === '' && !mayBeEmpty ? '' : `\n${element.localName ?? ''} ${said}{${content}}`;
}

/** Its kind of node says that it is one. */
function parseElement(node: unknown): Element {
  return node as Element;
}

function differenceOfPart(ours: AnswerPart, theirs: AnswerPart): string | undefined {
  if (ours.head !== theirs.head) return whereItBegins(ours.head, theirs.head);
  if (ours.body.equals(theirs.body)) return undefined;
  if (!isXml(theirs.head)) return 'a part has another payload';
  // As a rule not a byte differs, and reading documents takes a hundred times as long.
  const [is, should] = [ours.body, theirs.body].map((body) => sayingOf(body.toString()));
  return is === should ? undefined : whereItBegins(is ?? '', should ?? '');
}

function whereItBegins(is: string, should: string): string {
  let at = 0;
  while (at < is.length && is[at] === should[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(is)}… instead of …${around(should)}…`;
}
