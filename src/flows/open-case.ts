import { sealedWhereWanted } from '../domain/co-signature.ts';
import { decide, type Question } from '../domain/decide.ts';
import { BadRequest, type GatewayError } from '../domain/errors.ts';
import type { StudyContext } from '../domain/dicom/study-context.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { EndpointFunction, InputSource } from '../domain/words.ts';
import { stoppedBy } from './decide-again.ts';
import { identifyPerson } from './identify-person.ts';
import type { InferenceCase, InferenceDeps, InferenceRequest } from './inference-case.ts';
import { refuseBareDicom } from './label-output.ts';
import { canBeSealed } from './seal-result.ts';
import { seriesNeeds, studyNeeds, type StudyNeeds } from './study-needs.ts';
import { recordDecision } from './write-case.ts';

/** How the two kinds of input are named to a person. */
const INPUT_WORDS: Readonly<Record<InputSource, string>> = {
  study: 'reads the study',
  caller: 'takes tensors of yours',
};

const WHOSE = 'Say whose records you ask about: the patient ids, as a list.';
const NO_QUERY_HERE =
  'A workitem has no place that says whose records are asked about, so it cannot ask for record-query. Ask it in a chat, at /v1/chat/completions.';

/** Where each dialect, and a workitem, has room for a function's name. */
const FUNCTION_PLACES: Readonly<Record<InferenceRequest['protocol'], string>> = {
  'oip-v2': 'parameters.function',
  'monai-label': 'another dialect, for this one has no place for it',
  'openai-chat': 'metadata.function',
  torchserve: 'the query parameter function',
  workitem: 'a TEXT item (function, 99CSIGN) of Scheduled Processing Parameters (0074,1210)',
};

/**
 * Opens a case: who asks, for which function, and what the PACS says about the study. Nothing is decided yet.
 * Throws NotIdentified, BadRequest where the function is not clear or cannot be answered so, RegisterUnavailable, CaseLogUnavailable; and where
 * the PACS cannot say what the study is, or the caller has left before it could, an error with the case in which that refusal stands.
 */
export async function openCase(
  deps: InferenceDeps,
  request: InferenceRequest,
  signal: AbortSignal,
): Promise<InferenceCase> {
  const caller = await identifyPerson(deps, { evidence: request.evidence, scope: 'ai' }, signal);
  const { model, version, inputDigest, about } = request;
  const wanted = wantedFunction(deps, request);
  const sealed = canBeSealed(request) ? sealedWhereWanted(wanted, deps.register.snapshot().policy) : {};
  const asked = { caller, ...wayOf(request), function: wanted, model, version, ...sealed };
  const input = request.input ?? inputOf(deps, request, wanted);
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
      ...(about === undefined ? {} : { about }),
    },
  });
  const id = deps.ids.newCaseId();
  const intentId = request.intentId ?? deps.ids.newId();
  let study: StudyContext;
  try {
    study = await deps.studies.studyContext(request.study, signal, needsOf(deps, request));
  } catch (cause: unknown) {
    throw await refuseBlind(deps, caseOn(undefined), cause, signal);
  }
  return caseOn(study);
}

/** How an answer is asked for, beside what it is about. */
function wayOf(request: InferenceRequest): Pick<Question, 'protocol' | 'wants'> {
  return { ...dialectOf(request), ...wantsOf(request) };
}

/** By which protocol its version would be called is no matter to a workitem. */
function dialectOf({ protocol }: InferenceRequest): Pick<Question, 'protocol'> {
  return protocol === 'workitem' ? {} : { protocol };
}

/** What comes of `generate` is a text, whatever the endpoint has besides. */
function wantsOf({ payload }: InferenceRequest): Pick<Question, 'wants'> {
  return payload.kind === 'oip-generate' ? { wants: 'text' } : {};
}

/** Where the version is given limits only after this, what they are held against is missing, and it is refused. */
function needsOf({ register }: InferenceDeps, { model, version, series }: InferenceRequest): StudyNeeds {
  const known = register.snapshot().modelVersion(model, version);
  return series === undefined ? studyNeeds([known]) : seriesNeeds(known, series);
}

/**
 * The PACS cannot say what the study is: input checks fail closed, and the refusal is on record like any other. Of whoever leaves while
 * it is asked the case says that they cancelled.
 */
async function refuseBlind(
  deps: InferenceDeps,
  opened: InferenceCase,
  cause: unknown,
  signal: AbortSignal,
): Promise<GatewayError> {
  const decision = decide(opened.question, deps.register.snapshot(), deps.clock.nowMs());
  const err = signal.aborted ? 'cancelled' : 'study-context';
  await recordDecision(deps, opened, { decision, kind: 'case.refused', err });
  deps.drift.count();
  return stoppedBy(cause, opened.id, signal);
}

/**
 * A query over records is about people, and each of them can ask later who wanted to know. Throws BadRequest, also for what the function's
 * endpoint cannot answer.
 */
function wantedFunction(deps: InferenceDeps, request: InferenceRequest): EndpointFunction {
  const wanted = request.function ?? chooseFunction(deps, request);
  refuseBareDicom(request, endpointOf(deps, request, wanted));
  if (wanted !== 'record-query' || (request.about?.length ?? 0) > 0) return wanted;
  throw new BadRequest(request.comesByStow === true ? NO_QUERY_HERE : WHOSE);
}

/**
 * The version's one function that is called in this dialect (in any, for a workitem) and takes this kind of input; where there are several or
 * none it must be asked for by name. Unknown versions go on, to be refused on record.
 */
function chooseFunction(deps: InferenceDeps, request: InferenceRequest): EndpointFunction {
  const known = endpointsOf(deps, request);
  const { protocol: spoken } = dialectOf(request);
  const endpoints = known.filter(({ protocol }) => spoken === undefined || protocol === spoken);
  if (endpoints.length === 0) return known[0]?.function ?? 'detection';
  const [only, ...others] = endpoints.filter(takes(request.input));
  if (only !== undefined && others.length === 0) return only.function;
  const functions = endpoints.map((endpoint) => `${endpoint.function} (${INPUT_WORDS[endpoint.input]})`);
  throw new BadRequest(
    `Name the function in ${FUNCTION_PLACES[request.protocol]}. This version serves ${functions.join(', ')}.`,
  );
}

function takes(given: InputSource | undefined): (endpoint: { readonly input: InputSource }) => boolean {
  return ({ input }) => given === undefined || input === given;
}

/** What the endpoint of this function takes; where there is none, what a call brings along is all there is. */
function inputOf(deps: InferenceDeps, request: InferenceRequest, wanted: EndpointFunction): InputSource {
  return endpointOf(deps, request, wanted)?.input ?? 'caller';
}

function endpointOf(
  deps: InferenceDeps,
  request: InferenceRequest,
  wanted: EndpointFunction,
): EndpointBinding | undefined {
  return endpointsOf(deps, request).find((endpoint) => endpoint.function === wanted);
}

/** None of a version that nobody knows. */
function endpointsOf(
  { register }: InferenceDeps,
  { model, version }: InferenceRequest,
): readonly EndpointBinding[] {
  return register.snapshot().modelVersion(model, version)?.endpoints ?? [];
}
