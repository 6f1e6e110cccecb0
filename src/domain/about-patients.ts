/** More are no query about people any more, and the case log keeps the list as one value of limited length. */
const MAX_PATIENTS = 100;
const MAX_BYTES = 1_000;
/** PS3.5 §6.2, VR LO: 64 characters at most, no backslash, no control characters; a comma is allowed. */
const PATIENT_ID = /^[^\\\p{Cc}]{1,64}$/u;

/** What a list of patient ids must be, to say whose records are asked about. */
export const PATIENTS_RULE = `1 to ${String(MAX_PATIENTS)} patient ids, each named once, of at most ${String(MAX_BYTES)} bytes together`;

/** Whether a list says whose records are asked about, in a form that the case log keeps. */
export function isAboutPatients(ids: readonly string[]): boolean {
  return (
    ids.length > 0 &&
    ids.length <= MAX_PATIENTS &&
    new Set(ids).size === ids.length &&
    ids.every((id) => PATIENT_ID.test(id) && id.trim() === id && id.isWellFormed()) &&
    Buffer.byteLength(JSON.stringify(ids)) <= MAX_BYTES
  );
}
