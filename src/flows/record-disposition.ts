import { answersTo, isAnswerable } from '../domain/answerable-case.ts';
import { digestOfText } from '../domain/byte-digest.ts';
import { carriedFacts } from '../domain/carried-facts.ts';
import { decisionFacts, loginFacts } from '../domain/case-facts.ts';
import { foldCase, type CaseView } from '../domain/case-view.ts';
import { decideDisposition } from '../domain/decide-disposition.ts';
import { isAcceptanceRun } from '../domain/drift-cells.ts';
import { reasonFault } from '../domain/disposition-reasons.ts';
import { BadRequest, GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryDraft, EntryFacts, LogEntry, Receipt } from '../domain/log-entry.ts';
import type { Principal } from '../domain/principal.ts';
import { changedShare, MAX_TOKENS } from '../domain/text-change.ts';
import type { Disposition } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import { readCaseEntries } from './read-case-entries.ts';
import { parseReviewedCase } from './reviewed-case.ts';
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
  /** Of the closed list of this disposition, or one that the policy adds. */
  readonly reasonCode?: string | undefined;
  /** Whether the part AI played was documented to the patient. */
  readonly disclosed: boolean | undefined;
  /** A draft as it was given, and what became of it: compared, and not kept. */
  readonly texts?: { readonly draft: string; readonly final: string } | undefined;
  /** The caller's name for saying this: the same said twice under one name, by a button pressed twice for one, is said once. */
  readonly once?: string | undefined;
}

/** What was decided about it, with the moment and the register it was decided by. */
type Judged = ReturnType<typeof decideDisposition> & {
  readonly at: number;
  readonly register: ReturnType<RegisterReader['snapshot']>;
};

/**
 * Records what the human did with an AI result. Amending is adding: the newest disposition stands, earlier ones stay.
 * Throws NotIdentified, GatewayError('not-found' | 'conflict'), NotPermitted, BadRequest for a reason that is not of the list and for texts
 * that cannot be compared, CaseLogUnavailable.
 */
export async function recordDisposition(deps: Deps, input: Input, signal: AbortSignal): Promise<Receipt> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'ai' }, signal);
  const entries = await readCaseEntries(deps, input.caseId);
  const view = foldCase(entries);
  if (view === undefined) throw new GatewayError('not-found', { detail: 'There is no such case.' });
  const decision = judge(deps, caller, input, view);
  if (!decision.permitted) throw new NotPermitted(decision.reasons, input.caseId);
  refuseReason(input, decision);
  const opening = entries.at(-1);
  refuseUnanswerable(view, opening, input);
  const receipt = await deps.caseLog.append({
    id: entryIdOf(deps, input, decision),
    kind: 'case.disposition',
    caseId: input.caseId,
    ...(opening === undefined ? {} : { intent: opening.id }),
    requestId: input.requestId,
    facts: {
      ...carriedFacts(opening?.facts ?? {}),
      ...decided(caller, decision),
      human: { ...humanFacts(input, view), ...draftFacts(input, view) },
    },
    personal: personalOf(caller, decision, view),
    retainClass: 'imaging-record',
  });
  deps.drift.count();
  return receipt;
}

function refuseReason({ disposition, reasonCode, reason }: Input, { register }: Judged): void {
  if (reasonCode === undefined) return;
  const fault = reasonFault({ disposition, code: reasonCode, words: reason }, register.policy);
  if (fault !== undefined) throw new BadRequest(fault);
}

/** The same words of the same person under the same name are the same entry; the log itself sees to it. Other words are another. */
function entryIdOf({ ids }: Deps, input: Input, { practitioner }: Judged): string {
  const { once, caseId, disposition, reasonCode, reason, disclosed, texts } = input;
  if (once === undefined) return ids.newId();
  const said = [disposition, reasonCode, reason, disclosed, texts?.draft, texts?.final];
  return `said-${digestOfText(JSON.stringify([caseId, practitioner?.id, once, ...said]))}`;
}

function refuseUnanswerable(
  view: CaseView,
  opening: LogEntry | undefined,
  { caseId, disposition }: Input,
): void {
  const refuse = (detail: string): never => {
    throw new GatewayError('conflict', { detail, caseId });
  };
  if (!isAnswerable(view)) refuse(`This case is ${view.state}: there is no AI result to answer.`);
  if (!answersTo(view).includes(disposition)) {
    refuse(`Only a part of this answer was shown, so it cannot be ${disposition}.`);
  }
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
  const question = { caller, disposition, ...parseReviewedCase(view) };
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

/** Only a draft that the case itself gave is measured: a share of another text would say nothing of this version. */
function draftFacts({ texts, caseId }: Input, { textDigest }: CaseView): Partial<HumanFacts> {
  if (texts === undefined) return {};
  if (textDigest === undefined || !isText(texts.draft, textDigest)) {
    const detail = 'The draft is not the text that this case gave, so what was changed cannot be said.';
    throw new GatewayError('conflict', { detail, caseId });
  }
  const share = changedShare(texts.draft, texts.final);
  if (share === undefined) throw new BadRequest(`A text has more than ${String(MAX_TOKENS)} words.`);
  return { textDigest: digestOfText(texts.final), changedShare: share };
}

/** However its lines end: a form ends them in its own way (HTML, "constructing the entry list"). */
function isText(text: string, digest: string): boolean {
  const lines = text.replaceAll('\r\n', '\n');
  return [text, lines, lines.replaceAll('\n', '\r\n')].some((one) => digestOfText(one) === digest);
}

type HumanFacts = NonNullable<EntryFacts['human']>;

function humanFacts({ disposition, reason, reasonCode, disclosed }: Input, view: CaseView): HumanFacts {
  return {
    disposition,
    ...(view.disposition === undefined ? {} : { replaces: view.disposition }),
    ...(reasonCode === undefined ? {} : { reasonCode }),
    ...(reason === undefined ? {} : { reason }),
    ...(disclosed === undefined ? {} : { disclosed }),
  };
}
