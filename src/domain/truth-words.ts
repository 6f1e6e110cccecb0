/** Where the truth about a case comes from: the reference standard of the label, which stands with every one. */
export const TRUTH_SOURCES = ['report', 'pathology', 'mdt', 'follow-up'] as const;
export type TruthSource = (typeof TRUTH_SOURCES)[number];

/** What was found. `indeterminate` is an answer too, and counts for neither side. */
export const TRUTH_VERDICTS = ['positive', 'negative', 'indeterminate'] as const;
export type TruthVerdict = (typeof TRUTH_VERDICTS)[number];
