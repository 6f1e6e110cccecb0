import type { GatewayDatabase } from '../db/gateway-database.ts';
import { isAgreed } from '../domain/is-agreed.ts';
import type { Administrator } from './administrator-keys.ts';
import { agreementOf } from './agreement.ts';
import { createProposalStore, type ProposalStore, type StoredProposal } from './proposal-store.ts';
import { parseProposal, type Proposal } from './proposal.ts';
import { createRecordStore, type StoredRecord } from './record-store.ts';
import type { WrittenChange } from './register-change.ts';

/** What does not match; a sentence for IT. */
export interface Tampered {
  readonly problem: string;
}

/** How far an audit has come. */
interface Audit {
  readonly proposals: ProposalStore;
  readonly administrators: readonly Administrator[];
  /** Applied proposals of which no record has been seen. */
  readonly missing: Set<string>;
  /** The one whose records are being gone through. */
  run: Run | undefined;
  /** Records that were in order. */
  done: number;
}

interface Run {
  readonly stored: StoredProposal;
  readonly proposal: Proposal;
  /** How many of its records have been seen. */
  seen: number;
}

/**
 * Goes through the whole register and believes no row without proof: each must be, word for word and in order, what a proposal
 * says that enough people stand behind (two administrators by their keys, or those who consented while signed in), and every
 * applied proposal must be there in full. Undefined when all is well. What this cannot see is a register that was cut off at an
 * earlier change, or consents that never were given: the case log can. Throws RegisterUnavailable.
 */
export async function auditRegister(database: GatewayDatabase): Promise<Tampered | undefined> {
  const proposals = createProposalStore(database);
  const records = createRecordStore(database);
  // First: where nothing is applied, whatever stands there before that is known is forged.
  const before = await records.reach();
  const applied = await proposals.applied();
  const until = Math.max(before.newest, applied.newest);
  const audit: Audit = {
    proposals,
    administrators: await proposals.administrators(),
    missing: new Set(applied.digests),
    run: undefined,
    done: 0,
  };
  for await (const page of records.pages()) {
    // What is applied while the audit runs is the next one's.
    for (const row of page.filter(({ sequence }) => sequence <= until)) {
      const fault = await auditRow(audit, row);
      if (fault !== undefined) return fault;
    }
  }
  if (audit.run !== undefined && !isDone(audit.run)) return missingRow(audit);
  return audit.missing.size > 0 ? { problem: 'the records of an applied proposal are missing' } : undefined;
}

/** Each row either goes on with the proposal before it or begins another. */
async function auditRow(audit: Audit, row: StoredRecord): Promise<Tampered | undefined> {
  if (audit.run === undefined || isDone(audit.run)) {
    const next = await nextRun(audit, row);
    if ('problem' in next) return next;
    audit.run = next;
  }
  if (!isNext(row, audit.run, audit.done)) return missingRow(audit);
  audit.run.seen += 1;
  audit.done += 1;
  return undefined;
}

function missingRow({ done }: Audit): Tampered {
  return { problem: `record ${String(done + 1)} is missing or not what was signed` };
}

function isDone({ proposal, seen }: Run): boolean {
  return seen === proposal.changes.length;
}

/** The proposal that a row begins. */
async function nextRun(audit: Audit, row: StoredRecord): Promise<Run | Tampered> {
  const place = `the proposal of record ${String(row.sequence)}`;
  const stored = await audit.proposals.find(row.proposal);
  if (stored?.appliedAt === undefined) return { problem: `${place} was never applied` };
  const proposal = parseProposal(stored.digest, stored.body);
  if (proposal === undefined) return { problem: `${place} is not the text that was signed` };
  const lack = await lackOf(audit, proposal);
  if (lack !== undefined) return { problem: `${place} does not carry ${lack}` };
  if (!isMadeFor(proposal, audit.done)) {
    return { problem: `record ${String(audit.done + 1)} was made for another state of the register` };
  }
  return audit.missing.delete(row.proposal)
    ? { stored, proposal, seen: 0 }
    : { problem: `record ${String(row.sequence)} repeats what was applied before` };
}

/** Whose agreement a proposal lacks. */
async function lackOf(
  { proposals, administrators }: Audit,
  { digest, people }: Proposal,
): Promise<string | undefined> {
  const { signers, consents } = agreementOf(digest, await proposals.agreementTo(digest), administrators);
  if (isAgreed({ people, signedBy: signers.map(({ name }) => name), consents })) return undefined;
  return consents.length === 0 ? 'two valid signatures' : 'the consent of enough people';
}

function isMadeFor({ format, basedOn }: Proposal, done: number): boolean {
  return format === 1 ? basedOn === done : basedOn <= done;
}

/** The proposal's records stand one for one, in a sequence without gaps. */
function isNext(row: StoredRecord, { stored, proposal, seen }: Run, done: number): boolean {
  const written = proposal.changes[seen];
  return (
    row.sequence === done + 1 &&
    row.proposal === proposal.digest &&
    written !== undefined &&
    isSame(row, written) &&
    // A release that knew imports only wrote down when they were applied.
    (proposal.format === 1 || row.recordedAt === stored.startedAt)
  );
}

function isSame(row: StoredRecord, { change, body, digest }: WrittenChange): boolean {
  return row.kind === change.kind && row.id === change.id && row.body === body && row.digest === digest;
}
