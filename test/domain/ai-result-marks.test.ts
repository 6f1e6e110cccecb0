import { aiMarkOf, madeAtOf, type AiMark } from '../../src/domain/dicom/ai-result-marks.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import {
  algorithm,
  code,
  coded,
  container,
  items,
  named,
  segment,
  segmentation,
  text,
} from '../fakes/dicom-objects.ts';

const isRegisteredProduct = ({
  manufacturer,
  modelName,
}: {
  manufacturer?: string;
  modelName?: string;
}): boolean => modelName === 'Nodules' && (manufacturer === 'Vendor' || manufacturer === undefined);
const equipment = (purpose: string, model: string | undefined, maker?: string): DicomJsonObject => ({
  '0018A001': items({
    '0040A170': code(purpose),
    '00181020': text('LO', '2.1'),
    ...(model === undefined ? {} : { '00081090': text('LO', model) }),
    ...(maker === undefined ? {} : { '00080070': text('LO', maker) }),
  }),
});
const definite = (...makers: AiMark['makers']): AiMark => ({ grade: 'definite', makers });
const probable = (...makers: AiMark['makers']): AiMark => ({ grade: 'probable', makers });
const N = { name: 'N', version: '1' };

const ROWS: readonly (readonly [string, DicomJsonObject, AiMark | undefined])[] = [
  ['a plain image', { '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2') }, undefined],
  ['a person’s report', container(coded('121005', '121006'), named('121008', 'Osei^Alice')), undefined],
  // TID 4019
  [
    'report naming algorithm and version',
    container(container(named('111001', 'N'), named('111003', '1'))),
    definite(N),
  ],
  ['report naming the algorithm only', container(named('111001', 'N')), definite({ name: 'N' })],
  ['report naming the version only', container(named('111003', '1')), undefined],
  [
    'report with an empty name',
    container(named('111001', ''), named('111003', '1')),
    definite({ version: '1' }),
  ],
  ['report with a name that has no text', container({ '0040A043': code('111001') }), definite({})],
  [
    'two algorithms side by side',
    container(named('111001', 'N'), named('111001', 'M'), named('111003', '1'), named('111003', '2')),
    definite(N, { name: 'M', version: '2' }),
  ],
  [
    'two algorithms, one version: neither is proved',
    container(named('111001', 'N'), named('111001', 'M'), named('111003', '1')),
    definite({ name: 'N' }, { name: 'M' }),
  ],
  [
    'the same algorithm in two groups',
    container(
      container(named('111001', 'N'), named('111003', '1')),
      container(named('111001', 'N'), named('111003', '1')),
    ),
    definite(N),
  ],
  [
    'the concept of another scheme',
    container({ '0040A043': code('111001', '99LOCAL'), '0040A160': text('UT', 'N') }),
    undefined,
  ],
  // Algorithm Identification
  ['a macro anywhere', { '00081140': items({ '00220001': items(algorithm('N', '1')) }) }, definite(N)],
  ['a macro without version', { '00220001': items(algorithm('N')) }, probable({ name: 'N' })],
  ['a macro without name', { '00220001': items(algorithm(undefined, '1')) }, probable({ version: '1' })],
  ['a macro without either', { '00220001': items(algorithm(undefined)) }, undefined],
  // Segments
  ['automatic with macro', segmentation(segment('AUTOMATIC', 'label', algorithm('N', '1'))), definite(N)],
  ['automatic with name', segmentation(segment('AUTOMATIC', 'N')), definite({ name: 'N' })],
  ['automatic without either', segmentation(segment('AUTOMATIC')), probable({})],
  [
    'automatic with a nameless macro',
    segmentation(segment('AUTOMATIC', undefined, algorithm(undefined))),
    definite({}),
  ],
  [
    'automatic with a macro that gives the version only',
    segmentation(segment('AUTOMATIC', 'N', algorithm(undefined, '1'))),
    definite({ version: '1' }, { name: 'N' }),
  ],
  [
    'automatic with a macro of no items',
    segmentation({ ...segment('AUTOMATIC'), '00620007': { vr: 'SQ' } }),
    definite({}),
  ],
  [
    'one segment named, one not: the nameless one locks',
    segmentation(segment('AUTOMATIC', undefined, algorithm('N', '1')), segment('AUTOMATIC')),
    definite(N, {}),
  ],
  [
    'semi-automatic with name',
    segmentation(segment('SEMIAUTOMATIC', 'Slicer Prototype')),
    probable({ name: 'Slicer Prototype' }),
  ],
  [
    'semi-automatic with macro',
    segmentation(segment('SEMIAUTOMATIC', undefined, algorithm('N', '1'))),
    definite(N),
  ],
  [
    'semi-automatic with a nameless macro',
    segmentation(segment('SEMIAUTOMATIC', undefined, algorithm(undefined))),
    probable({}),
  ],
  ['semi-automatic without either', segmentation(segment('SEMIAUTOMATIC')), undefined],
  ['manual', segmentation(segment('MANUAL', 'N')), undefined],
  [
    'manual with a nameless macro',
    segmentation(segment('MANUAL', undefined, algorithm(undefined))),
    undefined,
  ],
  // Contributing equipment
  [
    'processing equipment that is registered',
    equipment('109102', 'Nodules', 'Vendor'),
    probable({ name: 'Nodules', version: '2.1' }),
  ],
  [
    'registered by its model name alone',
    equipment('109102', 'Nodules'),
    probable({ name: 'Nodules', version: '2.1' }),
  ],
  ['processing equipment that is not registered', equipment('109102', 'Workstation', 'Vendor'), undefined],
  ['processing equipment without a name', equipment('109102', undefined, 'Vendor'), undefined],
  ['registered, but as acquisition equipment', equipment('109101', 'Nodules', 'Vendor'), undefined],
  // Observers
  ['observed by a device only', container(coded('121005', '121007')), probable({})],
  [
    'observed by a device and a person',
    container(coded('121005', '121007'), coded('121005', '121006')),
    undefined,
  ],
  [
    'observed by a device, algorithm named',
    container(coded('121005', '121007'), named('111001', 'N'), named('111003', '1')),
    definite(N),
  ],
  [
    'computer-aided detection by class',
    { '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.88.50') },
    probable({}),
  ],
  // Malformed
  [
    'broken elements',
    { '0040A730': { vr: 'SQ', Value: [null, 'x', []] }, '00620002': { vr: 'SQ' } },
    undefined,
  ],
];

