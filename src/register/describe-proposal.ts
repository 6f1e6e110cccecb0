import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { agreementOf, type Agreement } from './agreement.ts';
import type { LiveRegister } from './live-register.ts';
import type { LoadedRegister } from './read-on.ts';
import type { StoredProposal } from './proposal-store.ts';
import { describeChange, parseProposal, type Proposal } from './proposal.ts';
import { keyOfChange, readChange, type RecordChange } from './register-change.ts';
import type { RegisterParts } from './register-parts.ts';

/** A proposal as it is stored, read, and described. */
export interface KnownProposal {
  readonly stored: StoredProposal;
  readonly proposal: Proposal;
  readonly agreement: Agreement;
  readonly described: RegisterProposal;
  /** Whether a record that it changes has been changed since. */
  readonly isOutdated: boolean;
}

type Parts = Pick<RegisterParts, 'store' | 'loaded'>;

/** Finds a proposal. Throws GatewayError('not-found'), RegisterUnavailable. */
export async function findProposal(parts: Parts, digest: string): Promise<KnownProposal> {
  const stored = await parts.store.proposals.find(digest);
  if (stored === undefined) throw new GatewayError('not-found', { detail: 'There is no such proposal.' });
  return await describeProposal(parts, stored);
}

/** Says what a stored proposal would change, who stands behind it and how far it is. Throws RegisterUnavailable. */
export async function describeProposal(
  { store, loaded }: Parts,
  stored: StoredProposal,
): Promise<KnownProposal> {
  loaded();
  const proposal = parseProposal(stored.digest, stored.body);
  if (proposal === undefined) {
    throw new RegisterUnavailable('A proposal’s text is not the one that its name stands for.');
  }
  const { digest } = stored;
  const { proposals } = store;
  const agreement = agreementOf(
    digest,
    await proposals.agreementTo(digest),
    await proposals.administrators(),
  );
  const before = await statesBefore(store, proposal);
  const register = loaded();
  return {
    stored,
    proposal,
    agreement,
    isOutdated: isOutdated(proposal, register.live),
    described: {
      digest,
      act: proposal.act,
      people: proposal.people,
      proposedAt: stored.proposedAt,
      changes: proposal.changes.map((written) =>
        describeChange(written, before.get(keyOfChange(written.change))),
      ),
      signedBy: agreement.signers.map(({ name }) => name),
      keys: agreement.signers.map(({ key }) => key),
      consents: agreement.consents,
      ...progressOf(stored, proposal, register),
    },
  };
}

function progressOf(
  stored: StoredProposal,
  proposal: Proposal,
  register: LoadedRegister,
): Pick<RegisterProposal, 'state' | 'heads' | 'recordedAt'> {
  const state = stateOf(stored, proposal, register.live);
  return {
    state,
    ...(state === 'applying' && isNextAfter(stored, register) ? headsOf(proposal, stored, register) : {}),
    ...(stored.startedAt === undefined ? {} : { recordedAt: stored.startedAt }),
  };
}

/** What its records said when it was made: what is applied must still find them so. */
async function statesBefore(
  { records }: RegisterParts['store'],
  { changes, basedOn }: Proposal,
): Promise<ReadonlyMap<string, RecordChange>> {
  const rows = await records.statesAt(
    changes.map(({ change }) => change),
    basedOn,
  );
  const states = rows.map(({ body }) => readChange(body)).filter((change) => change !== undefined);
  return new Map(states.map((change) => [keyOfChange(change), change]));
}

function stateOf(stored: StoredProposal, proposal: Proposal, live: LiveRegister): RegisterProposal['state'] {
  if (stored.appliedAt !== undefined) return 'applied';
  if (stored.withdrawnAt !== undefined) return 'withdrawn';
  if (stored.startedAt !== undefined) return 'applying';
  return isOutdated(proposal, live) ? 'outdated' : 'pending';
}

/** Whether a record that it writes, or that was not there for it to find, has been written since. */
export function isOutdated({ format, basedOn, changes }: Proposal, live: LiveRegister): boolean {
  if (format === 1) return basedOn !== live.sequence();
  return changes.some(({ change: { kind, id } }) => live.lastTouched(kind, id) > basedOn);
}

/** Whether the register in memory is at the place that a begun proposal was given in the sequence; only then are its heads known. */
function isNextAfter({ firstSequence }: StoredProposal, { live }: LoadedRegister): boolean {
  return firstSequence === undefined || firstSequence === live.sequence() + 1;
}

function headsOf(
  { changes }: Proposal,
  { startedAt = 0 }: StoredProposal,
  { chain }: LoadedRegister,
): Required<Pick<RegisterProposal, 'heads'>> {
  const after = chain.headAfter(changes.map(({ body }) => ({ body, recordedAt: startedAt })));
  return { heads: { before: chain.head(), after } };
}
