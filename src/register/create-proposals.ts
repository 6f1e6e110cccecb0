import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import type { Policy } from '../domain/policy.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { Clock, RegisterProposals } from '../flows/ports.ts';
import { isProposalSignature } from './administrator-keys.ts';
import { checkRecords } from './check-records.ts';
import { SIGNATURES_NEEDED, signersOf, type LoadedRegister } from './load-register.ts';
import { parseRegisterFile, type ParsedRegisterFile } from './parse-register-file.ts';
import { parseRecords } from './parse-record.ts';
import { describeChange, newestOf, parseProposal, writeProposal, type Proposal } from './proposal.ts';
import { keyOfChange, writeChange, type WrittenChange } from './register-change.ts';
import type { RegisterStore, StoredProposal, StoredRegister } from './register-store.ts';

interface Parts {
  readonly store: RegisterStore;
  readonly policy: Policy;
  readonly clock: Clock;
  /** Throws RegisterUnavailable when the register cannot be trusted. */
  readonly loaded: () => LoadedRegister;
  readonly reload: () => Promise<void>;
}

type Proposals = RegisterProposals & {
  readonly pending: () => Promise<readonly RegisterProposal[]>;
  readonly proposal: (digest: string) => Promise<RegisterProposal>;
};

/** Proposing, signing and applying, over the register's tables. */
export function createProposals(parts: Parts): Proposals {
  return {
    propose: (text, name) => propose(parts, parseRegisterFile(text, name)),
    pending: () => pending(parts),
    proposal: (digest) => find(parts, digest),
    sign: (signature) => sign(parts, signature),
    begin: (digest) => begin(parts, digest),
    commit: (applied) => commit(parts, applied),
  };
}

async function propose(parts: Parts, file: ParsedRegisterFile): Promise<RegisterProposal> {
  const register = parts.loaded();
  const changes = file.changes
    .map(({ change }) => writeChange(change))
    .filter((written) => written.digest !== standing(register, written));
  const faults = checkRecords({
    records: after(register, changes),
    touched: new Set(changes.map(({ change }) => keyOfChange(change))),
    policy: parts.policy,
    now: parts.clock.nowMs(),
  });
  const lost = changes.filter(({ change }) => 'removed' in change && !stands(register, keyOfChange(change)));
  if (faults.length > 0 || lost.length > 0) {
    const unknown = lost.map(({ change: { kind, id } }) => ({
      kind,
      id,
      field: 'id',
      message: 'there is no such record',
    }));
    throw file.faultsOf([...faults, ...unknown]);
  }
  if (changes.length === 0) {
    throw new GatewayError('conflict', {
      detail: 'Nothing would change: the register says all of this already.',
    });
  }
  const proposal = writeProposal(register.sequence, changes);
  await parts.store.addProposal(proposal, parts.clock.nowMs());
  return await find(parts, proposal.digest);
}

/** Digest of the change that stands for the same record. */
function standing({ newest }: LoadedRegister, { change }: WrittenChange): string | undefined {
  const before = newest.get(keyOfChange(change));
  return before === undefined ? undefined : writeChange(before).digest;
}

function stands({ newest }: LoadedRegister, key: string): boolean {
  const change = newest.get(key);
  return change !== undefined && 'record' in change;
}

function after({ newest }: LoadedRegister, changes: readonly WrittenChange[]): LoadedRegister['records'] {
  const records = parseRecords(
    newestOf([...newest.values(), ...changes.map(({ change }) => change)]).values(),
  );
  // Both halves have been through their schema on the way here.
  if (records === undefined)
    throw new RegisterUnavailable('A record of the register does not keep to its schema.');
  return records;
}

