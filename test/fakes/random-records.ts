import fc from 'fast-check';
import { ATTESTATIONS_OF } from '../../src/domain/attested.ts';
import { EVIDENCE_TYPES } from '../../src/domain/evidence-types.ts';
import { SELF_ATTESTED } from '../../src/domain/evidence-count.ts';
import type { RegisterKind } from '../../src/domain/register-acts.ts';
import * as words from '../../src/domain/words.ts';
import {
  code,
  dates,
  digest,
  href,
  id,
  line,
  manyOf,
  oneOf,
  record,
  slug,
  someOf,
  uid,
  version,
  word,
} from './random-fields.ts';

type Json = Record<string, unknown>;
const BODIES: Readonly<Record<string, string>> = {
  radiologist: 'GMC',
  registrar: 'GMC',
  radiographer: 'HCPC',
  pharmacist: 'GPhC',
};
const practitioner = oneOf(words.PROFESSIONS).chain((profession) =>
  record(
    {
      id: slug,
      name: line,
      profession: fc.constant(profession),
      professionalBody: fc.constant(BODIES[profession] ?? 'none'),
      registrationNumber: word,
      roles: fc.uniqueArray(oneOf(words.REGISTER_ROLES)),
      identities: fc.array(record({ provider: line, subject: line }), { maxLength: 3 }),
      scope: record(
        {},
        { modalities: someOf(code), bodyParts: someOf(code), populations: manyOf(['adult', 'paediatric']) },
      ),
    },
    { band: fc.integer({ min: 1, max: 9 }), practiceLevel: oneOf(['enhanced', 'advanced', 'consultant']) },
  ),
);

/** What some types of evidence say in any case. */
const NEEDED: Readonly<Record<string, Json>> = {
  'annual-declaration': { statements: [...words.DECLARATION_STATEMENTS] },
  'log-book-case': { ordinal: 7 },
  'mentor-agreement': { criterion: 'consultant' },
  accreditation: { criterion: 'portfolio' },
  local: { criterion: 'induction' },
  'qualification-unit': { unit: 'U1' },
};

const evidence = fc
  .tuple(
    dates(2),
    record(
      {
        id,
        practitioner: slug.map((text) => `p.${text}`),
        type: oneOf(EVIDENCE_TYPES.filter((type) => !SELF_ATTESTED.includes(type))),
        attestedBy: line,
        scheme: word,
        score: fc
          .double({ min: 0, max: 1000, noNaN: true })
          .map((score) => (Object.is(score, -0) ? 0 : score)),
        credits: fc.double({ min: 0.1, max: 1000, noNaN: true }),
        guideline: fc.tuple(word, word).map(([name, at]) => `${name}@${at}`),
      },
      {
        recordedBy: slug.map((text) => `r.${text}`),
        modelFamily: word,
        result: oneOf(words.RESULTS),
        station: fc.integer({ min: 1, max: 20 }),
        unit: word,
        count: fc.integer({ min: 1, max: 10_000 }),
        ordinal: fc.integer({ min: 1, max: 1_000_000 }),
        caseId: line,
        ratings: fc.constantFrom('dops;overall=4', 'mini-cex;complexity=low;ai-appraisal=5;overall=3'),
        criterion: word,
        statements: manyOf(words.DECLARATION_STATEMENTS),
        document: line,
        note: line,
      },
    ),
  )
  .map(([[happenedAt, validUntil], rest]) => ({
    ...rest,
    ...NEEDED[String(rest['type'])],
    happenedAt,
    validUntil,
  }));

const SIGNED = { baseUrl: 'http://127.0.0.1:9', signedBy: 'lead' };
const endpoint = record(
  {
    protocol: fc.constant('oip-v2'),
    baseUrl: fc.integer({ min: 1, max: 65_535 }).map((port) => `http://127.0.0.1:${port}`),
    endpointModel: word,
    endpointVersion: word,
    attestation: oneOf(ATTESTATIONS_OF['oip-v2']),
    input: oneOf(words.INPUT_SOURCES),
    simulator: fc.boolean(),
    timeoutMs: fc.integer({ min: 100, max: 600_000 }),
  },
  {
    scoreOutput: line,
    findingOutput: line,
    findings: fc.array(line, { minLength: 1, maxLength: 3 }),
    operatingThreshold: fc.double({ noNaN: true, noDefaultInfinity: true }).map((at) => at + 0),
  },
).map((said) => (said['attestation'] === 'name-only' ? { ...said, nameOnly: SIGNED } : said));
/** What one function's endpoints say besides, or in another way. */
const OF_FUNCTION: Readonly<Record<string, Json>> = {
  'record-query': { protocol: 'openai-chat', attestation: 'name-only', nameOnly: SIGNED },
  'protocol-recommendation': {
    doseOutputs: [
      { output: 'ctdi vol', quantity: 'CTDIvol', unit: 'mGy' },
      { output: 'dap', quantity: 'DAP', unit: 'uGy.m2' },
    ],
  },
};
const endpoints = fc
  .tuple(manyOf(words.ENDPOINT_FUNCTIONS), fc.array(endpoint, { minLength: 9, maxLength: 9 }))
  .map(([functions, made]) =>
    functions.map((name, place) => ({ ...made[place], ...OF_FUNCTION[name], function: name })),
  );
