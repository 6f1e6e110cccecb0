import type { z } from 'zod';
import type { ModelName, PractitionerId, VersionString } from '../domain/identifiers.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
import type {
  AcceptanceTest,
  Approval,
  EndpointBinding,
  Evidence,
  Guideline,
  Instant,
  ModelVersion,
  Practitioner,
  RevalidationPlan,
  StopUse,
} from '../domain/register.ts';
import { parseApproval } from './parse-approval.ts';
import { parseEvidence } from './parse-evidence.ts';
import { idOfRecord, type RecordChange } from './register-change.ts';
import {
  RECORD_SHAPES,
  type AcceptanceTestText,
  type GuidelineText,
  type ModelVersionText,
  type PlanText,
  type PractitionerText,
  type StopUseText,
} from './register-schema.ts';

/** What a record of each kind is in the domain. */
export interface RecordOf {
  readonly practitioner: Practitioner;
  readonly evidence: Evidence;
  readonly 'model-version': ModelVersion;
  readonly approval: Approval;
  readonly 'stop-use': StopUse;
  readonly guideline: Guideline;
  readonly plan: RevalidationPlan;
  readonly 'acceptance-test': AcceptanceTest;
}

/** One change of the register, in the domain's types. */
export type TypedChange = {
  readonly [K in RegisterKind]: {
    readonly kind: K;
    readonly id: string;
    /** Absent where it is taken back. */
    readonly record?: RecordOf[K];
  };
}[RegisterKind];

/** How a record of each kind is read; undefined where it is not of the shape of its kind. */
const READERS: { readonly [K in RegisterKind]: (record: unknown) => RecordOf[K] | undefined } = {
  practitioner: (record) => shaped(RECORD_SHAPES.practitioner, record, parsePractitioner),
  evidence: parseEvidence,
  'model-version': (record) => shaped(RECORD_SHAPES['model-version'], record, parseModelVersion),
  approval: parseApproval,
  'stop-use': (record) => shaped(RECORD_SHAPES['stop-use'], record, parseStopUse),
  guideline: (record) => shaped(RECORD_SHAPES.guideline, record, parseGuideline),
  plan: (record) => shaped(RECORD_SHAPES.plan, record, parsePlan),
  'acceptance-test': (record) => shaped(RECORD_SHAPES['acceptance-test'], record, parseTest),
};

function shaped<T, R>(schema: z.ZodType<T>, record: unknown, brand: (text: T) => R): R | undefined {
  const read = schema.safeParse(record);
  return read.success ? brand(read.data) : undefined;
}

/**
 * A change in the domain's types; undefined where its record is not of the shape of its kind, or names itself otherwise than the
 * change does.
 */
export function parseTyped(change: RecordChange): TypedChange | undefined {
  const { kind, id } = change;
  if ('removed' in change) return { kind, id };
  const record = READERS[kind](change.record);
  if (record === undefined || idOfRecord(kind, record) !== id) return undefined;
  return { kind, id, record } as TypedChange;
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

function parseModelVersion(text: ModelVersionText): ModelVersion {
  const { retiredAt, endpoints, ...rest } = text;
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
    endpoints: endpoints.map(parseBinding),
  };
}

function parseBinding({ nameOnly, ...rest }: ModelVersionText['endpoints'][number]): EndpointBinding {
  if (nameOnly === undefined) return rest;
  return { ...rest, nameOnly: { ...nameOnly, signedBy: nameOnly.signedBy as PractitionerId } };
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
