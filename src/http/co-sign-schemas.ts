import { z } from 'zod';
import { CO_SIGNATURES } from '../domain/co-signature.ts';
import { ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { caseId, ownWords, reason } from './api-schemas.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');
const instant = z.string().meta({ description: 'ISO 8601, UTC.' });

export const coSignParams = z.strictObject({ id: caseId });

export const coSignBody = z.strictObject({
  answer: z.enum(CO_SIGNATURES),
  digest: digest.meta({ description: 'Of the result as it was shown: what is signed is what was seen.' }),
  reason: reason.optional(),
});

export const coSignForm = z.strictObject({
  answer: z.enum(CO_SIGNATURES),
  digest,
  reason: ownWords.transform((text) => (text === '' ? undefined : text)).optional(),
});

const cover = {
  caseId: z.string(),
  function: z.enum(ENDPOINT_FUNCTIONS),
  model: z.string(),
  version: z.string(),
  digest: z.string(),
  expiresAt: instant,
};
const waiting = { ...cover, askedBy: z.string(), sealedAt: instant };
const body = z.record(z.string(), z.unknown()).meta({ description: 'In the shape of its protocol.' });

export const coSignList = z.strictObject({ waiting: z.array(z.strictObject(waiting)) });
export const coSignSeen = z.strictObject({
  ...waiting,
  studyInstanceUid: z.string(),
  modality: z.array(z.string()),
  bodyPart: z.array(z.string()),
  ageYears: z.number().optional(),
  sex: z.string().optional(),
  result: body,
});
export const coSignAnswered = z.strictObject({ caseId: z.string(), answer: z.enum(CO_SIGNATURES) });
export const coSignedResult = z.strictObject({ ...cover, result: body });