async function pending(parts: Parts): Promise<readonly RegisterProposal[]> {
  const register = parts.loaded();
  const stored = await parts.store.read();
  return stored.proposals
    .filter(({ appliedAt }) => appliedAt === undefined)
    .map((row) => describe(row, stored, register))
    .toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

async function find(parts: Parts, digest: string): Promise<RegisterProposal> {
  const stored = await parts.store.read();
  return describe(rowOf(stored, digest), stored, parts.loaded());
}

function rowOf(stored: StoredRegister, digest: string): StoredProposal {
  const row = stored.proposals.find((one) => one.digest === digest);
  if (row === undefined) throw new GatewayError('not-found', { detail: 'There is no such proposal.' });
  return row;
}

function textOf(row: StoredProposal): Proposal {
  const proposal = parseProposal(row.digest, row.body);
  if (proposal === undefined)
    throw new RegisterUnavailable('A proposal’s text is not the one that its name stands for.');
  return proposal;
}

function describe(row: StoredProposal, stored: StoredRegister, register: LoadedRegister): RegisterProposal {
  const proposal = textOf(row);
  const signers = signersOf(row.digest, stored);
  const before = newestOf(register.history.slice(0, proposal.basedOn));
  return {
    digest: row.digest,
    act: 'import',
    people: SIGNATURES_NEEDED,
    proposedAt: 0,
    consents: [],
    changes: proposal.changes.map((written) =>
      describeChange(written, before.get(keyOfChange(written.change))),
    ),
    signedBy: signers.map(({ name }) => name),
    keys: signers.map(({ key }) => key),
    state: stateOf(row, proposal, register),
  };
}

function stateOf(
  row: StoredProposal,
  proposal: Proposal,
  register: LoadedRegister,
): RegisterProposal['state'] {
  if (row.appliedAt !== undefined) return 'applied';
  if (proposal.basedOn !== register.sequence) return 'outdated';
  return row.startedAt === undefined ? 'pending' : 'applying';
}

async function sign(
  parts: Parts,
  given: Parameters<RegisterProposals['sign']>[0],
): Promise<RegisterProposal> {
  const { digest, administrator, signature } = given;
  const stored = await parts.store.read();
  refuseSettled(describe(rowOf(stored, digest), stored, parts.loaded()));
  const signer = stored.administrators.find(({ name }) => name === administrator);
  if (signer === undefined) {
    throw new GatewayError('not-found', { detail: 'There is no administrator of this name.' });
  }
  if (!isProposalSignature(digest, signature, signer.publicKeyPem)) {
    throw new GatewayError('bad-request', {
      detail:
        'This signature is not this administrator’s for this proposal. Sign the digest as it was printed.',
    });
  }
  await parts.store.addSignature({ proposal: digest, administrator, signature }, parts.clock.nowMs());
  return await find(parts, digest);
}

function refuseSettled({ state }: RegisterProposal): void {
  if (state === 'applied') {
    throw new GatewayError('conflict', {
      detail: 'This proposal is applied already; it takes no more signatures.',
    });
  }
  if (state === 'outdated') {
    throw new GatewayError('conflict', {
      detail:
        'The register has changed since this was proposed. Propose it again, and sign the new proposal.',
    });
  }
}

async function begin(parts: Parts, digest: string): Promise<RegisterProposal> {
  const stored = await parts.store.read();
  const proposal = describe(rowOf(stored, digest), stored, parts.loaded());
  if (proposal.state === 'applied') return proposal;
  refuseSettled(proposal);
  if (proposal.signedBy.length < SIGNATURES_NEEDED) {
    throw new GatewayError('conflict', {
      detail: 'This proposal wants the signatures of two administrators.',
    });
  }
  await parts.store.markStarted(digest, parts.clock.nowMs());
  const begun = await find(parts, digest);
  if (begun.state !== 'applying') {
    throw new GatewayError('conflict', {
      detail: 'Another proposal is being applied. Finish that one first.',
    });
  }
  return begun;
}

async function commit(
  parts: Parts,
  { digest, logSeqs }: Parameters<RegisterProposals['commit']>[0],
): Promise<RegisterProposal> {
  const row = rowOf(await parts.store.read(), digest);
  if (row.appliedAt !== undefined) return await find(parts, digest);
  const proposal = textOf(row);
  if (row.startedAt === undefined || logSeqs.length !== proposal.changes.length) {
    throw new GatewayError('internal', {
      detail: 'a proposal is committed after begin, with one entry for each change',
    });
  }
  const rows = logSeqs.map((logSeq, place) => ({ sequence: proposal.basedOn + place + 1, logSeq }));
  await parts.store.writeRecords(proposal, rows, parts.clock.nowMs());
  await parts.reload();
  return await find(parts, digest);
}
