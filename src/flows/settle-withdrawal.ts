import type { Instant } from '../domain/register.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { withdrawnProposal } from '../domain/withdrawn-act.ts';
import type { RegisterActs } from './ports-register.ts';
import type { CaseLogReader } from './ports.ts';

interface Deps {
  readonly register: Pick<RegisterActs, 'withdraw'>;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
}

const PAGE = 200;
/** By how much the clocks of nodes, and of one node before it was set right, may differ at the most. */
const CLOCKS_MS = 86_400_000;

/**
 * A proposal as the case log has it, before anybody completes it: one whose withdrawal stands there and was cut off from the register is
 * taken back now. Costs one look through the log's entries about the register since the proposal was made.
 * Throws GatewayError('not-found' | 'conflict'), CaseLogUnavailable, RegisterUnavailable.
 */
export async function settleWithdrawal(deps: Deps, proposal: RegisterProposal): Promise<RegisterProposal> {
  // What is begun was looked at before it was begun; of what is settled nothing more can become.
  if (proposal.state !== 'pending') return proposal;
  return (await isWithdrawn(deps, proposal)) ? await deps.register.withdraw(proposal.digest) : proposal;
}

async function isWithdrawn(
  { caseLogReader }: Pick<Deps, 'caseLogReader'>,
  { digest, proposedAt }: { readonly digest: string; readonly proposedAt: Instant },
): Promise<boolean> {
  const sinceUs = (proposedAt - CLOCKS_MS) * 1_000;
  let beforeSeq: number | undefined;
  for (;;) {
    const page = await caseLogReader.entries({
      kinds: ['register.change'],
      limit: PAGE,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
    });
    if (page.some(({ facts }) => withdrawnProposal(facts) === digest)) return true;
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < PAGE || oldest.wallUs < sinceUs) return false;
    beforeSeq = oldest.seq;
  }
}
