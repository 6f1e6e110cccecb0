import type { ActOffer } from '../domain/act-offer.ts';
import type { GuidelineWanted, Profile } from '../domain/profile.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Evidence, Practitioner } from '../domain/register.ts';
import { approvalRow, type ApprovalRow } from './approval-rows.ts';
import { dayText } from './day-words.ts';
import { evidenceRow, type EvidenceRow } from './evidence-rows.ts';
import { evidenceText } from './evidence-words.ts';
import type { Tag } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { levelText, populationText, professionText, roleText } from './register-choices.ts';
import { actDoneText } from './register-words.ts';
import { schemeSections, type SchemeSection } from './standing-rows.ts';

/** Something that is due, or soon will be. */
export interface DueRow {
  readonly title: string;
  readonly day: string;
  readonly tag: Tag;
  /** Where the person puts it right, where there is such a page. */
  readonly way?: WayOut;
}

/** One credential as the profile shows it. */
export interface ProfileScheme extends SchemeSection {
  /** For whoever may award it, once it is earned. */
  readonly award?: WayOut;
}

/** Evidence of one kind: how much there is, and what was last. */
export interface EvidenceGroup {
  readonly title: string;
  readonly count: number;
  readonly href: string;
  readonly newest: EvidenceRow;
}

/** The page of a person in the register. */
export interface ProfilePage {
  readonly isOwn: boolean;
  /** What was done a moment ago. */
  readonly done?: string;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  /** Sentences about suspensions in force. */
  readonly suspensions: readonly string[];
  readonly due: readonly DueRow[];
  readonly guidelines: readonly { readonly title: string; readonly models: string; readonly href?: string }[];
  readonly schemes: readonly ProfileScheme[];
  readonly folded: readonly ProfileScheme[];
  readonly approvals: readonly ApprovalRow[];
  readonly ended: readonly ApprovalRow[];
  readonly evidence: readonly EvidenceGroup[];
  /** Their log-book of supervised cases, for those who may read it. */
  readonly logBook?: WayOut;
  /** What whoever looks can do here. */
  readonly actions: readonly WayOut[];
  /** What signing in more strongly would open. */
  readonly confirm?: WayOut;
}

interface Given {
  readonly profile: Profile;
  readonly timeZone: string;
  /** Whoever looks; undefined where the register is away. */
  readonly reader: (Pick<Practitioner, 'roles'> & { readonly id: string }) | undefined;
  readonly done: RegisterActName | undefined;
  /** To prove more, where that would open something. */
  readonly confirm: WayOut | undefined;
}

/** Turns a profile into what the template shows. */
export function profilePage({ profile, timeZone, reader, done, confirm }: Given): ProfilePage {
  const { practitioner, isOwn, now, names } = profile;
  const sections = schemeSections(profile.standings, { now, timeZone }).map((section) =>
    withAward(section, profile),
  );
  const approvals = profile.approvals.map((one) =>
    approvalRow(one, { names, timeZone, endHref: endHref(profile, one.approval.id) }),
  );
  return {
    isOwn,
    ...(done === undefined ? {} : { done: actDoneText(done) }),
    facts: personFacts(practitioner, isOwn, profile.isPartial),
    suspensions: profile.suspensions.map((piece) => suspensionText(piece, profile, timeZone)),
    due: dueRows(profile, timeZone),
    guidelines: profile.guidelinesWanted.map((one) => guidelineRow(one, isOwn)),
    schemes: sections.filter(({ isFolded }) => !isFolded),
    folded: sections.filter(({ isFolded }) => isFolded),
    approvals: approvals.filter(({ isOver }) => !isOver),
    ended: approvals.filter(({ isOver }) => isOver),
    evidence: evidenceGroups(profile, timeZone),
    ...logBookWay(profile, reader),
    actions: actionsOf(profile),
    ...(confirm === undefined ? {} : { confirm }),
  };
}

/** One's own; another's for those with a duty around the register, and for those who supervise an approval of theirs. */
function logBookWay(profile: Profile, reader: Given['reader']): Pick<ProfilePage, 'logBook'> {
  if (profile.isOwn) return { logBook: { text: 'My log-book of supervised cases', href: '/me/log-book' } };
  const isSupervisor = profile.approvals.some(({ approval }) => approval.supervisor === reader?.id);
  if (reader === undefined || !(isSupervisor || reader.roles.length > 0)) return {};
  return { logBook: { text: 'Their log-book of supervised cases', href: hrefOf(profile, '/log-book') } };
}

/** Whether whoever looks may do an act as they are signed in. */
export function isOpen(offers: readonly ActOffer[], act: RegisterActName): boolean {
  return offers.some((offer) => offer.act === act && offer.reasons.length === 0);
}

function hrefOf({ practitioner }: Profile, path: string): string {
  return `/me/register/people/${practitioner.id}${path}`;
}

function endHref(profile: Profile, approval: string): string | undefined {
  if (profile.isOwn || !isOpen(profile.offers, 'end-approval')) return undefined;
  return hrefOf(profile, `/approvals/${encodeURIComponent(approval)}/end`);
}

function withAward(section: SchemeSection, profile: Profile): ProfileScheme {
  if (!section.isEarned || !isOpen(profile.offers, 'award-credential')) return section;
  return {
    ...section,
    award: { text: `Award ${section.title}`, href: hrefOf(profile, `/award/${section.id}`) },
  };
}

