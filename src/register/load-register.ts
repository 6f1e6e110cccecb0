import type { GatewayDatabase } from '../db/gateway-database.ts';
import type { Policy } from '../domain/policy.ts';
import { auditRegister, type Tampered } from './audit-register.ts';
import { isAsLogged, type LoggedState } from './is-as-logged.ts';
import { createLiveRegister, type LiveRegister } from './live-register.ts';
import { parseTyped } from './parse-record.ts';
import { readOn, takeRecords, type LoadedRegister } from './read-on.ts';
import { createRecordChain } from './record-chain.ts';
import { createRecordStore, type RecordText } from './record-store.ts';
import { readChange } from './register-change.ts';
import { createRegisterStore } from './register-store.ts';

interface Loading {
  readonly database: GatewayDatabase;
  readonly policy: Policy;
  /** Resolves to undefined where the log says nothing of heads: it is empty, or of a release that did not write them. */
  readonly logged: () => Promise<LoggedState | undefined>;
}

/**
 * Reads the register into memory. Its rows are believed because one hash over all of them, in order, is the one that the case log
 * holds; or the one before it, where a proposal was cut off between log and register and can be finished. Where the log says
 * nothing of a hash, `auditRegister` must find that people agreed to every row. Anything else is `Tampered`, never a part of a
 * register. Other nodes may change it meanwhile. Throws RegisterUnavailable, CaseLogUnavailable.
 */
export async function loadRegister(loading: Loading): Promise<LoadedRegister | Tampered> {
  const { database, policy } = loading;
  const logged = await loading.logged();
  const fault = logged === undefined ? await auditRegister(database) : undefined;
  if (fault !== undefined) return fault;
  const loaded = await readRows(database, policy);
  if ('problem' in loaded) return (await auditRegister(database)) ?? loaded;
  if (logged === undefined) return loaded;
  const settled = await settle(loaded, logged, loading);
  // The audit names the row, where it is one.
  return 'problem' in settled ? ((await auditRegister(database)) ?? settled) : settled;
}

/** The register when its rows are what the log says. Where another node changes it meanwhile, the two are read on. */
async function settle(
  loaded: LoadedRegister,
  state: LoggedState,
  { database, logged }: Loading,
): Promise<LoadedRegister | Tampered> {
  const store = createRegisterStore(database);
  const held = { headAfter: loaded.chain.headAfter, proposals: store.proposals };
  if (await isAsLogged(held, state)) {
    return loaded.chain.head() === state.head ? loaded : { ...loaded, behindAt: loaded.live.sequence() };
  }
  const records = await readOn(loaded, { store, logged });
  if ('problem' in records) return records;
  takeRecords(loaded, records);
  return loaded;
}

async function readRows(database: GatewayDatabase, policy: Policy): Promise<LoadedRegister | Tampered> {
  const live = createLiveRegister(policy);
  const chain = createRecordChain();
  for await (const page of createRecordStore(database).texts()) {
    chain.take(page);
    if (!page.every((row) => takeRow(row, live))) {
      return { problem: `record ${String(live.sequence() + 1)} cannot be read` };
    }
  }
  return { live, chain };
}

function takeRow({ sequence, body, recordedAt }: RecordText, live: LiveRegister): boolean {
  if (sequence !== live.sequence() + 1) return false;
  if (live.applyText(body, recordedAt)) return true;
  const change = readChange(body);
  const typed = change === undefined ? undefined : parseTyped(change);
  if (typed === undefined) return false;
  live.apply(typed, recordedAt);
  return true;
}
