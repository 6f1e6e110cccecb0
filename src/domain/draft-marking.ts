/** The first line of every report draft that is let out, so that a copy of it still says what it is. */
const DRAFT_LINE = 'DRAFT – AI-generated, not verified';

/** What is put before the text of a draft: the line, and an empty one. */
export const DRAFT_MARK = `${DRAFT_LINE}\n\n`;
