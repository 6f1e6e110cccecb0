import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STORED_RESULT_MODEL } from '../../fixtures/sandbox/ai-result-objects.ts';
import { encodeDicomFile, uidFor } from '../../fixtures/sandbox/dicom-file.ts';
import { chestSlice } from '../../fixtures/sandbox/phantoms.ts';
import { pixelAttributes } from '../../fixtures/sandbox/pixel-attributes.ts';
import { onePagePdf } from './one-page-pdf.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** What hospitals store beside images, each in a study of its own: its UID, and its files. */
export interface ViewerSample {
  readonly study: string;
  readonly files: readonly Uint8Array[];
}

const SLICES = 4;
const FRAME_OF_REFERENCE = uidFor('sample/frame-of-reference');
const WORDS = 'Sandbox discharge letter';

/** A document of one page with a black bar across it. */
export const DOCUMENT = Buffer.from(
  onePagePdf(`0 0 0 rg 20 90 160 20 re f BT /F 12 Tf 20 150 Td (${WORDS}) Tj ET`),
);
/** A second of H.264 in MP4, 64 x 64: a green square moves over red and white. */
export const FILM = readFileSync(join(__dirname, 'moving-square.mp4'));

/** A PDF, an electrocardiogram, a film, and a segmentation that the sandbox's model drew on CT slices. */
export function viewerSamples(): Readonly<Record<'pdf' | 'ecg' | 'film' | 'segmentation', ViewerSample>> {
  return {
    pdf: sample('pdf', [
      {
        Modality: 'DOC',
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.104.1',
        MIMETypeOfEncapsulatedDocument: 'application/pdf',
        EncapsulatedDocument: padded(DOCUMENT),
        EncapsulatedDocumentLength: DOCUMENT.length,
        DocumentTitle: WORDS,
        BurnedInAnnotation: 'NO',
        _vrMap: { EncapsulatedDocument: 'OB' },
      },
    ]),
    ecg: sample('ecg', [electrocardiogram()]),
    film: { study: uidFor('sample/film'), files: [filmFile()] },
    segmentation: sample('segmentation', [...slices(), segmentation()]),
  };
}

function sample(key: string, objects: readonly Attributes[]): ViewerSample {
  const files = objects.map((object, index) =>
    encodeDicomFile({
      ...common(key),
      SOPInstanceUID: objectUid(key, index + 1),
      InstanceNumber: index + 1,
      ...object,
    }),
  );
  return { study: uidFor(`sample/${key}`), files };
}

const objectUid = (key: string, number: number): string => uidFor(`sample/${key}/1/${String(number)}`);

function common(key: string): Attributes {
  const date = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  return {
    PatientName: `SANDBOX^${key.toUpperCase()}`,
    PatientID: `SBX-${key}`,
    PatientSex: 'F',
    PatientAge: '054Y',
    StudyInstanceUID: uidFor(`sample/${key}`),
    StudyID: key,
    StudyDate: date,
    StudyTime: '100000',
    ContentDate: date,
    ContentTime: '100000',
    AccessionNumber: key,
    StudyDescription: `Sample ${key}`,
    InstitutionName: 'Sandbox General Hospital',
    Manufacturer: 'Sandbox Imaging',
    SeriesInstanceUID: uidFor(`sample/${key}/1`),
    SeriesNumber: 1,
    SeriesDescription: `Sample ${key}`,
  };
}

/** Two leads of half a second at 500 Hz: a flat line with a spike every tenth of it. */
function electrocardiogram(): Attributes {
  const channels = 12;
  const samples = 1000;
  const values = Int16Array.from({ length: channels * samples }, (_, at) =>
    Math.floor(at / channels) % 200 < 8 ? 900 : 20 * Math.round(Math.sin(at / 300)),
  );
  const leads = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
  return {
    Modality: 'ECG',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.9.1.1',
    AcquisitionDateTime: '20260112100000',
    WaveformSequence: [
      {
        MultiplexGroupTimeOffset: 0,
        WaveformOriginality: 'ORIGINAL',
        NumberOfWaveformChannels: channels,
        NumberOfWaveformSamples: samples,
        SamplingFrequency: 500,
        MultiplexGroupLabel: 'RHYTHM',
        ChannelDefinitionSequence: leads.map((lead, index) => ({
          WaveformChannelNumber: index + 1,
          ChannelLabel: lead,
          ChannelSourceSequence: code(`5.6.3-9-${String(index + 1)}`, `Lead ${lead}`, 'SCPECG'),
          ChannelSensitivity: 1,
          ChannelSensitivityUnitsSequence: code('uV', 'microvolt', 'UCUM'),
          ChannelSensitivityCorrectionFactor: 1,
          ChannelBaseline: 0,
          ChannelSampleSkew: 0,
          WaveformBitsStored: 16,
        })),
        WaveformBitsAllocated: 16,
        WaveformSampleInterpretation: 'SS',
        WaveformData: values.buffer,
        _vrMap: { WaveformData: 'OW' },
      },
    ],
  };
}

