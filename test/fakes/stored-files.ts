import { element } from './part-10.ts';

type Form = 'explicit' | 'implicit' | 'big-endian';
type Tag = readonly [group: number, element: number];

/** What a made-up file says, and what is odd about it. */
export interface FilePlan {
  readonly sopInstanceUid?: string;
  readonly sopClassUid?: string;
  readonly study?: string;
  readonly series?: string;
  readonly form?: Form;
  /** Instead of the one that fits the form; empty for none. */
  readonly transferSyntaxUid?: string;
  /** SOP Class and SOP Instance UID of the meta. */
  readonly meta?: readonly [string, string];
  /** Elements before its SOP Class. */
  readonly first?: readonly Buffer[];
  /** Elements between the SOP Instance UID and the study. */
  readonly before?: readonly Buffer[];
  /** Elements behind the series. */
  readonly after?: readonly Buffer[];
}

export const CT = '1.2.840.10008.5.1.4.1.1.2';
export const STORED_STUDY = '1.2.826.0.1.77.1';
export const STORED_SERIES = '1.2.826.0.1.77.1.1';
const SYNTAXES: Readonly<Record<Form, string>> = {
  explicit: '1.2.840.10008.1.2.1',
  implicit: '1.2.840.10008.1.2',
  'big-endian': '1.2.840.10008.1.2.2',
};
const PLAIN = {
  form: 'explicit',
  sopClassUid: CT,
  sopInstanceUid: '1.2.826.0.1.77.1.1.1',
  study: STORED_STUDY,
  series: STORED_SERIES,
  first: [],
  before: [],
  after: [],
} satisfies FilePlan;
const ITEM: Tag = [0xfffe, 0xe000];
const UNDEFINED = 0xffff_ffff;

/** A small Part 10 file with the UIDs of object, series and study (PS3.10 §7.1). */
export function storedFile(plan: FilePlan = {}): Buffer {
  const { form, sopClassUid, sopInstanceUid, study, series, first, before, after } = { ...PLAIN, ...plan };
  const [metaClass, metaInstance] = plan.meta ?? [sopClassUid, sopInstanceUid];
  const syntax = plan.transferSyntaxUid ?? SYNTAXES[form];
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element([0x0002, 0x0001], 'OB', '\0\u0001'),
    element([0x0002, 0x0002], 'UI', metaClass),
    element([0x0002, 0x0003], 'UI', metaInstance),
    ...(syntax === '' ? [] : [element([0x0002, 0x0010], 'UI', syntax)]),
    ...first,
    element([0x0008, 0x0016], 'UI', sopClassUid, form),
    element([0x0008, 0x0018], 'UI', sopInstanceUid, form),
    ...before,
    element([0x0020, 0x000d], 'UI', study, form),
    element([0x0020, 0x000e], 'UI', series, form),
    ...after,
  ]);
}

/** The head of an element with four bytes of length, whatever it is followed by. */
export function longHead([group, number]: Tag, vr: string, length: number, form: Form = 'explicit'): Buffer {
  const isExplicit = form !== 'implicit' && group !== ITEM[0];
  const head = Buffer.alloc(isExplicit ? 12 : 8);
  const isLittle = form !== 'big-endian';
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  view.setUint16(0, group, isLittle);
  view.setUint16(2, number, isLittle);
  view.setUint32(isExplicit ? 8 : 4, length, isLittle);
  if (isExplicit) head.write(vr, 4, 'latin1');
  return head;
}

/** A sequence of the given items, each as its elements; with lengths, or with delimiters. */
export function sequence(
  tag: Tag,
  items: readonly (readonly Buffer[])[],
  how: { readonly form?: Form; readonly isOpen?: boolean; readonly vr?: string } = {},
): Buffer {
  const { form = 'explicit', isOpen = false, vr = 'SQ' } = how;
  const inner = vr === 'UN' ? 'implicit' : form;
  const body = Buffer.concat(
    items.map((elements) => {
      const bytes = Buffer.concat(elements);
      const head = longHead(ITEM, '', isOpen ? UNDEFINED : bytes.length, inner);
      return Buffer.concat([head, bytes, ...(isOpen ? [longHead([0xfffe, 0xe00d], '', 0, inner)] : [])]);
    }),
  );
  const head = longHead(tag, vr, isOpen ? UNDEFINED : body.length, form);
  return Buffer.concat([head, body, ...(isOpen ? [longHead([0xfffe, 0xe0dd], '', 0, inner)] : [])]);
}

/**
 * Sequences within each other, so many deep, put together once: a copy for each level would be gigabytes, and each has the garbage
 * collector go through all that the other tests of the process left behind.
 */
export function nested(depth: number, how: Parameters<typeof sequence>[2] = {}): Buffer {
  const { form, isOpen, vr } = { form: 'explicit', isOpen: false, vr: 'SQ', ...how } as const;
  const inner = vr === 'UN' ? 'implicit' : form;
  const heads: Buffer[] = [];
  let length = 0;
  for (let level = 0; level < depth; level += 1) {
    for (const [tag, kind, encoding] of [
      [ITEM, '', inner],
      [[0x0040, 0xa730], vr, form],
    ] as const) {
      const head = longHead(tag, kind, isOpen ? UNDEFINED : length, encoding);
      length += head.length;
      heads.push(head);
    }
  }
  const end = Buffer.concat([0xe00d, 0xe0dd].map((number) => longHead([0xfffe, number], '', 0, inner)));
  const ends = isOpen ? Array.from({ length: depth }, () => end) : [];
  return Buffer.concat([...heads.toReversed(), ...ends]);
}

/** Pixel data in fragments (PS3.5 §A.4). */
export function fragments(sizes: readonly number[]): Buffer {
  return Buffer.concat([
    longHead([0x7fe0, 0x0010], 'OB', UNDEFINED),
    ...sizes.flatMap((size) => [longHead(ITEM, '', size), Buffer.alloc(size, 0x41)]),
    longHead([0xfffe, 0xe0dd], '', 0),
  ]);
}

/** The given files as a multipart/related body. */
export function multipartBody(
  files: readonly Buffer[],
  boundary = 'edge',
  head = 'Content-Type: application/dicom\r\n',
): Buffer {
  return Buffer.concat([
    ...files.flatMap((file) => [Buffer.from(`--${boundary}\r\n${head}\r\n`), file, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

/** A body cut into pieces of at most that many bytes. */
export async function* inPieces(body: Buffer, size = body.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}