test.each(ROWS)('%s', (_name, metadata, expected) => {
  expect(aiMarkOf(metadata, isRegisteredProduct)).toEqual(expected);
});

test('nesting beyond reason cannot be read', () => {
  let dataset: DicomJsonObject = {};
  for (let depth = 0; depth < 70; depth += 1) dataset = container(dataset);
  expect(aiMarkOf(dataset, isRegisteredProduct)).toEqual({ grade: 'unreadable', makers: [{}] });
});

test('a sequence whose value is no list is empty', () => {
  const broken: DicomJsonObject = JSON.parse('{"0040A730":{"vr":"SQ","Value":{"a":1}}}');
  expect(aiMarkOf(broken, isRegisteredProduct)).toBeUndefined();
});

test.each<readonly [string, DicomJsonObject, string | undefined]>([
  [
    'content date and time',
    { '00080023': text('DA', '20260112'), '00080033': text('TM', '093015.123') },
    '2026-01-12T09:30:15Z',
  ],
  [
    'its own offset',
    { '00080023': text('DA', '20260112'), '00080033': text('TM', '0930'), '00080201': text('SH', '+0100') },
    '2026-01-12T08:30:00Z',
  ],
  [
    'an offset that is none',
    { '00080023': text('DA', '20260112'), '00080201': text('SH', 'CET') },
    '2026-01-12T00:00:00Z',
  ],
  ['creation date', { '00080012': text('DA', '20260113') }, '2026-01-13T00:00:00Z'],
  [
    'series date',
    { '00080021': text('DA', '20260114'), '00080031': text('TM', '12') },
    '2026-01-14T12:00:00Z',
  ],
  [
    'study date after a malformed content date',
    { '00080023': text('DA', '2026.01.12'), '00080020': text('DA', '20260115') },
    '2026-01-15T00:00:00Z',
  ],
  ['a day that is none', { '00080020': text('DA', '20261399') }, undefined],
  ['no date', {}, undefined],
])('made at: %s', (_name, metadata, expected) => {
  const at = madeAtOf(metadata);
  expect(at).toBe(expected === undefined ? undefined : Date.parse(expected));
});
