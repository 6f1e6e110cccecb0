import { parseRegisterFile, RegisterFileFaults } from '../../src/register/parse-register-file.ts';
import { aRegisterFile } from '../fakes/register-house.ts';

type Change = Readonly<Record<string, unknown>>;
const FILE = aRegisterFile();
const [VERSION] = FILE.modelVersions;
const [ENDPOINT] = VERSION?.endpoints ?? [];
const CTDI = { output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' };

const CHAT = { protocol: 'openai-chat', endpointModel: 'drafter-3', endpointVersion: '3' } as const;

function faultsIn(change: Change): readonly string[] {
  const text = JSON.stringify({ ...FILE, modelVersions: [{ ...VERSION, ...change }] });
  try {
    parseRegisterFile(text, 'import.yaml');
    return [];
  } catch (error: unknown) {
    if (!(error instanceof RegisterFileFaults)) throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

const use = (intendedUse: Change): Change => ({ intendedUse });
const doses = (doseOutputs: readonly unknown[], change: Change = {}): Change => ({
  endpoints: [{ ...ENDPOINT, function: 'protocol-recommendation', doseOutputs, ...change }],
});

test.each<readonly [name: string, change: Change]>([
  ['one thickness alone', use({ minSliceThicknessMm: 1, maxSliceThicknessMm: 1 })],
  ['one kilovoltage alone', use({ minKvp: 120, maxKvp: 120 })],
  [
    'all limits',
    use({
      maxSliceThicknessMm: 3,
      minKvp: 80,
      orientations: ['axial'],
      burnedInAnnotation: 'refuse',
      derivedImages: 'refuse',
    }),
  ],
  [
    'a retired version that names no dose, is asked for records in tensors, and writes objects of chats',
    {
      ...{ state: 'retired', retiredAt: '2026-03-01T00:00:00Z' },
      endpoints: [
        { ...ENDPOINT, function: 'protocol-recommendation' },
        { ...ENDPOINT, function: 'record-query' },
        { ...ENDPOINT, ...CHAT, function: 'report-draft', writes: 'tid1500' },
      ],
    },
  ],
  ['two doses', doses([CTDI, { output: 'dlp', quantity: 'DLP', unit: 'mGy.cm' }])],
])('%s is taken', (_name, change) => {
  expect(faultsIn(change)).toEqual([]);
});

const USE = 'modelVersions.0.intendedUse';
const DOSES = 'modelVersions.0.endpoints.0.doseOutputs';
const PROTOCOL = 'modelVersions.0.endpoints.0.protocol';
const WRITES = 'modelVersions.0.endpoints.0.writes';
const NOT_READ = `${DOSES}: stand only where protocol-recommendation is served by oip-v2 or monai-label`;
test('doses are read in two dialects', () => {
  const monai = { protocol: 'monai-label', attestation: 'checksum' } as const;
  for (const dialect of [{}, monai]) expect(faultsIn(doses([CTDI], dialect))).not.toContain(NOT_READ);
});

test.each<readonly [fault: string, change: Change]>([
  [
    `${USE}.maxSliceThicknessMm: must not be below minSliceThicknessMm`,
    use({ minSliceThicknessMm: 2, maxSliceThicknessMm: 1 }),
  ],
  [`${USE}.maxKvp: must not be below minKvp`, use({ minKvp: 120, maxKvp: 119 })],
  [`${USE}.minKvp: Too small: expected number to be >0`, use({ minKvp: 0 })],
  [
    `${USE}.orientations.0: Invalid option: expected one of "axial"|"coronal"|"sagittal"`,
    use({ orientations: ['oblique'] }),
  ],
  [`${USE}.orientations: named twice`, use({ orientations: ['axial', 'axial'] })],
  [`${USE}.burnedInAnnotation: Invalid input: expected "refuse"`, use({ burnedInAnnotation: 'allow' })],
  [`${DOSES}.0.unit: is no unit of that quantity`, doses([{ ...CTDI, unit: 'mGy.cm' }])],
  [`${DOSES}: an output is named twice`, doses([CTDI, { ...CTDI, quantity: 'AGD' }])],
  [NOT_READ, doses([CTDI], { function: 'detection' })],
  [NOT_READ, doses([CTDI], { protocol: 'openai-chat' })],
  [
    `${DOSES}: protocol-recommendation recommends a dose: name each output that says one`,
    { endpoints: [{ ...ENDPOINT, function: 'protocol-recommendation' }] },
  ],
  ...['openai-chat', 'torchserve'].map((protocol): readonly [fault: string, change: Change] => [
    `${PROTOCOL}: no dose is read from it: serve protocol-recommendation by oip-v2 or monai-label`,
    { endpoints: [{ ...ENDPOINT, function: 'protocol-recommendation', protocol }] },
  ]),
  [
    `${PROTOCOL}: record-query is asked in a chat: serve it by openai-chat`,
    { endpoints: [{ ...ENDPOINT, function: 'record-query' }] },
  ],
  [
    `${WRITES}: no object can be made of a text: leave it out, or serve the function by another protocol`,
    { endpoints: [{ ...ENDPOINT, ...CHAT, writes: 'tid1500' }] },
  ],
])('%s', (fault, change) => {
  expect(faultsIn(change)).toContain(fault);
});
