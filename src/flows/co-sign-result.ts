import { carriedFacts } from '../domain/carried-facts.ts';
import { loginFacts } from '../domain/case-facts.ts';
import { decideCoSignature, type CoSignature, type CoSignQuestion } from '../domain/co-signature.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import { BadRequest, GatewayError, NotPermitted } from '../domain/errors.ts';
import type { CaseId } from '../domain/identifiers.ts';
import type { EntryDraft, LogEntry } from '../domain/log-entry.ts';
import type { Principal } from '../domain/principal.ts';
import { coSignEntry, cosignerOf, type Judged } from './co-sign-entry.ts';
import { identifyPerson } from './identify-person.ts';
import { studyNeeds } from './study-needs.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  Clock,
  IdentityVerifier,
  Ids,
  LoginEvidence,
  RegisterReader,
  StudyContextReader,
} from './ports.ts';
import type { DriftCounter } from './ports-drift.ts';
import type { SealedCover, SealedResult, SealedResults } from './ports-sealed.ts';
import { findSealed, sealEndId, type SealedCase } from './sealed-case.ts';

/** What co-signing needs. */
export interface CoSignDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly caseLog: CaseLogAppender;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly sealed: SealedResults;
  readonly drift: DriftCounter;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'newId'>;
}

interface Named {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly caseId: CaseId;
}

/** A result that waits, with who asked for it, by name. */
export type WaitingForCoSignature = SealedCover & { readonly askerName: string };

/** A sealed result as its co-signer sees it. */
export interface SeenSealed extends WaitingForCoSignature {
  readonly body: SealedResult['body'];
  readonly study: SealedResult['study'];
  readonly context: Pick<StudyContext, 'modalities' | 'bodyParts' | 'ageYears' | 'sex'>;
}

/** As many as are kept: whose they are is told afterwards, and what others wait for must hide nothing. */
const MAX_WAITING = 2_000;

/**
 * What waits for a second signature and could be this person's to give, the oldest first. Empty for whoever may co-sign nothing. Throws
 * NotIdentified, GatewayError('scope-missing'), RegisterUnavailable.
 */
