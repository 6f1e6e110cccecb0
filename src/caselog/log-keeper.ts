import { CaseLogUnavailable } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import type { LogHealth, PassingTrouble } from './log-health.ts';
import { faultOf, type FaultKind } from './writer-fault.ts';
import type { WriterLink } from './writer-link.ts';
import type { EntryVerdict, StampedEntry, WriterAnswers, WriterCommand } from './writer-messages.ts';

interface Deps {
  readonly link: WriterLink;
  readonly health: LogHealth;
  readonly stamp: (draft: EntryDraft) => StampedEntry;
  /** Others write the same log: what they added is looked at, and signed, though this one was idle. */
  readonly isShared?: boolean;
  /** `open()` resolves whatever is wrong: that is reported, and where it can pass each later command tries again to open. */
  readonly opensLater?: boolean;
}

type OwnKind = 'alarm' | 'recovery' | 'node.start' | 'node.stop';

/** Looks after the writer: opens and closes the log, signs in time, and gets it over a full disk or a server that was away. */
export class LogKeeper {
  readonly #deps: Deps;
  /** Of this opening of the log; no two have the same. */
  #epoch = 0;
  #size = 0;
  #signedSize = 0;
  /** Times there was trouble in this run. */
  #episodes = 0;
  #isOpen = false;
  #opening: Promise<void> | undefined;
  #tending: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Throws CaseLogUnavailable when the log must not be continued, or cannot, unless it may open later; the writer has ended then. */
  async open(): Promise<void> {
    const { link, opensLater = false } = this.#deps;
    try {
      await this.#beOpen();
    } catch (error: unknown) {
      if (opensLater) return;
      await link.end();
      throw error;
    }
  }

  /** One attempt at a time, whoever needs it. */
  async #beOpen(): Promise<void> {
    if (this.#isOpen) return;
    this.#opening ??= this.#start().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #start(): Promise<void> {
    const { link, health, opensLater = false } = this.#deps;
    try {
      const opened = await link.send({ do: 'open', start: this.#note('node.start') });
      this.#size = opened.size;
      this.#epoch = opened.epoch;
      this.#isOpen = true;
    } catch (error: unknown) {
      const fault = faultOf(error);
      if (opensLater && health.report(fault)) this.#episodes += 1;
      throw new CaseLogUnavailable(fault.detail, fault);
    }
  }

  /** Writes a batch. Throws CaseLogUnavailable when it is not known to be written. */
  readonly write = async (entries: readonly StampedEntry[]): Promise<readonly EntryVerdict[]> => {
    const verdicts = await this.#append(entries, false);
    // Not awaited: the callers' entries are safe already, and what fails here is tried again when tending.
    const trouble = this.#deps.health.trouble();
    if (trouble !== undefined) this.#recover(trouble).catch(() => undefined);
    return verdicts;
  };

  /** Signs the log as it stands. Throws CaseLogUnavailable. */
  readonly signCheckpoint = async (): Promise<string> => {
    const signed = await this.#perform({ do: 'checkpoint' });
    this.#signedSize = signed.size;
    return signed.note;
  };

  /** What is due from time to time: a checkpoint after growth, or a look whether a trouble has passed. Never throws. */
  tend(): Promise<void> {
    // One at a time: a server that does not answer makes each of them long.
    this.#tending ??= this.#tend()
      // Reported to the health of the log where it happened; the next turn tries again.
      .catch(() => undefined)
      .finally(() => {
        this.#tending = undefined;
      });
    return this.#tending;
  }

  async #tend(): Promise<void> {
    const { health, isShared = false } = this.#deps;
    const trouble = health.trouble();
    if (trouble !== undefined) await this.#recover(trouble);
    else if (isShared || this.#size > this.#signedSize) await this.signCheckpoint();
  }

  /** Writes 'node.stop', signs a last checkpoint and ends the writer. Never throws. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    if (this.#isOpen) await this.#closeOpen();
    await this.#deps.link.end();
  }

  async #closeOpen(): Promise<void> {
    // Each step is worth trying whatever became of the one before; a log that cannot be closed well opens again anyway.
    const stop = this.#append([this.#note('node.stop', this.#epoch)], true);
    const isWritten = await stop.then(
      () => true,
      () => false,
    );
    // But for a server that does not answer: others sign what this node has written, and it should not be long in stopping.
    if (!isWritten && this.#deps.isShared === true) return;
    await this.signCheckpoint().catch(() => undefined);
    await this.#perform({ do: 'close' }).catch(() => undefined);
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
    await this.#beOpen();
    try {
      return await link.send(command);
    } catch (error: unknown) {
      const fault = faultOf(error);
      if (health.report(fault)) await this.#begin(fault.kind);
      throw new CaseLogUnavailable(fault.detail, fault);
    }
  }

  /** Of a full disk one entry can tell, in the space kept back for it. Fails quietly when even that is gone: people have been told. */
  async #begin(kind: FaultKind): Promise<void> {
    this.#episodes += 1;
    if (kind === 'disk-full')
      await this.#append([this.#ofEpisode('alarm', kind)], true).catch(() => undefined);
  }

  /** Writing the entry is the test. The same id until it succeeds, so that one episode ends once. */
  async #recover(trouble: PassingTrouble): Promise<void> {
    // Its id has the epoch in it, which comes with the opening.
    await this.#beOpen();
    await this.#append([this.#ofEpisode('recovery', trouble)], false);
    this.#deps.health.recovered();
  }

  #ofEpisode(kind: 'alarm' | 'recovery', err: PassingTrouble): StampedEntry {
    return this.#note(kind, `${this.#epoch}:${this.#episodes}`, { err });
  }

  /** An entry of the log about itself. Its id comes from the epoch, so that saying it twice is saying it once. */
  #note(kind: OwnKind, episode?: string | number, facts: EntryDraft['facts'] = {}): StampedEntry {
    const id = episode === undefined ? kind : `${kind}:${episode}`;
    return this.#deps.stamp({ id, kind, facts, personal: {}, retainClass: 'security' });
  }
}
