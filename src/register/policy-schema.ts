import { z } from 'zod';
import type { Policy } from '../domain/policy.ts';
import { DOSE_QUANTITIES, DOSE_UNITS, isUnitOf } from '../domain/dose.ts';
import { parseModelName } from '../domain/identifiers.ts';
import { REASONS } from '../domain/reasons.ts';
import { EVIDENCE_TYPES } from '../domain/evidence-types.ts';
import { REGISTER_ACTS } from '../domain/register-acts.ts';
import {
  AI_FUNCTIONS,
  DECLARATION_STATEMENTS,
  DISPOSITIONS,
  PROFESSIONS,
  REGISTER_ROLES,
} from '../domain/words.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and hyphens');
const sentence = z.string().min(1).max(600);
const months = z.int().min(1).max(240);
const evidenceTypes = z.array(z.enum(EVIDENCE_TYPES));
const assurance = z.union([z.literal(1), z.literal(2), z.literal(3)]);
const credentials = z.array(name).min(1);
/** Up to a year: a policy that never wants a fresh login says so with 525600. */
const loginAge = z.int().min(1).max(525_600);

const common = {
  /** Unique within its list. */
  id: name,
  /** What a person reads when it is missing. */
  title: z.string().min(1).max(160),
  /** Any one of these types satisfies it. */
  evidence: evidenceTypes.min(1),
  /** How many pieces; one where this is left out. */
  minCount: z.int().min(1).default(1),
  /** So many different stations or units among the pieces. */
  minDistinct: z
    .strictObject({ field: z.enum(['station', 'unit']), count: z.int().min(1).max(100) })
    .exactOptional(),
  /** Only an unbroken run of places (`ordinal`) counts; no where this is left out. */
  consecutive: z.boolean().default(false),
  /** A piece must name one of these criteria. */
  criteria: z.array(z.string().min(1).max(64)).min(1).exactOptional(),
  /** A piece must state all of these. */
  statements: z.array(z.enum(DECLARATION_STATEMENTS)).min(1).exactOptional(),
  /** Each piece must have at least this score. */
  minScore: z.number().exactOptional(),
  /** Agenda for Change band of the person, at least. */
  minBand: z.int().min(1).max(9).exactOptional(),
  /** Sum of credits of the pieces that count. */
  minCredits: z.number().positive().exactOptional(),
  /** Calendar months after which a piece counts no more; for ever where this is left out. */
  withinMonths: months.exactOptional(),
  /** What the person is told. */
  reason: z.enum(REASONS),
  /** The sentence it comes from. */
  source: sentence,
};

/** What is asked once: entry and award. */
const once = z
  .strictObject(common)
  .transform((given) => ({ ...given, perModelFamily: false, graceMonths: 0 }));

/** What is asked again and again once the credential is held. */
const again = z.strictObject({
  ...common,
  /** Judged for the family of the model asked for, with evidence of that family only; no where this is left out. */
  perModelFamily: z.boolean().default(false),
  /** Calendar months after the newest award before it bites; none where this is left out. */
  graceMonths: z.int().min(0).max(240).default(0),
});

const scheme = z.strictObject({
  id: name,
  title: z.string().min(1).max(160),
  professions: z.array(z.enum(PROFESSIONS)).min(1),
  /** Without these a person is not on the pathway. */
  entry: z.array(once).min(1),
  /** All of these: awarded. The listing on the register (`award`) is one of them. */
  award: z.array(once).min(1),
  /** Without these the credential lapses by itself. */
  continuing: z.array(again),
  /** Never in mode `independent`; no where this is left out. */
  supervisedOnly: z.boolean().default(false),
  /** Where the scheme as a whole comes from. */
  source: sentence,
});

const direction = z.strictObject({
  id: name,
  /** Names of models, without a version: an approval is for an exact one all the same. */
  models: z
    .array(z.string().refine((text) => parseModelName(text) !== undefined, 'the name of a model'))
    .min(1),
  /** Any of these says that a person is named under it. */
  credentials,
  source: sentence,
});

