import type { DicomJsonObject } from './dicom-json.ts';
import { dateTimeOf, element } from './workitem-change.ts';
import {
  coded,
  commonElements,
  cut,
  items,
  OWN_SCHEME,
  referenceTo,
  uidFor,
  type Code,
  type WrittenResult,
} from './written-object.ts';

/** What a model concluded, as a report says it. */
export interface ReportedResult extends WrittenResult {
  /** Whether it is known to be of these images: else they say which patient and study it is of, and the report refers to none. */
  readonly isOfImages: boolean;
  /** One of the words that the register lists for the endpoint. */
  readonly finding?: string;
  /** 0 to 1. */
  readonly score?: number;
}

const COMPREHENSIVE_3D_SR = '1.2.840.10008.5.1.4.1.1.88.34';
/** Beyond that the series is named by its first images. */
const MAX_REFERENCES = 2_000;
const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
const NO_UNITS: Code = { value: '1', scheme: 'UCUM', meaning: 'no units' };

/**
 * A Measurement Report (PS3.16 TID 1500) that says what a model concluded: observed by a device, with the algorithm's name and version
 * (TID 4019) beside the finding (TID 1501), tracking identifiers, and the images it was made from, if these are known: an image library may be
 * empty (TID 1600). Unverified, as no person has looked at it.
 */
export function tid1500Report(result: ReportedResult): DicomJsonObject {
  const description = 'AI report';
  const images = references(result);
  return {
    ...commonElements(sharedOnly(result), { sopClassUid: COMPREHENSIVE_3D_SR, modality: 'SR', description }),
    '0040A032': element('DT', dateTimeOf(result.at)),
    '0040A040': element('CS', 'CONTAINER'),
    '0040A043': coded(dcm('126000', 'Imaging Measurement Report')),
    '0040A050': element('CS', 'SEPARATE'),
    '0040A372': { vr: 'SQ' },
    ...(images.length === 0 ? {} : { '0040A375': items(evidence(result)) }),
    '0040A491': element('CS', 'COMPLETE'),
    '0040A493': element('CS', 'UNVERIFIED'),
    '0040A496': element('CS', 'PRELIMINARY'),
    '0040A504': template('1500'),
    '0040A730': items(
      codeItem('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), {
        value: 'en',
        scheme: 'RFC5646',
        meaning: 'English',
      }),
      ...observer(result),
      codeItem('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), {
        value: '363679005',
        scheme: 'SCT',
        meaning: 'Imaging procedure',
      }),
      container(
        dcm('111028', 'Image Library'),
        images.length === 0 ? [] : [container(dcm('126200', 'Image Library Group'), images.map(imageItem))],
      ),
      container(dcm('126010', 'Imaging Measurements'), [measurementGroup(result)]),
    ),
  };
}

/** TID 1001 and 1004: no person, a device. */
function observer({ by }: ReportedResult): readonly DicomJsonObject[] {
  const text = (code: Code, value: string): DicomJsonObject => textItem('HAS OBS CONTEXT', code, value);
  return [
    codeItem('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
    uidItem('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), uidFor('device', by.model, by.version)),
    text(dcm('121013', 'Device Observer Name'), by.model),
    text(dcm('121014', 'Device Observer Manufacturer'), cut(by.vendor)),
    text(dcm('121015', 'Device Observer Model Name'), by.model),
  ];
}

function measurementGroup(result: ReportedResult): DicomJsonObject {
  const { by, seed, finding, score } = result;
  const own = (value: string): Code => ({ value, scheme: OWN_SCHEME, meaning: value });
  return {
    ...container(dcm('125007', 'Measurement Group'), [
      textItem('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), `${by.model} 1`),
      uidItem('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), uidFor(seed, 'tracking')),
      ...(finding === undefined ? [] : [codeItem('CONTAINS', dcm('121071', 'Finding'), own(finding))]),
      textItem('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), by.model),
      textItem('HAS CONCEPT MOD', dcm('111003', 'Algorithm Version'), by.version),
      ...(score === undefined ? [] : [numberItem(own('model-score'), score)]),
    ]),
    '0040A504': template('1501'),
  };
}

function template(id: string): DicomJsonObject[string] {
  return items({ '00080105': element('CS', 'DCMR'), '0040DB00': element('CS', id) });
}

function references({ images, isOfImages }: ReportedResult): readonly DicomJsonObject[] {
  return isOfImages ? images.slice(0, MAX_REFERENCES).map(referenceTo) : [];
}

/** A frame of reference is a series' own. */
function sharedOnly(result: ReportedResult): ReportedResult {
  if (result.isOfImages) return result;
  const { '00200052': _frame, '00201040': _position, ...shared } = result.images[0];
  return { ...result, images: [shared] };
}

/** Every object that the report refers to, by study and series (PS3.3 §C.17.2.3). */
function evidence(result: ReportedResult): DicomJsonObject {
  const [first] = result.images;
  return {
    '00081115': items({
      '00081199': items(...references(result)),
      '0020000E': first['0020000E'] ?? { vr: 'UI' },
    }),
    '0020000D': first['0020000D'] ?? { vr: 'UI' },
  };
}

function contentItem(relation: string, type: string, concept: Code): DicomJsonObject {
  return {
    '0040A010': element('CS', relation),
    '0040A040': element('CS', type),
    '0040A043': coded(concept),
  };
}

function container(concept: Code, content: readonly DicomJsonObject[]): DicomJsonObject {
  return {
    ...contentItem('CONTAINS', 'CONTAINER', concept),
    '0040A050': element('CS', 'SEPARATE'),
    ...(content.length === 0 ? {} : { '0040A730': items(...content) }),
  };
}

function textItem(relation: string, concept: Code, text: string): DicomJsonObject {
  return { ...contentItem(relation, 'TEXT', concept), '0040A160': element('UT', text) };
}

function uidItem(relation: string, concept: Code, uid: string): DicomJsonObject {
  return { ...contentItem(relation, 'UIDREF', concept), '0040A124': element('UI', uid) };
}

function codeItem(relation: string, concept: Code, code: Code): DicomJsonObject {
  return { ...contentItem(relation, 'CODE', concept), '0040A168': coded(code) };
}

function numberItem(concept: Code, value: number): DicomJsonObject {
  const measured = { '004008EA': coded(NO_UNITS), '0040A30A': { vr: 'DS', Value: [value.toFixed(6)] } };
  return { ...contentItem('CONTAINS', 'NUM', concept), '0040A300': items(measured) };
}

/** An image has no concept of its own in the library. */
function imageItem(reference: DicomJsonObject): DicomJsonObject {
  return {
    '00081199': items(reference),
    '0040A010': element('CS', 'CONTAINS'),
    '0040A040': element('CS', 'IMAGE'),
  };
}
