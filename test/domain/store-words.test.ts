import { createByteDigest } from '../../src/domain/byte-digest.ts';
import { datasetXml } from '../../src/domain/dicom/dataset-xml.ts';
import {
  failedUids,
  mergeOutcome,
  namesObjects,
  parseStoreAnswer,
  takenDataset,
  type RefusedObject,
} from '../../src/domain/dicom/store-answer.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';
import { isObjectPart, storeForm } from '../../src/domain/dicom/store-media.ts';

const OBJECT = {
  sopClassUid: '1.2',
  sopInstanceUid: sopInstanceUid('1.3'),
  studyInstanceUid: studyUid('1.4'),
  seriesInstanceUid: seriesUid('1.5'),
};
const ui = (value: string) => ({ vr: 'UI', Value: [value] });
const stored = (extra = {}) => ({ '00081150': ui('1.2'), '00081155': ui('1.9'), ...extra });
const list = (...items: unknown[]) => ({ vr: 'SQ', Value: items });
const refused: RefusedObject = { sopClassUid: '1.2', sopInstanceUid: '1.3', failure: 'not-authorised' };
const refusedItem = {
  '00081150': ui('1.2'),
  '00081155': ui('1.3'),
  '00081197': { vr: 'US', Value: [0x0124] },
};

describe('what the PACS says and what the gateway refused become one answer', () => {
  test.each<[string, Parameters<typeof mergeOutcome>, number]>([
    ['all stored', [{ '00081199': list(stored()) }, []], 200],
    ['nothing said', [{}, []], 200],
    [
      'stored with a warning',
      [{ '00081199': list(stored({ '00081196': { vr: 'US', Value: [0xb000] } })) }, []],
      202,
    ],
    ['some refused by the gateway', [{ '00081199': list(stored()) }, [refused]], 202],
    ['some refused by the PACS', [{ '00081199': list(stored()), '00081198': list(refusedItem) }, []], 202],
    [
      'some that nobody could name',
      [{ '00081199': list(stored()) }, [{ failure: 'cannot-understand' }]],
      202,
    ],
    ['all refused by the PACS', [{ '00081198': list(refusedItem) }, []], 409],
    ['all refused by the gateway', [{}, [refused]], 409],
    ['one that nobody could name', [{}, [{ failure: 'cannot-understand' }]], 409],
  ])('%s', (_name, given, status) => {
    expect(mergeOutcome(...given).status).toBe(status);
  });

  test('a list that it leaves empty stays so', () => {
    const told = { '00081198': { vr: 'SQ' }, '00081199': list(stored()) };
    expect(mergeOutcome(told, [])).toEqual({ status: 200, dataset: told });
    expect(mergeOutcome(told, [refused]).dataset['00081198']).toEqual(list(refusedItem));
  });

  test('its lists come first, ours behind; what else it said stays; tags ascend', () => {
    const told = {
      '00081190': { vr: 'UR', Value: ['http://a'] },
      '00081198': list(refusedItem),
      '00080005': ui('x'),
    };
    const { dataset } = mergeOutcome(told, [
      refused,
      { sopInstanceUid: '1.8', failure: 'duplicate-instance' },
      { failure: 'transfer-syntax' },
    ]);
    expect(Object.keys(dataset)).toEqual(['00080005', '00081190', '00081198', '0008119A']);
    expect(dataset['00081198']?.Value).toEqual([
      refusedItem,
      refusedItem,
      { '00081150': { vr: 'UI' }, '00081155': ui('1.8'), '00081197': { vr: 'US', Value: [0x0111] } },
    ]);
    expect(dataset['0008119A']?.Value).toEqual([{ '00081197': { vr: 'US', Value: [0xc122] } }]);
  });

  test('lists that are none count for nothing', () => {
    expect(namesObjects({ '00081199': { vr: 'SQ' } })).toBe(false);
    expect(namesObjects({ '00081198': list('x', null, ['y']) })).toBe(false);
    expect(namesObjects({ '0008119A': list({}) })).toBe(true);
  });

  test('objects that were taken without a word are listed with their address', () => {
    expect(takenDataset([], () => '')).toEqual({});
    expect(takenDataset([OBJECT], (one) => `/${one.sopInstanceUid}`)).toEqual({
      '00081199': list({
        '00081150': ui('1.2'),
        '00081155': ui('1.3'),
        '00081190': { vr: 'UR', Value: ['/1.3'] },
      }),
    });
  });

  test.each<[string, unknown]>([
    ['{"00081190":{"vr":"UR"}}', { '00081190': { vr: 'UR' } }],
    ['[{"00081190":{"vr":"UR"}}]', { '00081190': { vr: 'UR' } }],
    ['[]', undefined],
    ['[{},{}]', undefined],
    ['{"a":1}', undefined],
    ['"text"', undefined],
    ['<xml/>', undefined],
    ['', undefined],
  ])('an answer of %s is read as %j', (text, dataset) => {
    expect(parseStoreAnswer(Buffer.from(text))).toEqual(dataset);
  });

  test('bytes that are no UTF-8 are no answer', () => {
    expect(parseStoreAnswer(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });
});

test('a dataset in XML', () => {
  const dataset = {
    '00081190': { vr: 'UR', Value: ['http://a/?x=1&y="<\'>'] },
    '00081197': { vr: 'US', Value: [292, null] },
    '00081198': list({ '00081155': ui('1.2') }, 'x', { a: 1 }, null),
    '00081199': { vr: 'SQ' },
  };
  expect(datasetXml(dataset)).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">' +
      '<DicomAttribute tag="00081190" vr="UR"><Value number="1">http://a/?x=1&#38;y=&#34;&#60;&#39;&#62;</Value></DicomAttribute>' +
      '<DicomAttribute tag="00081197" vr="US"><Value number="1">292</Value></DicomAttribute>' +
      '<DicomAttribute tag="00081198" vr="SQ"><Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">1.2</Value></DicomAttribute></Item></DicomAttribute>' +
      '<DicomAttribute tag="00081199" vr="SQ"></DicomAttribute></NativeDicomModel>',
  );
});

describe('the form of a request', () => {
  test.each<[string, string | undefined]>([
    ['multipart/related; type="application/dicom"; boundary=edge', 'edge'],
    ['multipart/related; type=application/dicom; boundary="edge"', 'edge'],
    ['multipart/related;type=application/dicom;boundary="a b:c"', 'a b:c'],
    ['Multipart/Related; boundary=edge; Type = "Application/DICOM"', 'edge'],
    ['multipart/related; boundary=edge', 'edge'],
    ['application/dicom', undefined],
    ['application/dicom; transfer-syntax=1.2.840.10008.1.2.1', undefined],
  ])('%s is taken', (contentType, boundary) => {
    const form = storeForm({ 'content-type': contentType, 'content-encoding': 'identity' });
    expect(form).toEqual(boundary === undefined ? { kind: 'single' } : { kind: 'multipart', boundary });
  });

  test.each<[string, Record<string, string>]>([
    ['no type', {}],
    ['a form', { 'content-type': 'multipart/form-data; boundary=edge' }],
    ['JSON', { 'content-type': 'application/dicom+json' }],
    [
      'metadata and bulk data',
      { 'content-type': 'multipart/related; type="application/dicom+json"; boundary=edge' },
    ],
    ['metadata in XML', { 'content-type': 'multipart/related; type=application/dicom+xml; boundary=edge' }],
    ['pictures', { 'content-type': 'multipart/related; type="image/jpeg"; boundary=edge' }],
    ['no boundary', { 'content-type': 'multipart/related; type="application/dicom"' }],
    ['an empty boundary', { 'content-type': 'multipart/related; boundary=""' }],
    ['a boundary with a line end', { 'content-type': 'multipart/related; boundary="a\r\nb"' }],
    ['a boundary that ends in a space', { 'content-type': 'multipart/related; boundary="a "' }],
    ['a boundary that is too long', { 'content-type': `multipart/related; boundary=${'a'.repeat(201)}` }],
    ['a compressed body', { 'content-type': 'application/dicom', 'content-encoding': 'gzip' }],
  ])('%s is not', (_name, headers) => {
    expect(() => storeForm(headers)).toThrow(expect.objectContaining({ code: 'unsupported-media-type' }));
  });

  test.each<[Parameters<typeof isObjectPart>[0], boolean]>([
    [{}, true],
    [{ contentType: 'Application/DICOM;transfer-syntax=1.2', transferEncoding: 'Binary' }, true],
    [{ contentType: 'application/dicom+json' }, false],
    [{ contentType: 'image/png' }, false],
    [{ contentType: 'application/dicom', transferEncoding: 'base64' }, false],
  ])('a part of %j holds an object: %s', (headers, isObject) => {
    expect(isObjectPart(headers)).toBe(isObject);
  });
});

test('a digest over pieces is that of the whole', () => {
  const [cut, whole] = [createByteDigest(), createByteDigest()];
  for (const piece of ['ab', '', 'c']) cut.update(Buffer.from(piece));
  whole.update(Buffer.from('abc'));
  const value = cut.value();
  expect(value).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(whole.value()).toBe(value);
});

test('objects that were not stored are named, but for those whose name is left out', () => {
  const item = (uid: unknown): unknown => ({ '00081155': { vr: 'UI', Value: [uid] } });
  const dataset = { '00081198': { vr: 'SQ', Value: [item('1.2.3'), {}, item('1.2.4')] } };
  expect(failedUids(dataset)).toEqual(['1.2.3', '1.2.4']);
  expect(failedUids({})).toEqual([]);
});
