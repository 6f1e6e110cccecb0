import type { EvidenceType } from '../domain/evidence-types.ts';
import type { Requirement, Scheme } from '../domain/policy.ts';
import type { Evidence } from '../domain/register.ts';
import { dayInput, lastDayInput } from './day-words.ts';
import type { Choice, FieldSpec } from './form-page.ts';
import { resultChoices } from './register-choices.ts';

/** What a piece of evidence can say beside what happened when. */
export type EvidenceDetail = Extract<
  keyof Evidence,
  | 'validUntil'
  | 'score'
  | 'credits'
  | 'result'
  | 'station'
  | 'unit'
  | 'count'
  | 'ordinal'
  | 'caseId'
  | 'criterion'
  | 'modelFamily'
  | 'guideline'
  | 'scheme'
>;

interface DetailRule {
  readonly detail: EvidenceDetail;
  /** A piece without it counts for nothing, so that it cannot be left empty. */
  readonly needed: boolean;
  /** Comes from the case log: shown, and never typed. */
  readonly isFromLog?: true;
  readonly label?: string;
  readonly hint?: string;
}

const may = (detail: EvidenceDetail, label?: string, hint?: string): DetailRule =>
  rule(detail, false, [label, hint]);
const must = (detail: EvidenceDetail, label?: string, hint?: string): DetailRule =>
  rule(detail, true, [label, hint]);

function rule(
  detail: EvidenceDetail,
  needed: boolean,
  [label, hint]: readonly [string | undefined, string | undefined],
): DetailRule {
  return {
    detail,
    needed,
    ...(label === undefined ? {} : { label }),
    ...(hint === undefined ? {} : { hint }),
  };
}

const OSCE: readonly DetailRule[] = [must('result'), must('station', 'Station', 'Its number, from 1.')];
const MENTORED: readonly DetailRule[] = [must('count', 'How many'), may('criterion'), may('scheme')];
const PERIODIC: readonly DetailRule[] = [may('modelFamily'), may('scheme')];

/** What each kind of evidence says. */
const DETAILS: Readonly<Record<EvidenceType, readonly DetailRule[]>> = {
  registration: [must('validUntil', 'Last day of the registration')],
  cct: [],
  frcr: [],
  'hcpc-experience': [must('score', 'Years on CT or MRI lists')],
  'irmer-knowledge': [],
  portfolio: [],
  'entry-clearance': [may('scheme')],
  'exam-ai-literacy': [must('score', 'Score', 'In per cent.')],
  'reflective-plan': [must('result')],
  essay: [must('result')],
  'simulator-fortnight': [],
  'log-book-case': [
    must(
      'ordinal',
      'Place in the log-book',
      'From 1. Consecutive cases have consecutive places. Only for a log-book on paper: cases of the gateway are signed off from the log-book that fills itself.',
    ),
    { detail: 'caseId', needed: false, isFromLog: true, label: 'Case in the case log' },
    must('result'),
  ],
  'mini-cex': [must('result')],
  dops: [must('result')],
  'osce-prescribing': [must('result')],
  'osce-high-stakes-rcr': OSCE,
  'osce-high-stakes-caldicott': OSCE,
  'team-presentation': [must('result')],
  award: [must('scheme')],
  'annual-declaration': [may('scheme')],
  cpd: [must('credits'), may('modelFamily')],
  'active-practice': PERIODIC,
  'audit-led': PERIODIC,
  'anomaly-log': PERIODIC,
  'usage-log': PERIODIC,
  'board-minutes': [may('scheme')],
  'guideline-acknowledgement': [must('guideline', 'Guideline', 'Its name and version: name@version.')],
  'mentored-scan': MENTORED,
  'guided-injection': MENTORED,
  'mentor-agreement': [
    must('criterion', 'Which criterion the mentor meets'),
    may('validUntil'),
    may('scheme'),
  ],
  qualification: [must('criterion', 'Which qualification or level'), may('credits')],
  'qualification-unit': [
    must('unit', 'Unit', 'As the awarding body numbers it.'),
    may('credits'),
    must('criterion', 'Which qualification it is a unit of'),
  ],
  accreditation: [must('criterion', 'Route that led to it'), may('validUntil')],
  local: [must('criterion', 'What it is of'), may('count', 'How many'), may('validUntil'), may('scheme')],
  suspension: [may('validUntil'), may('scheme')],
  'suspension-lifted': [may('scheme')],
};

const LABELS: Readonly<Record<EvidenceDetail, string>> = {
  validUntil: 'Last day on which it holds',
  score: 'Score',
  credits: 'Credits',
  result: 'Result',
  station: 'Station',
  unit: 'Unit',
  count: 'How many',
  ordinal: 'Place',
  caseId: 'Case',
  criterion: 'Criterion',
  modelFamily: 'Model family',
  guideline: 'Guideline',
  scheme: 'Counts for',
};

const NUMBER = { kind: 'number', width: 5 } as const;
const TEXT = { kind: 'text', width: 20 } as const;
const DATE = { kind: 'date' } as const;

