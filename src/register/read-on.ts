import type { Tampered } from './audit-register.ts';
import { isAsLogged, type LoggedState } from './is-as-logged.ts';
import type { LiveRegister } from './live-register.ts';
import { parseTyped, type TypedChange } from './parse-record.ts';
import type { RecordChain } from './record-chain.ts';
import type { RecordText } from './record-store.ts';
import { readChange } from './register-change.ts';
import type { RegisterStore } from './register-store.ts';

/** The register in memory, and the hash that stands for all of it. */
export interface LoadedRegister {
  readonly live: LiveRegister;
  readonly chain: RecordChain;
  /**
   * The sequence at which the case log was one change further: while the register stands there still, that change is on record and not
   * in force.
   */
  behindAt?: number;
}

interface Sources {
  readonly store: RegisterStore;
  readonly logged: () => Promise<LoggedState | undefined>;
}

/** A row and the change that it says. */
interface NewRecord {
  readonly text: RecordText;
  readonly change: TypedChange;
}

/** Rows come from everywhere while they are read; somebody who forged them as fast would be at it longer than this. */
const MAX_LOOKS = 50;

/**
 * Reads the rows that follow a register in memory, and believes them only where the case log, read after them, holds the hash that they
 * lead to. Nothing is in force by this. Where the log is further on, so are the rows by now, and they are read again; where both stay
 * what they were and do not match, somebody wrote them. Throws RegisterUnavailable, CaseLogUnavailable.
 */
export async function readOn(
  { live, chain }: LoadedRegister,
  { store, logged }: Sources,
): Promise<readonly NewRecord[] | Tampered> {
  const base = live.sequence();
  const texts: RecordText[] = [];
  let reached = '';
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    texts.push(...(await store.records.textsAfter(base + texts.length)));
    const state = await logged();
    const held = {
      headAfter: (more: Parameters<RecordChain['headAfter']>[0]) => chain.headAfter([...texts, ...more]),
      proposals: store.proposals,
    };
    if (state !== undefined && (await isAsLogged(held, state))) return newRecords(texts, base);
    const now = `${String(texts.length)} ${state?.head ?? ''}`;
    if (now === reached) break;
    reached = now;
  }
  return { problem: 'its records are not those that the case log holds' };
}

function newRecords(texts: readonly RecordText[], base: number): readonly NewRecord[] | Tampered {
  const records: NewRecord[] = [];
  for (const text of texts) {
    const next = base + records.length + 1;
    const change = readChange(text.body);
    const typed = change === undefined ? undefined : parseTyped(change);
    if (typed === undefined || text.sequence !== next) {
      return { problem: `record ${String(next)} cannot be read` };
    }
    records.push({ text, change: typed });
  }
  return records;
}

/** Takes records into force that follow those in memory. */
export function takeRecords({ live, chain }: LoadedRegister, records: readonly NewRecord[]): void {
  for (const { text, change } of records) live.apply(change, text.recordedAt);
  chain.take(records.map(({ text }) => text));
}
