import type { Postgres, PostgresConnection } from '../db/open-postgres.ts';
import type { NoteSigner } from '../domain/signed-note.ts';
import type { Frontier } from '../domain/tree-frontier.ts';
import { insertBatch } from './insert-batch.ts';
import { planBatch, type KnownEntry, type PlannedBatch } from './plan-batch.ts';
import { createSharedCheckpoints, type SharedCheckpoints } from './shared-checkpoints.ts';
import {
  BEGIN_AT_HEAD,
  checkRoot,
  growFrontier,
  readFrontier,
  readSharedHead,
  type SharedHead,
} from './shared-head.ts';
import { checkSharedFormat } from './shared-schema.ts';
import { inTransaction } from './shared-transaction.ts';
import { checkStorable, isStorable } from './storable-draft.ts';
import { WriterFault } from './writer-fault.ts';
import type { EntryVerdict, StampedEntry, WriterAnswers } from './writer-messages.ts';

interface Parts {
  readonly postgres: Postgres;
  readonly signer: NoteSigner;
  /** File that keeps the newest checkpoint a second time. */
  readonly highestSigned: string;
  readonly node: string;
  readonly boot: string;
}

/** The head, locked, and the connection that holds it. */
interface Place {
  readonly connection: PostgresConnection;
  readonly head: SharedHead;
  readonly known: ReadonlyMap<string, KnownEntry>;
}

/** Entries of others that are read while everybody waits for the head. */
const MAX_LOCKED = 2_000;

/**
 * One of the writers of a log in PostgreSQL. It keeps the right edge of the whole tree, appends to it what other nodes wrote, and
 * compares roots before it writes or signs anything: what it has seen of the log nobody can change or take away without its noticing.
 * One call at a time. Methods throw WriterFault and PostgresFault; of a fault that faultOf calls `away` nobody knows whether the
 * batch is written.
 */
export class SharedLogWriter {
  readonly #parts: Parts;
  readonly #checkpoints: SharedCheckpoints;
  /** Committed entries; proven up to the head that was seen last. */
  #frontier: Frontier;
  /** Of this writer's own entries: another node's clock says nothing about this one's. */
  #lastWallUs = -Infinity;

  private constructor(parts: Parts, checkpoints: SharedCheckpoints, frontier: Frontier) {
    this.#parts = parts;
    this.#checkpoints = checkpoints;
    this.#frontier = frontier;
  }

  /** Checks that everything signed before is there; `start` holds all of it against the head. Throws CaseLogUnavailable too. */
  static async open(parts: Parts): Promise<SharedLogWriter> {
    await checkSharedFormat(parts.postgres);
    const checkpoints = createSharedCheckpoints(parts.signer, parts.highestSigned);
    const frontier = await inTransaction(parts.postgres, BEGIN_AT_HEAD, async (connection) => {
      const { head } = await readSharedHead(connection, []);
      await checkpoints.checkAgainstSigned(connection, head.size);
      return await readFrontier(connection, head.size);
    });
    return new SharedLogWriter(parts, checkpoints, frontier);
  }

  /** Writes `node.start`, which moves the log to a new epoch: all entries from then on are of it, whoever writes them. */
  async start(start: StampedEntry): Promise<WriterAnswers['open']> {
    const { epoch, plan } = await this.#atHead([], async (place) => {
      const next = place.head.epoch + 1;
      // The epoch makes the id new for each opening.
      const named = { ...start, draft: { ...start.draft, id: `${start.draft.id}:${next}` } };
      return { epoch: next, plan: await this.#write(place, next, [named]) };
    });
    this.#moveTo(plan);
    return { size: this.#frontier.size, epoch };
  }

  /** Writes a batch in one transaction: durable and sequenced when it resolves. */
  async append(stamped: readonly StampedEntry[]): Promise<readonly EntryVerdict[]> {
    const ids = stamped.map(({ draft }) => draft.id).filter(isStorable);
    const plan = await this.#atHead(ids, (place) => this.#write(place, place.head.epoch, stamped));
    this.#moveTo(plan);
    return plan.verdicts;
  }

  /** Signs the log as it stands; the same note again, and for every node, when it has not grown. */
  async signCheckpoint(): Promise<WriterAnswers['checkpoint']> {
    const signed = await this.#atHead([], ({ connection }) =>
      this.#checkpoints.sign(connection, this.#frontier),
    );
    this.#checkpoints.keep(signed);
    return signed;
  }

  async #write(place: Place, epoch: number, stamped: readonly StampedEntry[]): Promise<PlannedBatch> {
    const { node, boot, signer } = this.#parts;
    const author = { log: signer.name, node, boot, epoch };
    const from = { frontier: this.#frontier, lastWallUs: this.#lastWallUs };
    const known = (id: string): KnownEntry | undefined => place.known.get(id);
    const plan = planBatch({ author, from, known, check: checkStorable }, stamped);
    if (plan.entries.length > 0) await insertBatch(place.connection, plan, { from: place.head, epoch });
    return plan;
  }

  /** Only once it is committed: of a commit that was not confirmed the next look at the head tells what became. */
  #moveTo({ end }: PlannedBatch): void {
    this.#frontier = end.frontier;
    this.#lastWallUs = end.lastWallUs;
  }

  /** Does something while nobody else can move the head, and this writer knows all that is below it. */
  async #atHead<T>(ids: readonly string[], act: (place: Place) => Promise<T>): Promise<T> {
    for (;;) {
      const done = await inTransaction(this.#parts.postgres, BEGIN_AT_HEAD, async (connection) => {
        const { head, known } = await readSharedHead(connection, ids);
        if (head.size - this.#frontier.size > MAX_LOCKED)
          return { isFarBehind: true, upTo: head.size } as const;
        await this.#follow(connection, head);
        return { isFarBehind: false, result: await act({ connection, head, known }) } as const;
      });
      if (!done.isFarBehind) return done.result;
      // Without the lock, so that nobody waits; others write on meanwhile, but far more slowly than this reads.
      this.#frontier = await growFrontier(this.#parts.postgres, this.#frontier, done.upTo);
    }
  }

  /** Appends what others wrote, and holds it against the head. */
  async #follow(connection: PostgresConnection, head: SharedHead): Promise<void> {
    const { size } = this.#frontier;
    if (head.size < size) {
      throw new WriterFault(
        'fatal',
        `The case log in PostgreSQL ends at entry ${head.size}, but this node has seen ${size}: an older state of the database has taken its place. Bring back the newest one; entries that were confirmed must not be lost.`,
      );
    }
    const grown = await growFrontier(connection, this.#frontier, head.size);
    checkRoot(grown, head);
    this.#frontier = grown;
  }
}
