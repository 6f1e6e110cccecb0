import type { SeriesFacts } from '../../src/domain/dicom/series-facts.ts';
import { ATTESTATION_ROWS } from './attestation-rows.ts';
import {
  aBinding,
  aTextBinding,
  aStudy,
  MODEL,
  modelName,
  NOW,
  SITE,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';
import { approvals, versions, use, withoutKey, DAY_MS, type ReasonRow } from './reason-given.ts';

const policy = shippedPolicy();

const SERIES: SeriesFacts = {
  modality: 'CT',
  sliceThicknessMm: { min: 1, max: 1 },
  kvp: { min: 120, max: 120 },
  orientation: 'axial',
  burnedIn: false,
  derived: false,
};

/** A text has no place for what the register says is read from an answer, or made of it. */
const TEXT_ROWS = [
  aBinding(),
  aTextBinding({ findingOutput: 'finding' }),
  aTextBinding({ doseOutputs: [{ output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' }] }),
  aTextBinding({ writes: 'tid1500' }),
].map((binding, place): ReasonRow => ({
  name: `a text alone is asked for, of an endpoint that gives more (${String(place)})`,
  code: 'function-not-offered',
  question: { wants: 'text' },
  parts: versions({ endpoints: [binding] }),
}));

/** The model's life, its use, what answered and what goes in. */
export const MODEL_ROWS: readonly ReasonRow[] = [
  { name: 'a model that nobody registered', code: 'model-unknown', question: { model: modelName('other') } },
  {
    name: 'a version whose record was taken back, its approval left over',
    code: 'model-unknown',
    also: ['simulator-only'],
    question: { study: aStudy({ simulator: true }) },
    parts: { modelVersions: [], approvals: approvals({ mode: 'sandbox' }) },
  },
  {
    name: 'an unknown version while everything is stopped',
    code: 'model-unknown',
    also: ['stop-use'],
    parts: { modelVersions: [], stopUses: [{ id: 's', from: NOW, reason: 'drift', by: 'somebody' }] },
  },
  {
    name: 'a function without an endpoint',
    code: 'function-not-offered',
    also: ['approval-missing'],
    question: { function: 'triage' },
  },
  ...TEXT_ROWS,
  { name: 'registered only', code: 'not-released', parts: versions({ state: 'registered' }) },
  { name: 'in acceptance', code: 'not-released', parts: versions({ state: 'acceptance', releases: [] }) },
  {
    name: 'released from tomorrow',
    code: 'not-released',
    parts: versions({ releases: [{ site: SITE, from: NOW + DAY_MS }] }),
  },
  {
    name: 'released until this minute',
    code: 'not-released',
    parts: versions({ releases: [{ site: SITE, from: NOW - DAY_MS, until: NOW }] }),
  },
  {
    name: 'released elsewhere',
    code: 'not-released-at-site',
    parts: versions({ releases: [{ site: 'elsewhere', from: NOW - DAY_MS }] }),
  },
  {
    name: 'retired, dated tomorrow by a clock that was ahead',
    code: 'model-retired',
    parts: versions({ state: 'retired', retiredAt: NOW + DAY_MS }),
  },
  { name: 'retired', code: 'model-retired', parts: versions({ state: 'retired', retiredAt: NOW }) },
  { name: 'retired, nobody says when', code: 'model-retired', parts: versions({ state: 'retired' }) },
  {
    name: 'a stop-use of the version',
    code: 'stop-use',
    parts: {
      stopUses: [
        { id: 's', model: MODEL, version: VERSION, from: NOW, reason: 'misses nodules', by: 'somebody' },
      ],
    },
  },
  {
    name: 'a stop-use of the family',
    code: 'stop-use',
    parts: { stopUses: [{ id: 's', family: 'lung-ct', from: NOW, reason: 'drift', by: 'somebody' }] },
  },
  {
    name: 'a stop-use of the site, lifted tomorrow',
    code: 'stop-use',
    parts: {
      stopUses: [{ id: 's', site: SITE, from: NOW, liftedAt: NOW + DAY_MS, reason: 'drift', by: 'somebody' }],
    },
  },
  {
    name: 'a stop-use that a clock dated tomorrow',
    code: 'stop-use',
    parts: { stopUses: [{ id: 's', model: MODEL, from: NOW + DAY_MS, reason: 'drift', by: 'somebody' }] },
  },
  {
    name: 'an operator’s hold, until the next minute',
    code: 'stop-use',
    parts: {
      stopUses: [{ id: 's', model: MODEL, from: NOW, until: NOW + 1, reason: 'drift', by: 'somebody' }],
    },
  },
  {
    name: 'a stop-use of another site, while nobody knows which site this is',
    code: 'stop-use',
    also: ['site-unknown'],
    question: { study: withoutKey('site') },
    parts: { stopUses: [{ id: 's', site: 'elsewhere', from: NOW, reason: 'drift', by: 'somebody' }] },
  },
  { name: 'a study of no known site', code: 'site-unknown', question: { study: withoutKey('site') } },
  { name: 'no study open', code: 'context-missing', question: { study: undefined } },
  { name: 'no body part', code: 'context-missing', question: { study: aStudy({ bodyParts: [] }) } },
  { name: 'no age', code: 'context-missing', question: { study: withoutKey('ageYears') } },
  {
    name: 'MR to a CT model',
    code: 'modality-outside-use',
    question: { study: aStudy({ modalities: ['MR'] }) },
  },
  {
    name: 'a foot to a lung model',
    code: 'body-part-outside-use',
    question: { study: aStudy({ bodyParts: ['FOOT'] }) },
  },
  { name: 'one year too young', code: 'age-outside-use', question: { study: aStudy({ ageYears: 17 }) } },
  {
    name: 'at the upper limit, which is exclusive',
    code: 'age-outside-use',
    question: { study: aStudy({ ageYears: 57 }) },
    parts: use({ maxAgeYears: 57 }),
  },
  {
    name: 'objects of another class',
    code: 'sop-class-outside-use',
    parts: use({ sopClassUids: ['1.2.840.10008.5.1.4.1.1.4'] }),
  },
  {
    name: 'no series was looked at, and the model limits slices',
    code: 'context-missing',
    parts: use({ maxSliceThicknessMm: 3 }),
  },
  {
    name: 'slices too thick',
    code: 'slice-thickness-outside-use',
    question: { study: aStudy({ series: [{ ...SERIES, sliceThicknessMm: { min: 1, max: 5 } }] }) },
    parts: use({ maxSliceThicknessMm: 3 }),
  },
  {
    name: 'a tube of less kilovolts',
    code: 'kvp-outside-use',
    question: { study: aStudy({ series: [SERIES] }) },
    parts: use({ minKvp: 120.5 }),
  },
  {
    name: 'coronal slices to a model for axial ones',
    code: 'orientation-outside-use',
    question: { study: aStudy({ series: [{ ...SERIES, orientation: 'coronal' }] }) },
    parts: use({ orientations: ['axial'] }),
  },
  {
    name: 'text burned into the images',
    code: 'burned-in-text-outside-use',
    question: { study: aStudy({ series: [{ ...SERIES, burnedIn: true }] }) },
    parts: use({ burnedInAnnotation: 'refuse' }),
  },
  {
    name: 'reformatted images to a model for original ones',
    code: 'derived-images-outside-use',
    question: { study: aStudy({ series: [{ ...SERIES, derived: true }] }) },
    parts: use({ derivedImages: 'refuse' }),
  },
  {
    name: 'each limit met by another series',
    code: 'series-outside-use',
    question: {
      study: aStudy({
        series: [
          { ...SERIES, kvp: { min: 80, max: 80 } },
          { ...SERIES, orientation: 'sagittal' },
        ],
      }),
    },
    parts: use({ minKvp: 100, orientations: ['axial'] }),
  },
  ...ATTESTATION_ROWS,
  {
    name: "the caller's images to a binding that reads the study",
    code: 'caller-input-not-allowed',
    question: { input: 'caller' },
  },
  {
    name: "the caller's images where the policy takes none",
    code: 'caller-input-not-allowed',
    question: { input: 'caller' },
    parts: versions({ endpoints: [aBinding({ input: 'caller' })] }),
  },
  {
    name: 'no images to a binding that wants them',
    code: 'caller-input-missing',
    parts: {
      ...versions({ endpoints: [aBinding({ input: 'caller' })] }),
      policy: { ...policy, callerInputAllowed: true },
    },
  },
];
