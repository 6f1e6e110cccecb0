import type { ActOffer } from './act-offer.ts';
import { suspensionOf } from './credential-status.ts';
import { currentGuideline } from './current-guideline.ts';
import { daysInMs, type DueItem } from './due-item.ts';
import { describeStanding, type SchemeStanding } from './describe-standing.ts';
import type { EvidenceType } from './evidence-types.ts';
import { fallingDue } from './falling-due.ts';
import { standingOfPerson } from './person-standing.ts';
import type {
  Approval,
  Evidence,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
} from './register.ts';

/** An approval, with what it is for. */
export interface ApprovalOverview {
  readonly approval: Approval;
  /** Title of the model version; absent when the register holds no such version. */
  readonly title?: string;
  readonly modelState?: ModelVersion['state'];
  readonly phase: 'in-force' | 'not-started' | 'ended';
}

/** A guideline to be read and acknowledged, and for which models. */
export interface GuidelineWanted {
  readonly id: string;
  readonly version: string;
  /** Absent while no version of it has been signed off here; so are the next ones. */
  readonly title?: string;
  /** Where people read it. */
  readonly href?: string;
  readonly digest?: string;
  /** What it rests on. */
  readonly links: readonly { readonly title: string; readonly href: string }[];
  /** Exact versions, as `<model> <version>`. */
  readonly models: readonly string[];
}

/** Everything the register knows of a person that a person needs to see: what stands, what falls due, and why. */
export interface Profile {
  readonly now: Instant;
  readonly practitioner: Practitioner;
  /** The number and logins are left out: they are not for whoever looks. */
  readonly isPartial?: boolean;
  /** Entity tag of the person's own record. */
  readonly etag: string;
  /** Whoever looks is the person. */
  readonly isOwn: boolean;
  /** One for each scheme that is for the person's profession. */
  readonly standings: readonly SchemeStanding[];
  /** In force: of the person, then of single credentials. */
  readonly suspensions: readonly Evidence[];
  /** In force first, then those to come, then those that ended, the newest first. */
  readonly approvals: readonly ApprovalOverview[];
  /** Newest first. */
  readonly evidence: readonly Evidence[];
  readonly guidelinesWanted: readonly GuidelineWanted[];
  /** Within the longest notice of the policy, and what is overdue, in the order of its dates. */
  readonly fallingDue: readonly DueItem[];
  /** What whoever looks may do about this person. */
  readonly offers: readonly ActOffer[];
  /** Kinds of evidence that whoever looks may put on record for this person. */
  readonly attestable: readonly EvidenceType[];
  /** Families of all models in the register. */
  readonly families: readonly string[];
  /** Names of everybody in the register who is mentioned, by their identifiers. */
  readonly names: Readonly<Record<string, string>>;
}

type Described = Omit<
  Profile,
  'now' | 'practitioner' | 'isPartial' | 'etag' | 'isOwn' | 'offers' | 'attestable'
>;

/** What the register says of a person at a moment. */
export function describePerson(
  register: RegisterSnapshot,
  practitioner: Practitioner,
  now: Instant,
): Described {
  const evidence = newestFirst(register.evidenceOf(practitioner.id));
  const approvals = overviewsOf(register, practitioner, now);
  const standings = describeStanding({ register, practitioner, now });
  const mentioned = [
    ...evidence.flatMap(({ attestedBy, recordedBy }) => [attestedBy, recordedBy]),
    ...approvals.flatMap(({ approval }) => [approval.grantedBy, approval.supervisor]),
  ];
  return {
    standings,
    suspensions: [undefined, ...standings.map(({ scheme }) => scheme.id)].flatMap(
      (scheme) => suspensionOf(evidence, scheme, now) ?? [],
    ),
    approvals,
    evidence,
    guidelinesWanted: guidelinesWanted(register, practitioner, now),
    fallingDue: fallingDue(register, now, now + daysInMs(longestNotice(register)), practitioner.id),
    families: [...new Set(register.modelVersions().map(({ family }) => family))].toSorted(),
    names: namesIn(register, mentioned),
  };
}

function longestNotice({ policy }: RegisterSnapshot): number {
  return Math.max(...policy.noticeDays);
}

/** Names of those identifiers that are people in the register. */
export function namesIn(
  register: RegisterSnapshot,
  ids: readonly (string | undefined)[],
): Readonly<Record<string, string>> {
  const wanted = new Set(ids);
  return Object.fromEntries(
    register
      .practitioners()
      .filter(({ id }) => wanted.has(id))
      .map(({ id, name }) => [id, name]),
  );
}

/** Evidence in the order in which people look at it: what happened last, first. */
export function newestFirst(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.toSorted((a, b) => b.happenedAt - a.happenedAt || compareNames(b.id, a.id));
}

/** So that the order never depends on that of the register. */
function compareNames(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

const PHASES: readonly ApprovalOverview['phase'][] = ['in-force', 'not-started', 'ended'];

function overviewsOf(
  register: RegisterSnapshot,
  { id }: Practitioner,
  now: Instant,
): readonly ApprovalOverview[] {
  const all = register.approvalsOf(id).map((approval) => approvalOverview(register, approval, now));
  return PHASES.flatMap((phase) =>
    all
      .filter((one) => one.phase === phase)
      .toSorted((a, b) => b.approval.from - a.approval.from || compareNames(a.approval.id, b.approval.id)),
  );
}

/** An approval with what the register knows of its model version. */
export function approvalOverview(
  register: RegisterSnapshot,
  approval: Approval,
  now: Instant,
): ApprovalOverview {
  const known = register.modelVersion(approval.model, approval.version);
  const about = known === undefined ? {} : { title: known.title, modelState: known.state };
  return { approval, ...about, phase: phaseOf(approval, now) };
}

function phaseOf({ from, until }: Approval, now: Instant): ApprovalOverview['phase'] {
  if (until <= now) return 'ended';
  return from > now ? 'not-started' : 'in-force';
}

/** Guidelines of the models that a person is or will be approved for, which they have not acknowledged as they stand now. */
function guidelinesWanted(
  register: RegisterSnapshot,
  practitioner: Practitioner,
  now: Instant,
): readonly GuidelineWanted[] {
  const known = new Set(
    register
      .approvalsOf(practitioner.id)
      .filter(({ until }) => until > now)
      .map(({ model, version }) => register.modelVersion(model, version)),
  );
  const { acknowledged } = standingOfPerson(register, practitioner, now);
  const wanted = new Map<string, GuidelineWanted>();
  for (const one of known) {
    const guideline = one === undefined ? undefined : guidelineOf(register, one, now);
    if (guideline === undefined) continue;
    const key = `${guideline.id}@${guideline.version}`;
    const others = wanted.get(key)?.models ?? [];
    wanted.set(key, { ...guideline, models: [...others, ...guideline.models] });
  }
  return [...wanted.values()].filter(({ id, version }) => acknowledged.get(id)?.includes(version) !== true);
}

/** The version that was signed off last is the one to acknowledge; before the first, the one that the model names. */
function guidelineOf(
  register: RegisterSnapshot,
  known: ModelVersion,
  now: Instant,
): GuidelineWanted | undefined {
  if (known.guideline === undefined || known.state === 'retired') return undefined;
  const { id } = known.guideline;
  const models = [`${known.model} ${known.version}`];
  const current = currentGuideline(register, id, now);
  if (current === undefined) return { ...known.guideline, links: [], models };
  const { version, title, href, digest, links } = current;
  return { id, version, title, ...(href === undefined ? {} : { href }), digest, links, models };
}
