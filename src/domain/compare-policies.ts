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

/**
 * Compares one register under two policies: the same records, judged by each. Whether somebody could use a function is asked of
 * every approval they hold, for a fresh login with a card; so a model that is stopped counts for neither side.
 */
export function comparePolicies(
  registerBefore: RegisterSnapshot,
  registerAfter: RegisterSnapshot,
  now: Instant,
): PolicyComparison {
  // A register as it stood remembers nothing; each person is worked out once here all the same.
  const before = { ...registerBefore, memo: createStandingMemo() };
  const after = { ...registerAfter, memo: createStandingMemo() };
  const [usedBefore, usedAfter] = [usersOf(before, now), usersOf(after, now)];
  const [held, holding] = [holdersOf(before, now), holdersOf(after, now)];
  const people = effect('any function', allOf(usedBefore), allOf(usedAfter));
  return {
    credentials: namesOf(before, after).map((id) => effect(id, held.get(id), holding.get(id))),
    functions: AI_FUNCTIONS.map((name) => effect(name, usedBefore.get(name), usedAfter.get(name))),
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

function allOf(byFunction: ReadonlyMap<AiFunction, People>): People {
  return new Set([...byFunction.values()].flatMap((people) => [...people]));
}

/** Who holds each credential, current. */
function holdersOf(register: RegisterSnapshot, now: Instant): ReadonlyMap<string, People> {
  const held = register.practitioners().flatMap((practitioner) =>
    standingOfPerson(register, practitioner, now)
      .schemes.filter(({ inFamily }) => inFamily(undefined).status === 'current')
      .map(({ scheme }) => ({ scheme: scheme.id, id: practitioner.id })),
  );
  return setsOf(held, ({ scheme }) => scheme);
}

/** Who could use each function. */
function usersOf(register: RegisterSnapshot, now: Instant): ReadonlyMap<AiFunction, People> {
  const used = register.practitioners().flatMap((practitioner) => {
    const approvals = register.approvalsOf(practitioner.id);
    return AI_FUNCTIONS.filter((name) =>
      approvals.some((approval) => couldUse({ practitioner, approval, name }, register, now)),
    ).map((name) => ({ name, id: practitioner.id }));
  });
  return setsOf(used, ({ name }) => name);
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

function setsOf<K, T extends { readonly id: PractitionerId }>(
  rows: readonly T[],
  keyOf: (row: T) => K,
): ReadonlyMap<K, People> {
  const groups = Map.groupBy(rows, keyOf);
  return new Map([...groups].map(([key, group]) => [key, new Set(group.map(({ id }) => id))]));
}
