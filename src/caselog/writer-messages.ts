import type { Salts } from '../domain/entry-body.ts';
import type { ProblemCode } from '../domain/errors.ts';
import type { EntryDraft, Receipt } from '../domain/log-entry.ts';
import type { FaultKind } from './writer-fault.ts';

/** A draft with what only the main thread knows: its clock and its randomness. */
export interface StampedEntry {
  readonly draft: EntryDraft;
  /** Microseconds since the epoch. */
  readonly wallUs: number;
  /** Monotonic nanoseconds, decimal digits. */
  readonly monoNs: string;
  readonly salts: Salts;
}

/** What became of one entry of a batch: a refused one is at fault itself and does not hold up the others. */
export type EntryVerdict =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly code: ProblemCode; readonly detail: string };

/** What the worker needs to know to open the log; structured-cloneable. */
export interface WriterSettings {
  readonly dir: string;
  /** Name of this gateway node. */
  readonly node: string;
  /** Names this run of the process. */
  readonly boot: string;
}

export type WriterCommand =
  | { readonly do: 'open'; readonly start: StampedEntry }
  /** `reserved`: may use the space kept back for a full disk. */
  | { readonly do: 'append'; readonly entries: readonly StampedEntry[]; readonly reserved: boolean }
  | { readonly do: 'checkpoint' }
  | { readonly do: 'close' };

/** What each command answers. */
export interface WriterAnswers {
  readonly open: { readonly size: number; readonly epoch: number };
  readonly append: readonly EntryVerdict[];
  readonly checkpoint: { readonly size: number; readonly note: string };
  readonly close: null;
}

export type WriterRequest = WriterCommand & { readonly call: number };

export type WriterReply =
  | { readonly call: number; readonly ok: true; readonly value: WriterAnswers[keyof WriterAnswers] }
  | { readonly call: number; readonly ok: false; readonly kind: FaultKind; readonly detail: string };

/** Takes an answer as what its command asks for: both threads run this same release. */
export function parseAnswer<C extends WriterCommand>(_command: C, answer: unknown): WriterAnswers[C['do']] {
  return answer as WriterAnswers[C['do']];
}
