import { buildEntryBody, personalValues, type ClockState } from '../domain/entry-body.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EntryDraft } from '../domain/log-entry.ts';
import { leafHash, type Hash } from '../domain/merkle-tree.ts';
import { appendLeaf, type Frontier, type Tile } from '../domain/tree-frontier.ts';
import type { EntryVerdict, StampedEntry } from './writer-messages.ts';

/** Whose entries they are. */
export interface EntryAuthor {
  /** Origin of the log. */
  readonly log: string;
  readonly node: string;
  readonly boot: string;
  readonly epoch: number;
}

/** Where the next entry goes, and the time of the writer's newest one. */
export interface LogEnd {
  readonly frontier: Frontier;
  /** Microseconds; -Infinity before the first. */
  readonly lastWallUs: number;
}

/** What is known of an entry that has an id already. */
export interface KnownEntry {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly case_id: string | null;
  readonly leaf: Uint8Array;
}

interface PlannedEntry extends KnownEntry {
  readonly wall_us: number;
  readonly body: Uint8Array;
}

interface PlannedPersonal {
  readonly seq: number;
  readonly label: string;
  readonly value: string;
  readonly salt: Uint8Array | undefined;
  readonly retain_class: string;
}

/** Rows that a batch adds, in order, and what to tell its callers once they are durable. */
export interface PlannedBatch {
  readonly end: LogEnd;
  readonly verdicts: readonly EntryVerdict[];
  readonly entries: readonly PlannedEntry[];
  readonly personal: readonly PlannedPersonal[];
  readonly tiles: readonly Tile[];
}

interface Plan {
  readonly author: EntryAuthor;
  readonly from: LogEnd;
  /** The entry in the log that has this id. */
  readonly known: (id: string) => KnownEntry | undefined;
  /** Throws GatewayError for a draft that the database could not hold. */
  readonly check?: (draft: EntryDraft) => void;
}

/** Works out what a batch adds to the log, whatever database it is in. Writes nothing. */
export function planBatch(plan: Plan, stamped: readonly StampedEntry[]): PlannedBatch {
  const batch = new Batch(plan);
  const verdicts = stamped.map((entry) => batch.add(entry));
  return { end: batch.end, verdicts, entries: batch.entries, personal: batch.personal, tiles: batch.tiles };
}

class Batch {
  readonly #plan: Plan;
  readonly #added = new Map<string, KnownEntry>();
  readonly entries: PlannedEntry[] = [];
  readonly personal: PlannedPersonal[] = [];
  readonly tiles: Tile[] = [];
  end: LogEnd;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.end = plan.from;
  }

  add(stamped: StampedEntry): EntryVerdict {
    const { draft, wallUs } = stamped;
    const known = this.#added.get(draft.id) ?? this.#plan.known(draft.id);
    if (known !== undefined) return repeated(known, draft);
    // Time is never clamped: what the clock said stands, marked, and order is by seq alone.
    const backUs = this.end.lastWallUs - wallUs;
    const clk = backUs > 0 ? 'stepped' : 'ok';
    const seq = this.end.frontier.size;
    const body = bodyOf(stamped, this.#plan, { seq, clk });
    if (!('bytes' in body)) return body;
    const leaf = leafHash(body.bytes);
    this.#keep(stamped, seq, { body: body.bytes, leaf });
    if (clk === 'stepped') this.add(clockEntry(stamped, { seq, backUs }));
    return { ok: true, receipt: { seq, id: draft.id, leaf: Buffer.from(leaf).toString('hex') } };
  }

  #keep({ draft, wallUs, salts }: StampedEntry, seq: number, made: { body: Uint8Array; leaf: Hash }): void {
    const { id, kind, caseId, retainClass } = draft;
    const entry = { seq, id, kind, case_id: caseId ?? null, wall_us: wallUs, ...made };
    this.entries.push(entry);
    this.#added.set(id, entry);
    for (const { label, value } of personalValues(draft)) {
      this.personal.push({ seq, label, value, salt: salts[label], retain_class: retainClass });
    }
    const { frontier, tiles } = appendLeaf(this.end.frontier, made.leaf);
    this.tiles.push(...tiles);
    this.end = { frontier, lastWallUs: wallUs };
  }
}

/** The same id again is a caller who never heard the answer. The same id for something else must not look recorded. */
function repeated(known: KnownEntry, draft: EntryDraft): EntryVerdict {
  if (known.kind !== draft.kind || known.case_id !== (draft.caseId ?? null)) {
    return { ok: false, code: 'conflict', detail: 'This id already names another entry of the case log.' };
  }
  const { seq, id, leaf } = known;
  return { ok: true, receipt: { seq, id, leaf: Buffer.from(leaf).toString('hex') } };
}

/** Whatever keeps a body from being made is the fault of its draft, and refuses that draft only. */
function bodyOf(
  { draft, wallUs, monoNs, salts }: StampedEntry,
  { author, check }: Plan,
  place: { readonly seq: number; readonly clk: ClockState },
): { readonly bytes: Uint8Array } | Extract<EntryVerdict, { ok: false }> {
  try {
    check?.(draft);
    return { bytes: buildEntryBody(draft, { ...author, ...place, wallUs, monoNs, salts }) };
  } catch (error: unknown) {
    const known = error instanceof GatewayError;
    return {
      ok: false,
      code: known ? error.code : 'internal',
      detail: known ? error.detail : 'This is no entry.',
    };
  }
}

function clockEntry(
  stamped: StampedEntry,
  step: { readonly seq: number; readonly backUs: number },
): StampedEntry {
  const draft: EntryDraft = {
    id: `clock:${step.seq}`,
    kind: 'clock',
    facts: { change: { entry: step.seq, backUs: step.backUs } },
    personal: {},
    retainClass: 'security',
  };
  return { ...stamped, draft, salts: {} };
}
