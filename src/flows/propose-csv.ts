import { BadRequest } from '../domain/errors.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { RegisterProposals } from './ports.ts';
import { faultLines, weighCsv, type WeighDeps, type WeighedCsv } from './weigh-csv.ts';

type Deps = WeighDeps & { readonly register: WeighDeps['register'] & Pick<RegisterProposals, 'propose'> };

interface Input {
  readonly kind: RegisterKind;
  readonly bytes: Uint8Array;
  /** What faults call the file. */
  readonly name: string;
  /** Says what would come of it, and changes nothing. */
  readonly isDryRun: boolean;
}

/** Sections of an import file. */
const SECTIONS: Readonly<Record<RegisterKind, string>> = {
  practitioner: 'practitioners',
  evidence: 'evidence',
  'model-version': 'modelVersions',
  approval: 'approvals',
  'stop-use': 'stopUses',
  guideline: 'guidelines',
  plan: 'plans',
  'acceptance-test': 'acceptanceTests',
};

/**
 * Proposes what a table says, for two administrators to sign, and only when every row is good. Without a proposal where nothing would
 * change. Throws BadRequest with the faults where it is no dry run, RegisterUnavailable.
 */
export async function proposeCsv(
  deps: Deps,
  { kind, bytes, name, isDryRun }: Input,
): Promise<{ readonly weighed: WeighedCsv; readonly proposal?: RegisterProposal }> {
  const weighed = await weighCsv(deps, { kind, bytes });
  if (isDryRun) return { weighed };
  if (weighed.faults.length > 0) {
    const lines = faultLines(weighed.faults).map((line) => `${name}: ${line}`);
    throw new BadRequest(['The table cannot be taken. Nothing was changed.', ...lines].join('\n'));
  }
  if (weighed.drafts.length === 0) return { weighed };
  const records = weighed.drafts.flatMap((draft) => ('record' in draft ? [draft.record] : []));
  const text = JSON.stringify({ [SECTIONS[kind]]: records });
  return { weighed, proposal: await deps.register.propose(text, name) };
}
