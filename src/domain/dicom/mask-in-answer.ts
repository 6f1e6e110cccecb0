import { OIP_DATATYPES } from '../oip-tensor.ts';

/** How large the mask must be. */
interface MaskSize {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
}

/** Whole numbers, of which anything but 0 is within. */
const MASK_TYPES: readonly unknown[] = OIP_DATATYPES.filter((type) => /^(BOOL|U?INT)/.test(type));

/**
 * The one output of an answer (Open Inference Protocol) that is a mask over all images: whole numbers, its last dimensions rows and columns,
 * as many of these as there are images, flat or nested. Undefined where there is none, or several.
 */
export function maskInAnswer(
  body: Readonly<Record<string, unknown>>,
  size: MaskSize,
): Uint8Array | undefined {
  const outputs: readonly unknown[] = Array.isArray(body['outputs']) ? body['outputs'] : [];
  const masks = outputs.flatMap((output) => maskOf(output, size));
  const [only, ...others] = masks;
  return others.length > 0 ? undefined : only;
}

function maskOf(output: unknown, { images, rows, columns }: MaskSize): readonly Uint8Array[] {
  if (!isOutput(output)) return [];
  const { datatype, shape, data } = output;
  const isMeant = MASK_TYPES.includes(datatype) && shape.at(-1) === columns && shape.at(-2) === rows;
  if (!isMeant) return [];
  const values: readonly unknown[] = data.flat(Infinity);
  if (values.length !== images * rows * columns) return [];
  return [Uint8Array.from(values, (value) => (value === 0 || value === false ? 0 : 1))];
}

function isOutput(value: unknown): value is {
  readonly datatype: unknown;
  readonly shape: readonly unknown[];
  readonly data: readonly unknown[];
} {
  if (typeof value !== 'object' || value === null || !('shape' in value) || !('data' in value)) return false;
  return 'datatype' in value && Array.isArray(value.shape) && Array.isArray(value.data);
}
