import { mayAct } from '../domain/act-permissions.ts';
import { BadRequest, NotPermitted } from '../domain/errors.ts';
import { planAct } from '../domain/plan-act.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { RecordDraft, RegisterKind } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { performAct } from './perform-act.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyVisitor, type Visitor } from './register-visitor.ts';
import type { ActDeps } from './settle-act.ts';
import { faultLines, weighCsv, type WeighDeps, type WeighedCsv } from './weigh-csv.ts';

type Deps = ActDeps & WeighDeps & { readonly register: ActDeps['register'] & WeighDeps['register'] };

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly kind: RegisterKind;
  /** The table as it was sent: CSV, UTF-8. */
  readonly bytes: Uint8Array;
  /** Says what would come of it, and changes nothing. */
  readonly isDryRun: boolean;
}

/** What came, or would come, of a table. */
export interface ImportedCsv {
  readonly weighed: Omit<WeighedCsv, 'drafts'>;
  /** Dry run: why it would be refused all the same, though every row is good. */
  readonly reasons: readonly ReasonInstance[];
  /** What now waits for a second person; absent after a dry run, and where the register says all of it already. */
  readonly proposal?: RegisterProposal;
}

/**
 * Takes a table of records in: as one proposal, and only when every row is good. A dry run lists every fault and every change.
 * Throws NotIdentified, NotPermitted, BadRequest with the faults where it is no dry run, and whatever performAct throws.
 */
export async function importCsv(deps: Deps, input: Input, signal: AbortSignal): Promise<ImportedCsv> {
  const { evidence, requestId, kind, bytes, isDryRun } = input;
  const visitor = await identifyVisitor(deps, evidence, signal);
  const barred = mayAct('import', visitor.principal, visitor.register, visitor.now);
  if (barred.length > 0) throw new NotPermitted(barred);
  const { drafts, ...weighed } = await weighCsv(deps, { kind, bytes });
  if (isDryRun) return { weighed, reasons: against(visitor, drafts) };
  if (weighed.faults.length > 0) {
    const lines = ['The table cannot be taken. Nothing was changed.', ...faultLines(weighed.faults)];
    throw new BadRequest(lines.join('\n'));
  }
  if (drafts.length === 0) return { weighed, reasons: [] };
  const act = { act: 'import', changes: drafts } as const;
  return { weighed, reasons: [], proposal: await performAct(deps, { evidence, requestId, act }, signal) };
}

/** What the act itself would meet. */
function against(
  { person, principal, register, now }: Visitor,
  drafts: readonly RecordDraft[],
): readonly ReasonInstance[] {
  if (drafts.length === 0) return [];
  const matter = { actor: person, principal, register, now, newId: () => 'new' };
  const plan = planAct({ act: 'import', changes: drafts }, matter);
  return plan.permitted ? [] : plan.reasons;
}
