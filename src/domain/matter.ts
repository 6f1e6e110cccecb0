import type { Question } from './decision.ts';
import type { Duty } from './policy.ts';
import type { EndpointBinding, Instant, ModelVersion, Practitioner, RegisterSnapshot } from './register.ts';

/** Everything one decision is about, looked up once. */
export interface Matter {
  readonly question: Question;
  readonly register: RegisterSnapshot;
  readonly now: Instant;
  /** The one person the login names; absent when it names nobody or several. */
  readonly practitioner: Practitioner | undefined;
  readonly modelVersion: ModelVersion | undefined;
  /** Serves the function asked for; never for `view`, which calls nothing. */
  readonly binding: EndpointBinding | undefined;
  readonly duty: Duty | undefined;
}

/** Looks up what a question is about. */
export function gatherMatter(question: Question, register: RegisterSnapshot, now: Instant): Matter {
  const { caller, model, version } = question;
  const [practitioner, ...others] = register.practitionersByIdentity(caller.provider, caller.subject);
  const modelVersion = register.modelVersion(model, version);
  return {
    question,
    register,
    now,
    practitioner: others.length > 0 ? undefined : practitioner,
    modelVersion,
    binding: modelVersion?.endpoints.find((endpoint) => endpoint.function === question.function),
    duty: register.policy.duties.find((duty) => duty.function === question.function),
  };
}

/** The names that sentences about this question use. */
export function namesOf(question: Question): {
  readonly model: string;
  readonly version: string;
  readonly function: string;
  readonly site?: string;
} {
  const { model, version, function: fn, study } = question;
  return { model, version, function: fn, ...(study?.site === undefined ? {} : { site: study.site }) };
}
