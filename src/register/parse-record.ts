import { z } from 'zod';
import type { ModelName, PractitionerId, VersionString } from '../domain/identifiers.ts';
import type {
  AcceptanceTest,
  Approval,
  Evidence,
  Guideline,
  Instant,
  ModelVersion,
  Practitioner,
  RevalidationPlan,
  StopUse,
} from '../domain/register.ts';
import { REGISTER_KINDS } from '../domain/register-acts.ts';
import type { RegisterRecords } from './index-register.ts';
import {
  RECORD_SCHEMAS,
  type AcceptanceTestText,
  type ApprovalText,
  type EvidenceText,
  type GuidelineText,
  type ModelVersionText,
  type PlanText,
  type PractitionerText,
  type StopUseText,
} from './register-schema.ts';
import type { RecordChange } from './register-change.ts';

const changeSchema = z.union([
  z.strictObject({ kind: z.enum(REGISTER_KINDS), id: z.string(), record: z.unknown() }),
  z.strictObject({
    kind: z.enum(REGISTER_KINDS),
    id: z.string(),
    removed: z.literal(true),
    reason: z.string(),
  }),
]);

/** What a written change says, or undefined where the text is none. */
export function parseChange(body: unknown): RecordChange | undefined {
  const read = changeSchema.safeParse(body);
  return read.success ? read.data : undefined;
}

/** Records by kind, while they are being gathered. */
interface Gathered {
  readonly practitioners: Practitioner[];
  readonly evidence: Evidence[];
  readonly modelVersions: ModelVersion[];
  readonly approvals: Approval[];
  readonly stopUses: StopUse[];
  readonly guidelines: Guideline[];
  readonly plans: RevalidationPlan[];
  readonly acceptanceTests: AcceptanceTest[];
}

/**
 * The records that stand, from the newest change of each; taken-back ones are left out. Undefined where one does not keep to
 * its schema.
 */
export function parseRecords(changes: Iterable<RecordChange>): RegisterRecords | undefined {
  const gathered: Gathered = {
    practitioners: [],
    evidence: [],
    modelVersions: [],
    approvals: [],
    stopUses: [],
    guidelines: [],
    plans: [],
    acceptanceTests: [],
  };
  for (const change of changes) {
    if ('record' in change && !gather(change.kind, change.record, gathered)) return undefined;
  }
  return gathered;
}

function gather(kind: RecordChange['kind'], record: unknown, into: Gathered): boolean {
  switch (kind) {
    case 'practitioner':
      return add(RECORD_SCHEMAS.practitioner, record, (text) =>
        into.practitioners.push(parsePractitioner(text)),
      );
    case 'evidence':
      return add(RECORD_SCHEMAS.evidence, record, (text) => into.evidence.push(parseEvidence(text)));
    case 'model-version':
      return add(RECORD_SCHEMAS[kind], record, (text) => into.modelVersions.push(parseModelVersion(text)));
    case 'approval':
      return add(RECORD_SCHEMAS.approval, record, (text) => into.approvals.push(parseApproval(text)));
    case 'stop-use':
      return add(RECORD_SCHEMAS[kind], record, (text) => into.stopUses.push(parseStopUse(text)));
    case 'guideline':
      return add(RECORD_SCHEMAS.guideline, record, (text) => into.guidelines.push(parseGuideline(text)));
    case 'plan':
      return add(RECORD_SCHEMAS.plan, record, (text) => into.plans.push(parsePlan(text)));
    case 'acceptance-test':
      return add(RECORD_SCHEMAS[kind], record, (text) => into.acceptanceTests.push(parseTest(text)));
  }
}

function add<T>(schema: z.ZodType<T>, record: unknown, push: (text: T) => void): boolean {
  const read = schema.safeParse(record);
  if (read.success) push(read.data);
  return read.success;
}

const at = (text: string): Instant => Date.parse(text);
/** An optional time: the member is there exactly where the text was. */
function atIfAny<K extends string>(key: K, text: string | undefined): { readonly [name in K]?: Instant } {
  return text === undefined ? {} : parseKey(key, at(text));
}
function parseKey<K extends string>(key: K, value: Instant): { readonly [name in K]?: Instant } {
  return { [key]: value } as { readonly [name in K]?: Instant };
}

// The schemas have checked every identifier, so that these functions only give them their brand.

function parsePractitioner(text: PractitionerText): Practitioner {
  return { ...text, id: text.id as PractitionerId };
}

function parseEvidence(text: EvidenceText): Evidence {
  const { validUntil, recordedBy, ...rest } = text;
  return {
    ...rest,
    practitioner: text.practitioner as PractitionerId,
    ...(recordedBy === undefined ? {} : { recordedBy: recordedBy as PractitionerId }),
    happenedAt: at(text.happenedAt),
    ...atIfAny('validUntil', validUntil),
  };
}

function parseModelVersion(text: ModelVersionText): ModelVersion {
  const { retiredAt, ...rest } = text;
  return {
    ...rest,
    model: text.model as ModelName,
    version: text.version as VersionString,
    releases: text.releases.map(({ from, until, signedBy, ...release }) => ({
      ...release,
      from: at(from),
      ...atIfAny('until', until),
      ...(signedBy === undefined ? {} : { signedBy: signedBy as PractitionerId }),
    })),
    ...atIfAny('retiredAt', retiredAt),
  };
}

function parseApproval(text: ApprovalText): Approval {
  const { supervisor, ...rest } = text;
  return {
    ...rest,
    practitioner: text.practitioner as PractitionerId,
    model: text.model as ModelName,
    version: text.version as VersionString,
    from: at(text.from),
    until: at(text.until),
    ...(supervisor === undefined ? {} : { supervisor: supervisor as PractitionerId }),
  };
}

function parseStopUse(text: StopUseText): StopUse {
  const { model, version, until, liftedAt, ...rest } = text;
  return {
    ...rest,
    from: at(text.from),
    ...(model === undefined ? {} : { model: model as ModelName }),
    ...(version === undefined ? {} : { version: version as VersionString }),
    ...atIfAny('until', until),
    ...atIfAny('liftedAt', liftedAt),
  };
}

function parseGuideline(text: GuidelineText): Guideline {
  const { draftedAt, signedBy, signedAt, effectiveFrom, ...rest } = text;
  return {
    ...rest,
    draftedBy: text.draftedBy as PractitionerId,
    draftedAt: at(draftedAt),
    ...(signedBy === undefined ? {} : { signedBy: signedBy as PractitionerId }),
    ...atIfAny('signedAt', signedAt),
    ...atIfAny('effectiveFrom', effectiveFrom),
    reviews: text.reviews.map((one) => ({ ...one, by: one.by as PractitionerId, at: at(one.at) })),
    comments: text.comments.map((one) => ({ ...one, by: one.by as PractitionerId, at: at(one.at) })),
  };
}

function parsePlan(text: PlanText): RevalidationPlan {
  return {
    ...text,
    model: text.model as ModelName,
    version: text.version as VersionString,
    operator: text.operator as PractitionerId,
    approvedBy: text.approvedBy as PractitionerId,
    approvedAt: at(text.approvedAt),
  };
}

function parseTest(text: AcceptanceTestText): AcceptanceTest {
  return { ...text, recordedBy: text.recordedBy as PractitionerId, happenedAt: at(text.happenedAt) };
}
