import { isFinal } from '../../src/domain/dicom/workitem-state.ts';
import { GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import {
  MAX_OPEN_OF_A_CREATOR,
  MAX_WORKITEMS_OF_A_CREATOR,
  isOneOf,
  type Workitem,
} from '../../src/domain/workitem.ts';
import type { PractitionerId } from '../../src/domain/identifiers.ts';
import type { WorkitemPlace, Workitems } from '../../src/flows/ports-workitems.ts';

/** Workitems in memory, which keep the port's contract and can be away. */
export function createMemoryWorkitems(room = { maxOpen: 20_000, maxAll: 100_000 }): Workitems & {
  readonly goAway: (isAway?: boolean) => void;
  readonly all: () => readonly Workitem[];
} {
  const kept = new Map<string, Workitem>();
  let away = false;
  const check = (): void => {
    if (away) throw new RegisterUnavailable('The workitems are away (test).');
  };
  const inOrder = (): readonly Workitem[] =>
    [...kept.values()].toSorted((a, b) => a.createdAt - b.createdAt || (a.uid < b.uid ? -1 : 1));
  const checkRoom = async (creator: PractitionerId): Promise<void> => {
    check();
    const theirs = inOrder().filter((one) => one.creator === creator);
    const isFull =
      theirs.filter(isOpen).length >= MAX_OPEN_OF_A_CREATOR || theirs.length >= MAX_WORKITEMS_OF_A_CREATOR;
    const { maxOpen, maxAll } = room;
    if (isFull || inOrder().filter(isOpen).length >= maxOpen || kept.size >= maxAll)
      throw new GatewayError('overloaded');
  };
  return {
    goAway: (isAway = true) => void (away = isAway),
    all: inOrder,
    checkRoom,
    create: async (workitem) => {
      await checkRoom(workitem.creator);
      if (kept.has(workitem.uid)) throw new GatewayError('conflict');
      kept.set(workitem.uid, workitem);
    },
    find: async (uid) => {
      check();
      return kept.get(uid);
    },
    change: async (workitem) => {
      check();
      if (kept.get(workitem.uid)?.revision !== workitem.revision) return false;
      kept.set(workitem.uid, { ...workitem, revision: workitem.revision + 1 });
      return true;
    },
    list: async ({ of, state, after, limit }) => {
      check();
      const found = inOrder().filter(
        (one) => isOneOf(one, of) && (state === undefined || one.state === state),
      );
      return found.filter((one) => isBehind(one, after)).slice(0, limit);
    },
    awaits: async (caseId) => {
      check();
      return inOrder().some((one) => one.caseId === caseId && !one.isCaseEnded);
    },
    performerOf: async (caseId) => {
      check();
      return inOrder().find((one) => one.caseId === caseId)?.performer;
    },
    performing: async ({ machine, study }) => {
      check();
      return inOrder().filter(
        ({ state, performer, asked }) =>
          state === 'IN PROGRESS' && performer === machine && asked.study.studyInstanceUid === study,
      );
    },
    due: async ({ created, final, limit, after }) => {
      check();
      const isDue = ({ state, createdAt, finalAt = 0, isCaseEnded }: Workitem): boolean =>
        isFinal(state) ? !isCaseEnded || finalAt < final : createdAt < created;
      return inOrder()
        .filter(isDue)
        .filter((one) => isBehind(one, after))
        .slice(0, limit);
    },
    remove: async (uid) => {
      check();
      const found = kept.get(uid);
      if (found !== undefined && isFinal(found.state) && found.isCaseEnded) kept.delete(uid);
    },
  };
}

function isOpen({ state }: Workitem): boolean {
  return !isFinal(state);
}

function isBehind({ createdAt, uid }: Workitem, after: WorkitemPlace | undefined): boolean {
  return (
    after === undefined || createdAt > after.createdAt || (createdAt === after.createdAt && uid > after.uid)
  );
}
