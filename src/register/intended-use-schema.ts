import { z } from 'zod';
import { ORIENTATIONS } from '../domain/dicom/series-facts.ts';
import { DOSE_QUANTITIES, DOSE_UNITS, isUnitOf } from '../domain/dose.ts';
import { isUid } from '../domain/identifiers.ts';

export const uid = z.string().refine(isUid, 'a DICOM UID (PS3.5 §9.1)');
export const code = z
  .string()
  .regex(/^[A-Z0-9 _]{1,16}$/, 'a code of at most 16 capitals and digits (PS3.5 VR CS)');
export const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
/** A list that is not empty and names nothing twice. */
export const someOf = <T extends z.ZodType>(item: T): z.ZodArray<T> =>
  z.array(item).min(1).refine(distinct, 'named twice');

const millimetres = z.number().positive().max(1_000);
const kilovolts = z.number().positive().max(1_000);

/** An output that recommends a dose; a quantity is given in units of its own. */
export const doseOutput = z
  .strictObject({
    output: z.string().regex(/^[^\p{Cc}]{1,256}$/u, 'the name of an output'),
    quantity: z.enum(DOSE_QUANTITIES),
    unit: z.enum(DOSE_UNITS),
  })
  .refine(({ quantity, unit }) => isUnitOf(quantity, unit), {
    path: ['unit'],
    message: 'is no unit of that quantity',
  });

/** What a version may be used on; what is left out is not limited. */
export const intendedUse = z.strictObject({
  modalities: someOf(code).exactOptional(),
  bodyParts: someOf(code).exactOptional(),
  sopClassUids: someOf(uid).exactOptional(),
  minAgeYears: z.number().min(0).max(150).exactOptional(),
  maxAgeYears: z.number().min(0).max(150).exactOptional(),
  minSliceThicknessMm: millimetres.exactOptional(),
  maxSliceThicknessMm: millimetres.exactOptional(),
  minKvp: kilovolts.exactOptional(),
  maxKvp: kilovolts.exactOptional(),
  orientations: someOf(z.enum(ORIENTATIONS)).exactOptional(),
  burnedInAnnotation: z.literal('refuse').exactOptional(),
  derivedImages: z.literal('refuse').exactOptional(),
});
