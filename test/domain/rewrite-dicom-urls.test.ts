import { publicUrl, rewriteDicomUrls, rewriteUrl } from '../../src/domain/dicom/rewrite-dicom-urls.ts';

const mapping = {
  ownBaseUrls: [
    'https://"gw.example:8443"/dicom-web',
    'http://pacs:8042/orthanc/dicom-web',
    'http://pacs:8042/dicom-web',
  ],
  publicBaseUrl: 'https://gw.example:8443/dicom-web',
};

test.each([
  ['http://pacs:8042/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1', 0],
  ['http://pacs:8042/orthanc/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1', 0],
  ['https://"gw.example:8443"/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1', 0],
  ['http://pacs:8042/dicom-web', 'https://gw.example:8443/dicom-web', 0],
  ['http://pacs:8042/dicom-web?x=1', 'https://gw.example:8443/dicom-web?x=1', 0],
  ['https://gw.example:8443/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1', 0],
  ['../bulkdata/1', '../bulkdata/1', 0],
  ['', '', 0],
  ['http://pacs:8042/dicom-web-admin/x', 'http://pacs:8042/dicom-web-admin/x', 1],
  ['http://pacs:8042/other', 'http://pacs:8042/other', 1],
  ['file:///etc/passwd', 'file:///etc/passwd', 1],
])('%s -> %s, %d unmapped', (url, value, unmapped) => {
  expect(rewriteUrl(url, mapping)).toEqual({ value, unmapped });
});

test.each([
  ['http://pacs:8042/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1'],
  ['https://gw.example:8443/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1'],
  ['/orthanc/dicom-web/studies/1', 'https://gw.example:8443/dicom-web/studies/1'],
  ['/wado?objectUID=1', 'https://gw.example:8443/wado?objectUID=1'],
  ['http://archive/wado', 'https://gw.example:8443/dicom-web/archive'],
  ['http://pacs:8042/other', undefined],
  ['//pacs:8042/dicom-web', undefined],
  ['/other', undefined],
  ['../1', undefined],
  ['', undefined],
])('%s is public as %s', (url, expected) => {
  const others = [
    { ownBaseUrl: 'http://pacs:8042/wado', publicBaseUrl: 'https://gw.example:8443/wado' },
    { ownBaseUrl: 'http://archive/wado', publicBaseUrl: 'https://gw.example:8443/dicom-web/archive' },
  ];
  expect(publicUrl(url, { ...mapping, others })).toBe(expected);
});
test('without others there is one base', () => {
  expect(publicUrl('http://pacs:8042/wado', mapping)).toBeUndefined();
});

test('Retrieve URL and BulkDataURI at any depth; everything else as it was', () => {
  const own = 'http://pacs:8042/dicom-web/x';
  const dataset = {
    '00081190': { vr: 'UR', Value: [own, null, 'http://elsewhere/x'] },
    '0040E010': { vr: 'UR', Value: [own] },
    '7FE00010': { vr: 'OW', BulkDataURI: own },
    '00091001': { vr: 'UN', BulkDataURI: own, Value: [1] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: own }, null] },
    '00081030': { vr: 'LO', Value: [own] },
    '00200013': { vr: 'IS' },
    '00081199': {
      vr: 'SQ',
      Value: [
        { '00081190': { vr: 'UR', Value: [own] }, '00420011': { vr: 'OB', BulkDataURI: own } },
        {},
        null,
      ],
    },
    odd: 'text',
    list: ['x'],
  };
  const ours = 'https://gw.example:8443/dicom-web/x';
  expect(rewriteDicomUrls(dataset, mapping)).toEqual({
    value: {
      ...dataset,
      '00081190': { vr: 'UR', Value: [ours, null, 'http://elsewhere/x'] },
      '0040E010': { vr: 'UR', Value: [ours] },
      '7FE00010': { vr: 'OW', BulkDataURI: ours },
      '00091001': { vr: 'UN', BulkDataURI: ours, Value: [1] },
      '00081199': {
        vr: 'SQ',
        Value: [
          { '00081190': { vr: 'UR', Value: [ours] }, '00420011': { vr: 'OB', BulkDataURI: ours } },
          {},
          null,
        ],
      },
    },
    unmapped: 1,
  });
});

test('nesting beyond reason is refused', () => {
  let dataset: unknown = {};
  for (let depth = 0; depth < 70; depth += 1) dataset = { '0040A730': { vr: 'SQ', Value: [dataset] } };
  expect(() => rewriteDicomUrls(dataset, mapping)).toThrow(RangeError);
});
