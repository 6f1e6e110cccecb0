import type { PractitionerId } from './identifiers.ts';
import { isOpenInPrinciple } from './open-in-principle.ts';
import { standingOfPerson } from './person-standing.ts';
import type { Scheme } from './policy.ts';
import type { Approval, Instant, Practitioner, RegisterSnapshot } from './register.ts';
import { createStandingMemo } from './standing-memo.ts';
import { AI_FUNCTIONS, type AiFunction } from './words.ts';

/** How many people have something before a change and after it, and who is no longer, or newly, among them. */
export interface PolicyEffect {
  /** A credential's id or a function. */
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly loses: readonly PractitionerId[];
  readonly gains: readonly PractitionerId[];
}

/** What another policy would make of the people in the register, at one moment. */
export interface PolicyComparison {
  /** Who holds each credential, current: those of either policy. */
  readonly credentials: readonly PolicyEffect[];
  /** Who could use each function with an approval of theirs. */
  readonly functions: readonly PolicyEffect[];
  /** Who could use any function at all. */
  readonly people: PolicyEffect;
  /** Somebody could use AI before, and nobody could after. */
  readonly isLockOut: boolean;
}

interface Comparing {
  readonly now: Instant;
  /** Lets others have their turn: weighing two thousand people takes seconds, and images must not wait for it. */
  readonly othersTurn: () => Promise<void>;
}

/**
 * Compares one register under two policies: the same records, judged by each. Whether somebody could use a function is asked of
 * every approval they hold, for a fresh login with a card; so a model that is stopped counts for neither side.
 */
export async function comparePolicies(
  before: RegisterSnapshot,
  after: RegisterSnapshot,
  comparing: Comparing,
): Promise<PolicyComparison> {
  const had = await whatPeopleHave(before, comparing);
  const have = await whatPeopleHave(after, comparing);
  const people = effect('any function', allOf(had.functions), allOf(have.functions));
  return {
    credentials: namesOf(before, after).map((id) =>
      effect(id, had.credentials.get(id), have.credentials.get(id)),
    ),
    functions: AI_FUNCTIONS.map((name) => effect(name, had.functions.get(name), have.functions.get(name))),
    people,
    isLockOut: people.before > 0 && people.after === 0,
  };
}

/** Whether anybody would have anything more or less. */
export function hasEffect({ credentials, functions }: PolicyComparison): boolean {
  return [...credentials, ...functions].some(({ loses, gains }) => loses.length + gains.length > 0);
}

type People = ReadonlySet<PractitionerId>;
const NOBODY: People = new Set();

function namesOf(before: RegisterSnapshot, after: RegisterSnapshot): readonly string[] {
  const schemes: readonly Scheme[] = [...before.policy.schemes, ...after.policy.schemes];
  return [...new Set(schemes.map(({ id }) => id))];
}

function effect(name: string, before: People = NOBODY, after: People = NOBODY): PolicyEffect {
  return {
    name,
    before: before.size,
    after: after.size,
    loses: [...before].filter((id) => !after.has(id)).toSorted(),
    gains: [...after].filter((id) => !before.has(id)).toSorted(),
  };
}

function allOf(byFunction: ReadonlyMap<string, People>): People {
  return new Set([...byFunction.values()].flatMap((people) => [...people]));
}

/** Who has what, by its name. */
interface Having {
  /** Who holds each credential, current. */
  readonly credentials: ReadonlyMap<string, People>;
  /** Who could use each function. */
  readonly functions: ReadonlyMap<string, People>;
}

async function whatPeopleHave(register: RegisterSnapshot, { now, othersTurn }: Comparing): Promise<Having> {
  const credentials = new Map<string, Set<PractitionerId>>();
  const functions = new Map<string, Set<PractitionerId>>();
  for (const practitioner of register.practitioners()) {
    // Each person is worked out once here, and not remembered: what is in force is remembered elsewhere.
    const alone = { ...register, memo: createStandingMemo() };
    for (const name of credentialsOf(practitioner, alone, now)) note(credentials, name, practitioner);
    for (const name of functionsOf(practitioner, alone, now)) note(functions, name, practitioner);
    await othersTurn();
  }
  return { credentials, functions };
}

function note(groups: Map<string, Set<PractitionerId>>, name: string, { id }: Practitioner): void {
  const group = groups.get(name) ?? new Set();
  groups.set(name, group.add(id));
}

/** Those that a person holds, current. */
function credentialsOf(
  practitioner: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly string[] {
  return standingOfPerson(register, practitioner, now)
    .schemes.filter(({ inFamily }) => inFamily(undefined).status === 'current')
    .map(({ scheme }) => scheme.id);
}

/** Those that a person could use. */
function functionsOf(
  practitioner: Practitioner,
  register: RegisterSnapshot,
  now: Instant,
): readonly AiFunction[] {
  const approvals = register.approvalsOf(practitioner.id);
  return AI_FUNCTIONS.filter((name) =>
    approvals.some((approval) => couldUse({ practitioner, approval, name }, register, now)),
  );
}

function couldUse(
  asked: { readonly practitioner: Practitioner; readonly approval: Approval; readonly name: AiFunction },
  register: RegisterSnapshot,
  now: Instant,
): boolean {
  const { practitioner, approval, name } = asked;
  const { functions, model, version, mode } = approval;
  const wish = { practitioner, function: name, model, version, simulator: mode === 'sandbox' };
  return functions.includes(name) && isOpenInPrinciple(wish, register, now);
}
