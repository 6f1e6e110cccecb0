import { askedOfObjects, asksForCounts, asksForImages } from '../../src/domain/dicom/search-levels.ts';

type Level = Parameters<typeof asksForImages>[1];
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SEG = '1.2.840.10008.5.1.4.1.1.66.4';

test.each<[string, Record<string, string>, Level, readonly [readonly string[], boolean]]>([
  ['nothing', {}, 'studies', [[], true]],
  ['a patient and a day', { '00100020': 'P', '00080020': '20260101' }, 'studies', [[], true]],
  ['of a study, what its series are called', { '0008103E': 'AI*' }, 'studies', [['0008103E'], false]],
  ['of a series, what it is called', { '0008103E': 'AI*' }, 'series', [[], true]],
  ['of a series, what its objects are called', { '00700080': 'x' }, 'series', [['00700080'], false]],
  ['something within a sequence', { '0040A043.00080100': 'x' }, 'series', [['0040A043.00080100'], false]],
  ['something within a series’ sequence', { '00400275.00401001': 'x' }, 'series', [[], true]],
  ['anything', { '0008103E': '*', '00080061': '**' }, 'studies', [[], true]],
  ['images by their modality', { '00080061': 'CT,MR' }, 'studies', [[], true]],
  ['images by their class', { '00080062': CT }, 'studies', [[], true]],
  ['a modality of results', { '00080061': 'CT\\SEG' }, 'studies', [[], false]],
  ['a modality of captures', { '00080061': 'OT' }, 'studies', [[], false]],
  ['a modality by wildcard', { '00080061': 'S*' }, 'studies', [[], false]],
  ['a class of results', { '00080062': SEG }, 'studies', [[], false]],
  ['one series', { '0020000E': '1.2' }, 'studies', [[], false]],
  ['of series, one of them', { '0020000E': '1.2', '00080060': 'SEG' }, 'series', [[], true]],
  ['one object', { '00080018': '1.2' }, 'series', [[], false]],
  ['a number of objects', { '00201208': '5' }, 'studies', [[], false]],
])('a search for %s', (_name, asked, of, [ofObjects, isForImages]) => {
  const matches = new Map(Object.entries(asked));
  expect([...askedOfObjects(matches, of).keys()]).toEqual(ofObjects);
  expect(asksForImages(matches, of)).toBe(isForImages);
});

test.each<[string, Level, boolean]>([
  ['00201206', 'studies', true],
  ['00201208', 'studies', true],
  ['00201209', 'series', true],
  ['00201208', 'series', false],
  ['00080061', 'studies', false],
])('whether %s counts, among %s', (tag, of, counts) => {
  expect(asksForCounts(new Map([[tag, '5']]), of)).toBe(counts);
});
