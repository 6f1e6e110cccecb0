import fc from 'fast-check';
import { collectBody } from '../../src/domain/collect-body.ts';
import { textOf } from '../../src/domain/dicom/dicom-json.ts';
import {
  instanceInLocation,
  multipartBoundary,
  privateCaching,
} from '../../src/domain/dicom/dicomweb-media.ts';
import { UpstreamFault } from '../../src/domain/errors.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import { listableRow } from '../../src/domain/dicom/listable-row.ts';
import { mapBodyParts } from '../../src/domain/dicom/map-body-part.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { ageYearsOf } from '../../src/domain/patient-age.ts';
import {
  isDetectionReport,
  isImageClass,
  isImageModality,
  isPlainClass,
  isSecondaryCapture,
  mayShowInThumbnail,
} from '../../src/domain/dicom/sop-classes.ts';
import { viewNames, type ViewKey } from '../../src/domain/view-case.ts';
import { text } from '../fakes/dicom-objects.ts';

type Aged = readonly [string, string | undefined, string | undefined, string | undefined, number | undefined];

test.each([
  [['CT'], 'CT'],
  [[' CT '], 'CT'],
  [[7], '7'],
  [[{ Alphabetic: 'A^B' }], 'A^B'],
  [[{ Ideographic: 'X' }], undefined],
  [[''], undefined],
  [[null, 'CT'], undefined],
  [[], undefined],
  [undefined, undefined],
])('first value of %j as text: %s', (values, expected) => {
  expect(textOf({ '00080060': { vr: 'CS', ...(values && { Value: values }) } }, '00080060')).toBe(expected);
  expect(textOf({}, '00080060')).toBeUndefined();
});

test.each([
  ['multipart/related; type="application/dicom"; boundary=abc', 'abc'],
  ['multipart/related; type="application/octet-stream; transfer-syntax=1.2"; boundary="a b;c"', 'a b;c'],
  ['Multipart/Mixed;BOUNDARY=x', 'x'],
  ['multipart/related; type="x; boundary=inner"', undefined],
  ['multipart/related; boundary=', undefined],
  [`multipart/related; boundary=${'x'.repeat(201)}`, undefined],
  ['application/dicom; boundary=x', undefined],
  [undefined, undefined],
])('boundary of %s', (contentType, expected) => {
  expect(multipartBoundary(contentType)).toBe(expected);
});

test.each([
  ['http://h/studies/1/series/2/instances/3.4/frames/1', '3.4'],
  ['/instances/3.4', '3.4'],
  ['/instances/3.4?x', '3.4'],
  ['/instances/x', undefined],
  ['/studies/1', undefined],
])('instance in %s', (location, expected) => {
  expect(instanceInLocation(location)).toBe(expected);
});

test.each([
  [undefined, 'private'],
  ['public, max-age=60, s-maxage=90', 'private, max-age=60'],
  ['private="x", no-cache', 'private, no-cache'],
])('caching %s -> %s', (upstream, expected) => {
  expect(privateCaching(upstream)).toBe(expected);
});

test.each<Aged>([
  ['whole years', '054Y', undefined, undefined, 54],
  ['months', '018M', undefined, undefined, 1],
  ['weeks', '104W', undefined, undefined, 1],
  ['days', '400D', undefined, undefined, 1],
  ['birthday to come', undefined, '19600613', '20260612', 65],
  ['birthday today', undefined, '19600612', '20260612', 66],
  ['malformed age, dates there', '54', '19600612', '20260612', 66],
  ['born after the study', undefined, '20270101', '20260612', undefined],
  ['no study date', undefined, '19600612', undefined, undefined],
  ['no birth date', undefined, undefined, '20260612', undefined],
  ['old-style date', undefined, '1960.06.12', '20260612', undefined],
])('age by %s', (_name, ...[age, birth, study, expected]) => {
  expect(ageYearsOf(age, birth, study)).toBe(expected);
});

test('body parts by whole words', () => {
  const rules = [
    { words: ['chest'], bodyPart: 'chest' },
    { words: ['arm'], bodyPart: 'ARM' },
    { words: ['ct', 'head'], bodyPart: 'HEAD' },
    { words: [], bodyPart: 'NONE' },
  ];
  expect(mapBodyParts(['CT-Head w/o', 'Chest PA; alarm'], rules)).toEqual(['CHEST', 'HEAD']);
  expect(mapBodyParts(['MR', 'head'], rules)).toEqual([]);
});

