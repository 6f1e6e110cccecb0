import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import { isAgreed } from '../domain/is-agreed.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { createTurns } from '../domain/turns.ts';
import type { RegisterProposals } from '../flows/ports.ts';
import { checkRecords } from './check-records.ts';
import { describeProposal, findProposal, isOutdated, type KnownProposal } from './describe-proposal.ts';
import type { TypedChange } from './parse-record.ts';
import type { StoredProposal } from './proposal-store.ts';
import type { Proposal } from './proposal.ts';
import { typedChanges } from './proposed-changes.ts';
import type { LoadedRegister } from './read-on.ts';
import { describeFaults } from './record-fault.ts';
import { refuseSettled } from './refuse-settled.ts';
import type { RegisterParts } from './register-parts.ts';

/** Taking proposals into force, one at a time: on one node by taking turns, across all nodes by the mark of the one that is begun. */
export function createApplication(parts: RegisterParts): Pick<RegisterProposals, 'begin' | 'commit'> {
  // Nothing is applied between a proposal's check and its mark.
  const alone = createTurns();
  return {
    begin: (digest) => alone(() => begin(parts, digest)),
    commit: (applied) => alone(() => commit(parts, applied)),
  };
}

async function begin(parts: RegisterParts, digest: string): Promise<RegisterProposal> {
  const { proposals } = parts.store;
  await parts.catchUp();
  const known = await findProposal(parts, digest);
  if (known.described.state === 'applied') return known.described;
  if (known.described.state !== 'applying') refuseSettled(known.described);
  const begun = await proposals.begun();
  if (begun !== undefined) return await resume(parts, digest, begun);
  refuseIncomplete(known.described);
  const sequence = refuseUnfit(parts, known);
  const isMarked = await proposals.markBegun(digest, parts.clock.nowMs(), sequence);
  if (!isMarked) await refuseOvertaken(parts, digest);
  const { described } = await findProposal(parts, digest);
  const isToBeWritten = described.state === 'applying' && described.heads !== undefined;
  // Another process may have begun another one, or taken this one back, since we looked; or finished it already.
  return isMarked && isToBeWritten ? described : await begin(parts, digest);
}

/** The register in memory is where it was when a proposal was begun after so many looks, or somebody wrote the mark. */
const LOOKS = 3;

/** What is begun comes first, whoever began it. Its heads are known where the register in memory has come as far as it had then. */
async function resume(
  parts: RegisterParts,
  digest: string,
  begun: StoredProposal,
  looks = LOOKS,
): Promise<RegisterProposal> {
  const known = await describeProposal(parts, begun);
  if (known.described.heads !== undefined) return believeBegun(known);
  if (looks === 0) throw unbelievable();
  // Those before it are still to come, or it has been finished by another node and is here already.
  await parts.catchUp();
  const now = await parts.store.proposals.begun();
  const isSame = now?.digest === begun.digest;
  return isSame ? await resume(parts, digest, now, looks - 1) : await begin(parts, digest);
}

/** Nothing is begun before enough people agreed to it, nor after its records have been written: else somebody wrote the mark. */
function believeBegun({ described, isOutdated }: KnownProposal): RegisterProposal {
  if (isAgreed(described) && !isOutdated) return described;
  throw unbelievable();
}

function unbelievable(): RegisterUnavailable {
  return new RegisterUnavailable(
    'What is marked as begun in the register’s tables is nothing that people agreed to. Tell IT; nothing can be changed until then.',
  );
}

function refuseIncomplete(proposal: RegisterProposal): void {
  if (isAgreed(proposal)) return;
  const detail =
    proposal.consents.length === 0
      ? 'This proposal wants the signatures of two administrators.'
      : 'A second person has to confirm this.';
  throw new GatewayError('conflict', { detail });
}

/** It fitted the register when it was made; the register may have gone on. Gives the sequence that it was held against. */
function refuseUnfit({ loaded, policy, clock }: RegisterParts, { proposal }: KnownProposal): number {
  const changes = typedChanges(proposal);
  const { live } = loaded();
  if (isOutdated(proposal, live)) refuseSettled({ state: 'outdated' });
  const faults = checkRecords({ changes, live, policy, now: clock.nowMs() });
  if (faults.length === 0) return live.sequence();
  const lines = [
    'This no longer fits the register as it stands. Propose it anew.',
    ...describeFaults(faults),
  ];
  throw new GatewayError('conflict', { detail: lines.join('\n') });
}

/** Another node has changed the register between the check and the mark: what was judged by the one before is judged anew. */
async function refuseOvertaken(parts: RegisterParts, digest: string): Promise<void> {
  if ((await parts.store.proposals.begun()) !== undefined) return;
  if ((await findProposal(parts, digest)).described.state !== 'pending') return;
  await parts.catchUp();
  throw new GatewayError('conflict', { detail: 'The register has changed meanwhile. Try again.' });
}

async function commit(
  parts: RegisterParts,
  { digest, logSeqs }: Parameters<RegisterProposals['commit']>[0],
): Promise<RegisterProposal> {
  const { stored, proposal, described } = await findProposal(parts, digest);
  const { startedAt: recordedAt, appliedAt } = stored;
  const loaded = parts.loaded();
  const { firstSequence: first = loaded.live.sequence() + 1 } = stored;
  const isTaken = appliedAt !== undefined || first <= loaded.live.sequence();
  if (isTaken) return await appliedElsewhere(parts, digest);
  if (recordedAt === undefined || logSeqs.length !== proposal.changes.length) {
    throw new GatewayError('internal', {
      detail: 'a proposal is committed after begin, with one entry for each change',
    });
  }
  const changes = typedChanges(proposal);
  const written = parts.store.records.write({
    proposal,
    first,
    places: changes.map(({ kind, id }, place) => ({
      logSeq: logSeqs[place] ?? 0,
      replaces: loaded.live.lastTouched(kind, id),
    })),
    recordedAt,
    appliedAt: parts.clock.nowMs(),
  });
  const isWritten = await written.catch((error: unknown) => {
    // It stands in the case log, and may be what stops a model: nothing is decided without it.
    loaded.behindAt = first - 1;
    throw error;
  });
  if (!isWritten) return await appliedElsewhere(parts, digest);
  takeWritten(loaded, { first, changes, proposal, recordedAt });
  const applied = (await findProposal(parts, digest)).described;
  return described.heads === undefined ? applied : { ...applied, heads: described.heads };
}

/** Somebody else was quicker: what they wrote is taken from the tables. */
async function appliedElsewhere(parts: RegisterParts, digest: string): Promise<RegisterProposal> {
  await parts.catchUp();
  const { described } = await findProposal(parts, digest);
  if (described.state === 'applied') return described;
  throw unbelievable();
}

interface Written {
  readonly first: number;
  readonly changes: readonly TypedChange[];
  readonly proposal: Proposal;
  readonly recordedAt: number;
}

/** Takes what was written into force, unless a look at the tables has done so already. */
function takeWritten({ live, chain }: LoadedRegister, written: Written): void {
  const { first, changes, proposal, recordedAt } = written;
  if (live.sequence() !== first - 1) return;
  for (const change of changes) live.apply(change, recordedAt);
  chain.take(proposal.changes.map(({ body }) => ({ body, recordedAt })));
}
