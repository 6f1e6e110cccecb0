import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import { asItWaits } from '../domain/proposal-age.ts';
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

/**
 * Keeps a proposal with the consent of whoever makes it; where their own of the same words waits already it is that one. Throws
 * GatewayError('conflict') when nothing would change, and where the same waits that others agreed to, or that is too old to be confirmed:
 * proposing is not confirming, and nobody has judged it so.
 */
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
    if (known !== undefined && by !== undefined)
      refuseWaiting(parts, await describeProposal(parts, known), by);
    await proposals.add(proposal, parts.clock.nowMs(), by);
    const stored = await proposals.find(proposal.digest);
    if (stored !== undefined) return await describeProposal(parts, stored);
  }
}

/** The same words may wait since long ago, or be somebody else's: whoever says them today means them as of today. */
function refuseWaiting({ policy, clock }: RegisterParts, { described }: KnownProposal, by: Consent): void {
  const { people, consents } = described;
  if (people > 1 && asItWaits(described, policy, clock.nowMs()).state === 'outdated') {
    throw new GatewayError('conflict', {
      detail:
        'The same was proposed long ago, and has waited too long to be confirmed. Take that one back, then propose it again.',
    });
  }
  if (consents.every(({ practitioner }) => practitioner === by.practitioner)) return;
  throw new GatewayError('conflict', {
    detail: 'Somebody else has proposed exactly this, and it waits. Confirm theirs, or have it taken back.',
  });
}
