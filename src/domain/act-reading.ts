import type { ActNamed } from './act-matter.ts';
import type { RecordText } from './record-text.ts';
import type { RegisterActName } from './register-acts.ts';
import type { RegisterSnapshot } from './register.ts';

/** What a proposal writes, and the register that it is read beside. */
export interface Written {
  /** Of the first record. */
  readonly id: string;
  /** The first record's words; none where it is taken back. */
  readonly record: RecordText;
  /** Why the first record is taken back. */
  readonly removedBecause: string;
  /** The words of all that are written. */
  readonly records: readonly RecordText[];
  readonly register: RegisterSnapshot;
}

/** One function for each act, that reads it from what it wrote. */
export type ActReadings<N extends RegisterActName> = {
  readonly [P in N]: (written: Written) => ActNamed<P> | undefined;
};
