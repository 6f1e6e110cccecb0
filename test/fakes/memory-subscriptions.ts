import { GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import {
  MAX_SINGLE,
  MAX_SINGLE_OF_AN_OWNER,
  MAX_TITLES,
  MAX_TITLES_OF_AN_OWNER,
  type WorkitemSubscriber,
} from '../../src/domain/workitem-subscription.ts';
import type { SubscriptionOf, Workitems, WorkitemSubscriptions } from '../../src/flows/ports-workitems.ts';

interface Kept extends Omit<WorkitemSubscriber, 'one'> {
  readonly singles: ReadonlyMap<string, { readonly hasLock: boolean; readonly isOff: boolean }>;
}

/** Subscriptions in memory, which keep the port's contract and can be away. A workitem that was taken out takes its own along. */
export function createMemorySubscriptions(
  workitems: Pick<Workitems, 'find'>,
): WorkitemSubscriptions & { readonly goAway: (isAway?: boolean) => void } {
  const kept = new Map<string, Kept>();
  let away = false;
  const check = (): void => {
    if (away) throw new RegisterUnavailable('The subscriptions are away (test).');
  };
  const tidy = (): void => {
    for (const [aet, { all, singles }] of kept) if (all === undefined && singles.size === 0) kept.delete(aet);
  };
  const dropRemoved = async (): Promise<void> => {
    for (const [aet, one] of kept) {
      const singles = new Map(one.singles);
      for (const uid of singles.keys())
        if ((await workitems.find(uid as never)) === undefined) singles.delete(uid);
      kept.set(aet, { ...one, singles });
    }
  };
  const singlesOf = (owner?: string): number =>
    [...kept.values()]
      .filter((one) => owner === undefined || one.owner === owner)
      .reduce((sum, { singles }) => sum + singles.size, 0);
  const checkSingles = (owner: string): void => {
    if (singlesOf(owner) >= MAX_SINGLE_OF_AN_OWNER || singlesOf() >= MAX_SINGLE)
      throw new GatewayError('overloaded');
  };
  const take = ({ aet, owner, reach }: SubscriptionOf & Pick<Kept, 'reach'>): Kept | undefined => {
    tidy();
    const known = kept.get(aet);
    if (known !== undefined) return known.owner === owner ? { ...known, reach } : undefined;
    const theirs = [...kept.values()].filter((one) => one.owner === owner);
    if (theirs.length >= MAX_TITLES_OF_AN_OWNER || kept.size >= MAX_TITLES)
      throw new GatewayError('overloaded');
    return { aet, owner, reach, singles: new Map() };
  };
  const ofOwner = ({ aet, owner }: SubscriptionOf, change: (known: Kept) => Kept | undefined): boolean => {
    const known = kept.get(aet);
    if (known === undefined) return true;
    if (known.owner !== owner) return false;
    const changed = change(known);
    if (changed === undefined) kept.delete(aet);
    else kept.set(aet, changed);
    tidy();
    return true;
  };
  return {
    goAway: (isAway = true) => void (away = isAway),
    find: async (aet) => {
      check();
      const known = kept.get(aet);
      if (known === undefined) return undefined;
      const { singles: _singles, ...rest } = known;
      return rest;
    },
    about: async (uid, which) => {
      check();
      await dropRemoved();
      return [...kept.values()]
        .map(({ singles, ...rest }): WorkitemSubscriber => {
          const one = singles.get(uid);
          return { ...rest, ...(one === undefined ? {} : { one }) };
        })
        .filter(({ aet, owner, all, one }) => {
          if (all === undefined && one === undefined) return false;
          if ('aets' in which) return which.aets.includes(aet);
          if ('owner' in which) return which.owner === owner;
          return all?.hasLock === true || one?.hasLock === true;
        });
    },
    subscribeToOne: async (to) => {
      check();
      const isThere = (await workitems.find(to.uid)) !== undefined;
      checkSingles(to.owner);
      const taken = take(to);
      if (taken === undefined) return false;
      const { uid, hasLock } = to;
      const single = isThere ? [[uid, { hasLock, isOff: false }] as const] : [];
      kept.set(to.aet, { ...taken, singles: new Map([...taken.singles, ...single]) });
      return true;
    },
    subscribeToAll: async (to) => {
      check();
      const taken = take(to);
      if (taken === undefined) return false;
      const { filter, hasLock } = to;
      const singles = new Map([...taken.singles].filter(([, { isOff }]) => !isOff));
      const all = { hasLock, ...(filter === undefined ? {} : { filter }) };
      kept.set(to.aet, { ...taken, singles, all });
      return true;
    },
    unsubscribeFromOne: async (from) => {
      check();
      const isThere = (await workitems.find(from.uid)) !== undefined;
      return ofOwner(from, (known) => {
        const singles = new Map(known.singles);
        singles.delete(from.uid);
        if (known.all !== undefined && isThere) {
          checkSingles(from.owner);
          singles.set(from.uid, { hasLock: false, isOff: true });
        }
        return { ...known, singles };
      });
    },
    unsubscribeFromAll: async (from) => {
      check();
      return ofOwner(from, () => undefined);
    },
    suspend: async (of, at) => {
      check();
      return ofOwner(of, (known) => {
        const { all } = known;
        return all === undefined ? known : { ...known, all: { suspendedAt: at, ...all } };
      });
    },
    tidy: async () => {
      check();
      await dropRemoved();
      tidy();
    },
  };
}
