import type { Finding } from './finding.ts';
import type { Ground, GuidelineNow } from './ground.ts';
import type { Duty } from './policy.ts';
import type { Approval, ModelVersion } from './register.ts';

/**
 * How far a person's own records carry functions of exact versions, as decisions found it out. Flat lists and no objects: those lie
 * all over the memory of a whole register, and to reach one costs as much as a hundred comparisons; and what is searched lies
 * apart from what is found. test/bench/decide.bench.ts shows what that is worth.
 */
export interface KeptGrounds {
  /** One after another the version and its duty. */
  readonly keys: readonly (ModelVersion | Duty)[];
  /** For each of these the guideline to be read, the credential, the approval and the findings. */
  readonly cells: readonly Cell[];
}

type Cell = GuidelineNow | Ground['credential'] | Ground['approval'] | readonly Finding[];
const KEYS = 2;
const CELLS = 4;

/** What a ground is kept for. */
interface Key {
  readonly modelVersion: ModelVersion;
  readonly duty: Duty;
  /** A ground holds only as long as this is the same. */
  readonly guideline: GuidelineNow | undefined;
}

/** Nothing kept yet. */
export const NO_GROUNDS: KeptGrounds = Object.freeze({ keys: Object.freeze([]), cells: Object.freeze([]) });

/** The ground kept; undefined for none. */
export function keptGround({ keys, cells }: KeptGrounds, key: Key): Ground | undefined {
  const place = placeOf(keys, key);
  const at = place * CELLS;
  return at < cells.length && cells[at] === key.guideline ? parseGround(cells, at) : undefined;
}

/** The same with one more ground that rests on independent approvals, in the place of an earlier one; no longer than need be. */
export function withGround(
  { keys, cells }: KeptGrounds,
  key: Key,
  { credential, approval, findings }: Ground,
): KeptGrounds {
  const { modelVersion, duty, guideline } = key;
  const place = placeOf(keys, key);
  const found: readonly Cell[] = [guideline, credential, approval, findings];
  return {
    keys: keys.toSpliced(place * KEYS, KEYS, modelVersion, duty),
    cells: cells.toSpliced(place * CELLS, CELLS, ...found),
  };
}

/** Which one it is, or where it would be put. */
function placeOf(keys: KeptGrounds['keys'], { modelVersion, duty }: Key): number {
  for (let at = 0; at < keys.length; at += KEYS) {
    if (keys[at] === modelVersion && keys[at + 1] === duty) return at / KEYS;
  }
  return keys.length / KEYS;
}

function parseGround(cells: KeptGrounds['cells'], at: number): Ground {
  return {
    credential: cells[at + 1] as Ground['credential'],
    approval: cells[at + 2] as Approval | undefined,
    mode: 'independent',
    findings: cells[at + 3] as readonly Finding[],
  };
}
