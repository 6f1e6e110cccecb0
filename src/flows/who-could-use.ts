import { couldUse, type CouldUse } from '../domain/could-use.ts';
import { GatewayError } from '../domain/errors.ts';
import { mayReadRecordsOf } from '../domain/judge-roles.ts';
import { knownSince } from '../domain/known-since.ts';
import type { ModelName, VersionString } from '../domain/identifiers.ts';
import type { Instant, RegisterSnapshot } from '../domain/register.ts';
import type { RegisterHistory } from './ports-register.ts';
import type { CaseLogAppender, Ids, LoginEvidence, RegisterReader } from './ports.ts';
import { identifyKeeper, type Visitor, type VisitorDeps } from './register-visitor.ts';

interface Deps extends VisitorDeps {
  readonly register: RegisterReader & RegisterHistory;
  readonly caseLog: CaseLogAppender;
  readonly ids: Pick<Ids, 'newId'>;
  /** Whether the PACS is a simulator: only then are approvals for the sandbox worth anything. */
  readonly simulator: boolean;
}

/** Whether the past is told as it was on record at that moment, or as it is known now. */
export const KNOWN = ['then', 'now'] as const;

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly model: ModelName;
  readonly version: VersionString;
  readonly at: Instant;
  readonly known: (typeof KNOWN)[number];
  readonly site?: string;
}

/** Who could use a version at a moment, and the register and policy that say so. */
export interface WhoCouldUse {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly at: Instant;
  readonly known: Input['known'];
  readonly site?: string;
  readonly registerSequence: number;
  readonly policy: { readonly id: string; readonly version: string; readonly digest: string };
  /** Whether the register held that version. */
  readonly isRegistered: boolean;
  /** One row for each person and function. */
  readonly rows: readonly CouldUse[];
}

/**
 * Who could use an exact version at a moment, under the policy that was in force then. What was recorded afterwards counts only
 * where the past is asked for as it is known now. Why somebody could not is for those who may read their records. That it was asked is itself an entry of the case log.
 * Throws NotIdentified, NotPermitted, GatewayError('not-permitted'), GatewayError('not-found') for a moment before the first policy or
 * record, CaseLogUnavailable, RegisterUnavailable.
 */
export async function whoCouldUse(deps: Deps, input: Input, signal: AbortSignal): Promise<WhoCouldUse> {
  const visitor = await identifyKeeper(deps, input.evidence, signal);
  const register = await registerOf(deps, input, visitor.register.sequence);
  await noteAsking(deps, input, visitor);
  const { model, version, at, known, site } = input;
  const where = site === undefined ? {} : { site };
  const { id, version: policyVersion, digest } = register.policy;
  return {
    model,
    version,
    at,
    known,
    ...where,
    registerSequence: register.sequence,
    policy: { id, version: policyVersion, digest },
    isRegistered: register.modelVersion(model, version) !== undefined,
    rows: couldUse({ model, version, simulator: deps.simulator, ...where }, register, at).map((row) =>
      mayReadRecordsOf(visitor.person, row.practitioner) ? row : { ...row, reasons: [] },
    ),
  };
}

async function registerOf(
  { register }: Deps,
  { at, known }: Input,
  sequenceNow: number,
): Promise<RegisterSnapshot> {
  const sequenceThen = register.sequenceAt(at);
  const sequence = known === 'now' ? sequenceNow : sequenceThen;
  const policyDigest = await register.policyAt(at);
  if (policyDigest === undefined || sequence === 0) {
    throw new GatewayError('not-found', {
      detail: 'At that moment this register did not exist yet. Name a later one.',
    });
  }
  const stood = await register.asItStood({ sequence, policyDigest });
  if (known === 'then') return stood;
  const before =
    sequenceThen === 0 ? undefined : await register.asItStood({ sequence: sequenceThen, policyDigest });
  return knownSince(stood, { at, before });
}

async function noteAsking(
  deps: Deps,
  { requestId, model, version, at, known }: Input,
  { principal, person }: Visitor,
): Promise<void> {
  const { method, assurance, authenticatedAt, subject } = principal;
  await deps.caseLog.append({
    id: deps.ids.newId(),
    kind: 'audit.read',
    requestId,
    facts: {
      auth: { method, assurance, at: authenticatedAt },
      change: { kind: 'register', action: 'who-could-use', id: `${model}@${version}`, at, known },
    },
    personal: { user: person.id, subject },
    retainClass: 'security',
  });
}
