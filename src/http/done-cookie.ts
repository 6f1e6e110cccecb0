import { z } from 'zod';
import { REGISTER_ACTS } from '../domain/register-acts.ts';
import { rememberedValue } from './remembered-value.ts';

/**
 * What somebody did a moment ago, so that the page they are sent on to says so once. It is set only once it is done, names nobody,
 * and an address cannot claim it.
 */
export const doneCookie = rememberedValue({
  name: '__Secure-countersign-done',
  path: '/me',
  maxAgeMs: 60_000,
  schema: z.enum(REGISTER_ACTS),
});
