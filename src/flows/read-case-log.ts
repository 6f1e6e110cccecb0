import { GatewayError } from '../domain/errors.ts';
import { mayReadCaseLog } from '../domain/judge-roles.ts';
import type { LogEntry } from '../domain/log-entry.ts';
import { identifyPerson } from './identify-person.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  EntryFilter,
  IdentityVerifier,
  Ids,
  LoginEvidence,
  LogVerification,
  RegisterReader,
} from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: CaseLogReader;
  readonly ids: Ids;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly filter: EntryFilter;
}

export interface CaseLogPage {
  readonly entries: readonly LogEntry[];
  readonly next?: string;
  readonly verification: LogVerification;
}

/**
 * A page of the case log for an auditor; that it was read is itself an entry, written before the page is shown.
 * Throws NotIdentified, GatewayError(not-permitted), CaseLogUnavailable.
 */
export async function readCaseLog(deps: Deps, input: Input, signal: AbortSignal): Promise<CaseLogPage> {
  await admitAuditor(deps, input, signal);
  const entries = await deps.caseLogReader.entries(input.filter);
  const verification = await deps.caseLogReader.verification();
  const last = entries.at(-1);
  const more = entries.length === input.filter.limit && last !== undefined;
  return { entries, verification, ...(more ? { next: String(last.seq) } : {}) };
}

/**
 * The whole log in order, for download: exact stored bodies. Covers the entries that a signed checkpoint covers.
 * Throws NotIdentified, GatewayError(not-permitted), CaseLogUnavailable before the first entry.
 */
export async function exportCaseLog(
  deps: Deps,
  input: Omit<Input, 'filter'>,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly entries: AsyncIterable<LogEntry> }> {
  await admitAuditor(deps, { ...input, filter: { limit: 0 } }, signal);
  const { verifiedSize } = await deps.caseLogReader.verification();
  return { size: verifiedSize, entries: deps.caseLogReader.range(0, verifiedSize) };
}

/** What the log proves at this moment; for anyone signed in. Throws NotIdentified. */
export async function readVerification(
  deps: Pick<Deps, 'identity' | 'caseLogReader'>,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<LogVerification> {
  await identifyPerson(deps, { evidence: input.evidence, scope: 'records' }, signal);
  return await deps.caseLogReader.verification();
}

async function admitAuditor(deps: Deps, input: Input, signal: AbortSignal): Promise<void> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'records' }, signal);
  const people = deps.register.snapshot().practitionersByIdentity(caller.provider, caller.subject);
  const [reader] = people;
  if (reader === undefined || people.length > 1 || !mayReadCaseLog(reader)) {
    throw new GatewayError('not-permitted', {
      detail: 'Only an auditor or programme lead may read the case log.',
    });
  }
  const { kinds, model, caseId, limit } = input.filter;
  await deps.caseLog.append({
    id: deps.ids.newId(),
    kind: limit === 0 ? 'export' : 'audit.read',
    requestId: input.requestId,
    facts: {
      auth: { method: caller.method, assurance: caller.assurance, at: caller.authenticatedAt },
      change: {
        filterKinds: kinds ?? [],
        filterModel: model ?? '',
        filterCase: caseId ?? '',
        limit,
      },
    },
    personal: { user: reader.id, subject: caller.subject },
    retainClass: 'security',
  });
}
