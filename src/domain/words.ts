/**
 * The closed sets of words that the pathway and the product use. One word for one thing: code, API, pages and
 * log all take them from here.
 */

/** What AI is asked to do. `view` is seeing a stored AI result; it is never the function of an endpoint binding. */
export const AI_FUNCTIONS = [
  'triage',
  'detection',
  'segmentation',
  'quantification',
  'report-draft',
  'record-query',
  'prescribing-suggestion',
  'protocol-recommendation',
  'quality-check',
  'view',
] as const;
export type AiFunction = (typeof AI_FUNCTIONS)[number];

/** Functions an endpoint can serve: all but `view`. */
export type EndpointFunction = Exclude<AiFunction, 'view'>;
export const ENDPOINT_FUNCTIONS: readonly EndpointFunction[] = AI_FUNCTIONS.filter(
  (name): name is EndpointFunction => name !== 'view',
);

/** How far an approval lets a practitioner go on their own. */
export const APPROVAL_MODES = ['sandbox', 'acceptance', 'supervised', 'independent'] as const;
export type ApprovalMode = (typeof APPROVAL_MODES)[number];

/** What the human did with an AI result. */
export const DISPOSITIONS = ['accepted', 'edited', 'overridden', 'ignored', 'flagged'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** Dispositions that are a final interpretation (accept, edit, override): they want a smart card. */
export const FINAL_DISPOSITIONS: readonly Disposition[] = ['accepted', 'edited', 'overridden'];

/** Dispositions that let out what AI stored where the policy holds it. */
export const ACCEPTING_DISPOSITIONS: readonly Disposition[] = ['accepted', 'edited'];

/**
 * Whose answer a held result waits for, as whoever asks for it stands to that: theirs, somebody else's, or nobody's, because its case is
 * not known or has nothing to answer.
 */
export const HELD_FOR = ['caller', 'another', 'nobody'] as const;
export type HeldFor = (typeof HELD_FOR)[number];

/** Life of a model version. Stop-use is not a state of it but a record beside it. */
export const MODEL_STATES = ['registered', 'acceptance', 'released', 'retired'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** Computed status of a credential at a moment. `none`: not on the scheme's pathway at all. */
export const CREDENTIAL_STATUSES = ['none', 'in-training', 'current', 'lapsed', 'suspended'] as const;
export type CredentialStatus = (typeof CREDENTIAL_STATUSES)[number];

export const PROFESSIONS = [
  'radiologist',
  'registrar',
  'radiographer',
  'sonographer',
  'physicist',
  'pharmacist',
  'other',
] as const;
export type Profession = (typeof PROFESSIONS)[number];

/** Duties around the register that need no clinical credential. */
export const REGISTER_ROLES = ['programme-lead', 'clinical-director', 'ai-faculty', 'it', 'auditor'] as const;
export type RegisterRole = (typeof REGISTER_ROLES)[number];

/** How strongly a login was proved: 1 password, 2 second factor, 3 smart card (after the levels of NIST SP 800-63B). */
export const ASSURANCES = [1, 2, 3] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** Duty-holders of IR(ME)R 2017; always written irmerDuty, never "practitioner" alone. */
export const IRMER_DUTIES = ['employer', 'referrer', 'practitioner', 'operator'] as const;
export type IrmerDuty = (typeof IRMER_DUTIES)[number];

/** Dialects in which AI endpoints are called: Open Inference Protocol v2, MONAI Label, OpenAI-compatible chat, TorchServe. */
export const PROTOCOLS = ['oip-v2', 'monai-label', 'openai-chat', 'torchserve'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * How an endpoint proves which version answered: each reply says so; the metadata route does, once the reply is there; the checksum of
 * its weights is right before and after the call; or nothing but its name.
 */
export const ATTESTATIONS = ['reply', 'metadata', 'checksum', 'name-only'] as const;
export type Attestation = (typeof ATTESTATIONS)[number];

/** Where the input of a call comes from: the study (read by the endpoint through the gateway) or the caller's tensors. */
export const INPUT_SOURCES = ['study', 'caller'] as const;
export type InputSource = (typeof INPUT_SOURCES)[number];

/**
 * What a bearer token is good for: `images` reads the PACS, `ai` runs AI and sees its results, `records` reads the case
 * log and the counters as far as the person may.
 */
export const TOKEN_SCOPES = ['images', 'ai', 'records'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Class of a device by its risk (UK MDR 2002, Annex IX of Directive 93/42/EEC). */
export const RISK_CLASSES = ['I', 'IIa', 'IIb', 'III'] as const;
export type RiskClass = (typeof RISK_CLASSES)[number];

/** Conformity marking that a version ships with. */
export const MARKINGS = ['UKCA', 'CE', 'UKNI', 'none'] as const;
export type Marking = (typeof MARKINGS)[number];

/** What the annual safety declaration states; one that leaves a statement out declares nothing. */
export const DECLARATION_STATEMENTS = [
  'followed-guidelines',
  'reported-incidents',
  'stayed-in-scope',
] as const;
export type DeclarationStatement = (typeof DECLARATION_STATEMENTS)[number];

/** How a test, a station or an examination ended. One that was not passed stands in the register and counts for nothing. */
export const RESULTS = ['pass', 'fail'] as const;
export type Result = (typeof RESULTS)[number];

/** What the gateway can make of a result whose model makes no object of its own. */
export const RESULT_OBJECTS = ['tid1500', 'segmentation'] as const;
export type ResultObjectKind = (typeof RESULT_OBJECTS)[number];
