import { foldCase } from '../domain/case-view.ts';
import { GatewayError, PolicyUnreadable } from '../domain/errors.ts';
import {
  explainDecision,
  type CaseExplanation,
  type DecisionExplanation,
} from '../domain/explain-decision.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { RegisterThen, ReplayKind } from '../domain/replay-decision.ts';
import type { RegisterHistory } from './ports-register.ts';

/**
 * Explains every decision among the entries of one case, each from the register as it stood at its place. Undefined for no entries.
 * Throws RegisterUnavailable.
 */
export async function explainEntries(
  deps: { readonly register: Pick<RegisterHistory, 'asItStood'> },
  entries: readonly LogEntry[],
): Promise<CaseExplanation | undefined> {
  const view = foldCase(entries);
  const ordered = entries.toSorted((a, b) => a.seq - b.seq);
  const [opening] = ordered;
  if (view === undefined || opening === undefined) return undefined;
  const registerOf = remembered(deps.register);
  const decisions: DecisionExplanation[] = [];
  for (const entry of ordered) {
    const explanation = explainDecision(entry, opening, await registerOf(entry));
    if (explanation !== undefined) decisions.push(explanation);
  }
  const { caseId, state, function: fn, model, version } = view;
  return { caseId, state, function: fn, model, version, verdict: verdictOf(decisions), decisions };
}

type RegisterOf = (entry: LogEntry) => Promise<RegisterThen>;

/** To index a register of another time takes a while, and the decisions of a case mostly share one. */
function remembered(history: Pick<RegisterHistory, 'asItStood'>): RegisterOf {
  const known = new Map<string, Promise<RegisterThen>>();
  return async ({ facts }) => {
    const { decision, policy } = facts;
    if (decision === undefined || policy === undefined) return undefined;
    const key = `${String(decision.registerSeq)} ${policy.digest}`;
    const found = known.get(key) ?? asItStood(history, decision.registerSeq, policy.digest);
    known.set(key, found);
    return await found;
  };
}

async function asItStood(
  history: Pick<RegisterHistory, 'asItStood'>,
  sequence: number,
  policyDigest: string,
): Promise<RegisterThen> {
  try {
    return await history.asItStood({ sequence, policyDigest });
  } catch (error: unknown) {
    // That it is not kept, or is not readable any more, is for the explanation to say.
    if (error instanceof PolicyUnreadable) return { code: 'policy-unreadable', policy: policyDigest };
    if (error instanceof GatewayError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function verdictOf(decisions: readonly DecisionExplanation[]): ReplayKind {
  const kinds = decisions.map(({ replay }) => replay.kind);
  if (kinds.includes('different')) return 'different';
  return kinds.includes('unreplayable') ? 'unreplayable' : 'same';
}
