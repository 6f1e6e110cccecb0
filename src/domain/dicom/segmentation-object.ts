import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { element } from './workitem-change.ts';
import {
  coded,
  commonElements,
  copiedFrom,
  cut,
  items,
  OWN_SCHEME,
  referenceTo,
  uidFor,
  type Code,
  type WrittenResult,
} from './written-object.ts';

/** A mask over all images of a series, as an object says it. */
export interface SegmentedResult extends WrittenResult {
  /** For each image in their order, for each row, for each column: anything but 0 is within. */
  readonly mask: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  /** What it is of. */
  readonly label: string;
}

const SEGMENTATION = '1.2.840.10008.5.1.4.1.1.66.4';
const POSITION = '00200032';
const BITS = 8;
const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
const CATEGORY: Code = { value: '123037004', scheme: 'SCT', meaning: 'Anatomical Structure' };

/**
 * A Segmentation (PS3.3 §A.51) of one segment that was drawn automatically, with the algorithm's name and version (§10.16), tracking
 * identifiers, and the images it lies on; of these only those that it touches. Undefined where it touches none.
 */
export function segmentationObject(result: SegmentedResult): DicomJsonObject | undefined {
  const touched = touchedFrames(result);
  if (touched.length === 0) return undefined;
  const { by, rows, columns, label, seed } = result;
  const description = 'AI segmentation';
  const dimension = uidFor(seed, 'dimension');
  return {
    ...commonElements(result, { sopClassUid: SEGMENTATION, modality: 'SEG', description }),
    '00080008': { vr: 'CS', Value: ['DERIVED', 'PRIMARY'] },
    '00081115': items(referencedSeries(result)),
    '00200052': result.images[0]['00200052'] ?? element('UI', uidFor(seed, 'frame of reference')),
    '00209221': items({ '00209164': element('UI', dimension) }),
    '00209222': items({
      '00209164': element('UI', dimension),
      '00209165': element('AT', POSITION),
      '00209167': element('AT', '00209113'),
    }),
    '00209311': element('CS', '3D'),
    ...pixelModule(rows, columns, touched.length),
    '00620001': element('CS', 'BINARY'),
    '00620002': items(segment(result)),
    '00700080': element('CS', 'SEGMENTATION'),
    '00700081': element('LO', cut(label)),
    '00700084': { vr: 'PN', Value: [{ Alphabetic: cut(by.model) }] },
    '52009229': items(sharedGroups(result.images[0])),
    '52009230': items(...touched.map(({ image }, place) => frameGroups(image, place + 1))),
    '7FE00010': { vr: 'OB', InlineBinary: packed(touched.map(({ pixels }) => pixels)) },
  };
}

interface Frame {
  readonly image: DicomJsonObject;
  readonly pixels: Uint8Array;
}

function touchedFrames({ images, mask, rows, columns }: SegmentedResult): readonly Frame[] {
  const size = rows * columns;
  return images
    .map((image, place) => ({ image, pixels: mask.subarray(place * size, (place + 1) * size) }))
    .filter(({ pixels }) => pixels.some((pixel) => pixel !== 0));
}

function pixelModule(rows: number, columns: number, frames: number): DicomJsonObject {
  const number = (vr: string, value: number): DicomJsonElement => ({ vr, Value: [value] });
  return {
    '00280002': number('US', 1),
    '00280004': element('CS', 'MONOCHROME2'),
    '00280008': number('IS', frames),
    '00280010': number('US', rows),
    '00280011': number('US', columns),
    '00280100': number('US', 1),
    '00280101': number('US', 1),
    '00280102': number('US', 0),
    '00280103': number('US', 0),
    '00282110': element('CS', '00'),
  };
}

/** The type of what is segmented is the model's own word: no dictionary has it. */
function segment({ by, label, seed }: SegmentedResult): DicomJsonObject {
  return {
    '00620003': coded(CATEGORY),
    '00620004': { vr: 'US', Value: [1] },
    '00620005': element('LO', cut(label)),
    '00620007': items({
      '00660031': element('LO', by.version),
      '00660036': element('LO', cut(by.model)),
      '0066002F': coded(dcm('123110', 'Artificial Intelligence')),
    }),
    '00620008': element('CS', 'AUTOMATIC'),
    '00620009': element('LO', cut(by.model)),
    '0062000F': coded({ value: label, scheme: OWN_SCHEME, meaning: label }),
    '00620020': element('UT', `${by.model} 1`),
    '00620021': element('UI', uidFor(seed, 'tracking')),
  };
}

function referencedSeries({ images }: SegmentedResult): DicomJsonObject {
  return {
    '0008114A': items(...images.map(referenceTo)),
    '0020000E': images[0]['0020000E'] ?? { vr: 'UI' },
  };
}

function sharedGroups(image: DicomJsonObject): DicomJsonObject {
  return {
    '00209116': items(copiedFrom(image, ['00200037'])),
    '00289110': items(copiedFrom(image, ['00180050', '00180088', '00280030'])),
    '0062000A': items({ '0062000B': { vr: 'US', Value: [1] } }),
  };
}

function frameGroups(image: DicomJsonObject, place: number): DicomJsonObject {
  const source = {
    ...referenceTo(image),
    '0040A170': coded(dcm('121322', 'Source image for image processing operation')),
  };
  return {
    '00089124': items({ '00082112': items(source), '00089215': coded(dcm('113076', 'Segmentation')) }),
    '00209111': items({ '00209157': { vr: 'UL', Value: [place] } }),
    '00209113': items(copiedFrom(image, [POSITION])),
  };
}

/** One bit for each pixel, the first in the lowest, frames without a gap (PS3.5 §8.1.1); of even length. */
function packed(frames: readonly Uint8Array[]): string {
  const count = frames.reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.alloc(2 * Math.ceil(count / BITS / 2));
  let at = 0;
  for (const frame of frames) {
    for (const pixel of frame) {
      if (pixel !== 0) bytes.writeUInt8(bytes.readUInt8(at >>> 3) | (1 << (at % BITS)), at >>> 3);
      at += 1;
    }
  }
  return bytes.toString('base64');
}
