import type { ReadCertificate } from './read-certificate.ts';

/** Where in a certificate the holder is named. */
type SubjectSource = 'san-upn' | 'san-uri' | 'subject-serial-number';

/** Which text of the certificate names the holder in the register. */
export interface SubjectRule {
  readonly from: SubjectSource;
  /** A regular expression whose one group is the subject; absent: the value as it is. */
  readonly pattern?: string;
  /** Another place that must say the same: what the pattern takes of it, or, where it does not fit, the whole. */
  readonly mustMatch?: SubjectSource;
}

const MAX_LENGTH = 256;
/** Visible characters, with single spaces in between: what can stand in the register. */
const PLAIN = /^[^\s\p{C}]+(?: [^\s\p{C}]+)*$/u;
const WHOLE = /^(.*)$/su;

/**
 * Makes what picks the holder's name out of a certificate; undefined unless there is exactly one. Other values beside it are usual
 * (Windows adds a URI of its own); two that fit name nobody. Throws SyntaxError for a pattern without exactly one group.
 */
export function createSubjectReader(rule: SubjectRule): (certificate: ReadCertificate) => string | undefined {
  const { from, mustMatch, pattern } = rule;
  const taken = takerOf(pattern);
  return (certificate) => {
    const subject = onlyOne(valuesOf(certificate, from).flatMap(taken));
    if (subject === undefined || !PLAIN.test(subject)) return undefined;
    if (mustMatch === undefined) return subject;
    const others = valuesOf(certificate, mustMatch);
    const fitting = others.flatMap(taken);
    return onlyOne(fitting.length === 0 ? others : fitting)?.trim() === subject ? subject : undefined;
  };
}

function onlyOne(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}

/** What the group holds, where the pattern fits. */
function takerOf(pattern: string | undefined): (value: string) => readonly string[] {
  const expression = pattern === undefined ? WHOLE : new RegExp(pattern, 'u');
  const groups = new RegExp(`${expression.source}|`, 'u').exec('')?.length;
  if (groups !== 2) throw new SyntaxError('the pattern needs exactly one group');
  return (value) => {
    const taken = value.length > MAX_LENGTH ? undefined : expression.exec(value)?.[1];
    return taken === undefined ? [] : [taken.trim()];
  };
}

function valuesOf(certificate: ReadCertificate, from: SubjectSource): readonly string[] {
  switch (from) {
    case 'san-upn':
      return certificate.extensions.upns;
    case 'san-uri':
      return certificate.extensions.uris;
    case 'subject-serial-number':
      return certificate.subjectSerialNumbers;
  }
}
