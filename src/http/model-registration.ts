import type { Router } from 'express';
import { z } from 'zod';
import { ATTESTATIONS_OF, saysVersion } from '../domain/attested.ts';
import {
  ATTESTATIONS,
  ENDPOINT_FUNCTIONS,
  INPUT_SOURCES,
  MARKINGS,
  PROTOCOLS,
  RESULT_OBJECTS,
  RISK_CLASSES,
  type EndpointFunction,
} from '../domain/words.ts';
import { DOSE_PROTOCOLS, DOSE_QUANTITIES, DOSE_UNITS, isUnitOf } from '../domain/dose.ts';
import { ORIENTATIONS } from '../domain/dicom/series-facts.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { ModelChoices } from '../flows/read-models.ts';
import { registrationFields, registrationPage } from '../ui/registration-form.ts';
import { modelName, versionString } from './api-schemas.ts';
import { addFormDoor } from './form-door.ts';
import { field, formOf, lineField, numberField, ticked, wordField } from './form-values.ts';
import { addressField, guidelineNamed, waitField } from './model-forms.ts';
import { offerIn } from './offered-act.ts';
import type { PageContext, PageDeps } from './page-context.ts';

const MAX_FIELDS = 45;
const OFFERED = {
  protocols: PROTOCOLS,
  proofs: ATTESTATIONS,
  proofsOf: ATTESTATIONS_OF,
  objects: RESULT_OBJECTS,
};
const MAX_AGE = 150;
const MAX_MEASURE = 1_000;
const MAX_THRESHOLD = 999_999;
const CHOOSE = 'is not one of the list';

const codes = field(
  z
    .string()
    .transform((text) => text.split(/[,\s]+/).filter((code) => code !== ''))
    .pipe(z.array(z.string().regex(/^[A-Z0-9_]{1,16}$/)).max(50)),
  'takes codes of capitals and digits with commas between them',
);
const words = field(
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    )
    .pipe(z.array(z.string().regex(/^[^\p{Cc}]{1,200}$/u)).max(100)),
  'takes words with commas between them',
);

/** `name quantity unit`, with commas between several: the name of an output may hold spaces, the words after it do not. */
const doses = field(
  z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim().split(/\s+/)))
    .transform((rows) => rows.map((row) => [row.slice(0, -2).join(' '), ...row.slice(-2)]))
    .pipe(
      z
        .array(
          z
            .tuple([z.string().min(1), z.enum(DOSE_QUANTITIES), z.enum(DOSE_UNITS)])
            .refine(([, quantity, unit]) => isUnitOf(quantity, unit)),
        )
        .max(20),
    )
    .transform((rows) => rows.map(([output, quantity, unit]) => ({ output, quantity, unit }))),
  'takes an output, a quantity and its unit each, with commas between them: ctdi CTDIvol mGy',
);

/** A word of the closed set of what an endpoint serves. */
function isServed(text: string): text is EndpointFunction {
  return ENDPOINT_FUNCTIONS.some((name) => name === text);
}

const digestField = field(
  z.string().regex(/^sha256:[0-9a-f]{64}$/),
  'is not a digest: sha256: and 64 hex digits in small letters',
);

const endpoint = {
  function: field(z.string().refine(isServed), CHOOSE),
  protocol: field(z.enum(PROTOCOLS), CHOOSE),
  baseUrl: addressField,
  endpointModel: wordField,
  endpointVersion: wordField,
  attestation: field(z.enum(ATTESTATIONS), CHOOSE),
  attestedChecksum: digestField.exactOptional(),
  input: field(z.enum(INPUT_SOURCES), CHOOSE),
  timeoutMs: waitField,
  scoreOutput: lineField.exactOptional(),
  findingOutput: lineField.exactOptional(),
  findings: words.exactOptional(),
  doseOutputs: doses.exactOptional(),
  writes: field(z.enum(RESULT_OBJECTS), CHOOSE).exactOptional(),
};

/** Of how the images of a series were made. */
const seriesLimits = {
  minSliceThicknessMm: numberField(0.001, MAX_MEASURE).exactOptional(),
  maxSliceThicknessMm: numberField(0.001, MAX_MEASURE).exactOptional(),
  minKvp: numberField(1, MAX_MEASURE).exactOptional(),
  maxKvp: numberField(1, MAX_MEASURE).exactOptional(),
  orientations: ticked(z.enum(ORIENTATIONS), { min: 0, max: ORIENTATIONS.length, fault: CHOOSE }),
  burnedInAnnotation: field(z.literal('refuse'), CHOOSE).exactOptional(),
  derivedImages: field(z.literal('refuse'), CHOOSE).exactOptional(),
};

/** Replies of a chat name the model alone. */
function isSilentReply({
  protocol,
  attestation,
  ...names
}: Pick<EndpointBinding, 'protocol' | 'attestation' | 'endpointModel' | 'endpointVersion'>): boolean {
  return protocol === 'openai-chat' && attestation === 'reply' && !saysVersion(names);
}

function isRecommending({ function: name }: Pick<EndpointBinding, 'function'>): boolean {
  return name === 'protocol-recommendation';
}

