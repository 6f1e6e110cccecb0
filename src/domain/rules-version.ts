/**
 * Which meaning of `decide` and `decideDisposition` a release has; stands in the log with every decision. To be raised whenever the
 * same question, register and policy could be answered otherwise than before: a replay under other rules proves nothing.
 */
export const RULES_VERSION = 3;
