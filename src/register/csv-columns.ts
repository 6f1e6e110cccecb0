import type { RegisterKind } from '../domain/register-acts.ts';

/** How a value stands in a cell: as it is, or as a list; the names are the members of a list of small objects. */
export type CellForm = 'text' | 'date' | 'number' | 'truth' | 'list' | readonly string[];

/** A column, named as the field is: `scope.modalities` is the member `modalities` of `scope`. */
export interface Column {
  readonly name: string;
  readonly form: CellForm;
}

/** How records of one kind stand in a table. */
export interface Layout {
  readonly columns: readonly Column[];
  /** What a record says even where every cell of it is empty. */
  readonly always: Readonly<Record<string, unknown>>;
  /** A member whose entries stand in a row each; the other cells are then the same in all rows of the record. */
  readonly perRow?: {
    readonly member: string;
    /** Their names in the header begin with it and a point. */
    readonly prefix: string;
    readonly columns: readonly Column[];
  };
}

function columns(form: CellForm, names: string): readonly Column[] {
  return names.split(' ').map((name) => ({ name, form }));
}

const PRACTITIONER: Layout = {
  always: { roles: [], identities: [], scope: {} },
  columns: [
    ...columns('text', 'id name profession professionalBody registrationNumber'),
    ...columns('number', 'band'),
    ...columns('text', 'practiceLevel'),
    ...columns('list', 'roles'),
    ...columns(['provider', 'subject'], 'identities'),
    ...columns('list', 'scope.modalities scope.bodyParts scope.populations'),
  ],
};

const EVIDENCE: Layout = {
  always: {},
  columns: [
    ...columns('text', 'id practitioner type'),
    ...columns('date', 'happenedAt validUntil'),
    ...columns('text', 'attestedBy recordedBy scheme'),
    ...columns('number', 'score credits'),
    ...columns('text', 'modelFamily guideline result'),
    ...columns('number', 'station'),
    ...columns('text', 'unit'),
    ...columns('number', 'count ordinal'),
    ...columns('text', 'caseId criterion'),
    ...columns('list', 'statements'),
    ...columns('text', 'document note ratings'),
  ],
};

const MODEL_VERSION: Layout = {
  always: { intendedUse: {}, releases: [] },
  columns: [
    ...columns('text', 'model version family title vendor digest udi riskClass marking'),
    ...columns('list', 'intendedUse.modalities intendedUse.bodyParts intendedUse.sopClassUids'),
    ...columns('number', 'intendedUse.minAgeYears intendedUse.maxAgeYears'),
    ...columns('number', 'intendedUse.minSliceThicknessMm intendedUse.maxSliceThicknessMm'),
    ...columns('number', 'intendedUse.minKvp intendedUse.maxKvp'),
    ...columns('list', 'intendedUse.orientations'),
    ...columns('text', 'intendedUse.burnedInAnnotation intendedUse.derivedImages'),
    ...columns(['station', 'maker', 'description'], 'recognition'),
    ...columns('text', 'state'),
    ...columns(['site', 'from', 'until', 'signedBy', 'plan'], 'releases'),
    ...columns('date', 'retiredAt'),
    ...columns('text', 'retiredBecause'),
    ...columns('number', 'operatingThreshold'),
    ...columns('text', 'guideline.id guideline.version'),
  ],
  perRow: {
    member: 'endpoints',
    prefix: 'endpoint',
    columns: [
      ...columns(
        'text',
        'function protocol baseUrl endpointModel endpointVersion attestation attestedChecksum writes',
      ),
      ...columns('text', 'nameOnly.baseUrl nameOnly.signedBy input'),
      ...columns('truth', 'simulator'),
      ...columns('number', 'timeoutMs'),
      ...columns('text', 'scoreOutput findingOutput'),
      ...columns('list', 'findings'),
      ...columns(['output', 'quantity', 'unit'], 'doseOutputs'),
      ...columns('number', 'operatingThreshold'),
    ],
  },
};

const APPROVAL: Layout = {
  always: {},
  columns: [
    ...columns('text', 'id practitioner model version'),
    ...columns('list', 'functions'),
    ...columns('text', 'mode'),
    ...columns('date', 'from until'),
    ...columns('text', 'grantedBy supervisor plan'),
    ...columns('list', 'planStudies'),
    ...columns('text', 'carriedFrom endedBecause'),
  ],
};

const STOP_USE: Layout = {
  always: {},
  columns: [
    ...columns('text', 'id model version family site endpoint'),
    ...columns('date', 'from until liftedAt'),
    ...columns('list', 'liftedBy'),
    ...columns('text', 'liftedBecause reason by'),
  ],
};

const GUIDELINE: Layout = {
  always: { links: [], reviews: [], comments: [] },
  columns: [
    ...columns('text', 'id version title digest href'),
    ...columns(['title', 'href'], 'links'),
    ...columns('text', 'draftedBy'),
    ...columns('date', 'draftedAt'),
    ...columns('text', 'signedBy'),
    ...columns('date', 'signedAt effectiveFrom'),
    ...columns(['by', 'at', 'outcome'], 'reviews'),
    ...columns(['by', 'at', 'text'], 'comments'),
  ],
};

const PLAN: Layout = {
  always: {},
  columns: [
    ...columns('text', 'id model version title'),
    ...columns('list', 'studies'),
    ...columns(['id', 'title'], 'script'),
    ...columns('text', 'operator approvedBy'),
    ...columns('date', 'approvedAt'),
    ...columns('text', 'document'),
  ],
};

const ACCEPTANCE_TEST: Layout = {
  always: {},
  columns: [
    ...columns('text', 'id plan item result recordedBy'),
    ...columns('date', 'happenedAt'),
    ...columns('text', 'note document'),
  ],
};

/** The table of each kind; a test holds the columns against the schemas. */
export const LAYOUTS: Readonly<Record<RegisterKind, Layout>> = {
  practitioner: PRACTITIONER,
  evidence: EVIDENCE,
  'model-version': MODEL_VERSION,
  approval: APPROVAL,
  'stop-use': STOP_USE,
  guideline: GUIDELINE,
  plan: PLAN,
  'acceptance-test': ACCEPTANCE_TEST,
};

/** The whole header of a table, in order. */
export function headerOf({ columns: own, perRow }: Layout): readonly string[] {
  const more = perRow?.columns.map(({ name }) => `${perRow.prefix}.${name}`) ?? [];
  return [...own.map(({ name }) => name), ...more];
}
