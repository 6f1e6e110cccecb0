import type { GatewayDatabase } from '../db/gateway-database.ts';
import { isAgreed } from '../domain/is-agreed.ts';
import type { Policy } from '../domain/policy.ts';
import { agreementOf } from './agreement.ts';
import { auditRegister, type Tampered } from './audit-register.ts';
import { createLiveRegister, type LiveRegister } from './live-register.ts';
import { parseTyped } from './parse-record.ts';
import { createProposalStore } from './proposal-store.ts';
import { parseProposal } from './proposal.ts';
import { createRecordChain, type RecordChain } from './record-chain.ts';
import { createRecordStore, type RecordText } from './record-store.ts';
import { readChange } from './register-change.ts';

/** What the newest entry of the case log that is about the register says of its state. */
export interface LoggedState {
  /** The register's head once the entry's proposal is applied: `sha256:<hex>`. */
  readonly head: string;
  readonly before: string;
  /** Digest of the proposal. */
  readonly proposal: string;
}

/** The register in memory, and the hash that stands for all of it. */
export interface LoadedRegister {
  readonly live: LiveRegister;
  readonly chain: RecordChain;
}

interface Loading {
  readonly database: GatewayDatabase;
  readonly policy: Policy;
  /** Undefined where the log says nothing of heads: it is empty, or of a release that did not write them. */
  readonly logged: LoggedState | undefined;
}

/**
 * Reads the register into memory. Its rows are believed because one hash over all of them, in order, is the one that the case log
 * holds; or the one before it, where a proposal was cut off between log and register and can be finished. Where the log says
 * nothing of a hash, `auditRegister` must find that people agreed to every row. Anything else is `Tampered`, never a part of a
 * register. Throws RegisterUnavailable.
 */
export async function loadRegister(loading: Loading): Promise<LoadedRegister | Tampered> {
  const { database, policy, logged } = loading;
  const fault = logged === undefined ? await auditRegister(database) : undefined;
  if (fault !== undefined) return fault;
  const loaded = await readRows(database, policy);
  const isTrusted = !('problem' in loaded) && (await isAsLogged(loaded, loading));
  if (isTrusted) return loaded;
  // The audit names the row, where it is one.
  return (
    (await auditRegister(database)) ??
    ('problem' in loaded ? loaded : { problem: 'its records are not those that the case log holds' })
  );
}

async function isAsLogged({ chain }: LoadedRegister, { database, logged }: Loading): Promise<boolean> {
  const head = chain.head();
  if (logged === undefined || head === logged.head) return true;
  return head === logged.before && (await isToBeFinished(chain, { database, logged }));
}

/** Whether what was cut off is there whole, with those who agreed to it, so that finishing it leads to what the log says. */
async function isToBeFinished(
  chain: RecordChain,
  { database, logged }: { readonly database: GatewayDatabase; readonly logged: LoggedState },
): Promise<boolean> {
  const proposals = createProposalStore(database);
  const begun = await proposals.begun();
  if (begun?.startedAt === undefined || begun.digest !== logged.proposal) return false;
  const { digest, body, startedAt: recordedAt } = begun;
  const proposal = parseProposal(digest, body);
  if (proposal === undefined) return false;
  const agreement = await proposals.agreementTo(digest);
  const { signers, consents } = agreementOf(digest, agreement, await proposals.administrators());
  const { people, changes } = proposal;
  return (
    isAgreed({ people, signedBy: signers.map(({ name }) => name), consents }) &&
    chain.headAfter(changes.map((change) => ({ body: change.body, recordedAt }))) === logged.head
  );
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
