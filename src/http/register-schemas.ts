import { z } from 'zod';
import { EVIDENCE_TYPES } from '../domain/evidence-types.ts';
import { parsePractitionerId } from '../domain/identifiers.ts';
import { isDeeperThan } from '../domain/json-depth.ts';
import { REGISTER_KINDS, type RegisterAct } from '../domain/register-acts.ts';
import {
  AI_FUNCTIONS,
  APPROVAL_MODES,
  DECLARATION_STATEMENTS,
  ENDPOINT_FUNCTIONS,
  RESULTS,
} from '../domain/words.ts';
import { modelName, parsed, versionString } from './api-schemas.ts';
import { COLLECTIONS } from './register-kinds.ts';

/** Records are flat; the deepest there is holds lists of small objects. */
const MAX_LEVELS = 8;

const practitionerId = parsed(parsePractitionerId, 'the identifier of a practitioner in the register');
const recordId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,191}$/, 'must be the id of a record')
  .meta({ description: 'The id of a record: letters, digits and . _ : @ + ~ -' });
const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, dots, hyphens, underscores');
const line = z
  .string()
  .regex(/^[^\p{Cc}]{1,500}$/u, 'must be one line of text, of at most 500 characters')
  .refine((text) => text.trim() === text && text.isWellFormed(), 'must have no space at either end');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hex digits');
const href = z.url({ protocol: /^https?$/ });
const instant = z
  .union([z.iso.date(), z.iso.datetime()], {
    error: 'must be a date like 2026-03-03, or a time like 2026-03-03T09:30:00Z',
  })
  .transform((text) => Date.parse(text))
  .meta({ description: 'A time, ISO 8601, UTC; a day means its first moment.' });
const reason = line.meta({ description: 'In your own words; it stays in the register.' });
const fields = z.looseObject({}).meta({ description: 'The record, in the words of an import file.' });
const named = { model: modelName, version: versionString };

const piece = z.strictObject({
  practitioner: practitionerId,
  type: z.enum(EVIDENCE_TYPES),
  happenedAt: instant,
  validUntil: instant.exactOptional(),
  attestedBy: line.exactOptional(),
  scheme: word.exactOptional(),
  score: z.number().exactOptional(),
  credits: z.number().exactOptional(),
  modelFamily: word.exactOptional(),
  guideline: line.exactOptional(),
  result: z.enum(RESULTS).exactOptional(),
  station: z.int().exactOptional(),
  unit: word.exactOptional(),
  count: z.int().exactOptional(),
  ordinal: z.int().exactOptional(),
  caseId: line.exactOptional(),
  criterion: word.exactOptional(),
  document: line.exactOptional(),
});

const OWN = [
  z.strictObject({
    act: z.literal('declare'),
    statements: z.array(z.enum(DECLARATION_STATEMENTS)).max(DECLARATION_STATEMENTS.length),
  }),
  z.strictObject({
    act: z.literal('log-cpd'),
    title: line,
    credits: z.number(),
    happenedAt: instant,
    modelFamily: word.exactOptional(),
    document: line.exactOptional(),
  }),
  z.strictObject({ act: z.literal('acknowledge-guideline'), guideline: word, version: word }),
] as const;

const PEOPLE = [
  z.strictObject({
    act: z.enum(['add-practitioner', 'change-practitioner']),
    practitioner: fields.extend({ id: practitionerId }),
  }),
  z.strictObject({ act: z.literal('attest-evidence'), piece }),
  z.strictObject({ act: z.literal('correct-evidence'), id: recordId, piece, reason }),
  z.strictObject({ act: z.literal('withdraw-evidence'), id: recordId, reason }),
  z.strictObject({
    act: z.literal('award-credential'),
    practitioner: practitionerId,
    scheme: word,
    document: line.exactOptional(),
  }),
  z.strictObject({
    act: z.enum(['suspend', 'lift-suspension']),
    practitioner: practitionerId,
    scheme: word.exactOptional(),
    reason,
  }),
] as const;

