import { z } from 'zod';
import type { ModelName, PractitionerId, VersionString } from '../domain/identifiers.ts';
import type { Approval, Evidence, Instant, ModelVersion, Practitioner, StopUse } from '../domain/register.ts';
import type { RegisterRecords } from './index-register.ts';
import {
  RECORD_SCHEMAS,
  REGISTER_KINDS,
  type ApprovalText,
  type EvidenceText,
  type ModelVersionText,
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
  const { validUntil, ...rest } = text;
  return {
    ...rest,
    practitioner: text.practitioner as PractitionerId,
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
    releases: text.releases.map(({ site, from, until }) => ({
      site,
      from: at(from),
      ...atIfAny('until', until),
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
  const { model, version, liftedAt, ...rest } = text;
  return {
    ...rest,
    from: at(text.from),
    ...(model === undefined ? {} : { model: model as ModelName }),
    ...(version === undefined ? {} : { version: version as VersionString }),
    ...atIfAny('liftedAt', liftedAt),
  };
}