export async function listForCoSignature(
  deps: CoSignDeps,
  { evidence }: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<readonly WaitingForCoSignature[]> {
  const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
  const nowMs = deps.clock.nowMs();
  const waiting = await deps.sealed.waiting({ nowMs, limit: MAX_WAITING });
  return waiting.filter((cover) => decideOn(deps, { caller, cover, to: 'list' }).permitted).map(named(deps));
}

/**
 * A sealed result, for the person who may co-sign it. That they saw it is on record before they do. Throws NotIdentified, NotPermitted,
 * GatewayError('not-found' | 'conflict'), UpstreamFault, CaseLogUnavailable, RegisterUnavailable.
 */
export async function readForCoSignature(
  deps: CoSignDeps,
  { evidence, requestId, caseId }: Named,
  signal: AbortSignal,
): Promise<SeenSealed> {
  const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
  const kept = await findSealed(deps, caseId, deps.clock.nowMs());
  const study = await studyOf(deps, kept.result, signal);
  const { practitioner } = permitted(deps, { caller, cover: kept.result, study, to: 'see' });
  refuseAnswered(kept);
  await deps.caseLog.append({
    id: deps.ids.newId(),
    kind: 'audit.read',
    caseId,
    intent: kept.result.intentId,
    requestId,
    facts: {
      ...carriedFacts(kept.opening.facts),
      auth: loginFacts(caller),
      change: { what: 'sealed-result' },
    },
    personal: { subject: caller.subject, about: kept.result.asker, ...cosignerOf(practitioner) },
    retainClass: 'imaging-record',
  });
  // A stop-use may have come while that was written.
  permitted(deps, { caller, cover: kept.result, study, to: 'see' });
  const { modalities, bodyParts, ageYears, sex } = study;
  const context = {
    ...{ modalities, bodyParts },
    ...(ageYears === undefined ? {} : { ageYears }),
    ...(sex === undefined ? {} : { sex }),
  };
  const { body } = kept.result;
  return { ...named(deps)(kept.result), body, context };
}

/**
 * Co-signs a sealed result or refuses to, once: what the log has first stands. The digest says which result was seen. A signed one can be
 * read by whoever asked for it from then on; a refused one is gone.
 * To refuse it needs no PACS, nor that it was seen: its digest stands in the list.
 * Throws NotIdentified, NotPermitted, BadRequest for a refusal without words, GatewayError('not-found' | 'conflict'), UpstreamFault where it
 * is to be signed, CaseLogUnavailable, RegisterUnavailable.
 */
export async function answerForCoSignature(
  deps: CoSignDeps,
  input: Named & {
    readonly answer: CoSignature;
    readonly digest: string;
    readonly words: string | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const { evidence, caseId, answer, words } = input;
  if (answer === 'refused' && words === undefined) throw new BadRequest('Say why it is refused.');
  const caller = await identifyPerson(deps, { evidence, scope: 'ai' }, signal);
  const kept = await findSealed(deps, caseId, deps.clock.nowMs());
  // Nothing about the study stands in the way of a refusal: the PACS is not asked.
  const study = answer === 'refused' ? undefined : await studyOf(deps, kept.result, signal);
  // The PACS may have taken its time: what is on record is decided at the moment of writing.
  const decision = permitted(deps, { caller, cover: kept.result, study, to: answer });
  refuseAnswered(kept);
  if (input.digest !== kept.result.digest) throw otherThanSeen(caseId);
  const entry = coSignEntry(input, { caller, kept, study, decision });
  await deps.caseLog.append(entry);
  deps.drift.count();
  await takeEffect(deps, kept.result, await endingOf(deps, kept.result), entry);
}

interface Signing {
  readonly caller: Principal;
  readonly cover: SealedCover;
  readonly study?: StudyContext | undefined;
  readonly to: CoSignQuestion['to'];
}

function decideOn({ register: reader, clock }: CoSignDeps, { caller, cover, study, to }: Signing): Judged {
  const { function: fn, model, version, asker } = cover;
  const register = reader.snapshot();
  const at = clock.nowMs();
  const question = { caller, function: fn, model, version, study, asker, to };
  return { ...decideCoSignature(question, register, at), at, register };
}

function permitted(deps: CoSignDeps, signing: Signing): Judged {
  const decision = decideOn(deps, signing);
  if (!decision.permitted) throw new NotPermitted(decision.reasons, signing.cover.caseId);
  return decision;
}

async function studyOf(
  { studies, register }: CoSignDeps,
  { study, model, version }: SealedResult,
  signal: AbortSignal,
): Promise<StudyContext> {
  return await studies.studyContext(
    study,
    signal,
    studyNeeds([register.snapshot().modelVersion(model, version)]),
  );
}

function named({ register }: CoSignDeps): (cover: SealedCover) => WaitingForCoSignature {
  return ({ caseId, intentId, asker, function: fn, model, version, study, digest, sealedAt, expiresAt }) => ({
    ...{ caseId, intentId, asker, function: fn, model, version, study, digest, sealedAt, expiresAt },
    askerName: register.snapshot().practitioner(asker)?.name ?? asker,
  });
}

function refuseAnswered({ view, result }: SealedCase): void {
  if (view.state === 'sealed') return;
  const detail = 'This result was answered already, or is not sealed any more.';
  throw new GatewayError('conflict', { detail, caseId: result.caseId });
}

function otherThanSeen(caseId: CaseId): GatewayError {
  const detail = 'This is not the result that you were shown. Open it again.';
  return new GatewayError('conflict', { detail, caseId });
}

/** Of two who answer at once, or of one and the end of the time, the log has kept one. */
async function endingOf(
  { caseLogReader }: CoSignDeps,
  { caseId, intentId }: SealedResult,
): Promise<LogEntry | undefined> {
  const releases = await caseLogReader.entries({ caseId, kinds: ['case.release'], limit: 10 });
  return releases.find(({ id }) => id === sealEndId(intentId));
}

/** What stands takes effect, whoever wrote it; whoever did not is told. */
async function takeEffect(
  { sealed }: CoSignDeps,
  { caseId }: SealedResult,
  standing: LogEntry | undefined,
  mine: EntryDraft,
): Promise<void> {
  const action = standing?.facts.release?.action;
  if (action === 'released') await sealed.noteAnswered(caseId);
  if (action === 'withheld') await sealed.remove(caseId);
  if (isSameAnswer(standing, mine)) return;
  throw new GatewayError('conflict', { detail: 'Somebody else has answered this meanwhile.', caseId });
}

function isSameAnswer(standing: LogEntry | undefined, mine: EntryDraft): boolean {
  if (standing?.personal.cosigner !== mine.personal.cosigner) return false;
  return standing?.facts.coSigned?.answer === mine.facts.coSigned?.answer;
}
