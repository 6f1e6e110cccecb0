import { decide } from '../domain/decide.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import type { EndpointFunction, InputSource } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import type { InferenceCase, InferenceDeps, InferenceRequest } from './inference-case.ts';
import { recordDecision } from './write-case.ts';

/** How the two kinds of input are named to a person. */
const INPUT_WORDS: Readonly<Record<InputSource, string>> = {
  study: 'reads the study',
  caller: 'takes tensors of yours',
};

/**
 * Opens a case: who asks, for which function, and what the PACS says about the study. Nothing is decided yet.
 * Throws NotIdentified, BadRequest where the function is not clear, RegisterUnavailable, CaseLogUnavailable; and where
 * the PACS cannot say what the study is, its error, with the case in which that refusal stands.
 */
export async function openCase(
  deps: InferenceDeps,
  request: InferenceRequest,
  signal: AbortSignal,
): Promise<InferenceCase> {
  const caller = await identifyPerson(deps, { evidence: request.evidence, scope: 'ai' }, signal);
  const { model, version, input, inputDigest } = request;
  const asked = { caller, function: request.function ?? chooseFunction(deps, request), model, version };
  const caseOn = (study: StudyContext | undefined): InferenceCase => ({
    id,
    intentId,
    request,
    question: { ...asked, study, input },
    subject: {
      ...asked,
      study,
      studyInstanceUid: request.study,
      inputFrom: input,
      ...(inputDigest === undefined ? {} : { inputDigest }),
    },
  });
  const id = deps.ids.newCaseId();
  const intentId = deps.ids.newId();
  let study: StudyContext;
  try {
    study = await deps.studies.studyContext(request.study, signal);
  } catch (cause: unknown) {
    // Who leaves while we look is not refused anything.
    if (signal.aborted) throw cause;
    throw await refuseBlind(deps, caseOn(undefined), cause);
  }
  return caseOn(study);
}

/** The PACS cannot say what the study is: input checks fail closed, and the refusal is on record like any other. */
async function refuseBlind(
  deps: InferenceDeps,
  opened: InferenceCase,
  cause: unknown,
): Promise<GatewayError> {
  const decision = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  await recordDecision(deps, opened, { decision, kind: 'case.refused', err: 'study-context' });
  deps.drift.count();
  const fault = cause instanceof GatewayError ? cause : new GatewayError('internal', { cause });
  return new GatewayError(fault.code, { detail: fault.detail, caseId: opened.id, cause });
}

/**
 * The version's one function that takes this kind of input; where there are several or none it must be asked for by
 * name. Unknown versions go on, to be refused on record.
 */
function chooseFunction(deps: InferenceDeps, request: InferenceRequest): EndpointFunction {
  const known = deps.register.snapshot().modelVersion(request.model, request.version);
  const endpoints = known?.endpoints ?? [];
  if (endpoints.length === 0) return 'detection';
  const [only, ...others] = endpoints.filter((endpoint) => endpoint.input === request.input);
  if (only !== undefined && others.length === 0) return only.function;
  const functions = endpoints.map((endpoint) => `${endpoint.function} (${INPUT_WORDS[endpoint.input]})`);
  throw new BadRequest(
    `Name the function in parameters.function. This version serves ${functions.join(', ')}.`,
  );
}
