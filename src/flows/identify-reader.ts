import type { Decision } from '../domain/decide.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import type { Machine, Principal, StudyReader } from '../domain/principal.ts';
import { isOneOf } from '../domain/workitem.ts';
import { workitemsOf } from './admit-worker.ts';
import { checkScope } from './identify-person.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';
import type { Workitems, WorkUnderWay } from './ports-workitems.ts';
import { decideWorkitem } from './workitem-case.ts';

/** What admitting somebody to images needs. */
export interface IdentifyReaderDeps {
  readonly identity: IdentityVerifier;
  readonly workitems: Pick<Workitems, 'performing'>;
  readonly register: RegisterReader;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What is to be read, and by whom. */
interface Asked {
  readonly evidence: LoginEvidence;
  /** The one study, where it is one. */
  readonly study: StudyUid | undefined;
  /** Which of several PACS; the main one when absent or empty. */
  readonly pacs?: string | undefined;
}

/** Whoever may read images: a person, or an AI endpoint for one case. */
export type ImageReader = Principal | StudyReader;

/**
 * Who reads images: a person; an AI endpoint with the token of its case; or a machine for AI results, of the one study that it is at work on,
 * for the case of that work. Whether that work is still permitted is decided each time. Other machines read none.
 * Throws NotIdentified, GatewayError('not-permitted') for machines, NotPermitted (with the case) where the work is no longer permitted,
 * GatewayError('scope-missing'), RegisterUnavailable for machines.
 */
export async function identifyReader(
  deps: IdentifyReaderDeps,
  { evidence, ...asked }: Asked,
  signal: AbortSignal,
): Promise<ImageReader> {
  const caller = await deps.identity.verifyEvidence(evidence, signal);
  if (caller.kind === 'machine') return await readerAtWork(deps, caller, asked);
  if (caller.kind === 'person') checkScope(caller, 'images');
  return caller;
}

async function readerAtWork(
  deps: IdentifyReaderDeps,
  machine: Machine,
  { study, pacs = '' }: Pick<Asked, 'study' | 'pacs'>,
): Promise<StudyReader> {
  if (machine.purpose !== 'ai-results') throw refused('This machine’s key reads no images.');
  const claimed = study === undefined ? [] : await deps.workitems.performing({ machine: machine.id, study });
  const mine = workitemsOf({ kind: 'performer', machine });
  // The config may have taken a version from it since, and what another PACS has under that UID nobody decided about.
  const works = claimed.filter((one) => isOneOf(one, mine) && (one.asked.study.pacs ?? '') === pacs);
  const [first] = works;
  if (study === undefined || first === undefined) {
    throw refused(
      'A machine reads the study of a workitem that it has claimed, until that is done, and no other. Claim it, and name its study in each request.',
    );
  }
  const work = works.find((one) => decided(deps, one).permitted);
  if (work === undefined) throw new NotPermitted(decided(deps, first).reasons, first.caseId);
  const { expiresAt } = work.asked.caller;
  return {
    kind: 'study-reader',
    studyInstanceUid: study,
    caseId: work.caseId,
    machine: machine.id,
    expiresAt,
  };
}

/** Of the study as it was known when the work was asked for. */
function decided(deps: IdentifyReaderDeps, work: WorkUnderWay): Decision {
  return decideWorkitem(deps, work, work.asked.study);
}

function refused(detail: string): GatewayError {
  return new GatewayError('not-permitted', { detail });
}
