import type { StudyUid } from '../domain/identifiers.ts';
import { GatewayError, NotPermitted } from '../domain/errors.ts';
import type { Machine, Principal, StudyReader } from '../domain/principal.ts';
import { isOneOf, type Workitem } from '../domain/workitem.ts';
import { workitemsOf } from './admit-worker.ts';
import { checkScope } from './identify-person.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';
import type { Workitems } from './ports-workitems.ts';
import { decideWorkitem } from './workitem-case.ts';

/** What admitting somebody to images needs. */
export interface IdentifyReaderDeps {
  readonly identity: IdentityVerifier;
  readonly workitems: Pick<Workitems, 'performing'>;
  readonly register: RegisterReader;
  readonly clock: Pick<Clock, 'nowMs'>;
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
  { evidence, study }: { readonly evidence: LoginEvidence; readonly study: StudyUid | undefined },
  signal: AbortSignal,
): Promise<ImageReader> {
  const caller = await deps.identity.verifyEvidence(evidence, signal);
  if (caller.kind === 'machine') return await readerAtWork(deps, caller, study);
  if (caller.kind === 'person') checkScope(caller, 'images');
  return caller;
}

async function readerAtWork(
  deps: IdentifyReaderDeps,
  machine: Machine,
  study: StudyUid | undefined,
): Promise<StudyReader> {
  if (machine.purpose !== 'ai-results') throw refused('This machine’s key reads no images.');
  const asked = study === undefined ? undefined : { machine: machine.id, study };
  const workitem = asked === undefined ? undefined : await deps.workitems.performing(asked);
  if (asked === undefined || workitem === undefined || !isForItsVersions(workitem, machine)) {
    throw refused(
      'A machine reads the study of a workitem that it has claimed, until that is done, and no other. Claim it, and name its study in each request.',
    );
  }
  const { permitted, reasons } = decideWorkitem(deps, workitem, workitem.asked.study);
  if (!permitted) throw new NotPermitted(reasons, workitem.caseId);
  const { caseId } = workitem;
  const { expiresAt } = workitem.asked.caller;
  return { kind: 'study-reader', studyInstanceUid: asked.study, caseId, expiresAt };
}

/** Also after the claim: the config may have taken the version from it. */
function isForItsVersions(workitem: Workitem, machine: Machine): boolean {
  return isOneOf(workitem, workitemsOf({ kind: 'performer', machine }));
}

function refused(detail: string): GatewayError {
  return new GatewayError('not-permitted', { detail });
}
