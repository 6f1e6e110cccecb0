import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import { isAgreed } from '../domain/is-agreed.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { createTurns } from '../domain/turns.ts';
import type { RegisterProposals } from '../flows/ports.ts';
import { createBegunMarks, type BegunMarks } from './begun-marks.ts';
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
export function createApplication(given: RegisterParts): Pick<RegisterProposals, 'begin' | 'commit'> {
  const parts: Applying = { ...given, marks: createBegunMarks(given) };
  // Nothing is applied between a proposal's check and its mark.
  const alone = createTurns();
  return {
    begin: (digest, judgedAt) => alone(() => begin(parts, { digest, judgedAt, left: MOST_LOOKS })),
    commit: (applied) => alone(() => commit(parts, applied)),
  };
}

/** Nodes that come between a look and a mark are few. */
const MOST_LOOKS = 20;

interface Applying extends RegisterParts {
  readonly marks: BegunMarks;
}

interface Wanted {
  readonly digest: string;
  /** Sequence of the register that people were judged by; undefined where nobody was. */
  readonly judgedAt: number | undefined;
  /** Looks that are left: whoever marks and takes back as fast is no node. */
  readonly left: number;
}

async function begin(parts: Applying, given: Wanted): Promise<RegisterProposal> {
  if (given.left === 0) refuseUnbelievable();
  const wanted = { ...given, left: given.left - 1 };
  const { proposals } = parts.store;
  const { digest } = wanted;
  await parts.catchUp();
  const known = await findProposal(parts, digest);
  if (known.described.state === 'applied') return known.described;
  if (known.described.state !== 'applying') refuseSettled(known.described);
  const begun = await proposals.begun();
  if (begun !== undefined) return await resume(parts, wanted, begun);
  if (hasGoneOn(parts, wanted)) return known.described;
  refuseIncomplete(known.described);
  return await mark(parts, wanted, refuseUnfit(parts, known));
}

async function mark(parts: Applying, wanted: Wanted, sequence: number): Promise<RegisterProposal> {
  const { digest } = wanted;
  const isMarked = await parts.marks.set({ digest, at: parts.clock.nowMs(), sequence });
  if (!isMarked) await refuseOvertaken(parts, wanted);
  const { described } = await findProposal(parts, digest);
  const isToBeWritten = described.state === 'applying' && described.heads !== undefined;
  // Another process may have begun another one, or taken this one back, since we looked; or finished it already.
  return isMarked && isToBeWritten ? described : await begin(parts, wanted);
}

/** Who may do it was judged by a register that is not the one it would be written into. */
function hasGoneOn({ loaded }: RegisterParts, { judgedAt }: Wanted): boolean {
  return judgedAt !== undefined && judgedAt !== loaded().live.sequence();
}

/** The register in memory is where it was when a proposal was begun after so many looks, or somebody wrote the mark. */
const LOOKS = 3;

/** What is begun comes first, whoever began it. Its heads are known where the register in memory has come as far as it had then. */
async function resume(
  parts: Applying,
  wanted: Wanted,
  begun: StoredProposal,
  looks = LOOKS,
): Promise<RegisterProposal> {
  if (!(await parts.marks.isToBeFinished(begun))) return await goOn(parts, wanted, begun);
  const known = await describeProposal(parts, begun);
  const { heads } = known.described;
  if (heads !== undefined) {
    return (await parts.marks.isSound(begun, heads.after)) ? believeBegun(known) : refuseUnbelievable();
  }
  if (looks === 0) refuseUnbelievable();
  // Those before it are still to come, or it has been finished by another node and is here already.
  await parts.catchUp();
  const now = await parts.store.proposals.begun();
  const isSame = now?.digest === begun.digest;
  return isSame ? await resume(parts, wanted, now, looks - 1) : await begin(parts, wanted);
}

/**
 * What was taken back waits again, and whoever finishes what others began does not begin it anew: people agree to it and are judged, as
 * to anything that waits.
 */
