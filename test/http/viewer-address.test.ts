import { isViewerPage, viewerHref, viewerReturn } from '../../src/ui/viewer-address.ts';
import { studyUid } from '../fakes/uids.ts';

const LONG = `1.2,${'1.2.3.4,'.repeat(30)}`;

test.each<{ name: string; address: string; back: string | undefined }>([
  { name: 'its first page', address: '/viewer/', back: '/viewer/' },
  { name: 'the same as its router writes it', address: '/viewer', back: '/viewer' },
  {
    name: 'a study',
    address: '/viewer/viewer?StudyInstanceUIDs=1.2.3',
    back: '/viewer/viewer?StudyInstanceUIDs=1.2.3',
  },
  {
    name: 'two studies of another PACS, in another mode',
    address: '/viewer/segmentation/old-archive?StudyInstanceUIDs=1.2,1.3&hangingprotocolId=x',
    back: '/viewer/segmentation/old-archive?StudyInstanceUIDs=1.2,1.3',
  },
  { name: 'a list filtered by a name', address: '/viewer/?patientName=Doe', back: '/viewer/' },
  { name: 'no study', address: '/viewer/viewer?StudyInstanceUIDs=', back: '/viewer/' },
  { name: 'what is no study', address: '/viewer/viewer?StudyInstanceUIDs=//x.example', back: '/viewer/' },
  { name: 'more studies than fit', address: `/viewer/viewer?StudyInstanceUIDs=${LONG}`, back: '/viewer/' },
  { name: 'a file', address: '/viewer/app.js', back: undefined },
  { name: 'a way out', address: '/viewer/../me', back: undefined },
  { name: 'an encoded one', address: '/viewer/%2e%2e/me', back: undefined },
  { name: 'two slashes', address: '/viewer//x.example', back: undefined },
  { name: 'another site', address: 'https://x.example/viewer/', back: undefined },
  { name: 'what only begins alike', address: '/viewers/', back: undefined },
  { name: 'nothing', address: '', back: undefined },
])('$name -> $back', ({ address, back }) => {
  expect(viewerReturn(address)).toBe(back);
});

test('a way back leads back to itself', () => {
  const back = viewerReturn('/viewer/viewer?StudyInstanceUIDs=1.2,1.3&x=1') ?? '';
  expect(viewerReturn(back)).toBe(back);
});

test('a study has an address, at the main PACS and at another', () => {
  expect(viewerHref(studyUid('1.2.3'))).toBe('/viewer/viewer?StudyInstanceUIDs=1.2.3');
  expect(viewerHref(studyUid('1.2.3'), 'archive')).toBe('/viewer/viewer/archive?StudyInstanceUIDs=1.2.3');
});

test('an address of any length is judged at once', () => {
  expect(isViewerPage(`/viewer${'/a'.repeat(50_000)}!`)).toBe(false);
});