/** Who somebody is, as the register has it. Logins are for those who keep it: where they were left out nothing is said of them. */
export function personFacts(person: Practitioner, isOwn: boolean, isPartial = false): ProfilePage['facts'] {
  const { profession, professionalBody, registrationNumber = '', identities, scope } = person;
  const logins = identities.map(({ provider, subject }) => `${subject} (${provider})`);
  const number = `${professionalBody} ${registrationNumber}`.trimEnd();
  return [
    ...(isOwn ? [] : [{ key: 'Identifier', value: person.id }]),
    { key: 'Profession', value: professionText(profession) },
    ...(professionalBody === 'none' ? [] : [{ key: 'Registered with', value: number }]),
    ...dutyFacts(person),
    { key: 'Scope of practice', value: scopeText(scope) },
    ...(isOwn || isPartial
      ? []
      : [{ key: 'Logins', value: logins.join(', ') || 'None: nobody signs in as this person' }]),
  ];
}

function dutyFacts({ band, practiceLevel, roles }: Practitioner): ProfilePage['facts'] {
  return [
    ...(band === undefined ? [] : [{ key: 'Band', value: String(band) }]),
    ...(practiceLevel === undefined ? [] : [{ key: 'Level of practice', value: levelText(practiceLevel) }]),
    ...(roles.length === 0 ? [] : [{ key: 'Duties', value: roles.map(roleText).join(', ') }]),
  ];
}

function scopeText({ modalities, bodyParts, populations }: Practitioner['scope']): string {
  const parts = [modalities?.join(', '), bodyParts?.join(', '), populations?.map(populationText).join(', ')];
  return parts.filter((part) => part !== undefined).join('; ') || 'No restriction';
}

function suspensionText(piece: Evidence, { standings, names }: Profile, timeZone: string): string {
  const title = standings.find(({ scheme }) => scheme.id === piece.scheme)?.scheme.title;
  const what = piece.scheme === undefined ? 'All AI' : (title ?? piece.scheme);
  const by = names[piece.attestedBy] ?? piece.attestedBy;
  const why = piece.note === undefined ? '' : ` Reason: ${piece.note}`;
  return `${what}: suspended on ${dayText(piece.happenedAt, timeZone)} by ${by}.${why}`;
}

const WAYS: Readonly<Partial<Record<Profile['fallingDue'][number]['kind'], string>>> = {
  declaration: 'Sign it',
  cpd: 'Log CPD',
  'guideline-acknowledgement': 'Read it',
};

/** Guidelines that are wanted now stand by themselves. */
function dueRows({ fallingDue, isOwn, now }: Profile, timeZone: string): readonly DueRow[] {
  return fallingDue
    .filter(({ kind, dueAt }) => kind !== 'guideline-acknowledgement' || dueAt > now)
    .map(({ kind, title, dueAt, notice, href }) => {
      const text = isOwn ? WAYS[kind] : undefined;
      return {
        title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
        day: dayText(dueAt, timeZone),
        tag: noticeTag(notice),
        ...(text === undefined ? {} : { way: { text, href } }),
      };
    });
}

function noticeTag(notice: number | undefined): Tag {
  if (notice === undefined) return { text: 'Later', colour: 'grey' };
  if (notice === 0) return { text: 'Overdue', colour: 'red' };
  return { text: `Within ${notice} days`, colour: notice <= 7 ? 'orange' : 'yellow' };
}

function guidelineRow(
  { id, version, title = id, models }: GuidelineWanted,
  isOwn: boolean,
): ProfilePage['guidelines'][number] {
  const href = `/me/guidelines/${id}/${version}/acknowledge`;
  return { title: `${title}, version ${version}`, models: models.join(', '), ...(isOwn ? { href } : {}) };
}

function evidenceGroups(profile: Profile, timeZone: string): readonly EvidenceGroup[] {
  const { evidence, names, isOwn } = profile;
  const list = isOwn ? '/me/profile/evidence' : hrefOf(profile, '/evidence');
  return [...Map.groupBy(evidence, ({ type }) => type)].flatMap(([type, [newest, ...others]]) =>
    newest === undefined
      ? []
      : [
          {
            title: evidenceText(type),
            count: others.length + 1,
            href: `${list}?type=${type}`,
            newest: evidenceRow(newest, { names, timeZone }),
          },
        ],
  );
}

/** In the order in which they are needed most. */
const ACTIONS: readonly { readonly act: RegisterActName; readonly text: string; readonly path: string }[] = [
  { act: 'declare', text: 'Sign the annual declaration', path: '/me/declaration' },
  { act: 'log-cpd', text: 'Log CPD', path: '/me/cpd' },
  { act: 'attest-evidence', text: 'Add evidence', path: '/add-evidence' },
  { act: 'grant-approval', text: 'Grant an approval', path: '/approve' },
  { act: 'change-practitioner', text: 'Change details', path: '/change' },
  { act: 'suspend', text: 'Suspend', path: '/suspend' },
  { act: 'lift-suspension', text: 'Lift a suspension', path: '/lift-suspension' },
];

function actionsOf(profile: Profile): readonly WayOut[] {
  const { offers, suspensions, attestable, isOwn } = profile;
  return ACTIONS.filter(({ act }) => isOpen(offers, act))
    .filter(({ act }) => act !== 'lift-suspension' || suspensions.length > 0)
    .filter(({ act }) => act !== 'suspend' || suspensions.every(({ scheme }) => scheme !== undefined))
    .filter(({ act }) => act !== 'attest-evidence' || attestable.length > 0)
    .map(({ text, path }) => ({ text, href: isOwn ? path : hrefOf(profile, path) }));
}