const duty = z.strictObject({
  function: z.enum(AI_FUNCTIONS),
  /** Any of these credentials allows it. */
  credentials,
  minAssurance: assurance,
  maxLoginAgeMinutes: loginAge,
  /** Each of these is wanted of the person, beside the credential. */
  evidence: evidenceTypes.default([]),
  /** Nothing is let out before a second person has co-signed it; no where this is left out. */
  coSignature: z.boolean().default(false),
  /** Who the second person may be; nobody where this is left out, so that nothing is let out. */
  coSigners: z
    .strictObject({
      credentials,
      minAssurance: assurance,
      maxLoginAgeMinutes: loginAge,
      /** How long a result waits for it, and can be read after it; a day where this is left out. */
      withinHours: z.int().min(1).max(168).exactOptional(),
    })
    .exactOptional(),
  /** Patient-group directions of the Trust, under `prescribing-suggestion` only; none where this is left out. */
  directions: z.array(direction).min(1).exactOptional(),
  source: sentence,
});

const disposition = z.strictObject({
  disposition: z.enum(DISPOSITIONS),
  credentials,
  minAssurance: assurance,
  maxLoginAgeMinutes: loginAge,
  /** Coded reasons of the Trust's own, beside those that every gateway knows. */
  reasons: z
    .array(z.strictObject({ code: name, title: z.string().min(1).max(80) }))
    .min(1)
    .max(20)
    .exactOptional(),
  source: sentence,
});

/** Who: any one of these roles or current credentials. */
const who = {
  roles: z.array(z.enum(REGISTER_ROLES)).default([]),
  credentials: z.array(name).default([]),
};

const actRule = z.strictObject({
  act: z.enum(REGISTER_ACTS),
  ...who,
  minAssurance: assurance,
  maxLoginAgeMinutes: loginAge,
  /** Two: nothing changes before a second, different person has confirmed it; one where this is left out. */
  people: z.union([z.literal(1), z.literal(2)]).default(1),
  /** Who may be the second; the same as the first where this is left out. */
  second: z.strictObject(who).exactOptional(),
  source: sentence,
});

const attestation = z.strictObject({ evidence: evidenceTypes.min(1), ...who, source: sentence });

const codeString = z
  .string()
  .regex(/^[A-Z0-9]{1,16}$/, 'upper-case letters and digits, 16 at most (PS3.5 VR CS)');

const bodyPartRule = z.strictObject({
  /** All must occur in the descriptions. */
  words: z.array(z.string().regex(/^[a-z0-9]+$/, 'one lower-case word')).min(1),
  /** Code of PS3.16 Annex L. */
  bodyPart: codeString,
});

/** A local diagnostic reference level. Where several are for a study, the lowest counts. */
const referenceLevel = z
  .strictObject({
    id: name,
    /** Of the study (PS3.3 C.7.3.1.1.1). */
    modality: codeString,
    /** As the study has it or the body-part rules map it. */
    bodyPart: codeString,
    population: z.enum(['adult', 'paediatric']),
    /** Completed years: a band within the population. */
    minAgeYears: z.number().min(0).max(150).exactOptional(),
    /** Exclusive. */
    maxAgeYears: z.number().min(0).max(150).exactOptional(),
    quantity: z.enum(DOSE_QUANTITIES),
    unit: z.enum(DOSE_UNITS),
    value: z.number().positive().max(1_000_000),
    /** Where the Trust set it, or whose it took over. */
    source: sentence,
  })
  .refine(({ quantity, unit }) => isUnitOf(quantity, unit), {
    path: ['unit'],
    message: 'is no unit of that quantity',
  })
  .refine(({ minAgeYears = 0, maxAgeYears = Infinity }) => minAgeYears < maxAgeYears, {
    path: ['maxAgeYears'],
    message: 'must be above minAgeYears',
  });

