import { BadRequest } from '../errors.ts';
import { isUid } from '../identifiers.ts';
import type { DicomJsonElement, DicomJsonObject } from './dicom-json.ts';
import { itemsOf } from './parse-workitem.ts';
import { WORKITEM_TAGS as TAGS } from './workitem-tags.ts';

/** What an element may hold: one value of a form, or items of elements. */
type Shape = { readonly vr: string; readonly isFine: (text: string) => boolean } | { readonly items: Shapes };
interface Shapes {
  readonly [tag: string]: Shape;
}

const dateTime: Shape = { vr: 'DT', isFine: (text) => DATE_TIME.test(text) };
const DATE_TIME = /^[0-9]{4,14}(?:\.[0-9]{1,6})?(?:[+-][0-9]{4})?$/;
const uid: Shape = { vr: 'UI', isFine: isUid };
/** Of a code only what a machine reads: its meaning is text. Codes of dictionaries are digits and a few letters; words are none. */
const code: Shape = {
  items: {
    [TAGS.codeValue]: { vr: 'SH', isFine: (text) => isShort(text) && lettersIn(text) <= 4 },
    [TAGS.codingScheme]: { vr: 'SH', isFine: (text) => isShort(text) && lettersIn(text) <= 8 },
  },
};
const percent: Shape = { vr: 'DS', isFine: (text) => /^(?:100|[0-9]{1,2})$/.test(text) };

/** Where it stands, which objects it made and when, and why it was given up: as numbers, moments, codes and UIDs. */
const MAY_BE_SAID: Shapes = {
  [TAGS.progress]: {
    items: {
      [TAGS.percentDone]: percent,
      [TAGS.cancelledAt]: dateTime,
      [TAGS.discontinuationReason]: code,
    },
  },
  [TAGS.performed]: {
    items: {
      [TAGS.performedStart]: dateTime,
      [TAGS.performedEnd]: dateTime,
      '00404019': code,
      '00404028': code,
      '00404029': code,
      '00404030': code,
      [TAGS.output]: {
        items: {
          [TAGS.studyInstanceUid]: uid,
          '0020000E': uid,
          '0040E020': { vr: 'CS', isFine: (text) => text === 'DICOM' },
          [TAGS.referencedSops]: {
            items: { '00081150': uid, [TAGS.referencedSopInstanceUid]: uid },
          },
        },
      },
    },
  },
};

/** What the standard asks for beside these, and is not kept: the words and version of a code, and where objects could be fetched. */
const LEFT_OUT: readonly string[] = [
  '00080103',
  '00080104',
  '0040E021',
  '0040E022',
  '0040E023',
  '0040E024',
  '0040E025',
];

/**
 * What a performer says of its work, as it is kept: a workitem is read by people for whom the result is not unlocked, so that no result may
 * stand in it. Throws BadRequest that names what is neither a number, a moment, a code nor a reference.
 */
export function performedWork(changes: DicomJsonObject): DicomJsonObject {
  return keptOf(changes, MAY_BE_SAID);
}

function keptOf(dataset: DicomJsonObject, shapes: Shapes): DicomJsonObject {
  const kept: Record<string, DicomJsonElement> = {};
  for (const tag of Object.keys(dataset)) {
    if (LEFT_OUT.includes(tag)) continue;
    kept[tag] = elementOf(dataset, tag, Object.hasOwn(shapes, tag) ? shapes[tag] : undefined);
  }
  return kept;
}

function elementOf(dataset: DicomJsonObject, tag: string, shape: Shape | undefined): DicomJsonElement {
  const given = dataset[tag];
  if (shape === undefined || given === undefined) throw notSaid(tag);
  if (!('items' in shape)) return { vr: shape.vr, ...valueOf(tag, given, shape.isFine) };
  if (given.vr !== 'SQ') throw notSaid(tag);
  return { vr: 'SQ', Value: itemsOf(dataset, tag).map((item) => keptOf(item, shape.items)) };
}

/** One value, or none. */
function valueOf(
  tag: string,
  { Value: values = [] }: DicomJsonElement,
  isFine: (text: string) => boolean,
): Pick<DicomJsonElement, 'Value'> {
  if (values.length > 1) throw notSaid(tag);
  const [only] = values.filter((value) => value !== null && value !== '');
  if (only === undefined) return {};
  if ((typeof only === 'string' || typeof only === 'number') && isFine(String(only)))
    return { Value: [only] };
  throw notSaid(tag);
}

function notSaid(tag: string): BadRequest {
  return new BadRequest(
    `Who performs a workitem says in it how far it is, in whole percent, when it began and ended, by which codes, and which objects it made; and not ${tag} like this. Results are stored as objects.`,
  );
}

function isShort(text: string): boolean {
  return /^[A-Z0-9-]{1,16}$/.test(text);
}

function lettersIn(text: string): number {
  return text.replaceAll(/[^A-Z]/g, '').length;
}
