import { data as dcmjs } from 'dcmjs';
import { KEYWORD_OF_TAG, keywordMeantBy, tagOf, UID_TAGS } from '../../src/domain/dicom/dicom-attributes.ts';

const PLAIN_TAG = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/;

interface Entry {
  readonly keyword: string;
  readonly tag: string;
  readonly vr: string;
  readonly group: number;
}

/** The dictionary of dcmjs as it should be ours. Tag by tag, so that nothing is taken over from how ours is made. */
const dictionary = Object.values(dcmjs.DicomMetaDictionary.nameMap).map(({ name, tag, vr }): Entry => {
  const [, group = '', element = ''] = PLAIN_TAG.exec(tag) ?? [];
  const keyword = name.startsWith('RETIRED_') ? name.slice('RETIRED_'.length) : name;
  return { keyword, tag: group + element, vr, group: Number.parseInt(group, 16) };
});

const isBetween = (group: number, first: number, last: number): boolean => group >= first && group <= last;
const isRepeating = ({ group }: Entry): boolean =>
  isBetween(group, 0x5000, 0x501e) || isBetween(group, 0x6000, 0x601e) || isBetween(group, 0x7f00, 0x7f1e);
const wanted = dictionary.filter(
  (entry) =>
    entry.group >= 8 && entry.group !== 0xfffe && entry.keyword !== 'undefined' && !isRepeating(entry),
);

test('every keyword of the dictionary, and no other (else run config/tooling/dicom-keywords.mjs)', () => {
  const ours = Array.from(KEYWORD_OF_TAG, ([tag, keyword]) => `${keyword}=${tag}`);
  expect(ours.sort()).toEqual(wanted.map(({ keyword, tag }) => `${keyword}=${tag}`).sort());
  expect(ours.length).toBeGreaterThan(4900);
});

test('every keyword has its tag, and none could be taken for a tag', () => {
  expect([...KEYWORD_OF_TAG].filter(([tag, keyword]) => tagOf(keyword) !== tag)).toEqual([]);
});

test('every keyword is known in the wrong case', () => {
  const keywords = [...KEYWORD_OF_TAG.values()];
  expect(keywords.map((keyword) => keywordMeantBy(keyword.toLowerCase()))).toEqual(keywords);
  expect(keywords.map(keywordMeantBy).filter((meant) => meant !== undefined)).toEqual([]);
});

test('the attributes that hold UIDs are those of VR UI', () => {
  const uids = wanted.filter(({ vr }) => vr === 'UI').map(({ tag }) => tag);
  expect([...UID_TAGS].sort()).toEqual(uids.sort());
});

test.each([
  ['EchoTime', '00180081'],
  ['OtherPatientIDs', '00101000'],
  ['dBdt', '00181318'],
  ['PixelData', '7FE00010'],
  ['7fe00010', '7FE00010'],
  ['00091001', '00091001'],
  ['echoTime', undefined],
  ['RETIRED_OtherPatientIDs', undefined],
  ['OverlayRows', undefined],
  ['AffectedSOPInstanceUID', undefined],
  ['TransferSyntaxUID', undefined],
  ['Item', undefined],
  ['undefined', undefined],
  ['constructor', undefined],
  ['0018008', undefined],
  ['', undefined],
])('tag of %j: %s', (name, tag) => {
  expect(tagOf(name)).toBe(tag);
});

test.each([
  ['echotime', 'EchoTime'],
  ['ECHOTIME', 'EchoTime'],
  ['EchoTime', undefined],
  ['EchoTimes', undefined],
  ['__proto__', undefined],
])('%j is meant to be %s', (name, keyword) => {
  expect(keywordMeantBy(name)).toBe(keyword);
});
