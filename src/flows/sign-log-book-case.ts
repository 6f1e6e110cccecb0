import { assessmentFault, assessmentText, type Assessment } from '../domain/assessment.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { CaseId, PractitionerId } from '../domain/identifiers.ts';
import type { RegisterAct } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { LoginEvidence } from './ports.ts';
import { openLogBook, type LogBookDeps } from './read-log-book.ts';

interface Deps extends LogBookDeps {
  /** The one way into the register for people who are signed in: what else they must hold, it judges. */
  readonly performAct: (
    input: {
      readonly evidence: LoginEvidence;
      readonly requestId: string;
      readonly act: RegisterAct;
      readonly supervisedCase: CaseId;
    },
    signal: AbortSignal,
  ) => Promise<RegisterProposal>;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Whose case. */
  readonly practitioner: PractitionerId;
  readonly caseId: CaseId;
  /** How the case was assessed, on which form; a case can be signed off without. */
  readonly assessment?: Assessment;
  /** In the supervisor's own words. */
  readonly feedback?: string | undefined;
}

const MICRO_PER_MILLI = 1_000;

/**
 * Signs a supervised case off, as the supervisor whom the case itself names: a piece of evidence with the case's place among all
 * supervised cases of the person, as the case log has them now. Throws NotIdentified, NotPermitted,
 * BadRequest for an assessment that its form does not have, GatewayError('not-found' | 'not-permitted' | 'conflict'), RegisterUnavailable,
 * CaseLogUnavailable.
 */
export async function signLogBookCase(
  deps: Deps,
  input: Input,
  signal: AbortSignal,
): Promise<RegisterProposal> {
  const { evidence, requestId, practitioner, caseId } = input;
  const assessed = assessedIn(input);
  const { view } = await openLogBook(deps, { evidence, requestId, practitioner }, signal);
  const line = view.book.lines.find((one) => one.caseId === caseId);
  if (line === undefined) {
    throw new GatewayError('not-found', { detail: 'There is no such supervised case in this log-book.' });
  }
  if (view.isOwn || line.supervisor !== view.reader) {
    throw new GatewayError('not-permitted', {
      detail: 'Only the supervisor whom the case names can sign it off.',
      caseId,
    });
  }
  if (line.signedOff !== undefined) {
    throw new GatewayError('conflict', { detail: 'This case is signed off already.', caseId });
  }
  const act: RegisterAct = {
    act: 'attest-evidence',
    piece: {
      practitioner,
      type: 'log-book-case',
      happenedAt: Math.floor(line.openedUs / MICRO_PER_MILLI),
      ordinal: line.ordinal,
      caseId,
      ...assessed,
    },
  };
  return await deps.performAct({ evidence, requestId, act, supervisedCase: caseId }, signal);
}

function assessedIn({ assessment, feedback }: Input): { readonly ratings?: string; readonly note?: string } {
  const fault = assessment === undefined ? undefined : assessmentFault(assessment);
  if (fault !== undefined) throw new BadRequest(fault);
  return {
    ...(assessment === undefined ? {} : { ratings: assessmentText(assessment) }),
    ...(feedback === undefined ? {} : { note: feedback }),
  };
}
