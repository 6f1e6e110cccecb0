import { preparsePolicySet, statefulIsAuthorized, type EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import { bestStanding } from '../../src/domain/decide-credential.ts';
import { judgePerson } from '../../src/domain/decide-identity.ts';
import type { Duty } from '../../src/domain/policy.ts';
import type { Approval, Instant, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import type { AiFunction, CredentialStatus } from '../../src/domain/words.ts';
import type { Draft } from './decide-questions.ts';

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
  drafts: readonly Draft[],
  register: RegisterSnapshot,
  now: Instant,
): readonly CedarQuestion[] {
  const parsed = preparsePolicySet(POLICY_SET, { staticPolicies: POLICIES });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  return drafts.flatMap((draft) => cedarQuestion(draft, register, now));
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
  { provider, subject, model, version, fn }: Draft,
  register: RegisterSnapshot,
  now: Instant,
): readonly CedarQuestion[] {
  const [practitioner] = register.practitionersByIdentity(provider, subject);
  const duty = register.policy.duties.find((one) => one.function === fn);
  if (practitioner === undefined || duty === undefined) return [];
  const findings = judgePerson(practitioner, register, now);
  const credential = statusOf(
    { practitioner, duty, family: register.modelVersion(model, version)?.family },
    register,
    now,
  );
  const isApproved = register
    .approvalsFor(practitioner.id, model, version)
    .some((approval) => covers(approval, fn, now));
  const attrs = {
    registered: !findings.some(({ code }) => code === 'registration-lapsed'),
    suspended: findings.some(({ code }) => code === 'practitioner-suspended'),
    credential,
  };
  const call = callOf({ person: practitioner.id, version: `${model}@${version}`, fn, attrs, isApproved });
  return [{ call, permitted: findings.length === 0 && credential === 'current' && isApproved }];
}

function statusOf(
  asked: { readonly practitioner: Practitioner; readonly duty: Duty; readonly family: string | undefined },
  register: RegisterSnapshot,
  now: Instant,
): CredentialStatus {
  const { practitioner, duty, family } = asked;
  const modelFamily = family === undefined ? {} : { modelFamily: family };
  const standing = bestStanding(
    { practitioner, credentials: duty.credentials, ...modelFamily },
    register,
    now,
  );
  return standing?.status ?? 'none';
}

function covers({ functions, from, until }: Approval, fn: AiFunction, now: Instant): boolean {
  return functions.includes(fn) && from <= now && now < until;
}

function callOf(asked: {
  readonly person: string;
  readonly version: string;
  readonly fn: string;
  readonly attrs: EntityJson['attrs'];
  readonly isApproved: boolean;
}): CedarQuestion['call'] {
  const group = { type: 'Approval', id: `${asked.version}/${asked.fn}` };
  const principal = { type: 'Practitioner', id: asked.person };
  const resource = { type: 'Version', id: asked.version };
  return {
    principal,
    action: { type: 'Action', id: asked.fn },
    resource,
    context: { approved: { __entity: group } },
    preparsedPolicySetId: POLICY_SET,
    entities: [
      { uid: principal, attrs: asked.attrs, parents: asked.isApproved ? [group] : [] },
      { uid: resource, attrs: { stopped: false }, parents: [] },
    ],
  };
}