const registrationForm = formOf(
  z
    .strictObject({
      title: lineField,
      model: field(modelName, 'takes letters, digits, dots, hyphens and underscores only'),
      version: field(versionString, 'is not an exact version; “latest” is none'),
      family: wordField,
      vendor: lineField,
      digest: digestField,
      udi: lineField.exactOptional(),
      riskClass: field(z.enum(RISK_CLASSES), CHOOSE).exactOptional(),
      marking: field(z.enum(MARKINGS), CHOOSE).exactOptional(),
      modalities: codes.exactOptional(),
      bodyParts: codes.exactOptional(),
      minAgeYears: numberField(0, MAX_AGE).exactOptional(),
      maxAgeYears: numberField(0, MAX_AGE).exactOptional(),
      ...seriesLimits,
      ...endpoint,
      operatingThreshold: numberField(0, MAX_THRESHOLD).exactOptional(),
      guideline: guidelineNamed.exactOptional(),
    })
    .refine(({ minAgeYears = 0, maxAgeYears = Infinity }) => minAgeYears < maxAgeYears, {
      path: ['maxAgeYears'],
      message: 'is not above the age before it',
    })
    .refine(({ protocol, attestation }) => ATTESTATIONS_OF[protocol].includes(attestation), {
      path: ['attestation'],
      message: 'is nothing that this protocol has',
    })
    .refine((form) => !isSilentReply(form), {
      path: ['attestation'],
      message: 'cannot be its reply: its own name for the model does not end in the version',
    })
    .refine(
      ({ attestation, attestedChecksum }) => attestedChecksum === undefined || attestation === 'checksum',
      {
        path: ['attestedChecksum'],
        message: 'stands only where a checksum proves the version',
      },
    )
    .refine((form) => !isRecommending(form) || DOSE_PROTOCOLS.includes(form.protocol), {
      path: ['protocol'],
      message: 'is one from which no dose is read',
    })
    .refine((form) => !isRecommending(form) || form.doseOutputs !== undefined, {
      path: ['doseOutputs'],
      message: 'is missing: what recommends a protocol recommends a dose',
    })
    .refine((form) => form.function !== 'record-query' || form.protocol === 'openai-chat', {
      path: ['protocol'],
      message: 'has no place that says whose records are asked about: choose the chat',
    })
    .refine(({ writes, protocol }) => writes === undefined || protocol !== 'openai-chat', {
      path: ['writes'],
      message: 'is nothing that can be made of a chat',
    }),
);
type RegistrationForm = z.output<typeof registrationForm>;

/** Adds the form that registers a version with one endpoint. */
export function addRegistration(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/models/new',
    section: 'register',
    title: 'Register a model version',
    open: ({ evidence, signal }: PageContext) => deps.flows.readModelChoices({ evidence }, signal),
    offer: offerIn('register-model'),
    fields: ({ guidelines }: ModelChoices) => registrationFields({ guidelines, ...OFFERED }),
    schema: registrationForm,
    page: (_choices, shown) => registrationPage(shown),
    act: (_choices, form) => ({
      act: { act: 'register-model', modelVersion: versionRecord(form, deps.simulator) },
      ifMatch: { kind: 'model-version', id: `${form.model}@${form.version}`, etag: '' },
    }),
    next: () => '/me/register/models',
    maxFields: MAX_FIELDS,
  });
}

/** A version as an import file writes it. */
function versionRecord(form: RegistrationForm, simulator: boolean) {
  const { title, model, version, family, vendor, digest, udi, riskClass, marking, guideline } = form;
  const { modalities, bodyParts, minAgeYears, maxAgeYears, operatingThreshold } = form;
  return {
    ...{ model, version, family, title, vendor, digest },
    ...stated({ udi, riskClass, marking, guideline, operatingThreshold }),
    intendedUse: stated({ modalities, bodyParts, minAgeYears, maxAgeYears, ...seriesLimitsOf(form) }),
    state: 'registered',
    releases: [],
    endpoints: [{ ...endpointOf(form), simulator }],
  };
}

function endpointOf(form: RegistrationForm) {
  const { function: name, protocol, baseUrl, endpointModel, endpointVersion } = form;
  const { attestation, attestedChecksum, input, timeoutMs } = form;
  const { scoreOutput, findingOutput, findings, doseOutputs, writes } = form;
  return {
    ...{ function: name, protocol, baseUrl, endpointModel, endpointVersion, attestation, input, timeoutMs },
    ...stated({ attestedChecksum, scoreOutput, findingOutput, findings, doseOutputs, writes }),
  };
}

function seriesLimitsOf(form: RegistrationForm) {
  const { minSliceThicknessMm, maxSliceThicknessMm, minKvp, maxKvp } = form;
  const { orientations, burnedInAnnotation, derivedImages } = form;
  return {
    ...{ minSliceThicknessMm, maxSliceThicknessMm, minKvp, maxKvp, burnedInAnnotation, derivedImages },
    orientations: orientations.length === 0 ? undefined : orientations,
  };
}

/** Without what the form left empty. */
function stated(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