async function goOn(parts: Applying, wanted: Wanted, { digest }: StoredProposal): Promise<RegisterProposal> {
  if (digest !== wanted.digest) return await begin(parts, wanted);
  const { described } = await findProposal(parts, digest);
  if (described.state === 'pending') return described;
  throw new RegisterUnavailable('What had been begun before was taken back. Try again.');
}

/** Nothing is begun before enough people agreed to it, nor after its records have been written: else somebody wrote the mark. */
function believeBegun({ described, isOutdated }: KnownProposal): RegisterProposal {
  return isAgreed(described) && !isOutdated ? described : refuseUnbelievable();
}

function refuseUnbelievable(): never {
  throw new RegisterUnavailable(
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
async function refuseOvertaken(parts: RegisterParts, { digest, judgedAt }: Wanted): Promise<void> {
  if ((await parts.store.proposals.begun()) !== undefined) return;
  if ((await findProposal(parts, digest)).described.state !== 'pending') return;
  await parts.catchUp();
  // Whoever says by what it was judged is told to judge again.
  if (judgedAt !== undefined) return;
  throw new GatewayError('conflict', { detail: 'The register has changed meanwhile. Try again.' });
}

type Logged = Parameters<RegisterProposals['commit']>[0];

async function commit(parts: Applying, logged: Logged): Promise<RegisterProposal> {
  const { digest, logSeqs } = logged;
  const known = await findProposal(parts, digest);
  const { stored, proposal, described } = known;
  const loaded = parts.loaded();
  const { firstSequence: first = loaded.live.sequence() + 1 } = stored;
  const isTaken = stored.appliedAt !== undefined || first <= loaded.live.sequence();
  if (isTaken) return await appliedElsewhere(parts, digest);
  if (stored.startedAt === undefined) return await commitAgain(parts, logged);
  if (logSeqs.length !== proposal.changes.length) throw misused();
  if (!(await parts.marks.isSound(stored, described.heads?.after))) refuseUnbelievable();
  return await writeRecords(parts, known, { logged, first, recordedAt: stored.startedAt });
}

async function writeRecords(
  parts: Applying,
  { proposal, described }: KnownProposal,
  {
    logged,
    first,
    recordedAt,
  }: { readonly logged: Logged; readonly first: number; readonly recordedAt: number },
): Promise<RegisterProposal> {
  const loaded = parts.loaded();
  const changes = typedChanges(proposal);
  const written = parts.store.records.write({
    proposal,
    first,
    places: changes.map(({ kind, id }, place) => ({
      logSeq: logged.logSeqs[place] ?? 0,
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
  if (!isWritten) return await notWritten(parts, logged);
  takeWritten(loaded, { first, changes, proposal, recordedAt });
  const applied = (await findProposal(parts, proposal.digest)).described;
  return described.heads === undefined ? applied : { ...applied, heads: described.heads };
}

function misused(): GatewayError {
  return new GatewayError('internal', {
    detail: 'a proposal is committed after begin, with one entry for each change',
  });
}

/** Another node took the mark back while this one hung between mark and log: nobody has begun anything since, or nothing is written. */
async function commitAgain(parts: Applying, logged: Logged): Promise<RegisterProposal> {
  if (!parts.marks.isOwn(logged.digest)) throw misused();
  if (await parts.marks.restore(logged.digest)) return await commit(parts, logged);
  const loaded = parts.loaded();
  loaded.behindAt = loaded.live.sequence();
  throw new RegisterUnavailable(
    'What this node had begun was taken back by another meanwhile, and nothing was written. Tell IT.',
  );
}

/** Somebody else has written it, or the mark is not what it was. */
async function notWritten(parts: Applying, logged: Logged): Promise<RegisterProposal> {
  const { described } = await findProposal(parts, logged.digest);
  return described.state === 'pending'
    ? await commitAgain(parts, logged)
    : await appliedElsewhere(parts, logged.digest);
}

/** Somebody else was quicker: what they wrote is taken from the tables. */
async function appliedElsewhere(parts: RegisterParts, digest: string): Promise<RegisterProposal> {
  await parts.catchUp();
  const { described } = await findProposal(parts, digest);
  return described.state === 'applied' ? described : refuseUnbelievable();
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
