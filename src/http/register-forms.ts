import { z } from 'zod';
import { EVIDENCE_TYPES, type EvidenceType } from '../domain/evidence-types.ts';
import { parsePractitionerId } from '../domain/identifiers.ts';
import type { Evidence } from '../domain/register.ts';
import {
  AI_FUNCTIONS,
  APPROVAL_MODES,
  DECLARATION_STATEMENTS,
  PROFESSIONS,
  REGISTER_ROLES,
  RESULTS,
} from '../domain/words.ts';
import { MOST_NAMED } from '../ui/approval-forms.ts';
import { typedDetails } from '../ui/evidence-fields.ts';
import { modelName, parsed, versionString } from './api-schemas.ts';
import {
  dayField,
  field,
  formOf,
  lastDayField,
  lineField,
  numberField,
  ticked,
  wholeField,
  wordField,
} from './form-values.ts';

const MAX_SCORE = 1_000;
const MAX_CREDITS = 100;
const MAX_COUNT = 10_000;
const MAX_ORDINAL = 1_000_000;
const MAX_STATIONS = 20;
const MAX_BAND = 9;
/** More logins than these nobody has. */
const MAX_LOGINS = 20;
const CHOOSE = 'is not one of the list';
const GUIDELINE_FAULT = 'is not a name and a version: name@version';

const practitionerId = parsed(parsePractitionerId, 'an identifier in the register');
const recordId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@+~-]{0,191}$/);
/** As the page that the form stood on had it. */
const etag = z.string().max(200);

export const personParams = z.object({ id: practitionerId });
export const typeParams = personParams.extend({ type: z.enum(EVIDENCE_TYPES) });
export const pieceParams = personParams.extend({ piece: recordId });
export const schemeParams = personParams.extend({ scheme: z.string().max(64) });
export const approvalParams = personParams.extend({ approval: recordId });
export const versionParams = z.object({ model: modelName, version: versionString });
export const personVersionParams = personParams.extend({ model: modelName, version: versionString });
export const guidelineParams = z.object({ guideline: z.string().max(64), version: z.string().max(64) });
/** The digest that names what waits, as its address has it: without its `sha256:`. */
export const waitingParams = z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/) });

const MAX_PAGE = 10_000;
const page = z.coerce.number().int().min(1).max(MAX_PAGE).default(1);
export const peopleQuery = z.strictObject({ page });
export const evidenceQuery = z.strictObject({ page, type: z.enum(EVIDENCE_TYPES).optional() });
/** `<model>@<version>`: neither name can hold the sign between them. */
export const chooseQuery = z.strictObject({
  of: z
    .string()
    .transform((text) => text.split('@'))
    .pipe(z.tuple([modelName, versionString]))
    .optional(),
});

export const nameSearchForm = z.strictObject({
  name: z
    .string()
    .trim()
    .max(100, 'takes at most 100 characters')
    .regex(/^\P{Cc}*$/u, 'takes one line of text'),
  clear: z.literal('yes').optional(),
});

export const declarationForm = formOf(
  z.strictObject({
    statements: ticked(z.enum(DECLARATION_STATEMENTS), {
      min: DECLARATION_STATEMENTS.length,
      max: DECLARATION_STATEMENTS.length,
      fault: 'needs all three statements',
    }),
  }),
);

const credits = numberField(0.001, MAX_CREDITS);
export const cpdForm = formOf(
  z.strictObject({
    title: lineField,
    credits,
    happenedAt: dayField,
    modelFamily: wordField.exactOptional(),
    document: lineField.exactOptional(),
  }),
);

export const acknowledgeForm = formOf(
  z.strictObject({
    read: ticked(z.literal('yes'), { min: 1, max: 1, fault: 'needs a tick' }),
  }),
);

export const changedReasonForm = formOf(z.strictObject({ reason: lineField, etag }));
export const suspensionForm = formOf(
  z.strictObject({ scheme: field(wordText(), CHOOSE), reason: lineField }),
);
export const awardForm = formOf(z.strictObject({ document: lineField.exactOptional() }));

function wordText(): z.ZodType<string, string> {
  return z.string().max(64);
}

const codes = field(
  z
    .string()
    .transform((text) => text.split(/[,\s]+/).filter((code) => code !== ''))
    .pipe(z.array(z.string().regex(/^[A-Z0-9_]{1,16}$/)).max(50)),
  'takes codes of capitals and digits with commas between them',
);
const logins = field(
  z
    .string()
    .transform((text) => text.split(/\r?\n/).flatMap(loginOf))
    .pipe(
      z.array(z.strictObject({ provider: z.string().min(1), subject: z.string().min(1) })).max(MAX_LOGINS),
    ),
  'takes one login on each line: the identity provider, a space, and the name',
);

/** The identity provider’s name holds no space; what it calls a person can. */
function loginOf(line: string): readonly { readonly provider: string; readonly subject: string }[] {
  const text = line.trim();
  if (text === '') return [];
  const [provider = ''] = text.split(/\s/, 1);
  return [{ provider, subject: text.slice(provider.length).trim() }];
}

