import type { ActNamed } from './act-matter.ts';
import type { ActReadings } from './act-reading.ts';
import type { RecordText } from './record-text.ts';

/** Acts about guidelines, read from the records that they wrote. */
export const GUIDELINE_READINGS: ActReadings<
  'draft-guideline' | 'comment-on-guideline' | 'sign-guideline' | 'review-guideline'
> = {
  'draft-guideline': ({ record }) => ({ act: 'draft-guideline', ...parseDraft(record) }),
  'comment-on-guideline': ({ record }) => {
    const { id, version, comments = [] } = parseGuideline(record);
    return { act: 'comment-on-guideline', id, version, text: comments.at(-1)?.text ?? '' };
  },
  'sign-guideline': ({ record }) => {
    const { id, version, effectiveFrom } = parseGuideline(record);
    return { act: 'sign-guideline', id, version, effectiveFrom: Date.parse(effectiveFrom) };
  },
  'review-guideline': ({ record }) => {
    const { id, version, reviews = [] } = parseGuideline(record);
    return { act: 'review-guideline', id, version, outcome: reviews.at(-1)?.outcome ?? '' };
  },
};

interface GuidelineWords {
  readonly id: string;
  readonly version: string;
  readonly effectiveFrom: string;
  readonly comments?: readonly { readonly text: string }[];
  readonly reviews?: readonly { readonly outcome: string }[];
}

function parseGuideline(record: RecordText): GuidelineWords {
  return record as unknown as GuidelineWords;
}

type Draft = Omit<ActNamed<'draft-guideline'>, 'act'>;

function parseDraft(record: RecordText): Draft {
  const { draftedBy: _by, draftedAt: _at, reviews: _reviews, comments: _comments, ...said } = record;
  return said as unknown as Draft;
}
