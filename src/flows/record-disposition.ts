import { carriedFacts } from '../domain/carried-facts.ts';
import { decisionFacts, loginFacts } from '../domain/case-facts.ts';
import { foldCase, type CaseView } from '../domain/case-view.ts';
import { decideDisposition } from '../domain/decide-disposition.ts';
import { isAcceptanceRun } from '../domain/drift-cells.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import { parsePractitionerId, type CaseId } from '../domain/identifiers.ts';
import type { EntryDraft, EntryFacts, LogEntry, Receipt } from '../domain/log-entry.ts';
import type { Principal } from '../domain/principal.ts';
import type { Disposition } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import { readCaseEntries } from './read-case-entries.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  Clock,
  IdentityVerifier,
  Ids,
  LoginEvidence,
  RegisterReader,
} from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: CaseLogReader;
  readonly drift: DriftCounter;
  readonly clock: Clock;
  readonly ids: Ids;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly caseId: CaseId;
  readonly disposition: Disposition;
  /** The person's own words; kept in the log, so the page asks for no patient details. */
  readonly reason: string | undefined;
  /** Whether the part AI played was documented to the patient. */
  readonly disclosed: boolean | undefined;
}

/** What was decided about it, with the moment and the register it was decided by. */
type Judged = ReturnType<typeof decideDisposition> & {
  readonly at: number;
  readonly register: ReturnType<RegisterReader['snapshot']>;
};

/** States in which there is a result for a human to answer. */
const ANSWERABLE: readonly CaseView['state'][] = ['released', 'viewed'];

/**
 * Records what the human did with an AI result. Amending is adding: the newest disposition stands, earlier ones stay.
 * Throws NotIdentified, GatewayError('not-found' | 'conflict'), NotPermitted, CaseLogUnavailable.
 */
export async function recordDisposition(deps: Deps, input: Input, signal: AbortSignal): Promise<Receipt> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'ai' }, signal);
  const entries = await readCaseEntries(deps, input.caseId);
  const view = foldCase(entries);
  if (view === undefined) throw new GatewayError('not-found', { detail: 'There is no such case.' });
  const decision = judge(deps, caller, input, view);
  if (!decision.permitted) throw new NotPermitted(decision.reasons, input.caseId);
  const opening = entries.at(-1);
  refuseUnanswerable(view, opening, input.caseId);
  const receipt = await deps.caseLog.append({
    id: deps.ids.newId(),
    kind: 'case.disposition',
    caseId: input.caseId,
    ...(opening === undefined ? {} : { intent: opening.id }),
    requestId: input.requestId,
    facts: {
      ...carriedFacts(opening?.facts ?? {}),
      ...decided(caller, decision),
      human: humanFacts(input, view),
    },
    personal: personalOf(caller, decision, view),
    retainClass: 'imaging-record',
  });
  deps.drift.count();
  return receipt;
}

function refuseUnanswerable({ state }: CaseView, opening: LogEntry | undefined, caseId: CaseId): void {
  const refuse = (detail: string): never => {
    throw new GatewayError('conflict', { detail, caseId });
  };
  if (!ANSWERABLE.includes(state)) refuse(`This case is ${state}: there is no AI result to answer.`);
  if (opening === undefined || !isAcceptanceRun(opening)) return;
  refuse(
    'This was a run of an acceptance test. Its result belongs in the test record, and into no patient’s report.',
  );
}

function personalOf(
  caller: Principal,
  { practitioner }: Judged,
  { studyInstanceUid }: CaseView,
): EntryDraft['personal'] {
  return {
    ...(practitioner === undefined ? {} : { user: practitioner.id }),
    subject: caller.subject,
    ...(studyInstanceUid === undefined ? {} : { studyUid: studyInstanceUid }),
  };
}

function judge(deps: Deps, caller: Principal, { disposition }: Input, view: CaseView): Judged {
  const caseOwner = parsePractitionerId(view.practitioner ?? '');
  const supervisor = parsePractitionerId(view.supervisor ?? '');
  const question = {
    caller,
    disposition,
    ...(caseOwner === undefined ? {} : { caseOwner }),
    ...(supervisor === undefined ? {} : { supervisor }),
  };
  const register = deps.register.snapshot();
  const at = deps.clock.nowMs();
  return { ...decideDisposition(question, register, at), at, register };
}

/** The policy is that of this decision: another may have come since the case was opened. */
function decided(
  caller: Principal,
  { permitted, reasons, at, register }: Judged,
): Pick<EntryFacts, 'auth' | 'policy' | 'decision'> {
  const { sequence: registerSequence, policy } = register;
  return {
    auth: loginFacts(caller),
    policy: { id: policy.id, version: policy.version, digest: policy.digest },
    decision: decisionFacts({ permitted, reasons, at, registerSequence }),
  };
}

function humanFacts(
  { disposition, reason, disclosed }: Input,
  view: CaseView,
): NonNullable<EntryFacts['human']> {
  return {
    disposition,
    ...(view.disposition === undefined ? {} : { replaces: view.disposition }),
    ...(reason === undefined ? {} : { reason }),
    ...(disclosed === undefined ? {} : { disclosed }),
  };
}
