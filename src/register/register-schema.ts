import { z } from 'zod';
import { isAssessment } from '../domain/assessment.ts';
import { EVIDENCE_TYPES } from '../domain/evidence-types.ts';
import { REGISTER_KINDS } from '../domain/register-acts.ts';
import { parseModelName, parsePractitionerId, parseVersion } from '../domain/identifiers.ts';
import { USUAL_INPUT } from '../domain/stated-inputs.ts';
import { GATEWAY } from '../domain/endpoint-lock.ts';
import {
  AI_FUNCTIONS,
  APPROVAL_MODES,
  ATTESTATIONS,
  ENDPOINT_FUNCTIONS,
  DECLARATION_STATEMENTS,
  INPUT_SOURCES,
  MARKINGS,
  MODEL_STATES,
  PROFESSIONS,
  PROTOCOLS,
  REGISTER_ROLES,
  RESULT_OBJECTS,
  RESULTS,
  RISK_CLASSES,
} from '../domain/words.ts';
import { code, distinct, doseOutput, intendedUse, someOf, uid } from './intended-use-schema.ts';
import {
  approvalRules,
  evidenceRules,
  guidelineRules,
  planRules,
  practitionerRules,
  stopUseRules,
} from './record-rules.ts';
import { modelVersionRules } from './version-rules.ts';

const SLUG = 'a letter or digit, then letters, digits, dots, hyphens and underscores, 128 at most';
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,191}$/, 'letters, digits and . _ : @ + ~ -');
const practitionerId = z.string().refine((text) => parsePractitionerId(text) !== undefined, SLUG);
const modelName = z.string().refine((text) => parseModelName(text) !== undefined, SLUG);
const version = z
  .string()
  .refine((text) => parseVersion(text) !== undefined, 'an exact version; "latest" and "default" are none');
const line = z
  .string()
  .regex(/^[^\p{Cc}]{1,500}$/u, 'one line of text')
  .refine((text) => text.trim() === text && text !== '', 'no space at either end')
  .refine((text) => text.isWellFormed(), 'whole characters: half a surrogate pair has no UTF-8');
const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dots, hyphens, underscores');

/** A day means its first moment, UTC. */
const date = z.union([z.iso.date(), z.iso.datetime()], {
  error: 'a date like 2026-03-03, or a time like 2026-03-03T09:30:00Z',
});

const practitionerShape = z.strictObject({
  id: practitionerId,
  name: line,
  profession: z.enum(PROFESSIONS),
  professionalBody: z.enum(['GMC', 'HCPC', 'GPhC', 'none']),
  registrationNumber: word.exactOptional(),
  band: z.int().min(1).max(9).exactOptional(),
  practiceLevel: z.enum(['enhanced', 'advanced', 'consultant']).exactOptional(),
  roles: z.array(z.enum(REGISTER_ROLES)).refine(distinct, 'named twice'),
  identities: z.array(z.strictObject({ provider: line, subject: line })),
  scope: z.strictObject({
    modalities: someOf(code).exactOptional(),
    bodyParts: someOf(code).exactOptional(),
    populations: someOf(z.enum(['adult', 'paediatric'])).exactOptional(),
  }),
});
const practitioner = practitionerShape.superRefine(practitionerRules);

const evidence = z
  .strictObject({
    id,
    practitioner: practitionerId,
    type: z.enum(EVIDENCE_TYPES),
    happenedAt: date,
    validUntil: date.exactOptional(),
    attestedBy: line,
    recordedBy: practitionerId.exactOptional(),
    scheme: word.exactOptional(),
    score: z.number().min(0).max(1_000).exactOptional(),
    credits: z.number().positive().max(1_000).exactOptional(),
    modelFamily: word.exactOptional(),
    guideline: z
      .string()
      .regex(/^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+$/, 'guideline@version')
      .exactOptional(),
    result: z.enum(RESULTS).exactOptional(),
    station: z.int().min(1).max(20).exactOptional(),
    unit: word.exactOptional(),
    count: z.int().min(1).max(10_000).exactOptional(),
    ordinal: z.int().min(1).max(1_000_000).exactOptional(),
    caseId: line.exactOptional(),
    ratings: z.string().max(512).refine(isAssessment, 'an assessment in one line').exactOptional(),
    criterion: word.exactOptional(),
    statements: someOf(z.enum(DECLARATION_STATEMENTS)).exactOptional(),
    document: line.exactOptional(),
    note: line.exactOptional(),
  })
  .superRefine(evidenceRules);

