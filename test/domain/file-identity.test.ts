import { readFileIdentity } from '../../src/domain/dicom/file-identity.ts';
import { element, openSequence, part10 } from '../fakes/part-10.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const whole = { sopClassUid: CT, sopInstanceUid: '1.2.3' };
const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const dataset = (form: 'implicit' | 'big-endian'): Buffer =>
  Buffer.concat([
    element([0x0008, 0x0008], 'CS', 'DERIVED', form),
    element([0x0008, 0x0016], 'UI', CT, form),
    element([0x0008, 0x0018], 'UI', '1.2.3', form),
    Buffer.alloc(20),
  ]);
const file = (transferSyntaxUid: string, bytes: Buffer): Buffer =>
  part10('9.9', 20, { transferSyntaxUid, dataset: bytes });

test.each([
  ['explicit VR', part10('1.2.3', 20), whole],
  ['implicit VR', file(IMPLICIT, dataset('implicit')), whole],
  ['big endian', file(BIG_ENDIAN, dataset('big-endian')), whole],
  [
    'an encapsulated transfer syntax',
    part10('1.2.3', 20, { transferSyntaxUid: '1.2.840.10008.1.2.4.90' }),
    whole,
  ],
  [
    'a copy with the meta of its original: the dataset counts',
    part10('1.2.3', 20, { meta: { sopClassUid: '1.2.840.10008.5.1.4.1.1.7', sopInstanceUid: '9.9' } }),
    whole,
  ],
  [
    'a short sequence before the UIDs',
    file(
      '1.2.840.10008.1.2.1',
      Buffer.concat([
        element([0x0008, 0x0006], 'SQ', ''),
        element([0x0008, 0x0018], 'UI', '1.2.3'),
        Buffer.alloc(20),
      ]),
    ),
    { sopInstanceUid: '1.2.3' },
  ],
  ['a deflated dataset', part10('1.2.3', 20, { transferSyntaxUid: '1.2.840.10008.1.2.1.99' }), {}],
  [
    'an open sequence before the UIDs',
    file('1.2.840.10008.1.2.1', Buffer.concat([openSequence([0x0008, 0x0006]), Buffer.alloc(20)])),
    {},
  ],
  [
    'no instance',
    file(
      '1.2.840.10008.1.2.1',
      Buffer.concat([
        element([0x0008, 0x0016], 'UI', CT),
        element([0x0010, 0x0010], 'PN', 'X'),
        Buffer.alloc(9),
      ]),
    ),
    { sopClassUid: CT },
  ],
  [
    'no meta group',
    Buffer.concat([
      Buffer.alloc(128),
      Buffer.from('DICM'),
      element([0x0008, 0x0018], 'UI', '1.2.3'),
      Buffer.alloc(20),
    ]),
    { sopInstanceUid: '1.2.3' },
  ],
  ['no such file', Buffer.alloc(200, 1), {}],
])('%s', (_name, bytes, expected) => {
  expect(readFileIdentity(bytes)).toEqual(expected);
});

test('any beginning that is too short asks for more', () => {
  const bytes = part10('1.2.3');
  const end = bytes.indexOf(Buffer.from('1.2.3\0', 'latin1'), 250) + 6;
  for (let length = 0; length < end; length += 1)
    expect(readFileIdentity(bytes.subarray(0, length))).toBeUndefined();
  expect(readFileIdentity(bytes.subarray(0, end))).toEqual(whole);
});

test('a file is read at any offset of its buffer', () => {
  expect(readFileIdentity(Buffer.concat([Buffer.alloc(7), part10('1.2.3')]).subarray(7))).toEqual(whole);
});
