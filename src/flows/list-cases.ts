import { isAnswerable } from '../domain/answerable-case.ts';
import { foldCase, withoutResult, type CaseView } from '../domain/case-view.ts';
import { answersOf } from '../domain/decide-disposition.ts';
import { decide, type Question } from '../domain/decide.ts';
import { parsePractitionerId, parseStudyUid, type CaseId, type StudyUid } from '../domain/identifiers.ts';
import type { Principal } from '../domain/principal.ts';
import type { Practitioner } from '../domain/register.ts';
import { findOpenings } from './find-openings.ts';
import { identifyPerson } from './identify-person.ts';
import { readCaseEntries } from './read-case-entries.ts';
import { isTheirCase, parseAsked } from './reviewed-case.ts';
import { studyNeeds } from './study-needs.ts';
import type {
  CaseLogReader,
  Clock,
  IdentityVerifier,
  LoginEvidence,
  RegisterReader,
  StudyContextReader,
} from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly caseLogReader: CaseLogReader;
  readonly clock: Clock;
}

export interface CasePage {
  readonly cases: readonly CaseView[];
  /** Cursor for the next page (an exclusive seq), absent on the last. */
  readonly next?: string;
}

/**
 * My own cases, of one study where one is named, newest first. A score is shown only where `decide` would let me have it now.
 * Throws NotIdentified, RegisterUnavailable.
 */
export async function listCases(
  deps: Deps,
  input: {
    readonly evidence: LoginEvidence;
    readonly study?: StudyUid | undefined;
    readonly beforeSeq: number | undefined;
    readonly limit: number;
  },
  signal: AbortSignal,
): Promise<CasePage> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'records' }, signal);
  const mine = practitionerOf(deps, caller);
  if (mine === undefined) return { cases: [] };
  const { study, beforeSeq, limit } = input;
  const { found, next } = await findOpenings(deps.caseLogReader, { user: mine.id, study, beforeSeq, limit });
  const cases: CaseView[] = [];
  for (const opening of found) {
    if (opening.caseId === undefined) continue;
    const view = await readCase(deps, opening.caseId);
    if (view !== undefined)
      cases.push(asAsked(deps, mine, await showResultIfPermitted(deps, caller, view, signal)));
  }
  return next === undefined ? { cases } : { cases, next };
}

/** One case of mine, that I supervise, or that an operator leaves to me. Undefined when there is none of that name. Throws NotIdentified, RegisterUnavailable. */
export async function readMyCase(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly caseId: CaseId },
  signal: AbortSignal,
): Promise<CaseView | undefined> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'records' }, signal);
  const view = await readCase(deps, input.caseId);
  const mine = practitionerOf(deps, caller);
  if (view === undefined || mine === undefined) return undefined;
  if (!isTheirCase(view, mine, deps.register.snapshot(), deps.clock.nowMs())) return undefined;
  return asAsked(deps, mine, await showResultIfPermitted(deps, caller, view, signal));
}

/** What the register knows of it, for whoever asked. */
function asAsked(deps: Deps, person: Practitioner, view: CaseView): CaseView {
  const answers = answersOf(person, deps.register.snapshot(), deps.clock.nowMs());
  return { ...withSignOff(deps, view), answers };
}

/** A supervised case in which something was shown waits for its supervisor; the register knows whether they have signed it. */
function withSignOff({ register }: Deps, view: CaseView): CaseView {
  const holder = parsePractitionerId(view.practitioner ?? '');
  if (view.mode !== 'supervised' || holder === undefined || !isAnswerable(view)) return view;
  const isSigned = register
    .snapshot()
    .evidenceOf(holder)
    .some(({ type, caseId }) => type === 'log-book-case' && caseId === view.caseId);
  return { ...view, signOff: isSigned ? 'given' : 'awaited' };
}

function practitionerOf(deps: Deps, caller: Principal): Practitioner | undefined {
  const [practitioner, ...others] = deps.register
    .snapshot()
    .practitionersByIdentity(caller.provider, caller.subject);
  return others.length > 0 ? undefined : practitioner;
}

async function readCase(deps: Deps, caseId: CaseId): Promise<CaseView | undefined> {
  return foldCase(await readCaseEntries(deps, caseId));
}

/** Whether anything of what AI said stands in it: exactly what `withoutResult` leaves out. */
function saysAnything({ score, finding, positive, dose }: CaseView): boolean {
  return [score, finding, positive, dose].some((said) => said !== undefined);
}

/** Any doubt (study gone, PACS away, no longer permitted) leaves the result out; the case itself stays readable. */
async function showResultIfPermitted(
  deps: Deps,
  caller: Principal,
  view: CaseView,
  signal: AbortSignal,
): Promise<CaseView> {
  if (!saysAnything(view)) return view;
  const asked = parseQuestion(view);
  if (asked === undefined) return withoutResult(view);
  try {
    const { function: fn, model, version } = asked;
    const needs = studyNeeds([deps.register.snapshot().modelVersion(model, version)]);
    const study = await deps.studies.studyContext(asked.studyInstanceUid, signal, needs);
    // What was co-signed stays so; anything else that the policy wants a second signature for is nobody's yet.
    const signed = view.coSigned === true ? ({ coSignature: 'given' } as const) : {};
    const question = { caller, function: fn, model, version, study, ...signed };
    return decide(question, deps.register.snapshot(), deps.clock.nowMs()).permitted
      ? view
      : withoutResult(view);
  } catch {
    // Images and lists must stay readable when the PACS or register is away: the score is left out, nothing else.
    return withoutResult(view);
  }
}

interface AskedOfCase extends Pick<Question, 'function' | 'model' | 'version'> {
  readonly studyInstanceUid: StudyUid;
}

/** What the case asked for; undefined when the log does not say any more (erased), or says what this release does not know. */
function parseQuestion(view: CaseView): AskedOfCase | undefined {
  const studyInstanceUid = parseStudyUid(view.studyInstanceUid ?? '');
  const asked = parseAsked(view);
  return studyInstanceUid === undefined || asked === undefined ? undefined : { studyInstanceUid, ...asked };
}
