import { onePictureRange } from '../../src/domain/dicom/dicomweb-media.ts';

test.each([
  { given: undefined, asks: '*/*' },
  { given: '', asks: '*/*' },
  { given: 'image/jpeg', asks: 'image/jpeg' },
  { given: 'image/jp2;q=0.5', asks: 'image/jp2;q=0.5' },
  { given: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', asks: '*/*' },
  { given: 'image/webp, IMAGE/PNG;q=0.9, image/jpeg', asks: 'image/png' },
  { given: 'image/jpeg, image/png', asks: 'image/jpeg' },
  {
    given: 'multipart/related; type="image/png,image/jpeg"',
    asks: 'multipart/related; type="image/png,image/jpeg"',
  },
])('Accept $given -> asks the PACS for $asks', ({ given, asks }) => {
  expect(onePictureRange(given)).toBe(asks);
});
