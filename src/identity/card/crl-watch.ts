import type { CertificateTrust } from './certificate-trust.ts';
import type { ReadCertificate } from './read-certificate.ts';
import type { RevocationList } from './revocation-list.ts';

/** How the revocation lists of one authority stand. */
export interface CrlState {
  /** Distinguished name of the authority. */
  readonly authority: string;
  /** `over` and `missing`: nobody comes in with its certificates. */
  readonly state: 'current' | 'ending' | 'over' | 'missing';
  /** ms since the epoch; absent for one that is missing. */
  readonly endsAt?: number;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Makes what looks after the lists: says how each stands, and calls `onEnding` for each that is missing, over, or ends within
 * `warnMs` (at most half its life, for lists that are made anew each day); once, and again for each day less.
 */
export function createCrlWatch(
  { authorities, shelf, clock, isCrlRequired }: CertificateTrust,
  warnMs: number,
  onEnding: () => void,
): () => readonly CrlState[] {
  let told: ReadonlySet<string> = new Set();
  return () => {
    if (!isCrlRequired) return [];
    const nowMs = clock.nowMs();
    const states = authorities.all.flatMap((ca) => statesOf(ca, shelf.listsOf(ca), { nowMs, warnMs }));
    const bad = states.filter(({ state }) => state !== 'current').map((state) => keyOf(state, nowMs));
    if (bad.some((key) => !told.has(key))) onEnding();
    told = new Set(bad);
    return states;
  };
}

function keyOf({ authority, state, endsAt }: CrlState, nowMs: number): string {
  return [authority, state, endsAt === undefined ? '' : Math.floor((endsAt - nowMs) / DAY_MS)].join(' ');
}

function statesOf(
  { x509 }: ReadCertificate,
  lists: readonly RevocationList[],
  when: { readonly nowMs: number; readonly warnMs: number },
): readonly CrlState[] {
  const authority = x509.subject.replaceAll('\n', ', ');
  if (lists.length === 0) return [{ authority, state: 'missing' }];
  return [...newestOfEachScope(lists).values()].map((list) => ({ authority, ...stateOf(list, when) }));
}

function newestOfEachScope(lists: readonly RevocationList[]): ReadonlyMap<string, RevocationList> {
  const newest = new Map<string, RevocationList>();
  for (const list of lists) {
    const known = newest.get(list.scope);
    if (known === undefined || endOf(known) < endOf(list)) newest.set(list.scope, list);
  }
  return newest;
}

function stateOf(
  list: RevocationList,
  { nowMs, warnMs }: { readonly nowMs: number; readonly warnMs: number },
): Pick<CrlState, 'state' | 'endsAt'> {
  const endsAt = endOf(list);
  const leftMs = endsAt - nowMs;
  if (leftMs <= 0) return { state: 'over', endsAt };
  const isEnding = leftMs < Math.min(warnMs, (endsAt - list.thisUpdate) / 2);
  return { state: isEnding ? 'ending' : 'current', endsAt };
}

/** A list without an end was over as soon as it was made. */
function endOf({ nextUpdate, thisUpdate }: RevocationList): number {
  return nextUpdate ?? thisUpdate;
}
