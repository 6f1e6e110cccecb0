/**
 * Branded identifiers. Each is made only by its parse function, so that an unchecked string can never stand where
 * a checked one is expected.
 */
declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type StudyUid = Branded<string, 'StudyUid'>;
export type SeriesUid = Branded<string, 'SeriesUid'>;
export type SopInstanceUid = Branded<string, 'SopInstanceUid'>;
export type PractitionerId = Branded<string, 'PractitionerId'>;
export type ModelName = Branded<string, 'ModelName'>;
export type VersionString = Branded<string, 'VersionString'>;
export type CaseId = Branded<string, 'CaseId'>;

/** PS3.5 §9.1: components of digits separated by dots, 64 characters at most. `[0-9.]{1,64}` would let `..` through. */
const UID = /^[0-9]+(\.[0-9]+)*$/;
const MAX_UID_LENGTH = 64;

/** True when the text is a well-formed DICOM UID (PS3.5 §9.1; leading zeros are tolerated because real files have them). */
export function isUid(text: string): boolean {
  return text.length <= MAX_UID_LENGTH && UID.test(text);
}

/** Parses a Study Instance UID; undefined when malformed. */
export function parseStudyUid(text: string): StudyUid | undefined {
  return isUid(text) ? (text as StudyUid) : undefined;
}

/** Parses a Series Instance UID; undefined when malformed. */
export function parseSeriesUid(text: string): SeriesUid | undefined {
  return isUid(text) ? (text as SeriesUid) : undefined;
}

/** Parses a SOP Instance UID; undefined when malformed. */
export function parseSopInstanceUid(text: string): SopInstanceUid | undefined {
  return isUid(text) ? (text as SopInstanceUid) : undefined;
}

/** Names of practitioners and models in URLs and files: a letter or digit, then letters, digits, `.`, `_`, `-`. */
const SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Version strings as vendors ship them: printable ASCII without space, slash, `@`, or quotes. */
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+_~-]{0,63}$/;

/** Parses a practitioner's identifier in the register; undefined when malformed. */
export function parsePractitionerId(text: string): PractitionerId | undefined {
  return SLUG.test(text) ? (text as PractitionerId) : undefined;
}

/** Parses a model's name in the register; undefined when malformed. */
export function parseModelName(text: string): ModelName | undefined {
  return SLUG.test(text) ? (text as ModelName) : undefined;
}

/** Parses an exact version string; undefined when malformed. The words `latest` and `default` name no version. */
export function parseVersion(text: string): VersionString | undefined {
  return VERSION.test(text) && text !== 'latest' && text !== 'default' ? (text as VersionString) : undefined;
}

/** Parses a case identifier (`c-` and a UUID); undefined when malformed. */
export function parseCaseId(text: string): CaseId | undefined {
  return /^c-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? (text as CaseId) : undefined;
}
