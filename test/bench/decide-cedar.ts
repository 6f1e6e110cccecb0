import { preparsePolicySet, statefulIsAuthorized, type EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import { bestStanding } from '../../src/domain/decide-credential.ts';
import { judgePerson } from '../../src/domain/decide-identity.ts';
import type { Question } from '../../src/domain/decision.ts';
import type { Instant, RegisterSnapshot } from '../../src/domain/register.ts';

/** The part of the question that Cedar is asked: everything it needs is worked out for it beforehand. */
const POLICIES = `
permit (principal is Practitioner, action, resource is Version)
when { principal.registered && principal.credential == "current" && principal in context.approved };
forbid (principal is Practitioner, action, resource)
when { principal.suspended };
forbid (principal, action, resource is Version)
when { resource.stopped };
`;
const POLICY_SET = 'register';

/** One call, with the answer that is right. */
interface CedarQuestion {
  readonly call: Parameters<typeof statefulIsAuthorized>[0];
  readonly permitted: boolean;
}

/**
 * The same questions for Cedar, with its policies parsed once and only the two entities of each question at hand: whether a person
 * is approved stands there as a group they belong to.
 */
export function cedarQuestions(
  questions: readonly Question[],
  register: RegisterSnapshot,
  now: Instant,
): readonly CedarQuestion[] {
  const parsed = preparsePolicySet(POLICY_SET, { staticPolicies: POLICIES });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  return questions.flatMap((question) => cedarQuestion(question, register, now));
}

/** 1 where Cedar allows. Throws where it answers otherwise than it should. */
export function decideByCedar({ call, permitted }: CedarQuestion): number {
  const answer = statefulIsAuthorized(call);
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  const allowed = answer.response.decision === 'allow';
  if (allowed !== permitted) throw new Error(`Cedar answers otherwise: ${JSON.stringify(call)}`);
  return allowed ? 1 : 0;
}

function cedarQuestion(
  { caller, model, version, function: fn }: Question,
  register: RegisterSnapshot,
  now: Instant,
): readonly CedarQuestion[] {
  const [practitioner] = register.practitionersByIdentity(caller.provider, caller.subject);
  const duty = register.policy.duties.find((one) => one.function === fn);
  if (practitioner === undefined || duty === undefined) return [];
  const person = judgePerson(practitioner, register, now);
  const family = register.modelVersion(model, version)?.family ?? '';
  const asked = { practitioner, credentials: duty.credentials, modelFamily: family };
  const status = bestStanding(asked, register, now)?.status ?? 'none';
  const isApproved = register
    .approvalsFor(practitioner.id, model, version)
    .some(({ functions, from, until }) => functions.includes(fn) && from <= now && now < until);
  const group = { type: 'Approval', id: `${model}@${version}/${fn}` };
  const principal = { type: 'Practitioner', id: practitioner.id };
  const resource = { type: 'Version', id: `${model}@${version}` };
  const entities: EntityJson[] = [
    {
      uid: principal,
      attrs: {
        registered: !person.some(({ code }) => code === 'registration-lapsed'),
        suspended: person.some(({ code }) => code === 'practitioner-suspended'),
        credential: status,
      },
      parents: isApproved ? [group] : [],
    },
    { uid: resource, attrs: { stopped: false }, parents: [] },
  ];
  const call = {
    principal,
    action: { type: 'Action', id: fn },
    resource,
    context: { approved: { __entity: group } },
    preparsedPolicySetId: POLICY_SET,
    entities,
  };
  return [{ call, permitted: person.length === 0 && status === 'current' && isApproved }];
}
