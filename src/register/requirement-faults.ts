import type { EvidenceType } from '../domain/evidence-types.ts';
import type { Requirement, Scheme } from '../domain/policy.ts';
import type { Reason } from '../domain/reasons.ts';
import type { Profession } from '../domain/words.ts';
import type { Contradiction } from './extension-faults.ts';
import type { SchemeList } from './policy-origins.ts';

/** Evidence that acts of its own put on record: awards and suspensions. */
export const ROUTED_TYPES: readonly EvidenceType[] = ['award', 'suspension', 'suspension-lifted'];

/** Which types of evidence can say what a requirement asks for; a type that is not listed never does. */
const CARRIERS = {
  minDistinctStation: ['osce-prescribing', 'osce-high-stakes-rcr', 'osce-high-stakes-caldicott', 'local'],
  minDistinctUnit: ['qualification-unit', 'local'],
  consecutive: ['log-book-case'],
  criteria: [
    'mentor-agreement',
    'mentored-scan',
    'guided-injection',
    'qualification',
    'qualification-unit',
    'accreditation',
    'local',
  ],
  statements: ['annual-declaration'],
  minCredits: ['cpd', 'qualification', 'qualification-unit', 'local'],
  minScore: [
    'exam-ai-literacy',
    'hcpc-experience',
    'reflective-plan',
    'essay',
    'team-presentation',
    'mini-cex',
    'dops',
    'osce-prescribing',
    'osce-high-stakes-rcr',
    'osce-high-stakes-caldicott',
    'qualification',
    'qualification-unit',
    'local',
  ],
  perModelFamily: [
    'cpd',
    'active-practice',
    'log-book-case',
    'audit-led',
    'board-minutes',
    'anomaly-log',
    'usage-log',
    'local',
  ],
} as const satisfies Record<string, readonly EvidenceType[]>;
type Carried = keyof typeof CARRIERS;

/** Reasons that tell a person what evidence they lack, each with the types it speaks of. */
const REASON_TYPES: Readonly<Partial<Record<Reason, readonly EvidenceType[]>>> = {
  'declaration-overdue': ['annual-declaration'],
  'cpd-short': ['cpd'],
  'practice-inactive': ['active-practice', 'log-book-case'],
  'audit-overdue': ['audit-led', 'board-minutes'],
  'anomaly-log-missing': ['anomaly-log'],
};

/** Doctors are on no band of Agenda for Change. */
const BANDLESS: readonly Profession[] = ['radiologist', 'registrar'];

type Fault = Contradiction;

/** What keeps anybody from meeting a requirement, or would let anything meet it; paths begin at the requirement. */
export function requirementFaults(
  requirement: Requirement,
  list: SchemeList,
  scheme: Pick<Scheme, 'professions'>,
): readonly Fault[] {
  return [
    ...carrierFaults(requirement),
    ...typeFaults(requirement, list),
    ...reasonFaults(requirement),
    ...bandFaults(requirement, scheme),
  ];
}

function carrierFaults(requirement: Requirement): readonly Fault[] {
  return askedOf(requirement).flatMap(([key, carried]) => {
    const carriers: readonly EvidenceType[] = CARRIERS[carried];
    const message = `nobody could meet this: ${requirement.evidence.join(' and ')} never says it`;
    return requirement.evidence.some((type) => carriers.includes(type)) ? [] : [{ path: [key], message }];
  });
}

function askedOf(requirement: Requirement): readonly (readonly [key: string, carried: Carried])[] {
  const { minDistinct, consecutive, criteria, statements, minCredits, minScore, perModelFamily } =
    requirement;
  const distinct = minDistinct?.field === 'unit' ? 'minDistinctUnit' : 'minDistinctStation';
  const asked: readonly (readonly [isAsked: boolean, key: string, carried: Carried])[] = [
    [minDistinct !== undefined, 'minDistinct', distinct],
    [consecutive, 'consecutive', 'consecutive'],
    [criteria !== undefined, 'criteria', 'criteria'],
    [statements !== undefined, 'statements', 'statements'],
    [minCredits !== undefined, 'minCredits', 'minCredits'],
    [minScore !== undefined, 'minScore', 'minScore'],
    [perModelFamily, 'perModelFamily', 'perModelFamily'],
  ];
  return asked.flatMap(([isAsked, key, carried]) => (isAsked ? [[key, carried] as const] : []));
}

function typeFaults({ evidence, criteria }: Requirement, list: SchemeList): readonly Fault[] {
  const at = (index: number, message: string): Fault => ({ path: ['evidence', index], message });
  return evidence.flatMap((type, index) => {
    if (type === 'suspension' || type === 'suspension-lifted')
      return [at(index, `${type} is no achievement`)];
    if (type === 'award' && (list !== 'award' || evidence.length > 1))
      return [at(index, 'the listing is asked for by itself, in `award`')];
    if (type === 'local' && criteria === undefined)
      return [at(index, 'needs `criteria`: without them, local evidence of anything would do')];
    return [];
  });
}

function reasonFaults({ reason, evidence }: Requirement): readonly Fault[] {
  if (reason === 'requirement-missing') return [];
  const types = REASON_TYPES[reason];
  if (types === undefined) {
    return [{ path: ['reason'], message: `${reason} says nothing of evidence: use requirement-missing` }];
  }
  return evidence.every((type) => types.includes(type))
    ? []
    : [{ path: ['reason'], message: `${reason} speaks of ${types.join(' and ')} only` }];
}

function bandFaults(
  { minBand }: Requirement,
  { professions }: Pick<Scheme, 'professions'>,
): readonly Fault[] {
  if (minBand === undefined || professions.some((profession) => !BANDLESS.includes(profession))) return [];
  return [
    { path: ['minBand'], message: `nobody could meet this: no ${professions.join(' or ')} has a band` },
  ];
}
