import { judgeEntitled, ruleFor } from '../domain/act-authority.ts';
import { GatewayError, NotPermitted, SessionsUnavailable } from '../domain/errors.ts';
import { parseModelName, parseVersion } from '../domain/identifiers.ts';
import type { Machine } from '../domain/principal.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import type { Instant, Practitioner, RegisterSnapshot } from '../domain/register.ts';
import { isOneOf, type Workitem, type WorkitemsOf } from '../domain/workitem.ts';
import { identifyPerson } from './identify-person.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader } from './ports.ts';
import type { Workitems } from './ports-workitems.ts';

/** What admitting somebody to the workitems needs. */
export interface AdmitWorkerDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Who works with workitems: a person who asks for them, or a machine that performs those of its own versions. */
export type Worker =
  | { readonly kind: 'person'; readonly practitioner: Practitioner; readonly seesAll: boolean }
  | { readonly kind: 'performer'; readonly machine: Machine };

/**
 * Who is at the workitems. Throws NotIdentified; GatewayError('not-permitted') for whoever is no practitioner and no machine for
 * AI results; GatewayError('scope-missing'), SessionsUnavailable, RegisterUnavailable.
 */
export async function admitWorker(
  deps: AdmitWorkerDeps,
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<Worker> {
  const caller = await deps.identity.verifyEvidence(evidence, signal);
  if (caller.kind === 'machine') {
    if (caller.purpose === 'ai-results') return { kind: 'performer', machine: caller };
    throw refused('This machine performs no workitems: it stores no AI results.');
  }
  if (caller.kind === 'study-reader') throw refused('This token reads one study and opens no workitems.');
  return await admitPerson(deps, evidence, signal);
}

async function admitPerson(
  deps: AdmitWorkerDeps,
  evidence: LoginEvidence,
  signal: AbortSignal,
): Promise<Worker> {
  const { provider, subject, method, unconfirmed } = await identifyPerson(
    deps,
    { evidence, scope: 'ai' },
    signal,
  );
  if (unconfirmed === true) throw new SessionsUnavailable();
  if (method === 'break-glass') throw refused('Emergency access opens plain images only.');
  const register = deps.register.snapshot();
  const [practitioner, ...others] = register.practitionersByIdentity(provider, subject);
  if (practitioner === undefined) throw new NotPermitted([reasonOf('identity-unmapped')]);
  if (others.length > 0) throw new NotPermitted([reasonOf('identity-ambiguous')]);
  return { kind: 'person', practitioner, seesAll: seesAll(practitioner, register, deps.clock.nowMs()) };
}

/**
 * Whoever stops AI by their standing today (an RC-AI, as the policy that ships says) must see what it is asked to do. One whose credential
 * has lapsed may still stop it, and sees no more than their own; so does everybody where the policy leaves stopping to everybody.
 */
function seesAll(person: Practitioner, register: RegisterSnapshot, now: Instant): boolean {
  const rule = ruleFor('stop-use', register.policy);
  if (rule === undefined || rule.roles.length + rule.credentials.length === 0) return false;
  return judgeEntitled(rule, person, { register, now }).length === 0;
}

/** Which workitems somebody may see. */
export function workitemsOf(worker: Worker): WorkitemsOf {
  if (worker.kind === 'person') {
    const { practitioner, seesAll } = worker;
    return seesAll ? { kind: 'all' } : { kind: 'creator', creator: practitioner.id };
  }
  const models = worker.machine.models.flatMap((one) => {
    const [model, version] = [parseModelName(one.model), parseVersion(one.version)];
    return model === undefined || version === undefined ? [] : [{ model, version }];
  });
  return { kind: 'models', models };
}

/**
 * The workitem, for somebody who may see it. Throws GatewayError('not-found') for everybody else: that there is one is nobody else's to
 * know.
 */
export async function visibleWorkitem(
  workitems: Pick<Workitems, 'find'>,
  worker: Worker,
  uid: Workitem['uid'],
): Promise<Workitem> {
  const found = await workitems.find(uid);
  if (found !== undefined && isOneOf(found, workitemsOf(worker))) return found;
  throw new GatewayError('not-found', { detail: 'There is no such workitem, or you may not see it.' });
}

/** Whom an AE title belongs to that somebody subscribes with. */
export function ownerOf(worker: Worker): string {
  return worker.kind === 'person' ? `person ${worker.practitioner.id}` : ownerOfMachine(worker.machine.id);
}

/** The same of a machine, by its id. */
export function ownerOfMachine(id: string): string {
  return `machine ${id}`;
}

/** What somebody may not do with a workitem that they see. */
export function refused(detail: string): GatewayError {
  return new GatewayError('not-permitted', { detail });
}
