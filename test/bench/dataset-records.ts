import { createHash } from 'node:crypto';
import { addMonths } from '../../src/domain/calendar.ts';
import type { EvidenceType } from '../../src/domain/evidence-types.ts';
import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import type { RecordChange } from '../../src/register/register-change.ts';

/** How much there is of everything. */
export interface DatasetSize {
  readonly people: number;
  readonly versions: number;
  readonly approvals: number;
  readonly evidence: number;
}

/** What the register must serve. */
export const FULL_SIZE: DatasetSize = { people: 2_000, versions: 300, approvals: 60_000, evidence: 500_000 };

/** The moment at which most of these people are current. */
export const DATASET_NOW = Date.parse('2026-03-10T09:00:00Z');
/** Every login of the data set comes from here; the subject is the person's id. */
export const DATASET_PROVIDER = 'urn:example:identity-provider';

const VERSIONS = ['1.0.0', '2.0.0', '2.1.0'] as const;
const FAMILIES = 30;
/** People who work with the same models. */
const GROUP = 20;
const MODELS_OF_GROUP = 10;
const LEAD = 'p0000';

const at = (monthsAgo: number, minutes = 0): string =>
  new Date(addMonths(DATASET_NOW, -monthsAgo) + minutes * 60_000).toISOString();
const pad = (number: number, digits: number): string => String(number).padStart(digits, '0');
/** As random as ids look, and the same each time. */
const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');
function uuidOf(text: string): string {
  const hex = hexOf(text);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

export const personId = (place: number): string => `p${pad(place, 4)}`;
const isRadiologist = (place: number): boolean => place % 5 < 3;
/** One of twenty is still in training, one of twenty-five has let the declaration lapse. */
const isTrainee = (place: number): boolean => place % GROUP === GROUP - 1;
const isLapsed = (place: number): boolean => place % 25 === 24;

export function* datasetChanges(size: DatasetSize): Generator<RecordChange> {
  for (let place = 0; place < size.people; place += 1) yield practitioner(place);
  for (let place = 0; place < size.versions; place += 1) yield modelVersion(place);
  const pieces = Math.floor(size.evidence / size.people);
  for (let place = 0; place < size.people; place += 1) yield* evidenceOf(place, pieces);
  const approvals = Math.floor(size.approvals / size.people);
  for (let place = 0; place < size.people; place += 1) yield* approvalsOf(place, approvals, size);
}

function practitioner(place: number): RecordChange {
  const id = personId(place);
  const radiologist = isRadiologist(place);
  const record = {
    id,
    name: `Practitioner ${pad(place, 4)}`,
    profession: radiologist ? 'radiologist' : 'radiographer',
    professionalBody: radiologist ? 'GMC' : 'HCPC',
    registrationNumber: radiologist ? pad(7_000_000 + place, 7) : `RA${pad(place, 5)}`,
    ...(radiologist ? {} : { band: 7 }),
    roles: place === 0 ? ['programme-lead'] : [],
    identities: [{ provider: DATASET_PROVIDER, subject: id }],
    scope: {},
  };
  return { kind: 'practitioner', id, record };
}

/** The model of a place among all, and its version. */
function versionAt(place: number): {
  readonly model: string;
  readonly version: string;
  readonly family: string;
} {
  const model = Math.floor(place / VERSIONS.length);
  return {
    model: `model-${pad(model, 3)}`,
    version: VERSIONS[place % VERSIONS.length] ?? '1.0.0',
    family: `family-${pad(model % FAMILIES, 2)}`,
  };
}

function modelVersion(place: number): RecordChange {
  const { model, version, family } = versionAt(place);
  const record = {
    model,
    version,
    family,
    title: `Model ${model}`,
    vendor: 'Example Vendor',
    digest: `sha256:${hexOf(`${model}@${version}`)}`,
    riskClass: 'IIa',
    marking: 'UKCA',
    intendedUse: { modalities: ['CT'], bodyParts: ['CHEST'], minAgeYears: 18 },
    state: 'released',
    releases: [{ site: '*', from: at(24) }],
    operatingThreshold: 0.5,
    guideline: { id: `guideline-${model}`, version: '1' },
    endpoints: [
      {
        function: 'detection',
        protocol: 'oip-v2',
        baseUrl: 'http://127.0.0.1:9',
        endpointModel: model,
        endpointVersion: '1',
        attestation: 'reply',
        input: 'study',
        simulator: false,
        timeoutMs: 5_000,
      },
    ],
  };
  return { kind: 'model-version', id: `${model}@${version}`, record };
}

type Piece = readonly [type: EvidenceType, monthsAgo: number, facts?: Readonly<Record<string, unknown>>];

const repeated = (count: number, make: (place: number) => Piece): readonly Piece[] =>
  Array.from({ length: count }, (_, place) => make(place));

function* evidenceOf(place: number, count: number): Generator<RecordChange> {
  const pieces = [...entry(place), ...(isTrainee(place) ? [] : award(place)), ...upkeep(place)];
  for (let number = 0; number < count; number += 1) {
    yield pieceOf(place, number, pieces[number] ?? everyday(number));
  }
}

/** Nobody enters what is said of themselves, nor grants themselves anything. */
const enteredBy = (place: number): string => (place === 0 ? personId(1) : LEAD);

function pieceOf(place: number, number: number, [type, monthsAgo, facts]: Piece): RecordChange {
  const practitionerId = personId(place);
  const name = `${practitionerId} ${String(number)}`;
  const id = `E-${uuidOf(name)}`;
  const isOwn = ['cpd', 'annual-declaration', 'guideline-acknowledgement'].includes(type);
  const record = {
    id,
    practitioner: practitionerId,
    type,
    happenedAt: at(monthsAgo, number),
    attestedBy: isOwn ? practitionerId : `Assessor ${pad((place * 7 + number) % 200, 3)}`,
    recordedBy: isOwn ? practitionerId : enteredBy(place),
    ...(number % 5 < 3 ? { document: `sha256:${hexOf(`document of ${name}`)}` } : {}),
    ...facts,
  };
  return { kind: 'evidence', id, record };
}

function entry(place: number): readonly Piece[] {
  return [
    ['registration', 60, { validUntil: at(-7), attestedBy: 'Professional register' }],
    isRadiologist(place) ? ['frcr', 72] : ['hcpc-experience', 72, { score: 4 }],
    ['irmer-knowledge', 40],
    ['portfolio', 40],
    ['entry-clearance', 40],
  ];
}

function award(place: number): readonly Piece[] {
  const stations = ['osce-high-stakes-rcr', 'osce-high-stakes-caldicott'] as const;
  const id = personId(place);
  return [
    ['exam-ai-literacy', 39, { score: 80 + (place % 20) }],
    ['reflective-plan', 39],
    ['simulator-fortnight', 38],
    ...repeated(50, (number) => [
      'log-book-case',
      37,
      { ordinal: number + 1, caseId: `c-${uuidOf(`case ${id} ${String(number)}`)}` },
    ]),
    ['mini-cex', 37],
    ['dops', 37],
    ...(isRadiologist(place)
      ? stations.flatMap((type) =>
          repeated(3, (station) => [type, 36, { station: station + 1, result: 'pass' }]),
        )
      : []),
    ['award', 36, { scheme: isRadiologist(place) ? 'rc-ai' : 'ai-operator' }],
  ];
}

function upkeep(place: number): readonly Piece[] {
  const models = modelsOf(place);
  return [
    ...repeated(3, (year): Piece => [
      'annual-declaration',
      (isLapsed(place) ? 14 : 6) + year * 12,
      { statements: [...DECLARATION_STATEMENTS] },
    ]),
    ['cpd', 5, { credits: 20, note: 'National course on imaging AI' }],
    ...models.flatMap((model): readonly Piece[] => [
      ['cpd', 4, { credits: 10, modelFamily: `family-${pad(model % FAMILIES, 2)}` }],
      ['guideline-acknowledgement', 1, { guideline: `guideline-model-${pad(model, 3)}@1` }],
    ]),
    ['active-practice', 1],
    ['audit-led', 1],
    ['board-minutes', 1],
    ['anomaly-log', 1],
    ['usage-log', 1],
  ];
}

/** What comes in month by month. */
function everyday(number: number): Piece {
  const types = ['active-practice', 'usage-log', 'anomaly-log', 'cpd'] as const;
  const type = types[number % types.length] ?? 'usage-log';
  return [type, 2 + (number % 60), type === 'cpd' ? { credits: 1 + (number % 3) } : {}];
}

function modelsOf(place: number): readonly number[] {
  const group = Math.floor(place / GROUP);
  return Array.from({ length: MODELS_OF_GROUP }, (_, number) => (group * MODELS_OF_GROUP + number) % 100);
}

function* approvalsOf(place: number, count: number, { versions }: DatasetSize): Generator<RecordChange> {
  const models = modelsOf(place);
  for (let number = 0; number < count; number += 1) {
    const model = models[number % models.length] ?? 0;
    const { model: name, version } = versionAt(
      (model * VERSIONS.length + Math.floor(number / models.length)) % versions,
    );
    const id = `A-${uuidOf(`approval ${String(place)} ${String(number)}`)}`;
    const record = {
      id,
      practitioner: personId(place),
      model: name,
      version,
      functions: ['detection', 'view'],
      ...(isTrainee(place)
        ? { mode: 'supervised', supervisor: personId(place - 1) }
        : { mode: 'independent' }),
      from: at(12),
      until: at(-12),
      grantedBy: enteredBy(place),
    };
    yield { kind: 'approval', id, record };
  }
}
