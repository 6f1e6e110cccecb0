import type { PractitionerId } from './identifiers.ts';

/**
 * What has been worked out about people from their evidence, so that it is worked out once and not with every decision. Holds
 * nothing that cannot be worked out again, and never more than one entry for each person.
 */
export interface StandingMemo {
  readonly get: (id: PractitionerId) => unknown;
  readonly set: (id: PractitionerId, worked: unknown) => void;
  /** To be called whenever the record of this person, a piece of their evidence or an approval of theirs changes. */
  readonly forget: (id: PractitionerId) => void;
}

/** An empty memory. */
export function createStandingMemo(): StandingMemo {
  const entries = new Map<PractitionerId, unknown>();
  return {
    get: (id) => entries.get(id),
    set: (id, worked) => {
      entries.set(id, worked);
    },
    forget: (id) => {
      entries.delete(id);
    },
  };
}
