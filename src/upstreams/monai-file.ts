import { createDatasetWalk } from '../domain/dicom/dataset-walk.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { AnswerFile } from '../flows/ports-inference.ts';

/** What a result file may be: how it begins, so that a page of some proxy is not taken for a mask. */
const KINDS: readonly { readonly ends: string; readonly isSo: (bytes: Uint8Array) => boolean }[] = [
  { ends: '.nrrd', isSo: isWholeNrrd },
  { ends: '.nii.gz', isSo: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b },
  { ends: '.nii', isSo: (bytes) => bytes[0] === 0x5c && bytes[1] === 0x01 },
];
const NRRD = '.seg.nrrd';
const MAX_HEAD_BYTES = 65_536;
/** As deep as an object that is stored may nest its sequences. */
const MAX_DEPTH = 64;

/**
 * The file of an answer under a name of our own: the endpoint's is foreign text, and clients write files by it. Undefined for what is
 * none of the formats that clients of MONAI Label read.
 */
export function resultFile(bytes: Uint8Array, endpointName: string | undefined): AnswerFile | undefined {
  const name = endpointName?.toLowerCase() ?? '';
  const kind = KINDS.find(({ ends }) => name.endsWith(ends)) ?? KINDS.find(({ isSo }) => isSo(bytes));
  if (kind === undefined || !kind.isSo(bytes)) return undefined;
  const ending = name.endsWith(NRRD) ? NRRD : kind.ends;
  return { name: 'image', contentType: 'application/octet-stream', fileName: `image${ending}`, bytes };
}

/**
 * A DICOM object (PS3.10 §7.1) of the study that was asked about; undefined for anything else, for of another study it is of another
 * patient.
 */
export function dicomFile(bytes: Uint8Array, study: StudyUid): AnswerFile | undefined {
  const walk = createDatasetWalk(MAX_DEPTH);
  walk.push(bytes);
  walk.end();
  const isSound = walk.fault() === undefined && !walk.metaDiffers();
  if (!isSound || walk.identity()?.studyInstanceUid !== study) return undefined;
  return { name: 'image', contentType: 'application/dicom', fileName: 'image.dcm', bytes };
}

/** Its data may stand in another file or at another address ("data file:"), which is no result. */
function isWholeNrrd(bytes: Uint8Array): boolean {
  const head = textAt(bytes, 0, MAX_HEAD_BYTES);
  const end = /\r?\n\r?\n/.exec(head)?.index;
  return /^NRRD000[1-5]\r?\n/.test(head) && end !== undefined && !/^data ?file:/im.test(head.slice(0, end));
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}