const person = {
  name: lineField,
  profession: field(z.enum(PROFESSIONS), CHOOSE),
  professionalBody: field(z.enum(['GMC', 'HCPC', 'GPhC', 'none']), CHOOSE),
  registrationNumber: wordField.exactOptional(),
  band: wholeField(1, MAX_BAND).exactOptional(),
  practiceLevel: field(z.enum(['enhanced', 'advanced', 'consultant']), CHOOSE).exactOptional(),
  roles: ticked(z.enum(REGISTER_ROLES), { min: 0, max: REGISTER_ROLES.length, fault: CHOOSE }),
  logins: logins.exactOptional(),
  modalities: codes.exactOptional(),
  bodyParts: codes.exactOptional(),
  populations: ticked(z.enum(['adult', 'paediatric']), { min: 0, max: 2, fault: CHOOSE }),
};
function hasNumber(form: {
  readonly professionalBody: string;
  readonly registrationNumber?: string;
}): boolean {
  return form.professionalBody === 'none' || form.registrationNumber !== undefined;
}
const NO_NUMBER = { path: ['registrationNumber'], message: 'is missing' };

export const newPersonForm = formOf(
  z
    .strictObject({
      id: field(practitionerId, 'takes letters, digits, dots, hyphens and underscores only'),
      ...person,
    })
    .refine(hasNumber, NO_NUMBER),
);
export const changePersonForm = formOf(z.strictObject({ etag, ...person }).refine(hasNumber, NO_NUMBER));
export type PersonForm = Omit<z.output<typeof changePersonForm>, 'etag'>;

const evidence = z.strictObject({
  happenedAt: dayField,
  attestedBy: lineField.exactOptional(),
  document: lineField.exactOptional(),
  validUntil: lastDayField.exactOptional(),
  score: numberField(0, MAX_SCORE).exactOptional(),
  credits: credits.exactOptional(),
  result: field(z.enum(RESULTS), CHOOSE).exactOptional(),
  station: wholeField(1, MAX_STATIONS).exactOptional(),
  unit: wordField.exactOptional(),
  count: wholeField(1, MAX_COUNT).exactOptional(),
  ordinal: wholeField(1, MAX_ORDINAL).exactOptional(),
  criterion: wordField.exactOptional(),
  modelFamily: wordField.exactOptional(),
  guideline: field(z.string().regex(/^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+$/), GUIDELINE_FAULT).exactOptional(),
  scheme: wordField.exactOptional(),
  reason: lineField.exactOptional(),
  etag: etag.exactOptional(),
});
type EvidenceSchema = typeof evidence;
export type EvidenceForm = z.output<EvidenceSchema>;

/** The form of a piece of evidence of this kind: what the kind needs has to be there. */
export function addEvidenceForm(type: EvidenceType): z.ZodPreprocess<EvidenceSchema> {
  return formOf(
    wanting(
      typedDetails(type)
        .filter(({ needed }) => needed)
        .map(({ detail }) => detail),
    ),
  );
}

/** The same for one that is corrected, which also says why. */
export function correctEvidenceForm(
  piece: Pick<Evidence, 'type' | 'caseId'>,
): z.ZodPreprocess<EvidenceSchema> {
  const needed = typedDetails(piece.type, piece).filter((one) => one.needed);
  return formOf(wanting([...needed.map(({ detail }) => detail), 'reason', 'etag']));
}

/** Said beside whatever else cannot be read, so that everything is put right at once. */
function wanting(names: readonly (keyof z.output<EvidenceSchema>)[]): EvidenceSchema {
  return names.reduce(
    (schema, name) =>
      schema.refine((form) => form[name] !== undefined, {
        path: [name],
        message: 'is missing',
        when: ({ value }) => typeof value === 'object',
      }),
    evidence,
  );
}

const approval = {
  functions: ticked(z.enum(AI_FUNCTIONS), { min: 1, max: AI_FUNCTIONS.length, fault: 'needs at least one' }),
  mode: field(z.enum(APPROVAL_MODES), CHOOSE),
  supervisor: field(practitionerId, CHOOSE).exactOptional(),
  plan: field(recordId, CHOOSE).exactOptional(),
  from: dayField,
  until: lastDayField,
};
export const approvalForm = formOf(
  z
    .strictObject(approval)
    .refine(({ from, until }) => from < until, { path: ['until'], message: 'is before the first day' })
    .refine(({ mode, supervisor }) => mode !== 'supervised' || supervisor !== undefined, {
      path: ['supervisor'],
      message: 'is missing',
    })
    .refine(({ mode, supervisor }) => mode === 'supervised' || supervisor === undefined, {
      path: ['supervisor'],
      message: 'goes with the mode “Supervised” only',
    })
    .refine(({ mode, plan }) => mode !== 'acceptance' || plan !== undefined, {
      path: ['mode'],
      message: 'needs a plan that this person is to run',
    }),
);

const toVersion = field(versionString, CHOOSE);
const fault = 'needs at least one person';
export const carryOverForm = formOf(
  z.strictObject({ toVersion, practitioners: ticked(practitionerId, { min: 1, max: MOST_NAMED, fault }) }),
);
/** The same where there are too many people to name each, so that it is for all. */
export const carryAllOverForm = formOf(
  z.strictObject({ toVersion, practitioners: ticked(practitionerId, { min: 0, max: 0, fault }) }),
);
