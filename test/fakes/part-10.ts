/** A small Part 10 file of this SOP Instance UID (PS3.10 §7.1); `bytes` of filler stand for its dataset. */
export function part10(sopInstanceUid: string, bytes = 0, sopClassUid = '1.2.840.10008.5.1.4.1.1.2'): Buffer {
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0, 'UL', Buffer.from([0, 0, 0, 0])),
    element(1, 'OB', Buffer.from([0, 1])),
    element(2, 'UI', Buffer.from(padded(sopClassUid))),
    element(3, 'UI', Buffer.from(padded(sopInstanceUid))),
    element(16, 'UI', Buffer.from(padded('1.2.840.10008.1.2.1'))),
    Buffer.alloc(bytes, 0x2d),
  ]);
}

/** One element of group 2 in Explicit VR Little Endian (PS3.5 §7.1.2). */
export function element(number: number, vr: string, value: Buffer): Buffer {
  const isLong = vr === 'OB';
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(2, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

/** UIDs are padded to an even length with a zero byte (PS3.5 §9.1). */
function padded(uid: string): string {
  return uid.length % 2 === 0 ? uid : `${uid}\0`;
}
