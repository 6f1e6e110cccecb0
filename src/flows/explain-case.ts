import { foldCase } from '../domain/case-view.ts';
import { GatewayError } from '../domain/errors.ts';
import type { CaseExplanation } from '../domain/explain-decision.ts';
import type { CaseId } from '../domain/identifiers.ts';
import { mayReadCaseLog } from '../domain/judge-roles.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import type { Principal } from '../domain/principal.ts';
import type { Practitioner } from '../domain/register.ts';
import { explainEntries } from './explain-entries.ts';
import { identifyPerson } from './identify-person.ts';
import type { RegisterHistory } from './ports-register.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  Clock,
  IdentityVerifier,
  Ids,
  LoginEvidence,
  RegisterReader,
} from './ports.ts';
import { readCaseEntries } from './read-case-entries.ts';
import { isTheirCase } from './reviewed-case.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader & Pick<RegisterHistory, 'asItStood'>;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly ids: Pick<Ids, 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly caseId: CaseId;
}

/** How a case's decisions came about, for somebody who asked. */
export interface ExplainedCase extends CaseExplanation {
  /** Whether it is the case of whoever asks. */
  readonly isOwn: boolean;
}

/**
 * Why a case was unlocked or locked: each decision in it with the register and policy as they stood, and whether deciding it again
 * gives the recorded answer. One's own cases, those one supervised, and those an operator leaves to one; any case for those who may read the case log, and that they
 * read it is itself an entry, written before anything is shown.
 * Throws NotIdentified, GatewayError('not-found'), CaseLogUnavailable, RegisterUnavailable.
 */
export async function explainCase(deps: Deps, input: Input, signal: AbortSignal): Promise<ExplainedCase> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'records' }, signal);
  const reader = readerOf(deps, caller);
  const entries = await readCaseEntries(deps, input.caseId);
  if (!isPartOf(deps, reader, entries)) {
    if (reader === undefined || !mayReadCaseLog(reader)) throw noSuchCase();
    await noteReading(deps, input, { caller, reader, count: entries.length });
  }
  const explanation = await explainEntries(deps, entries);
  if (explanation === undefined) throw noSuchCase();
  return { ...explanation, isOwn: reader !== undefined && entries.at(-1)?.personal.user === reader.id };
}

function readerOf({ register }: Deps, { provider, subject }: Principal): Practitioner | undefined {
  const [reader, ...others] = register.snapshot().practitionersByIdentity(provider, subject);
  return others.length > 0 ? undefined : reader;
}

/** Once who worked on it is erased, nobody did. */
function isPartOf(
  { register, clock }: Deps,
  reader: Practitioner | undefined,
  entries: readonly LogEntry[],
): boolean {
  const view = reader === undefined ? undefined : foldCase(entries);
  if (reader === undefined || view === undefined) return false;
  return isTheirCase(view, reader, register.snapshot(), clock.nowMs());
}

/** The same whether there is none or it is not theirs: who may not read it learns nothing of it. */
function noSuchCase(): GatewayError {
  return new GatewayError('not-found', { detail: 'You have no case of that name.' });
}

async function noteReading(
  deps: Deps,
  { requestId, caseId }: Input,
  {
    caller,
    reader,
    count,
  }: { readonly caller: Principal; readonly reader: Practitioner; readonly count: number },
): Promise<void> {
  await deps.caseLog.append({
    id: deps.ids.newId(),
    kind: 'audit.read',
    requestId,
    facts: {
      auth: { method: caller.method, assurance: caller.assurance, at: caller.authenticatedAt },
      change: { kind: 'case', action: 'explained', id: caseId, filterCase: caseId, limit: count },
    },
    personal: { user: reader.id, subject: caller.subject },
    retainClass: 'security',
  });
}
