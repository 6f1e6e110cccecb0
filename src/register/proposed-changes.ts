import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import type { Consent } from '../domain/register-proposal.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import { checkRecords } from './check-records.ts';
import { describeProposal, type KnownProposal } from './describe-proposal.ts';
import { parseTyped, type TypedChange } from './parse-record.ts';
import { writeProposal, type Proposal, type ProposalContents } from './proposal.ts';
import { keyOfChange, writeChange, type RecordChange, type WrittenChange } from './register-change.ts';
import type { RegisterParts } from './register-parts.ts';

/** The changes of a proposal in the domain's types. Throws RegisterUnavailable. */
export function typedChanges({ changes }: Pick<Proposal, 'changes'>): readonly TypedChange[] {
  const typed = changes.map(({ change }) => parseTyped(change)).filter((change) => change !== undefined);
  // Each has been through its schema on the way into the proposal.
  if (typed.length < changes.length) {
    throw new RegisterUnavailable('A record of the proposal does not keep to its schema.');
  }
  return typed;
}

/** Those changes that say something else than what stands. */
export async function differingChanges(
  { store, loaded }: RegisterParts,
  changes: readonly RecordChange[],
): Promise<readonly WrittenChange[]> {
  const rows = await store.records.statesAt(changes, loaded().live.sequence());
  const standing = new Map(rows.map(({ kind, id, digest }) => [`${kind} ${id}`, digest]));
  return changes
    .map(writeChange)
    .filter(({ change, digest }) => standing.get(keyOfChange(change)) !== digest);
}

/** What is wrong with changes beside what the register says. */
export function faultsBeside(
  { loaded, policy, clock }: RegisterParts,
  changes: readonly WrittenChange[],
): readonly DraftFault[] {
  return checkRecords({
    changes: typedChanges({ changes }),
    live: loaded().live,
    policy,
    now: clock.nowMs(),
  });
}

/** Keeps a proposal, or the consent to one of the same words that waits. Throws GatewayError('conflict') when nothing would change. */
export async function keepProposal(
  parts: RegisterParts,
  contents: Omit<ProposalContents, 'basedOn'>,
  by?: Consent,
): Promise<KnownProposal> {
  if (contents.changes.length === 0) {
    throw new GatewayError('conflict', {
      detail: 'Nothing would change: the register says all of this already.',
    });
  }
  const { proposals } = parts.store;
  const basedOn = parts.loaded().live.sequence();
  for (let attempt = 1; ; attempt += 1) {
    const proposal = writeProposal({ ...contents, basedOn }, attempt);
    const known = await proposals.find(proposal.digest);
    if (known?.withdrawnAt !== undefined) continue;
    await proposals.add(proposal, parts.clock.nowMs(), by);
    const stored = await proposals.find(proposal.digest);
    if (stored !== undefined) return await describeProposal(parts, stored);
  }
}
