/**
 * What images may be read for: codes of PurposeOfUse in HL7 v3 ActReason, as FHIR takes them into an AuditEvent
 * (`http://terminology.hl7.org/ValueSet/v3-PurposeOfUse`). A closed list, because it stands in the record for good.
 */
export const PURPOSES_OF_USE = [
  'TREAT',
  'ETREAT',
  'BTG',
  'CAREMGT',
  'CLINTRCH',
  'HOPERAT',
  'HQUALIMP',
  'HSYSADMIN',
  'TRAIN',
  'PATADMIN',
  'PATRQT',
  'HRESCH',
  'PUBHLTH',
] as const;
type PurposeOfUse = (typeof PURPOSES_OF_USE)[number];

/** Something was said that is not on the list. What it was is foreign text and stands nowhere. */
export const UNRECOGNISED_PURPOSE = 'unrecognised';
export type RecordedPurpose = PurposeOfUse | typeof UNRECOGNISED_PURPOSE;

const BY_WORD: ReadonlyMap<string, PurposeOfUse> = new Map(PURPOSES_OF_USE.map((code) => [code, code]));

/**
 * The purpose that a request header `Purpose-Of-Use` gives; undefined for none. Refusing a word that is not on the list was
 * rejected: no image is held up by its record.
 */
export function purposeOfUse(header: string | undefined): RecordedPurpose | undefined {
  if (header === undefined || header === '') return undefined;
  return BY_WORD.get(header) ?? BY_WORD.get(header.trim().toUpperCase()) ?? UNRECOGNISED_PURPOSE;
}
