import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Where real files may lie: a folder named by the environment, or one beside the repository. */
function folderOfRealFiles(): string {
  return process.env['COUNTERSIGN_DICOM_DIR'] ?? resolve(__dirname, '../../../shared/data/dicom');
}

/** What is missing for tests on real files, for describeUnlessMissing; undefined where they are there. */
export function missingRealFiles(): string | undefined {
  return realFilePaths().length > 0
    ? undefined
    : 'real DICOM files (name their folder in COUNTERSIGN_DICOM_DIR)';
}

/** The real files, in a fixed order. */
export function readRealFiles(): readonly Uint8Array[] {
  return realFilePaths().map((path) => readFileSync(path));
}

/** An element of the file meta, which is always Explicit VR Little Endian (PS3.10 §7.1): its tag and the letters UI. */
const SOP_INSTANCE = Buffer.from([0x02, 0x00, 0x03, 0x00, 0x55, 0x49]);
const TRANSFER_SYNTAX = Buffer.from([0x02, 0x00, 0x10, 0x00, 0x55, 0x49]);
const DEFLATED = '1.2.840.10008.1.2.1.99';
/** Preamble, `DICM`, and the element that says how long the rest of the meta is. */
const META_START = 128 + 4 + 12;
const META_LENGTH_AT = META_START - 4;

/**
 * The same, each an object by itself: several are one image in another transfer syntax, under one UID, of which a PACS keeps the
 * first alone. Another UID of the same length stands in all but the first.
 */
export function readRealFilesApart(): readonly Uint8Array[] {
  const seen = new Map<string, number>();
  return readRealFiles().map((bytes) => {
    const file = Buffer.from(bytes);
    const uid = metaText(file, SOP_INSTANCE);
    const count = seen.get(uid) ?? 0;
    seen.set(uid, count + 1);
    return count === 0 ? file : renamed(file, uid, `${uid.slice(0, -3)}9${String(count).padStart(2, '0')}`);
  });
}

/** The SOP Instance UID of a file, as its meta says it. */
export function sopInstanceOf(file: Uint8Array): string {
  return metaText(Buffer.from(file), SOP_INSTANCE);
}

/** The transfer syntax that a file is in. */
export function transferSyntaxOf(file: Uint8Array): string {
  return metaText(Buffer.from(file), TRANSFER_SYNTAX);
}

function metaText(file: Buffer, head: Buffer): string {
  const at = file.indexOf(head) + head.length;
  return file
    .subarray(at + 2, at + 2 + file.readUInt16LE(at))
    .toString('latin1')
    .replace(/\0$/, '');
}

function renamed(file: Buffer, from: string, to: string): Buffer {
  const replace = (bytes: Buffer): Buffer =>
    Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
  if (metaText(file, TRANSFER_SYNTAX) !== DEFLATED) return replace(file);
  const end = META_START + file.readUInt32LE(META_LENGTH_AT);
  const dataset = replace(inflateRawSync(file.subarray(end)));
  return Buffer.concat([replace(file.subarray(0, end)), deflateRawSync(dataset)]);
}

function realFilePaths(): readonly string[] {
  try {
    const folder = folderOfRealFiles();
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.dcm'))
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .toSorted();
  } catch {
    return [];
  }
}