const recognition = record({ station: line }, { maker: line, description: line });
const modelVersion = fc
  .tuple(
    dates(3),
    record(
      {
        model: slug,
        version,
        family: word,
        title: line,
        vendor: line,
        digest,
        intendedUse: record(
          { minAgeYears: fc.integer({ min: 0, max: 17 }) },
          {
            modalities: someOf(code),
            bodyParts: someOf(code),
            sopClassUids: someOf(uid),
            maxAgeYears: fc.constant(18),
            minSliceThicknessMm: fc.integer({ min: 1, max: 5 }),
            maxSliceThicknessMm: fc.constant(5.5),
            minKvp: fc.integer({ min: 40, max: 80 }),
            maxKvp: fc.constant(140),
            orientations: someOf(fc.constantFrom('axial', 'coronal', 'sagittal')),
            burnedInAnnotation: fc.constant('refuse'),
            derivedImages: fc.constant('refuse'),
          },
        ),
        endpoints,
      },
      {
        udi: line,
        riskClass: oneOf(words.RISK_CLASSES),
        marking: oneOf(words.MARKINGS),
        recognition: fc.array(fc.oneof(recognition, record({ description: line })), {
          minLength: 1,
          maxLength: 3,
        }),
        operatingThreshold: fc.double({ noNaN: true, noDefaultInfinity: true }).map((at) => at + 0),
        guideline: record({ id: word, version: word }),
        retiredBecause: line,
      },
    ),
    fc.record(
      { site: fc.oneof(word, fc.constant('*')), signedBy: slug, plan: id },
      { requiredKeys: ['site'] },
    ),
    oneOf(words.MODEL_STATES),
  )
  .map(([[from, until, retiredAt], rest, release, state]) => ({
    ...rest,
    state,
    releases:
      state === 'released' || state === 'retired'
        ? [
            { ...release, from },
            { site: 'b', from, until },
          ]
        : [],
    ...(state === 'retired' ? { retiredAt } : {}),
  }));

const approval = fc
  .tuple(
    dates(2),
    record(
      {
        id,
        practitioner: slug.map((text) => `p.${text}`),
        model: slug,
        version,
        functions: manyOf(words.AI_FUNCTIONS),
        grantedBy: slug.map((text) => `g.${text}`),
      },
      { carriedFrom: id, endedBecause: line },
    ),
    fc.oneof(
      fc.constant<Json>({ mode: 'independent' }),
      record({ mode: fc.constant('supervised'), supervisor: slug.map((text) => `s.${text}`) }),
      record({ mode: fc.constant('acceptance'), plan: id, planStudies: someOf(uid) }),
    ),
  )
  .map(([[from, until], rest, mode]) => ({ ...rest, ...mode, from, until }));

const stopUse = fc
  .tuple(
    dates(3),
    record({ id, model: slug, reason: line, by: slug }, { version, family: word, site: word }),
    fc.boolean(),
    record({}, { liftedBy: someOf(line), liftedBecause: line }),
  )
  .map(([[from, until, liftedAt], rest, isLifted, lifted]) => ({
    ...rest,
    from,
    until,
    ...(isLifted ? { ...lifted, liftedAt } : {}),
  }));

const guideline = fc
  .tuple(
    dates(4),
    record(
      {
        id: word,
        version: word,
        title: line,
        digest,
        links: fc.array(record({ title: line, href }), { maxLength: 3 }),
        draftedBy: slug.map((text) => `d.${text}`),
      },
      { href },
    ),
    fc.array(fc.tuple(slug, line), { maxLength: 3 }),
    fc.option(slug.map((text) => `s.${text}`)),
  )
  .map(([[draftedAt, signedAt, effectiveFrom, at], rest, said, signedBy]) => ({
    ...rest,
    draftedAt,
    ...(signedBy === null ? {} : { signedBy, signedAt, effectiveFrom }),
    reviews: said.map(([by, outcome]) => ({ by, at, outcome })),
    comments: said.map(([by, text]) => ({ by, at, text })),
  }));

const plan = fc
  .tuple(
    dates(1),
    record(
      {
        id,
        model: slug,
        version,
        title: line,
        studies: someOf(uid),
        script: fc.uniqueArray(record({ id: word, title: line }), {
          minLength: 1,
          maxLength: 4,
          selector: (item) => item['id'],
        }),
        operator: slug.map((text) => `o.${text}`),
        approvedBy: slug.map((text) => `a.${text}`),
      },
      { document: line },
    ),
  )
  .map(([[approvedAt], rest]) => ({ ...rest, approvedAt }));

const acceptanceTest = fc
  .tuple(
    dates(1),
    record(
      { id, plan: id, item: word, result: oneOf(words.RESULTS), recordedBy: slug },
      { note: line, document: line },
    ),
  )
  .map(([[happenedAt], rest]) => ({ ...rest, happenedAt }));

/** Random records of every kind that keep to their schema, and are hard on a table. */
export const RANDOM_RECORDS: Readonly<Record<RegisterKind, fc.Arbitrary<Json>>> = {
  practitioner,
  evidence,
  'model-version': modelVersion,
  approval,
  'stop-use': stopUse,
  guideline,
  plan,
  'acceptance-test': acceptanceTest,
};
