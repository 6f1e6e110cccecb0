import type { OipDatatype } from '../../src/domain/oip-tensor.ts';

/** A tensor as JSON has it. */
export interface PlainTensor {
  readonly name: string;
  readonly datatype: OipDatatype;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** How many bytes an element takes, and how it is written. */
const WRITERS: Readonly<Record<OipDatatype, (value: never) => Buffer>> = {
  BOOL: (value: boolean) => Buffer.of(value ? 1 : 0),
  UINT8: (value: number) => Buffer.of(value),
  UINT16: (value: number) => sized(2, (bytes) => bytes.writeUInt16LE(value)),
  UINT32: (value: number) => sized(4, (bytes) => bytes.writeUInt32LE(value)),
  UINT64: (value: number) => sized(8, (bytes) => bytes.writeBigUInt64LE(BigInt(value))),
  INT8: (value: number) => sized(1, (bytes) => bytes.writeInt8(value)),
  INT16: (value: number) => sized(2, (bytes) => bytes.writeInt16LE(value)),
  INT32: (value: number) => sized(4, (bytes) => bytes.writeInt32LE(value)),
  INT64: (value: number) => sized(8, (bytes) => bytes.writeBigInt64LE(BigInt(value))),
  FP16: (value: number) => sized(2, (bytes) => bytes.writeUInt16LE(halfBits(value))),
  FP32: (value: number) => sized(4, (bytes) => bytes.writeFloatLE(value)),
  FP64: (value: number) => sized(8, (bytes) => bytes.writeDoubleLE(value)),
  BYTES: (value: string) => {
    const text = Buffer.from(value, 'utf8');
    return Buffer.concat([sized(4, (bytes) => bytes.writeUInt32LE(text.length)), text]);
  },
};

/** A tensor's elements in raw form: little-endian, row-major, each text behind its length (extension_binary_data.md). */
export function rawBytes({ datatype, data }: Pick<PlainTensor, 'datatype' | 'data'>): Buffer {
  return Buffer.concat(data.map((value) => WRITERS[datatype](value as never)));
}

/** The same tensor as it stands in the JSON before its bytes. */
export function rawHead(tensor: PlainTensor): Readonly<Record<string, unknown>> {
  const { name, datatype, shape } = tensor;
  return { name, datatype, shape, parameters: { binary_data_size: rawBytes(tensor).length } };
}

function sized(size: number, write: (bytes: Buffer) => unknown): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}

/** Of numbers that binary16 can hold. */
function halfBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const exponent = (bits >>> 23) & 0xff;
  const sign = (bits >>> 16) & 0x8000;
  if (exponent === 0xff) return sign | 0x7c00 | ((bits & 0x7fffff) === 0 ? 0 : 0x200);
  if (exponent < 113) return sign | (Math.round(Math.abs(value) * 2 ** 24) & 0x3ff);
  return sign | ((exponent - 112) << 10) | ((bits >>> 13) & 0x3ff);
}
