import type { Question } from './decision.ts';
import { standingOfPerson, type PersonStanding } from './person-standing.ts';
import type { Duty } from './policy.ts';
import type { EndpointBinding, Instant, ModelVersion, Practitioner, RegisterSnapshot } from './register.ts';
import type { StudyContext } from './study-context.ts';
import { findIn } from './walk-list.ts';

/** Everything one decision is about, looked up once. */
export interface Matter {
  readonly question: Question;
  readonly register: RegisterSnapshot;
  readonly now: Instant;
  /** The one person the login names; absent when it names nobody or several. */
  readonly practitioner: Practitioner | undefined;
  /** How that person stands. */
  readonly standing: PersonStanding | undefined;
  readonly modelVersion: ModelVersion | undefined;
  /** Serves the function asked for; never for `view`, which calls nothing. */
  readonly binding: EndpointBinding | undefined;
  readonly duty: Duty | undefined;
  /** Absent when none is open, and where it is asked in principle: then nothing about a study is judged. */
  readonly study: StudyContext | undefined;
  /** Of the study, or where it is asked for in principle; absent when it is not known, or when any would do. */
  readonly site: string | undefined;
  /** Whether the study lies in a PACS that is a simulator. */
  readonly isSimulated: boolean;
}

/** Looks up what a question is about. */
export function gatherMatter(question: Question, register: RegisterSnapshot, now: Instant): Matter {
  const { function: fn, inPrinciple } = question;
  const practitioner = whoAsks(question, register);
  const modelVersion = register.modelVersion(question.model, question.version);
  const study = inPrinciple === undefined ? question.study : undefined;
  const place = inPrinciple ?? study;
  return {
    question,
    register,
    now,
    practitioner,
    standing: practitioner && standingOfPerson(register, practitioner, now),
    modelVersion,
    binding: modelVersion && findIn(modelVersion.endpoints, (endpoint) => endpoint.function === fn),
    duty: findIn(register.policy.duties, (duty) => duty.function === fn),
    study,
    site: place?.site,
    isSimulated: place?.simulator === true,
  };
}

function whoAsks({ caller }: Question, register: RegisterSnapshot): Practitioner | undefined {
  const people = register.practitionersByIdentity(caller.provider, caller.subject);
  return people.length === 1 ? people[0] : undefined;
}

/** The names that sentences about this question use. */
export function namesOf({ question, site }: Pick<Matter, 'question' | 'site'>): {
  readonly model: string;
  readonly version: string;
  readonly function: string;
  readonly site?: string;
} {
  const { model, version, function: fn } = question;
  return { model, version, function: fn, ...(site === undefined ? {} : { site }) };
}
