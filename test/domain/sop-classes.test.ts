import { isPlainClass, lacksContent } from '../../src/domain/dicom/sop-classes.ts';
import { items, text } from '../fakes/dicom-objects.ts';

const of = (tail: string): string => `1.2.840.10008.5.1.4.1.1.${tail}`;

test.each([
  ['2', true],
  ['481.1', true],
  ['481.2', false],
  ['481.3', false],
  ['481.5', false],
  ['66.4', false],
])('%s holds what a scanner acquired, by its class alone: %s', (tail, expected) => {
  expect(isPlainClass(of(tail))).toBe(expected);
});

test.each([
  ['66.4', {}, true],
  ['66.4', { '00620002': items({}) }, false],
  ['66.4', { '00620002': { vr: 'SQ', BulkDataURI: 'http://pacs/bulk' } }, true],
  ['66.7', {}, true],
  ['481.3', {}, true],
  ['481.3', { '30060020': items({}) }, false],
  ['88.33', { '00080060': text('CS', 'SR') }, true],
  ['88.33', { '0040A730': items({}) }, false],
  ['7', {}, false],
])('metadata of class %s with %j lack what tells who made it: %s', (tail, metadata, expected) => {
  expect(lacksContent(of(tail), metadata)).toBe(expected);
});