const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[/?#]$/.test(url) && !/[?#]/.test(url), 'no slash at the end, no query')
  .refine((url) => !url.includes('@'), 'no name or password in it');

const checksum = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits');

const endpoint = z.strictObject({
  function: z.enum(ENDPOINT_FUNCTIONS),
  protocol: z.enum(PROTOCOLS),
  baseUrl,
  endpointModel: word,
  endpointVersion: word,
  attestation: z.enum(ATTESTATIONS),
  attestedChecksum: checksum.exactOptional(),
  nameOnly: z.strictObject({ baseUrl, signedBy: practitionerId }).exactOptional(),
  input: z.enum(INPUT_SOURCES).default(USUAL_INPUT),
  simulator: z.boolean(),
  timeoutMs: z.int().min(100).max(600_000),
  scoreOutput: line.exactOptional(),
  findingOutput: line.exactOptional(),
  findings: z.array(line).min(1).exactOptional(),
  doseOutputs: z.array(doseOutput).min(1).max(20).exactOptional(),
  operatingThreshold: z.number().exactOptional(),
  writes: z.enum(RESULT_OBJECTS).exactOptional(),
});

/** One that gave nothing to match would match everything. */
const recognitionRule = z
  .strictObject({
    station: line.exactOptional(),
    maker: line.exactOptional(),
    description: line.exactOptional(),
  })
  .refine((rule) => Object.keys(rule).length > 0, 'must name a station, a maker or a description');

const modelVersionShape = z.strictObject({
  model: modelName,
  version,
  family: word,
  title: line,
  vendor: line,
  digest: checksum,
  udi: line.exactOptional(),
  riskClass: z.enum(RISK_CLASSES).exactOptional(),
  marking: z.enum(MARKINGS).exactOptional(),
  intendedUse,
  recognition: z.array(recognitionRule).min(1).exactOptional(),
  state: z.enum(MODEL_STATES),
  releases: z.array(
    z.strictObject({
      site: z.union([word, z.literal('*')]),
      from: date,
      until: date.exactOptional(),
      signedBy: practitionerId.exactOptional(),
      plan: id.exactOptional(),
    }),
  ),
  retiredAt: date.exactOptional(),
  retiredBecause: line.exactOptional(),
  operatingThreshold: z.number().exactOptional(),
  guideline: z.strictObject({ id: word, version: word }).exactOptional(),
  endpoints: z.array(endpoint).min(1),
});
const modelVersion = modelVersionShape.superRefine(modelVersionRules);

const approval = z
  .strictObject({
    id,
    practitioner: practitionerId,
    model: modelName,
    version,
    functions: someOf(z.enum(AI_FUNCTIONS)),
    mode: z.enum(APPROVAL_MODES),
    from: date,
    until: date,
    grantedBy: practitionerId,
    supervisor: practitionerId.exactOptional(),
    plan: id.exactOptional(),
    planStudies: someOf(uid).exactOptional(),
    carriedFrom: id.exactOptional(),
    endedBecause: line.exactOptional(),
  })
  .superRefine(approvalRules);

const stopUseShape = z.strictObject({
  id,
  model: modelName.exactOptional(),
  version: version.exactOptional(),
  family: word.exactOptional(),
  site: word.exactOptional(),
  endpoint: baseUrl.exactOptional(),
  from: date,
  until: date.exactOptional(),
  liftedAt: date.exactOptional(),
  liftedBy: someOf(line).exactOptional(),
  liftedBecause: line.exactOptional(),
  reason: line,
  by: z.union([practitionerId, z.literal(GATEWAY)]),
});
const stopUse = stopUseShape.superRefine(stopUseRules);

const href = z.url({ protocol: /^https?$/ });
const guidelineShape = z.strictObject({
  id: word,
  version: word,
  title: line,
  digest: checksum,
  href: href.exactOptional(),
  links: z.array(z.strictObject({ title: line, href })).max(50),
  draftedBy: practitionerId,
  draftedAt: date,
  signedBy: practitionerId.exactOptional(),
  signedAt: date.exactOptional(),
  effectiveFrom: date.exactOptional(),
  reviews: z.array(z.strictObject({ by: practitionerId, at: date, outcome: line })),
  comments: z.array(z.strictObject({ by: practitionerId, at: date, text: line })),
});
const guideline = guidelineShape.superRefine(guidelineRules);

const planShape = z.strictObject({
  id,
  model: modelName,
  version,
  title: line,
  studies: someOf(uid),
  script: z
    .array(z.strictObject({ id: word, title: line }))
    .min(1)
    .max(500),
  operator: practitionerId,
  approvedBy: practitionerId,
  approvedAt: date,
  document: line.exactOptional(),
});
const plan = planShape.superRefine(planRules);

const acceptanceTest = z.strictObject({
  id,
  plan: id,
  item: word,
  result: z.enum(RESULTS),
  recordedBy: practitionerId,
  happenedAt: date,
  note: line.exactOptional(),
  document: line.exactOptional(),
});

/** One record of each kind, as an import file writes it: dates as ISO text; one default, what an endpoint works on. */
export const RECORD_SCHEMAS = {
  practitioner,
  evidence,
  'model-version': modelVersion,
  approval,
  'stop-use': stopUse,
  guideline,
  plan,
  'acceptance-test': acceptanceTest,
} as const;

/**
 * The same without what their fields say of each other: what the register took up stays readable when a later release asks for
 * more. Evidence and approvals, of which there are many, are read by `parse-evidence.ts` and `parse-approval.ts`.
 */
export const RECORD_SHAPES = {
  practitioner: practitionerShape,
  'model-version': modelVersionShape,
  'stop-use': stopUseShape,
  guideline: guidelineShape,
  plan: planShape,
  'acceptance-test': acceptanceTest,
} as const;

/** Takes a record back that should not have been made; what it said stays in the history. */
const removal = z.strictObject({ kind: z.enum(REGISTER_KINDS), id, reason: line });

/** An import file, YAML or JSON. Sections may be left out; unknown keys are refused. */
export const registerFileSchema = z.strictObject({
  practitioners: z.array(practitioner).default([]),
  evidence: z.array(evidence).default([]),
  modelVersions: z.array(modelVersion).default([]),
  approvals: z.array(approval).default([]),
  stopUses: z.array(stopUse).default([]),
  guidelines: z.array(guideline).default([]),
  plans: z.array(plan).default([]),
  acceptanceTests: z.array(acceptanceTest).default([]),
  removals: z.array(removal).default([]),
});

export type RegisterFile = z.infer<typeof registerFileSchema>;
export type PractitionerText = z.infer<typeof practitioner>;
export type ModelVersionText = z.infer<typeof modelVersion>;
export type StopUseText = z.infer<typeof stopUse>;
export type GuidelineText = z.infer<typeof guideline>;
export type PlanText = z.infer<typeof plan>;
export type AcceptanceTestText = z.infer<typeof acceptanceTest>;
