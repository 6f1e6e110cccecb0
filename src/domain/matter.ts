import { currentGuideline } from './current-guideline.ts';
import type { Question } from './decision.ts';
import type { GuidelineNow } from './ground.ts';
import { standingOfPerson, type PersonStanding } from './person-standing.ts';
import type { Duty } from './policy.ts';
import type { EndpointBinding, Instant, ModelVersion, Practitioner, RegisterSnapshot } from './register.ts';
import type { StudyContext } from './dicom/study-context.ts';
import { ofFunction } from './walk-list.ts';
import type { AiFunction } from './words.ts';

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
  /**
   * To be acknowledged: the version in effect by the register, or, where the register holds none of it that is signed off and in
   * effect, the one that the model version names. Absent where the model has none.
   */
  readonly guideline: GuidelineNow | undefined;
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
  const { site, simulator } = inPrinciple ?? study ?? NOWHERE;
  return {
    question,
    register,
    now,
    practitioner,
    standing: practitioner && standingOfPerson(register, practitioner, now),
    modelVersion,
    binding: modelVersion && ofFunction<AiFunction, EndpointBinding>(modelVersion.endpoints, fn),
    duty: ofFunction<AiFunction, Duty>(register.policy.duties, fn),
    guideline: modelVersion && guidelineNow(modelVersion, register, now),
    study,
    site,
    isSimulated: simulator,
  };
}

const NOWHERE = { site: undefined, simulator: false } as const;

function whoAsks({ caller }: Question, register: RegisterSnapshot): Practitioner | undefined {
  const people = register.practitionersByIdentity(caller.provider, caller.subject);
  return people.length === 1 ? people[0] : undefined;
}

function guidelineNow(
  { guideline: named }: ModelVersion,
  register: RegisterSnapshot,
  now: Instant,
): GuidelineNow | undefined {
  return named && (currentGuideline(register, named.id, now) ?? named);
}

/** The names that sentences about this question use. */
export function namesOf({ question }: Pick<Matter, 'question'>): {
  readonly model: string;
  readonly version: string;
  readonly function: string;
} {
  const { model, version, function: fn } = question;
  return { model, version, function: fn };
}
