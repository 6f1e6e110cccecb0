import type { Finding } from './finding.ts';
import type { Ground, GuidelineNow } from './ground.ts';
import type { Duty } from './policy.ts';
import type { Approval, ModelVersion } from './register.ts';

/**
 * How far a person's own records carry functions of exact versions, as decisions found it out: one after another the version, its
 * duty, the guideline to be read, the credential, the approval and the findings. One flat list and no objects: those lie all over the
 * memory of a whole register, and to reach one costs as much as a hundred comparisons. test/bench/decide.bench.ts shows what that is
 * worth.
 */
export type KeptGrounds = readonly Cell[];

type Cell =
  ModelVersion | Duty | GuidelineNow | Ground['credential'] | Ground['approval'] | readonly Finding[];
const CELLS = 6;

/** What a ground is kept for. */
interface Key {
  readonly modelVersion: ModelVersion;
  readonly duty: Duty;
  /** A ground holds only as long as this is the same. */
  readonly guideline: GuidelineNow | undefined;
}

/** Nothing kept yet. */
export const NO_GROUNDS: KeptGrounds = Object.freeze([]);

/** The ground kept; undefined for none. */
export function keptGround(kept: KeptGrounds, key: Key): Ground | undefined {
  const at = placeOf(kept, key);
  return at < kept.length && kept[at + 2] === key.guideline ? parseGround(kept, at) : undefined;
}

/** The same with one more ground that rests on independent approvals, in the place of an earlier one; no longer than need be. */
export function withGround(
  kept: KeptGrounds,
  key: Key,
  { credential, approval, findings }: Ground,
): KeptGrounds {
  const { modelVersion, duty, guideline } = key;
  const cells: readonly Cell[] = [modelVersion, duty, guideline, credential, approval, findings];
  return kept.toSpliced(placeOf(kept, key), CELLS, ...cells);
}

/** Where it is, or where it would be put. */
function placeOf(kept: KeptGrounds, { modelVersion, duty }: Key): number {
  for (let at = 0; at < kept.length; at += CELLS) {
    if (kept[at] === modelVersion && kept[at + 1] === duty) return at;
  }
  return kept.length;
}

function parseGround(kept: KeptGrounds, at: number): Ground {
  return {
    credential: kept[at + 3] as Ground['credential'],
    approval: kept[at + 4] as Approval | undefined,
    mode: 'independent',
    findings: kept[at + 5] as readonly Finding[],
  };
}
