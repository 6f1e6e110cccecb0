import { BadRequest } from '../../src/domain/errors.ts';
import { parseRetrieveQuery } from '../../src/domain/dicom/retrieve-query.ts';

const plain = (query: string): string =>
  parseRetrieveQuery(query)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

test.each([
  ['', ''],
  ['annotation=patient%2Ctechnique', 'annotation=patient,technique'],
  ['quality=1', 'quality=1'],
  ['quality=100', 'quality=100'],
  ['viewport=512,512', 'viewport=512,512'],
  ['viewport=512,512,0,0.5,-100,200', 'viewport=512,512,0,0.5,-100,200'],
  ['viewport=512,512,,,100,200', 'viewport=512,512,,,100,200'],
  ['viewport=8192,8192', 'viewport=8192,8192'],
  ['window=-600.5,1500,linear', 'window=-600.5,1500,linear'],
  ['window=40,400,linear-exact', 'window=40,400,linear-exact'],
  ['window=40,400', 'window=40,400'],
  ['iccprofile=srgb', 'iccprofile=srgb'],
  ['charset=utf-8,iso-8859-1', 'charset=utf-8,iso-8859-1'],
  ['accept=image/jpeg;q=1', 'accept=image/jpeg;q=1'],
  ['window=1,2,sigmoid&annotation=patient&token=secret', 'annotation=patient&window=1,2,sigmoid'],
  ['unknown=x&_=17', ''],
])('%s goes on as %s', (query, expected) => {
  expect(plain(query)).toBe(expected);
});

test.each([
  'annotation=name',
  'annotation=',
  'quality=0',
  'quality=101',
  'quality=1.5',
  'viewport=512',
  'viewport=0,512',
  'viewport=512,512,1,2,3,4,5',
  'viewport=1e9,1',
  // A common PACS ends when it is asked for one of these.
  'viewport=8192,8193',
  'viewport=99999,99999',
  'window=40',
  'window=a,b,linear',
  'window=40,400,cubic',
  'window=40,400,linear%26studyUID=1',
  'iccprofile=mine',
  'charset=%2F..',
  'accept=%C3%A4',
  `accept=${'x'.repeat(513)}`,
  'Window=40,400',
  'VIEWPORT=1,1',
  'quality=1&quality=1',
  'quality=%zz',
  'quality=1%00',
])('%s -> 400', (query) => {
  expect(() => parseRetrieveQuery(query)).toThrow(BadRequest);
});
