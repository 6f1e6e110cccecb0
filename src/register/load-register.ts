import type { Policy } from '../domain/policy.ts';
import type { RegisterSnapshot } from '../domain/register.ts';
import { isProposalSignature, keyFingerprint, type Administrator } from './administrator-keys.ts';
import { indexRegister, type RegisterRecords } from './index-register.ts';
import { parseRecords } from './parse-record.ts';
import { newestOf, parseProposal, type Proposal } from './proposal.ts';
import type { RecordChange, WrittenChange } from './register-change.ts';
import type { StoredRecord, StoredRegister } from './register-store.ts';

/** People whose signatures are wanted before anything changes. */
export const SIGNATURES_NEEDED = 2;

/** The register in memory: what stands, and what it was made from. */
export interface LoadedRegister {
  readonly snapshot: RegisterSnapshot;
  readonly records: RegisterRecords;
  /** Every change there ever was, in order. */
  readonly history: readonly RecordChange[];
  /** Newest change of each record, by key. */
  readonly newest: ReadonlyMap<string, RecordChange>;
  /** How many changes there were. */
  readonly sequence: number;
}

/** What does not match; a sentence for IT. */
export interface Tampered {
  readonly problem: string;
}

/** Whose valid signatures a proposal carries: each person once, each key once. */
export function signersOf(
  digest: string,
  stored: Pick<StoredRegister, 'administrators' | 'signatures'>,
): readonly { readonly name: string; readonly key: string }[] {
  const byName = new Map(stored.administrators.map((one) => [one.name, one]));
  const signers = stored.signatures
    .filter(({ proposal }) => proposal === digest)
    .flatMap(({ administrator, signature }) => {
      const signer = byName.get(administrator);
      return signer === undefined || !isTheirs(digest, signature, signer)
        ? []
        : [{ name: administrator, key: keyFingerprint(signer.publicKeyPem) }];
    });
  return signers.filter(({ key }, place) => signers.findIndex((other) => other.key === key) === place);
}

function isTheirs(digest: string, signature: string, { publicKeyPem }: Administrator): boolean {
  try {
    return isProposalSignature(digest, signature, publicKeyPem);
  } catch {
    // A key that is none has signed nothing.
    return false;
  }
}

/**
 * Rebuilds the register from its rows and believes none of them without proof: every row must be, word for word and in order,
 * what a proposal says that two administrators signed, and every applied proposal must be there in full. Anything else is
 * `Tampered`, never a part of a register. What this cannot see is a register cut off at an earlier change: the case log can.
 */
export function loadRegister(stored: StoredRegister, policy: Policy): LoadedRegister | Tampered {
  const history: RecordChange[] = [];
  const applied = new Set(
    stored.proposals.flatMap((one) => (one.appliedAt === undefined ? [] : [one.digest])),
  );
  let row = stored.records[0];
  while (row !== undefined) {
    const proposal = nextProposal(row, stored);
    if ('problem' in proposal) return proposal;
    const problem = mismatch(proposal, stored.records, history.length);
    if (problem !== undefined) return { problem };
    applied.delete(proposal.digest);
    history.push(...proposal.changes.map((one) => one.change));
    row = stored.records[history.length];
  }
  if (applied.size > 0) return { problem: 'the records of an applied proposal are missing' };
  const newest = newestOf(history);
  const records = parseRecords(newest.values());
  if (records === undefined) return { problem: 'a record does not keep to the schema of this release' };
  const sequence = history.length;
  return { snapshot: indexRegister(records, policy, sequence), records, history, newest, sequence };
}

function nextProposal(row: StoredRecord, stored: StoredRegister): Proposal | Tampered {
  const place = `the proposal of record ${String(row.sequence)}`;
  const known = stored.proposals.find(({ digest }) => digest === row.proposal);
  if (known?.appliedAt === undefined) return { problem: `${place} was never applied` };
  const proposal = parseProposal(known.digest, known.body);
  if (proposal === undefined) return { problem: `${place} is not the text that was signed` };
  if (signersOf(known.digest, stored).length < SIGNATURES_NEEDED) {
    return { problem: `${place} does not carry two valid signatures` };
  }
  return proposal;
}

/** The proposal's records must stand next, one for one, in a sequence without gaps, on the state it was made for. */
function mismatch(proposal: Proposal, rows: readonly StoredRecord[], before: number): string | undefined {
  if (proposal.basedOn !== before)
    return `record ${String(before + 1)} was made for another state of the register`;
  const place = proposal.changes.findIndex((written, index) => {
    const row = rows[before + index];
    const isNext = row?.proposal === proposal.digest && row.sequence === before + index + 1;
    return !isNext || !isSame(row, written);
  });
  return place === -1 ? undefined : `record ${String(before + place + 1)} is missing or not what was signed`;
}

function isSame(row: StoredRecord, { change, body, digest }: WrittenChange): boolean {
  return row.kind === change.kind && row.id === change.id && row.body === body && row.digest === digest;
}
