/** Tensor datatypes of the Open Inference Protocol v2 (inference_rest.md, "Tensor Data Types"). */
export const OIP_DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type OipDatatype = (typeof OIP_DATATYPES)[number];

/** A tensor as it stands in JSON: `data` flat or nested, row-major. */
export interface OipTensor {
  readonly name: string;
  readonly datatype: OipDatatype;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** JSON numbers are doubles: 64-bit integers beyond 2^53 would arrive as others, so they are refused. */
const { MIN_SAFE_INTEGER: LOW, MAX_SAFE_INTEGER: HIGH } = Number;

const INTEGER_RANGES: Readonly<Partial<Record<OipDatatype, readonly [low: number, high: number]>>> = {
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  UINT64: [0, HIGH],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
  INT64: [LOW, HIGH],
};

/** The tensor's elements in row-major order. Its data must not nest deeper than the caller has checked. */
export function flatData(tensor: Pick<OipTensor, 'data'>): readonly unknown[] {
  return tensor.data.some(Array.isArray) ? tensor.data.flat(Infinity) : tensor.data;
}

/** What is wrong with a tensor, as the end of a sentence that begins with its name; undefined when it is sound. */
export function tensorFault(tensor: OipTensor): string | undefined {
  const values = flatData(tensor);
  const count = tensor.shape.reduce((product, side) => product * side, 1);
  if (values.length !== count) return 'has not as many elements as its shape says';
  const fits = elementCheck(tensor.datatype);
  return values.every(fits) ? undefined : `has an element that is no ${tensor.datatype}`;
}

/** Whether no name stands for two tensors. */
export function haveOwnNames(tensors: readonly { readonly name: string }[]): boolean {
  return new Set(tensors.map(({ name }) => name)).size === tensors.length;
}

function elementCheck(datatype: OipDatatype): (value: unknown) => boolean {
  if (datatype === 'BYTES') return (value) => typeof value === 'string' && value.isWellFormed();
  if (datatype === 'BOOL') return (value) => typeof value === 'boolean';
  const range = INTEGER_RANGES[datatype];
  if (range === undefined) return (value) => typeof value === 'number' && Number.isFinite(value);
  const [low, high] = range;
  return (value) => typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}
