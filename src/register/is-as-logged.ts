import { isAgreed } from '../domain/is-agreed.ts';
import { agreementOf } from './agreement.ts';
import type { ProposalStore } from './proposal-store.ts';
import { parseProposal } from './proposal.ts';
import type { RecordChain } from './record-chain.ts';

/** What the newest entry of the case log that is about the register says of its state. */
export interface LoggedState {
  /** The register's head once the entry's proposal is applied: `sha256:<hex>`. */
  readonly head: string;
  readonly before: string;
  /** Digest of the proposal. */
  readonly proposal: string;
}

type Records = Parameters<RecordChain['headAfter']>[0];

interface Held {
  /** The head after so many more records than those that are held against the log. */
  readonly headAfter: (more: Records) => string;
  readonly proposals: Pick<ProposalStore, 'begun' | 'agreementTo' | 'administrators'>;
}

/**
 * Whether a register is the one that the case log holds: its head is the logged one; or the one before, where a proposal was cut off
 * between log and register and can be finished. Throws RegisterUnavailable.
 */
export async function isAsLogged({ headAfter, proposals }: Held, logged: LoggedState): Promise<boolean> {
  const head = headAfter([]);
  if (head === logged.head) return true;
  return head === logged.before && (await isToBeFinished({ headAfter, proposals }, logged));
}

/** Whether what was cut off is there whole, with those who agreed to it, so that finishing it leads to what the log says. */
async function isToBeFinished({ headAfter, proposals }: Held, logged: LoggedState): Promise<boolean> {
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
    headAfter(changes.map((change) => ({ body: change.body, recordedAt }))) === logged.head
  );
}
