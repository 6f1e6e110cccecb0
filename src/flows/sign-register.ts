import { isSigned } from '../domain/is-agreed.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { applyRegister } from './apply-register.ts';
import type { RegisterActs } from './ports-register.ts';
import type { CaseLogAppender, CaseLogReader, RegisterProposals } from './ports.ts';
import { settleWithdrawal } from './settle-withdrawal.ts';

interface Deps {
  readonly register: Pick<RegisterProposals, 'sign' | 'begin' | 'commit'> & Pick<RegisterActs, 'withdraw'>;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
}

/**
 * Keeps one administrator's signature under a proposal; once enough of them have signed it is applied. Signing again counts once,
 * and takes up an application that was cut off. People who consented while signed in are not counted here: whether they still may is
 * judged when one of them confirms. Throws GatewayError('not-found' | 'bad-request' | 'conflict') as the port says,
 * CaseLogUnavailable, RegisterUnavailable.
 */
export async function signRegister(
  deps: Deps,
  input: { readonly digest: string; readonly administrator: string; readonly signature: string },
): Promise<RegisterProposal> {
  const proposal = await deps.register.sign(input);
  if (!isSigned(proposal)) return proposal;
  await settleWithdrawal(deps, proposal);
  return await applyRegister(deps, { digest: input.digest });
}