const policyFields = {
  id: name,
  /** A new one for every change that is taken into use. Quote it. */
  version: z.string().min(1).max(64),
  /** Age in completed years at which a patient counts as adult for a practitioner's scope. */
  adultFromYears: z.int().min(1).max(25),
  /** Whether images of the caller's, tied to no study, may be sent to a model. */
  callerInputAllowed: z.boolean(),
  schemes: z.array(scheme).min(1),
  /** A function that is not listed is nobody's. */
  duties: z.array(duty).min(1),
  /** A disposition that is not listed is nobody's. */
  dispositions: z.array(disposition).min(1),
  bodyPartRules: z.array(bodyPartRule),
  /** Who may do what to the register. An act that is not listed is nobody's. */
  acts: z.array(actRule).min(1),
  /** Who may put evidence on record for somebody else. A type that is not listed is nobody's. */
  attestations: z.array(attestation).min(1),
  /** Hours after which an operator's hold ends by itself. */
  holdHours: z.int().min(1).max(72),
  /** Calendar months within which a signed guideline is to be reviewed. */
  guidelineReviewMonths: z.int().min(1).max(60),
  /** Days before something falls due at which people are told, longest first. */
  noticeDays: z
    .array(z.int().min(1).max(365))
    .min(1)
    .refine((days) => days.every((day, place) => place === 0 || day < (days[place - 1] ?? 0)), {
      message: 'longest first, each once',
    }),
  /** Seconds for which a credential card is good. */
  cardSeconds: z.int().min(10).max(3_600),
  /** How long a proposal waits for a second person; 30 days where it is not said. */
  proposalDays: z.int().min(1).max(365).exactOptional(),
  /** Doses that a model recommends are held against these; none where it is not said. */
  referenceLevels: z.array(referenceLevel).min(1).max(1_000).exactOptional(),
  /** Who may report what was found out later about cases (report, pathology, MDT); no person where it is not said. */
  truth: z
    .strictObject({ ...who, minAssurance: assurance, maxLoginAgeMinutes: loginAge, source: sentence })
    .refine(({ roles, credentials: held }) => roles.length + held.length > 0, 'name a role or a credential')
    .exactOptional(),
  /** Stored objects that are probably AI's, and name no version of the register; locked where it is not said. */
  probableResults: z.enum(['locked', 'shown']).exactOptional(),
  /** What AI machines stored: open to whom it is unlocked for, or held until somebody has accepted it; released where it is not said. */
  storedResults: z.enum(['released', 'held']).exactOptional(),
};

/** A policy file as it stands on disk; unknown keys are refused. */
export const policySchema: z.ZodType<Omit<Policy, 'digest'>> = z.strictObject(policyFields);

const schemeChange = z.strictObject({
  id: name,
  title: scheme.shape.title.exactOptional(),
  professions: scheme.shape.professions.exactOptional(),
  entry: z.array(once).default([]),
  award: z.array(once).default([]),
  continuing: z.array(again).default([]),
  supervisedOnly: z.boolean().exactOptional(),
  source: sentence.exactOptional(),
});

/** No folder before it: a policy and what it extends lie in one folder, and nothing leads out of it. */
export const baseNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.ya?ml$/, 'the name of a .yaml file in the same folder');

/**
 * A policy file that says only what differs from the one it extends. What stands in it takes the place of what has the same name
 * there; what has a new name is added.
 */
export const policyExtensionSchema = z.strictObject({
  extends: baseNameSchema,
  id: name,
  version: policyFields.version,
  /** What of the other file does not hold: `schemes.<id>`, `schemes.<id>.<list>.<id>`, `duties.<function>`, `acts.<act>` …. */
  leaveOut: z.array(z.string().min(1)).default([]),
  adultFromYears: policyFields.adultFromYears.exactOptional(),
  callerInputAllowed: z.boolean().exactOptional(),
  schemes: z.array(schemeChange).default([]),
  duties: z.array(duty).default([]),
  dispositions: z.array(disposition).default([]),
  bodyPartRules: z.array(bodyPartRule).default([]),
  acts: z.array(actRule).default([]),
  attestations: z.array(attestation).default([]),
  holdHours: policyFields.holdHours.exactOptional(),
  guidelineReviewMonths: policyFields.guidelineReviewMonths.exactOptional(),
  noticeDays: policyFields.noticeDays.exactOptional(),
  cardSeconds: policyFields.cardSeconds.exactOptional(),
  proposalDays: policyFields.proposalDays,
  referenceLevels: policyFields.referenceLevels,
  probableResults: policyFields.probableResults,
  storedResults: policyFields.storedResults,
  truth: policyFields.truth,
});
export type PolicyExtension = z.infer<typeof policyExtensionSchema>;