test.each([
  ['[]', []],
  ['[{"00080018":{"vr":"UI"}}]', [{ '00080018': { vr: 'UI' } }]],
  ['{}', undefined],
  ['[1]', undefined],
  ['[{"a":1}]', undefined],
  ['[', undefined],
])('datasets from %s', (json, expected) => {
  const parse = (): unknown => parseDatasets(Buffer.from(json));
  if (expected === undefined) expect(parse).toThrow(UpstreamFault);
  else expect(parse()).toEqual(expected);
});

test('invalid UTF-8 is no DICOM JSON', () => {
  expect(() => parseDatasets(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]))).toThrow(UpstreamFault);
});

test('a body is collected up to a limit', async () => {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ab');
    yield Buffer.from('cd');
  }
  expect(Buffer.from(await collectBody(body(), 4)).toString()).toBe('abcd');
  await expect(collectBody(body(), 3)).rejects.toThrow(UpstreamFault);
});

test('a row keeps what lists are for, and nothing that says what AI found', () => {
  const kept = {
    '00080060': text('CS', 'SR'),
    '00400275': text('SQ'),
    '00104000': text('LT', 'allergy'),
    '00080061': text('CS', 'CT'),
  };
  const gone = {
    '0040A730': text('SQ', {}),
    '00204000': text('LT', 'nodule'),
    '00420011': { vr: 'OB', InlineBinary: 'AA==' },
    '00290010': text('LO', 'private'),
  };
  expect(listableRow({ ...kept, ...gone })).toEqual(kept);
  const image = { '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2'), ...gone };
  expect(listableRow({ ...image, '00080061': { vr: 'CS' } })).toEqual(image);
});

test.each([
  ['CT', '2', { plain: true, image: true, capture: false, thumbnail: true, detection: false }],
  ['secondary capture', '7', { plain: false, image: true, capture: true, thumbnail: true, detection: false }],
  ['segmentation', '66.4', { plain: false, image: false, capture: false, thumbnail: true, detection: false }],
  [
    'comprehensive 3D report',
    '88.34',
    { plain: false, image: false, capture: false, thumbnail: false, detection: false },
  ],
  ['dose report', '88.67', { plain: true, image: false, capture: false, thumbnail: false, detection: false }],
  ['chest CAD', '88.65', { plain: false, image: false, capture: false, thumbnail: false, detection: true }],
  [
    'presentation state',
    '11.1',
    { plain: false, image: false, capture: false, thumbnail: false, detection: false },
  ],
  ['annotations', '91.1', { plain: false, image: false, capture: false, thumbnail: true, detection: false }],
  ['unknown', '999', { plain: false, image: true, capture: false, thumbnail: true, detection: false }],
])('%s', (_name, tail, expected) => {
  const uid = `1.2.840.10008.5.1.4.1.1.${tail}`;
  expect({
    plain: isPlainClass(uid),
    image: isImageClass(uid),
    capture: isSecondaryCapture(uid),
    thumbnail: mayShowInThumbnail(uid),
    detection: isDetectionReport(uid),
  }).toEqual(expected);
});

test.each([
  ['CT', true],
  ['OT', true],
  ['SR', false],
  ['SEG', false],
  ['KO', false],
])('modality %s is an image: %s', (modality, expected) => {
  expect(isImageModality(modality)).toBe(expected);
});

test('the names of a look follow from what it is about, and from nothing else', () => {
  const key: ViewKey = {
    kind: 'case.viewed',
    sessionRef: 's',
    studyInstanceUid: '1.2',
    model: 'm',
    version: '1',
    reasons: [],
  };
  const names = viewNames(key);
  expect(viewNames({ ...key })).toEqual(names);
  expect(parseCaseId(names.caseId)).toBe(names.caseId);
  const others: readonly Partial<ViewKey>[] = [
    { kind: 'case.refused' },
    { sessionRef: 't' },
    { studyInstanceUid: '1.3' },
    { model: 'n' },
    { version: '2' },
    { reasons: ['stop-use'] },
  ];
  const all = [key, ...others.map((other) => ({ ...key, ...other }))].map((each) => viewNames(each));
  expect(new Set(all.map((each) => each.caseId)).size).toBe(all.length);
  expect(new Set(all.map((each) => each.entryId)).size).toBe(all.length);
});

test('every key gives a well-formed case identifier', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (sessionRef, model) => {
      const { caseId } = viewNames({
        kind: 'case.viewed',
        sessionRef,
        studyInstanceUid: '1',
        model,
        version: '1',
        reasons: [],
      });
      expect(parseCaseId(caseId)).toBeDefined();
    }),
  );
});
