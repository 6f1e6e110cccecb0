/** What is asked of a PACS to know what a study is: fields of its row. */
export const STUDY_FIELDS = [
  '00080061',
  '00081030',
  '00080080',
  '00100030',
  '00100040',
  '00101010',
  '00321060',
] as const;

/** What else is read of it, where a PACS gives it unasked: what every one returns, and what is the series' to say. */
export const UNASKED_STUDY_FIELDS = [
  '00080020',
  '00080050',
  '00080070',
  '00081010',
  '0008103E',
  '00100020',
  '00181030',
] as const;

/** The same of each of its series. */
export const SERIES_FIELDS = [
  '0008103E',
  '00180015',
  '00080070',
  '00080080',
  '00081010',
  '00180030',
  '00181030',
] as const;

/** What is read of one image's own metadata, where rows leave something out. */
export const IMAGE_FIELDS = [
  '00080020',
  '00080070',
  '00080080',
  '00081010',
  '00081030',
  '0008103E',
  '00100030',
  '00100040',
  '00101010',
  '00180015',
  '00181030',
  '00321060',
] as const;

export const UNASKED_SERIES_FIELDS = ['00080060'] as const;