/** The film as pixel data of one fragment, in its own transfer syntax (PS3.5 §8.2.5). */
function filmFile(): Uint8Array {
  const file = encodeDicomFile({
    ...common('film'),
    _meta: { TransferSyntaxUID: { vr: 'UI', Value: ['1.2.840.10008.1.2.4.102'] } },
    Modality: 'XC',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.77.1.4.1',
    SOPInstanceUID: objectUid('film', 1),
    InstanceNumber: 1,
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'YBR_PARTIAL_420',
    PlanarConfiguration: 0,
    NumberOfFrames: 10,
    FrameTime: 100,
    FrameIncrementPointer: 0x00181063,
    CineRate: 10,
    Rows: 64,
    Columns: 64,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    LossyImageCompression: '01',
  });
  const item = (bytes: Uint8Array): Buffer => Buffer.concat([itemHead(0xe000, bytes.length), bytes]);
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  return Buffer.concat([
    file,
    head,
    item(new Uint8Array()),
    item(new Uint8Array(padded(FILM))),
    itemHead(0xe0dd, 0),
  ]);
}

function itemHead(element: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(length, 4);
  return head;
}

const CT = '1.2.840.10008.5.1.4.1.1.2';
const GEOMETRY = { PixelSpacing: [2.9, 2.9], SliceThickness: 5 };
const position = (slice: number): readonly number[] => [-185, -185, slice * 5];
const AXIAL = [1, 0, 0, 0, 1, 0];

function slices(): readonly Attributes[] {
  return Array.from({ length: SLICES }, (_, slice) => ({
    Modality: 'CT',
    SOPClassUID: CT,
    SeriesDescription: 'Slices',
    BodyPartExamined: 'CHEST',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    FrameOfReferenceUID: FRAME_OF_REFERENCE,
    PositionReferenceIndicator: '',
    ImagePositionPatient: position(slice),
    ImageOrientationPatient: AXIAL,
    ...GEOMETRY,
    RescaleIntercept: -1024,
    RescaleSlope: 1,
    WindowCenter: 40,
    WindowWidth: 1600,
    KVP: 120,
    ...pixelAttributes([chestSlice(slice / (SLICES - 1))], 16),
  }));
}

/** A square in the middle of each slice, drawn by the version that the sandbox's register has released. */
function segmentation(): Attributes {
  const { Rows: rows, Columns: columns } = sizeOf();
  const bits = new Uint8Array((SLICES * rows * columns) / 8);
  for (let slice = 0; slice < SLICES; slice += 1) {
    for (let y = rows / 4; y < (rows * 3) / 4; y += 1) {
      for (let x = columns / 4; x < (columns * 3) / 4; x += 1) {
        const at = (slice * rows + y) * columns + x;
        bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
      }
    }
  }
  const algorithm = {
    AlgorithmName: STORED_RESULT_MODEL.name,
    AlgorithmVersion: STORED_RESULT_MODEL.version,
  };
  return {
    Modality: 'SEG',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
    SeriesInstanceUID: uidFor('sample/segmentation/2'),
    SOPInstanceUID: uidFor('sample/segmentation/2/1'),
    SeriesNumber: 2,
    InstanceNumber: 1,
    SeriesDescription: 'AI segmentation, not diagnostic',
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'SEGMENTATION',
    FrameOfReferenceUID: FRAME_OF_REFERENCE,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: SLICES,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    LossyImageCompression: '00',
    SegmentationType: 'BINARY',
    SegmentSequence: [
      {
        SegmentNumber: 1,
        SegmentLabel: 'Square',
        SegmentAlgorithmType: 'AUTOMATIC',
        SegmentAlgorithmName: STORED_RESULT_MODEL.name,
        SegmentationAlgorithmIdentificationSequence: [
          { ...algorithm, AlgorithmFamilyCodeSequence: code('123109', 'Manual Processing') },
        ],
        SegmentedPropertyCategoryCodeSequence: code('85756007', 'Tissue', 'SCT'),
        SegmentedPropertyTypeCodeSequence: code('85756007', 'Tissue', 'SCT'),
        RecommendedDisplayCIELabValue: [43803, 26565, 37722],
      },
    ],
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: uidFor('sample/segmentation/1'),
        ReferencedInstanceSequence: Array.from({ length: SLICES }, (_, slice) => reference(slice)),
      },
    ],
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: AXIAL }],
        PixelMeasuresSequence: [{ ...GEOMETRY, SpacingBetweenSlices: 5 }],
        SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }],
      },
    ],
    PerFrameFunctionalGroupsSequence: Array.from({ length: SLICES }, (_, slice) => ({
      PlanePositionSequence: [{ ImagePositionPatient: position(slice) }],
      FrameContentSequence: [{ DimensionIndexValues: [1, slice + 1] }],
      DerivationImageSequence: [
        { SourceImageSequence: [reference(slice)], DerivationCodeSequence: code('113076', 'Segmentation') },
      ],
    })),
    PixelData: bits.buffer,
    _vrMap: { PixelData: 'OB' },
  };
}

function sizeOf(): { readonly Rows: number; readonly Columns: number } {
  const { width, height } = chestSlice(0);
  return { Rows: height, Columns: width };
}

function reference(slice: number): Attributes {
  return { ReferencedSOPClassUID: CT, ReferencedSOPInstanceUID: objectUid('segmentation', slice + 1) };
}

function code(value: string, meaning: string, scheme = 'DCM'): readonly Attributes[] {
  return [{ CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }];
}

/** Values are of even length (PS3.5 §7.1.1). */
function padded(bytes: Uint8Array): ArrayBuffer {
  const even = new Uint8Array(bytes.length + (bytes.length % 2));
  even.set(bytes);
  return even.buffer;
}
