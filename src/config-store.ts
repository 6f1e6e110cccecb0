import { z } from 'zod';
import { PROFESSIONS } from './domain/words.ts';

/** Who may store objects in the PACS, and how much at once. Machines are named in `identity.machines`. */
export const storeSchema = z
  .strictObject({
    /** Professions whose members may store from a browser session; nobody may where there are none. */
    people: z.array(z.enum(PROFESSIONS)).default([]),
    /** Largest request; any size where absent. */
    maxMebibytes: z.number().positive().optional(),
  })
  .default({ people: [] });
