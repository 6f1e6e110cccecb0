import type Database from 'better-sqlite3';
import { buildEntryBody, personalValues, type ClockState } from '../domain/entry-body.ts';
import { GatewayError } from '../domain/errors.ts';
import type { EntryDraft, Receipt } from '../domain/log-entry.ts';
import { leafHash } from '../domain/merkle-tree.ts';
import { appendLeaf, frontierRoot, type Frontier } from '../domain/tree-frontier.ts';
import type { WriterPosition } from './log-head.ts';
import { WriterFault } from './writer-fault.ts';
import type { EntryVerdict, StampedEntry } from './writer-messages.ts';

interface Identity {
  readonly log: string;
  readonly node: string;
  readonly boot: string;
  readonly epoch: number;
}

interface Written {
  readonly verdicts: readonly EntryVerdict[];
  readonly position: WriterPosition;
}

type BatchWriter = (position: WriterPosition, entries: readonly StampedEntry[]) => Written;

/** Inserts of the append path: prepared once, no query builder between a case and its record. */
function prepareStatements(database: Database.Database): Statements {
  return {
    byId: database.prepare(
      'SELECT entry.seq, entry.id, entry.kind, entry.case_id, entry.leaf FROM entry WHERE entry.id = ?',
    ),
    entry: database.prepare(
      'INSERT INTO entry (seq, id, kind, case_id, wall_us, body, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    pii: database.prepare('INSERT INTO pii (seq, label, value, salt, retain_class) VALUES (?, ?, ?, ?, ?)'),
    tile: database.prepare('INSERT INTO tile (level, idx, hash) VALUES (?, ?, ?)'),
    head: database.prepare(
      'UPDATE head SET size = ?, root = ?, epoch = ? WHERE head.size = ? AND head.epoch = ?',
    ),
  };
}

interface KnownRow {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly case_id: string | null;
  readonly leaf: Buffer;
}

interface Statements {
  readonly byId: Database.Statement<[string], KnownRow>;
  readonly entry: Database.Statement<[number, string, string, string | null, number, Uint8Array, Uint8Array]>;
  readonly pii: Database.Statement<[number, string, string, Uint8Array | undefined, string]>;
  readonly tile: Database.Statement<[number, number, Uint8Array]>;
  readonly head: Database.Statement<[number, Uint8Array, number, number, number]>;
}

/**
 * Writes batches at the end of the log, one transaction each. Throws WriterFault('fatal') when another writer has moved
 * the head; driver errors pass. Then nothing of the batch is in the log, unless the commit itself failed.
 */
export function createBatchWriter(database: Database.Database, identity: Identity): BatchWriter {
  const sql = prepareStatements(database);
  const write = database.transaction(
    (position: WriterPosition, entries: readonly StampedEntry[]): Written => {
      let at = position;
      const verdicts = entries.map((entry) => {
        const step = writeOne(sql, identity, at, entry);
        at = step.position;
        return step.verdict;
      });
      return { verdicts, position: moveHead(sql, identity.epoch, position, at) };
    },
  );
  // Entries, tiles and head become durable together, in one commit with synchronous=FULL, before anybody is told.
  // IMMEDIATE, because a transaction that starts as a reader may be refused when it turns writer.
  return (position, entries) => write.immediate(position, entries);
}

/** Compare and swap: only the writer that knows where the log ends may say where it ends now. */
function moveHead(sql: Statements, epoch: number, from: WriterPosition, to: WriterPosition): WriterPosition {
  const { size } = to.frontier;
  if (size === from.frontier.size) return to;
  const moved = sql.head.run(size, frontierRoot(to.frontier), epoch, from.frontier.size, from.headEpoch);
  if (moved.changes !== 1) throw new WriterFault('fatal', 'Another writer has taken over the case log.');
  return { ...to, headEpoch: epoch };
}

interface Step {
  readonly verdict: EntryVerdict;
  readonly position: WriterPosition;
}

function writeOne(
  sql: Statements,
  identity: Identity,
  position: WriterPosition,
  stamped: StampedEntry,
): Step {
  const { draft } = stamped;
  const known = sql.byId.get(draft.id);
  if (known !== undefined) return { verdict: repeated(known, draft), position };
  // Time is never clamped: what the clock said stands, marked, and order is by seq alone.
  const clk = stamped.wallUs < position.lastWallUs ? 'stepped' : 'ok';
  const seq = position.frontier.size;
  const body = bodyOf(stamped, identity, { seq, clk });
  if (!('bytes' in body)) return { verdict: body, position };
  const leaf = leafHash(body.bytes);
  sql.entry.run(seq, draft.id, draft.kind, draft.caseId ?? null, stamped.wallUs, body.bytes, leaf);
  for (const { label, value } of personalValues(draft)) {
    sql.pii.run(seq, label, value, stamped.salts[label], draft.retainClass);
  }
  const next = { ...position, frontier: grow(sql, position.frontier, leaf), lastWallUs: stamped.wallUs };
  const receipt: Receipt = { seq, id: draft.id, leaf: Buffer.from(leaf).toString('hex') };
  const verdict: EntryVerdict = { ok: true, receipt };
  if (clk === 'ok') return { verdict, position: next };
  const clock = clockEntry(stamped, { seq, backUs: position.lastWallUs - stamped.wallUs });
  return { verdict, position: writeOne(sql, identity, next, clock).position };
}

/** The same id again is a caller who never heard the answer. The same id for something else must not look recorded. */
function repeated(known: KnownRow, draft: EntryDraft): EntryVerdict {
  if (known.kind !== draft.kind || known.case_id !== (draft.caseId ?? null)) {
    return { ok: false, code: 'conflict', detail: 'This id already names another entry of the case log.' };
  }
  return { ok: true, receipt: { seq: known.seq, id: known.id, leaf: known.leaf.toString('hex') } };
}

/** Whatever keeps a body from being made is the fault of its draft, and refuses that draft only. */
function bodyOf(
  { draft, wallUs, monoNs, salts }: StampedEntry,
  identity: Identity,
  place: { readonly seq: number; readonly clk: ClockState },
): { readonly bytes: Uint8Array } | Extract<EntryVerdict, { ok: false }> {
  try {
    return { bytes: buildEntryBody(draft, { ...identity, ...place, wallUs, monoNs, salts }) };
  } catch (error: unknown) {
    const known = error instanceof GatewayError;
    return {
      ok: false,
      code: known ? error.code : 'internal',
      detail: known ? error.detail : 'This is no entry.',
    };
  }
}

function grow(sql: Statements, frontier: Frontier, leaf: Uint8Array): Frontier {
  const grown = appendLeaf(frontier, leaf);
  for (const { level, idx, hash } of grown.tiles) sql.tile.run(level, idx, hash);
  return grown.frontier;
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
