/**
 * Whether a parsed JSON value nests arrays and objects more than `levels` deep. What is deeper is refused before anything
 * walks it recursively. A list of numbers is one level.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}
