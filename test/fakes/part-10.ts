const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

/** What is odd about a file. */
interface FilePlan {
  readonly sopClassUid?: string;
  readonly transferSyntaxUid?: string;
  /** What the file meta says instead of the dataset's own UIDs. */
  readonly meta?: { readonly sopClassUid: string; readonly sopInstanceUid: string };
  /** The dataset, instead of one in Explicit VR Little Endian. */
  readonly dataset?: Buffer;
}

/** A small Part 10 file of this SOP Instance UID (PS3.10 §7.1); `bytes` of filler stand for its pixels. */
export function part10(sopInstanceUid: string, bytes = 0, plan: FilePlan = {}): Buffer {
  const { sopClassUid = CT_IMAGE, transferSyntaxUid = EXPLICIT } = plan;
  const meta = plan.meta ?? { sopClassUid, sopInstanceUid };
  const dataset = [
    element([0x0008, 0x0005], 'CS', 'ISO_IR 100'),
    element([0x0008, 0x0016], 'UI', sopClassUid),
    element([0x0008, 0x0018], 'UI', sopInstanceUid),
    element([0x0008, 0x0060], 'CS', 'CT'),
  ];
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element([0x0002, 0x0001], 'OB', '\0\u0001'),
    element([0x0002, 0x0002], 'UI', meta.sopClassUid),
    element([0x0002, 0x0003], 'UI', meta.sopInstanceUid),
    element([0x0002, 0x0010], 'UI', transferSyntaxUid),
    plan.dataset ?? Buffer.concat(dataset),
    Buffer.alloc(bytes, 0x2d),
  ]);
}

type Tag = readonly [group: number, element: number];
type Form = 'explicit' | 'implicit' | 'big-endian';

/** One element (PS3.5 §7.1), its value padded to an even length. */
export function element([group, number]: Tag, vr: string, value: string, form: Form = 'explicit'): Buffer {
  const isLong = vr === 'OB' || vr === 'SQ';
  const padded = Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');
  const head = Buffer.alloc(form !== 'implicit' && isLong ? 12 : 8);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const isLittle = form !== 'big-endian';
  view.setUint16(0, group, isLittle);
  view.setUint16(2, number, isLittle);
  if (form === 'implicit') {
    view.setUint32(4, padded.length, true);
    return Buffer.concat([head, padded]);
  }
  head.write(vr, 4, 'latin1');
  if (isLong) view.setUint32(8, padded.length, isLittle);
  else view.setUint16(6, padded.length, isLittle);
  return Buffer.concat([head, padded]);
}

/** A sequence of undefined length, left open. */
export function openSequence(tag: Tag): Buffer {
  const head = element(tag, 'SQ', '');
  head.writeUInt32LE(0xffffffff, 8);
  return head;
}
