/** What a PACS may be said to be in the config; `generic` goes by the text of PS3.18. */
export const PACS_PROFILES = ['orthanc', 'dcm4chee', 'generic'] as const;
export type PacsProfileName = (typeof PACS_PROFILES)[number];

/** In what servers differ that all say DICOMweb. Everything else is the same for all of them. */
export interface PacsProfile {
  /** Several fields to include: one list with commas (PS3.18 §8.3.4.3), or the parameter once for each, as it was before. */
  readonly includeFieldStyle: 'list' | 'repeat';
}

const PROFILES: Readonly<Record<PacsProfileName, PacsProfile>> = {
  orthanc: { includeFieldStyle: 'list' },
  // Splits lists before it undoes escapes: a comma that comes escaped is no separator to it.
  dcm4chee: { includeFieldStyle: 'repeat' },
  generic: { includeFieldStyle: 'list' },
};

/** What a PACS of that kind wants. */
export function pacsProfile(name: PacsProfileName): PacsProfile {
  return PROFILES[name];
}

/** The query pairs that ask for these fields, as the PACS reads them; none for none. */
export function includeFieldPairs(
  fields: readonly string[],
  { includeFieldStyle }: PacsProfile,
): readonly (readonly [name: string, value: string])[] {
  if (fields.length === 0) return [];
  if (includeFieldStyle === 'list') return [['includefield', fields.join(',')]];
  return fields.map((field) => ['includefield', field]);
}