/** What each is typed into, where it is not chosen from a list. */
const TYPED: Readonly<Record<Exclude<EvidenceDetail, 'caseId'>, Pick<FieldSpec, 'kind' | 'width'>>> = {
  validUntil: DATE,
  score: NUMBER,
  credits: NUMBER,
  result: TEXT,
  station: NUMBER,
  unit: TEXT,
  count: NUMBER,
  ordinal: NUMBER,
  criterion: TEXT,
  modelFamily: TEXT,
  guideline: TEXT,
  scheme: TEXT,
};

/** What a piece of this kind says beside what happened when, and whether it can be left out. */
export function evidenceDetails(type: EvidenceType): readonly Pick<DetailRule, 'detail' | 'needed'>[] {
  return DETAILS[type];
}

/** Those of them that a form asks for. Where the piece is a case of the gateway, its place is the case log's word too. */
export function typedDetails(type: EvidenceType, piece?: Pick<Evidence, 'caseId'>): readonly TypedRule[] {
  const isOfLog = piece?.caseId !== undefined;
  return DETAILS[type].filter(isTyped).filter(({ detail }) => !(isOfLog && detail === 'ordinal'));
}

type TypedDetail = Exclude<EvidenceDetail, 'caseId'>;
type TypedRule = DetailRule & { readonly detail: TypedDetail };

function isTyped(rule: DetailRule): rule is TypedRule {
  return rule.isFromLog === undefined;
}

/** What a detail of this kind of evidence is called. */
export function detailText(type: EvidenceType, detail: EvidenceDetail): string {
  return DETAILS[type].find((one) => one.detail === detail)?.label ?? LABELS[detail];
}

interface Surroundings {
  /** Schemes that are for the person's profession. */
  readonly schemes: readonly Scheme[];
  readonly families: readonly string[];
  /** What stands on record already, where it is corrected. */
  readonly piece?: Evidence;
}

/** The fields of a form for a piece of this kind. */
export function evidenceFields(type: EvidenceType, around: Surroundings): readonly FieldSpec[] {
  const { piece } = around;
  return [
    {
      kind: 'date',
      name: 'happenedAt',
      label: happenedLabel(type),
      ...preset(piece === undefined ? undefined : dayInput(piece.happenedAt)),
    },
    ...typedDetails(type, piece).map((one) => detailField(type, one, around)),
    {
      kind: 'text',
      name: 'attestedBy',
      label: 'Who examined, taught or saw it (optional)',
      hint: 'A name or an office. Left empty, it is you.',
      width: 30,
      ...preset(piece?.attestedBy),
    },
    {
      kind: 'text',
      name: 'document',
      label: 'Document (optional)',
      hint: 'Where it is filed, or its digest: sha256: and 64 hex digits.',
      ...preset(piece?.document),
    },
  ];
}

function happenedLabel(type: EvidenceType): string {
  return type === 'registration' ? 'Registered since' : 'Date';
}

function detailField(
  type: EvidenceType,
  { detail, needed, label = LABELS[detail], hint }: TypedRule,
  around: Surroundings,
): FieldSpec {
  const common = {
    name: detail,
    label: needed ? label : `${label} (optional)`,
    ...(hint === undefined ? {} : { hint }),
    ...preset(presetOf(detail, around.piece)),
  };
  if (detail === 'result') return { ...common, kind: 'radios', choices: resultChoices() };
  const choices = choicesFor(type, detail, around);
  if (choices === undefined) return { ...common, ...TYPED[detail] };
  const empty = { value: '', text: emptyText(detail, needed) };
  return { ...common, kind: 'select', choices: [empty, ...choices] };
}

function emptyText(detail: EvidenceDetail, needed: boolean): string {
  if (needed) return 'Choose one';
  return detail === 'scheme' ? 'Whatever asks for it' : 'None';
}

function preset(value: string | undefined): Pick<FieldSpec, 'preset'> {
  return value === undefined ? {} : { preset: [value] };
}

function presetOf(detail: EvidenceDetail, piece: Evidence | undefined): string | undefined {
  const value = piece?.[detail];
  if (value === undefined) return undefined;
  return detail === 'validUntil' ? lastDayInput(Number(value)) : String(value);
}

/** Undefined where it is typed. */
function choicesFor(
  type: EvidenceType,
  detail: EvidenceDetail,
  { schemes, families, piece }: Surroundings,
): readonly Choice[] | undefined {
  if (detail === 'scheme') return schemes.map(({ id, title }) => ({ value: id, text: title }));
  if (detail === 'modelFamily') return named(families, piece?.modelFamily);
  if (detail !== 'criterion') return undefined;
  const known = criteriaFor(type, schemes);
  return known.length === 0 ? undefined : named(known, piece?.criterion);
}

/** With what stands on record, even if the policy or the register names it no more. */
function named(values: readonly string[], held: string | undefined): readonly Choice[] {
  const all = held === undefined || values.includes(held) ? values : [held, ...values];
  return all.map((value) => ({ value, text: value.replaceAll('-', ' ') }));
}

/** Criteria that the schemes know for this kind of evidence. */
function criteriaFor(type: EvidenceType, schemes: readonly Scheme[]): readonly string[] {
  const all: readonly Requirement[] = schemes.flatMap(({ entry, award, continuing }) => [
    ...entry,
    ...award,
    ...continuing,
  ]);
  const wanted = all.filter(({ evidence }) => evidence.includes(type));
  return [...new Set(wanted.flatMap(({ criteria = [] }) => criteria))];
}
