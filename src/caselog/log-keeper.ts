import { CaseLogUnavailable } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { LogHealth } from './log-health.ts';
import { faultOf } from './writer-fault.ts';
import type { WriterLink } from './writer-link.ts';
import type { EntryVerdict, StampedEntry, WriterAnswers, WriterCommand } from './writer-messages.ts';

interface Deps {
  readonly link: WriterLink;
  readonly health: LogHealth;
  readonly stamp: (draft: EntryDraft) => StampedEntry;
}

type OwnKind = 'alarm' | 'recovery' | 'node.start' | 'node.stop';

/** Looks after the append thread: opens and closes the log, signs in time, and gets it over a full disk. */
export class LogKeeper {
  readonly #deps: Deps;
  /** Of this opening of the log; no two have the same. */
  #epoch = 0;
  #size = 0;
  #signedSize = 0;
  /** Times the disk was full in this run. */
  #episodes = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Throws CaseLogUnavailable when the log must not be continued, or cannot; the thread has ended then. */
  async open(): Promise<void> {
    const { link } = this.#deps;
    try {
      const opened = await link.send({ do: 'open', start: this.#note('node.start') });
      this.#size = opened.size;
      this.#epoch = opened.epoch;
    } catch (error: unknown) {
      await link.end();
      throw new CaseLogUnavailable(faultOf(error).detail, error);
    }
  }

  /** Writes a batch. Throws CaseLogUnavailable when it is not known to be written. */
  readonly write = async (entries: readonly StampedEntry[]): Promise<readonly EntryVerdict[]> => {
    const verdicts = await this.#append(entries, false);
    // Not awaited: the callers' entries are safe already, and what fails here is tried again when tending.
    if (this.#deps.health.isFull()) this.#recover().catch(() => undefined);
    return verdicts;
  };

  /** Signs the log as it stands. Throws CaseLogUnavailable. */
  readonly signCheckpoint = async (): Promise<string> => {
    const signed = await this.#perform({ do: 'checkpoint' });
    this.#signedSize = signed.size;
    return signed.note;
  };

  /** What is due from time to time: a checkpoint after growth, or a look whether there is space again. Never throws. */
  async tend(): Promise<void> {
    try {
      if (this.#deps.health.isFull()) await this.#recover();
      else if (this.#size > this.#signedSize) await this.signCheckpoint();
    } catch {
      // Reported to the health of the log where it happened; the next turn tries again.
    }
  }

  /** Writes 'node.stop', signs a last checkpoint and ends the thread. Never throws. */
  async close(): Promise<void> {
    // Each step is worth trying whatever became of the one before; a log that cannot be closed well opens again anyway.
    await this.#append([this.#note('node.stop', this.#epoch)], true).catch(() => undefined);
    await this.signCheckpoint().catch(() => undefined);
    await this.#perform({ do: 'close' }).catch(() => undefined);
    await this.#deps.link.end();
  }

  async #append(entries: readonly StampedEntry[], reserved: boolean): Promise<readonly EntryVerdict[]> {
    const verdicts = await this.#perform({ do: 'append', entries, reserved });
    const receipts = verdicts.flatMap((verdict) => (verdict.ok ? [verdict.receipt.seq] : []));
    this.#size = Math.max(this.#size, ...receipts.map((seq) => seq + 1));
    return verdicts;
  }

  /** Sends a command; a full disk that is news gets its last words. */
  async #perform<C extends WriterCommand>(command: C): Promise<WriterAnswers[C['do']]> {
    const { link, health } = this.#deps;
    try {
      return await link.send(command);
    } catch (error: unknown) {
      const fault = faultOf(error);
      if (health.report(fault) && fault.kind === 'disk-full') await this.#sayDiskFull();
      throw new CaseLogUnavailable(fault.detail, fault);
    }
  }

  /** Into the space kept back for it. Fails quietly when even that is gone: people have been told already. */
  async #sayDiskFull(): Promise<void> {
    this.#episodes += 1;
    await this.#append([this.#note('alarm', this.#episode())], true).catch(() => undefined);
  }

  /** Writing the entry is the test. The same id until it succeeds, so that one episode ends once. */
  async #recover(): Promise<void> {
    await this.#append([this.#note('recovery', this.#episode())], false);
    this.#deps.health.recovered();
  }

  #episode(): string {
    return `${this.#epoch}:${this.#episodes}`;
  }

  /** An entry of the log about itself. Its id comes from the epoch, so that saying it twice is saying it once. */
  #note(kind: OwnKind, ...episode: readonly (string | number)[]): StampedEntry {
    const facts = kind === 'alarm' || kind === 'recovery' ? { err: 'disk-full' } : {};
    const id = [kind, ...episode].join(':');
    return this.#deps.stamp({ id, kind, facts, personal: {}, retainClass: 'security' });
  }
}
