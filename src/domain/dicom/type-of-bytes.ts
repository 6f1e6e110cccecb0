/** How files begin that come as bulk data without a name, and are shown by browsers themselves. */
const BEGINNINGS: readonly { readonly type: string; readonly at: number; readonly bytes: string }[] = [
  { type: 'application/pdf', at: 0, bytes: '%PDF-' },
  { type: 'video/mp4', at: 4, bytes: 'ftyp' },
];

/** The media type of a file by how it begins; undefined for anything but the few kinds that DICOM carries whole (PS3.3 §C.24.2, PS3.5 §8.2.5). */
export function typeOfBytes(beginning: Uint8Array): string | undefined {
  const text = Buffer.from(beginning.buffer, beginning.byteOffset, Math.min(16, beginning.length)).toString(
    'latin1',
  );
  return BEGINNINGS.find(({ at, bytes }) => text.startsWith(bytes, at))?.type;
}
