import type { SchemeStanding } from '../domain/describe-standing.ts';
import type { Instant } from '../domain/register.ts';
import { dayText } from './day-words.ts';
import type { Tag } from './plain-words.ts';
import { credentialTag } from './register-words.ts';

type RequirementStanding = SchemeStanding['requirements'][number];

/** One thing a scheme asks for, and how it stands. */
export interface RequirementRow {
  readonly title: string;
  readonly tag: Tag;
  /** How far it is, or until when it holds. */
  readonly note: string;
  /** The sentence of the pathway that asks for it. */
  readonly source: string;
  readonly isMet: boolean;
  /** The award itself. */
  readonly isAward: boolean;
}

/** One part of what a credential asks for. */
export interface SchemePart {
  readonly title: string;
  readonly rows: readonly RequirementRow[];
  /** Something is missing, or ends: shown unfolded. */
  readonly isOpen: boolean;
}

/** One credential, and everything it asks for. */
export interface SchemeSection {
  readonly id: string;
  readonly title: string;
  readonly status: Tag;
  /** What the status means for the person, in a sentence. */
  readonly meaning: string;
  readonly source: string;
  readonly parts: readonly SchemePart[];
  /** Open to everybody of the profession, and not begun: shown folded. */
  readonly isFolded: boolean;
  /** What stands between the person and the award, by title. */
  readonly missing: readonly string[];
  /** Everything but the award itself is there, and it is not awarded. */
  readonly isEarned: boolean;
}

const PARTS: Readonly<Record<RequirementStanding['part'], string>> = {
  entry: 'To enter',
  award: 'For the award',
  continuing: 'To keep it',
};

const MEANINGS: Readonly<Record<SchemeStanding['status'], string>> = {
  none: 'Not on this pathway yet.',
  'in-training': 'On the pathway: AI opens in the sandbox and under supervision.',
  current: 'In force: AI opens where an approval stands.',
  lapsed: 'AI is locked. It comes back by itself once what is missing is there.',
  suspended: 'AI is locked until the suspension is lifted.',
};

interface AsOf {
  readonly now: Instant;
  readonly timeZone: string;
}

/** Credentials that are open to a person’s profession; the first of the policy is always unfolded. */
export function schemeSections(standings: readonly SchemeStanding[], asOf: AsOf): readonly SchemeSection[] {
  return standings.map((standing, place) => schemeSection(standing, asOf, place > 0));
}

function schemeSection(standing: SchemeStanding, asOf: AsOf, mayFold: boolean): SchemeSection {
  const { scheme, status, requirements } = standing;
  const parts = (['entry', 'award', 'continuing'] as const).map((part) => {
    const asked = requirements.filter((one) => one.part === part);
    const rows = asked.map((one) => requirementRow(one, status, asOf));
    return { title: partTitle(PARTS[part], rows), rows, isOpen: isPartOpen(part, status, rows) };
  });
  const before = parts.slice(0, 2).flatMap(({ rows }) => rows);
  return {
    id: scheme.id,
    title: scheme.title,
    status: credentialTag(status),
    meaning: MEANINGS[status],
    source: scheme.source,
    parts: parts.filter(({ rows }) => rows.length > 0),
    isFolded: mayFold && !isBegun(standing),
    missing: before.filter(({ isMet, isAward }) => !isMet && !isAward).map(({ title }) => title),
    isEarned: before.every(({ isMet, isAward }) => isAward !== isMet),
  };
}

function partTitle(title: string, rows: readonly RequirementRow[]): string {
  const met = rows.filter(({ isMet }) => isMet).length;
  return `${title}: ${met} of ${rows.length} met`;
}

/** What keeps a credential has dates, so that it is looked at as long as there is one. */
function isPartOpen(
  part: RequirementStanding['part'],
  status: SchemeStanding['status'],
  rows: readonly RequirementRow[],
): boolean {
  if (part === 'continuing') return status !== 'none' && status !== 'in-training';
  return rows.some(({ isMet }) => !isMet);
}

/** Entry alone can be open to a whole profession: one has begun who has anything towards the award, or held it. */
function isBegun({ status, requirements }: SchemeStanding): boolean {
  if (status === 'current' || status === 'lapsed') return true;
  return requirements.some(({ part, have }) => part === 'award' && (have?.count ?? 0) > 0);
}

function requirementRow(
  { requirement, part, met, metUntil, have, family }: RequirementStanding,
  status: SchemeStanding['status'],
  asOf: AsOf,
): RequirementRow {
  const isLater = part === 'continuing' && (status === 'none' || status === 'in-training');
  return {
    title: capitalised(family === undefined ? requirement.title : `${requirement.title}: ${family}`),
    tag: tagOf(met, isLater),
    note: [progressText(requirement, have, met), untilText(met, metUntil, asOf)]
      .filter((text) => text !== '')
      .join('; '),
    source: requirement.source,
    isMet: met,
    isAward: requirement.evidence.includes('award'),
  };
}

/** Titles of policies go on after “still missing”. */
function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function tagOf(met: boolean, isLater: boolean): Tag {
  if (met) return { text: 'Met', colour: 'green' };
  return isLater ? { text: 'Later', colour: 'grey' } : { text: 'Missing', colour: 'red' };
}

/** Where several pieces or credits are asked for, how many there are. */
function progressText(
  { minCount, minCredits, minDistinct }: RequirementStanding['requirement'],
  have: RequirementStanding['have'],
  met: boolean,
): string {
  if (have === undefined || (met && minCredits === undefined)) return '';
  const parts = [
    ...(minCount > 1 ? [`${have.count} of ${minCount}`] : []),
    ...(minCredits === undefined ? [] : [`${have.credits} of ${minCredits} credits`]),
    ...(minDistinct === undefined ? [] : [`${have.distinct} of ${minDistinct.count} ${minDistinct.field}s`]),
  ];
  return parts.join(', ');
}

function untilText(met: boolean, metUntil: Instant | undefined, { now, timeZone }: AsOf): string {
  if (metUntil === undefined) return '';
  if (met) return `until ${dayText(metUntil, timeZone)}`;
  return metUntil <= now ? `fell due on ${dayText(metUntil, timeZone)}` : '';
}
