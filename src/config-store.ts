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

/** How long workitems stand in the gateway's database. They hold patient data. */
export const workitemsSchema = z
  .strictObject({
    /** Open this long, days; one that nobody has finished by then is canceled. */
    openDays: z.number().positive().max(90).default(7),
    /** Kept this long after its end, days; longer where a subscriber holds it, up to the 90. */
    keepDays: z.number().positive().max(90).default(7),
  })
  .default({ openDays: 7, keepDays: 7 });