const APPROVALS = [
  z.strictObject({
    act: z.literal('grant-approval'),
    practitioner: practitionerId,
    ...named,
    functions: z.array(z.enum(AI_FUNCTIONS)).min(1),
    mode: z.enum(APPROVAL_MODES),
    from: instant,
    until: instant,
    supervisor: practitionerId.exactOptional(),
    plan: recordId.exactOptional(),
  }),
  z.strictObject({ act: z.literal('end-approval'), id: recordId, reason }),
  z.strictObject({
    act: z.literal('carry-over-approvals'),
    model: modelName,
    fromVersion: versionString,
    toVersion: versionString,
    practitioners: z.array(practitionerId).min(1).exactOptional(),
  }),
] as const;

const MODELS = [
  z.strictObject({
    act: z.enum(['register-model', 'change-model']),
    modelVersion: fields.extend(named),
  }),
  z.strictObject({
    act: z.literal('approve-plan'),
    ...named,
    title: line,
    studies: z.array(z.string()).min(1),
    script: z.array(z.strictObject({ id: word, title: line })).min(1),
    operator: practitionerId,
    document: line.exactOptional(),
  }),
  z.strictObject({
    act: z.literal('record-acceptance-test'),
    plan: recordId,
    item: word,
    result: z.enum(RESULTS),
    note: line.exactOptional(),
    document: line.exactOptional(),
  }),
  z.strictObject({
    act: z.literal('release-model'),
    ...named,
    plan: recordId,
    sites: z.array(z.union([word, z.literal('*')])).min(1),
  }),
  z.strictObject({
    act: z.enum(['stop-use', 'hold-model']),
    model: modelName.exactOptional(),
    version: versionString.exactOptional(),
    family: word.exactOptional(),
    site: word.exactOptional(),
    reason,
  }),
  z.strictObject({ act: z.literal('lift-stop-use'), id: recordId, reason }),
  z.strictObject({ act: z.literal('sign-name-only'), ...named, function: z.enum(ENDPOINT_FUNCTIONS) }),
  z.strictObject({ act: z.literal('retire-model'), ...named, reason }),
] as const;

const guideline = { id: word, version: word };
const GUIDELINES = [
  z.strictObject({
    act: z.literal('draft-guideline'),
    ...guideline,
    title: line,
    digest,
    href: href.exactOptional(),
    links: z.array(z.strictObject({ title: line, href })).max(50),
  }),
  z.strictObject({ act: z.literal('comment-on-guideline'), ...guideline, text: line }),
  z.strictObject({ act: z.literal('sign-guideline'), ...guideline, effectiveFrom: instant }),
  z.strictObject({ act: z.literal('review-guideline'), ...guideline, outcome: line }),
] as const;

const kind = z.enum(REGISTER_KINDS);
const draft = z.union([
  z.strictObject({ kind, id: recordId, record: fields }),
  z.strictObject({ kind, id: recordId, removed: z.literal(true), reason }),
]);
const FILES = [z.strictObject({ act: z.literal('import'), changes: z.array(draft).min(1) })] as const;

/** An act on the register as JSON: one strict shape for each act. */
export const registerAct: z.ZodType<RegisterAct> = z
  .discriminatedUnion('act', [...OWN, ...PEOPLE, ...APPROVALS, ...MODELS, ...GUIDELINES, ...FILES])
  .refine((act) => !isDeeperThan(act, MAX_LEVELS), 'nests too deep');

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export const collectionParams = z.strictObject({ kind: z.enum(COLLECTIONS) });
export const recordParams = z.strictObject({ kind: z.enum(COLLECTIONS), id: recordId });
export const recordsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: recordId.meta({ description: 'The "next" of the page before.' }).optional(),
  practitioner: practitionerId.optional(),
});
export const proposalParams = z.strictObject({
  digest: digest.meta({ description: 'Names a proposal: sha256: and 64 hex digits.' }),
});
export const importQuery = z.strictObject({
  'dry-run': z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'With true nothing is changed: the answer lists every fault and every change.' }),
});
