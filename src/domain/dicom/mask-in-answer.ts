import { OIP_DATATYPES } from '../oip-tensor.ts';
import { outputsIn, type AnswerOutput } from './answer-outputs.ts';

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
  const masks = outputsIn(body).flatMap((output) => maskOf(output, size));
  const [only, ...others] = masks;
  return others.length > 0 ? undefined : only;
}

function maskOf(
  { datatype, shape, data }: AnswerOutput,
  { images, rows, columns }: MaskSize,
): readonly Uint8Array[] {
  const isMeant = MASK_TYPES.includes(datatype) && shape.at(-1) === columns && shape.at(-2) === rows;
  if (!isMeant) return [];
  const values: readonly unknown[] = data.flat(Infinity);
  if (values.length !== images * rows * columns) return [];
  return [Uint8Array.from(values, (value) => (value === 0 || value === false ? 0 : 1))];
}
