/** Longer text in a log line is cut here: nobody's report fits. */
const MAX_TEXT = 2_000;
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const HIDDEN = '[hidden]';

/** Fields that may hold secrets or personal data, whatever is in them. Compared in lower case without `-` and `_`. */
const HIDDEN_FIELDS: ReadonlySet<string> = new Set([
  'accession',
  'accessionnumber',
  'assertion',
  'authorization',
  'birthdate',
  'body',
  'cookie',
  'headers',
  'nameid',
  'password',
  'patient',
  'patientid',
  'patientname',
  'personal',
  'privatekey',
  'query',
  'relaystate',
  'samlrequest',
  'samlresponse',
  'secret',
  'sessiontoken',
  'setcookie',
  'bearertoken',
  'studyinstanceuid',
  'seriesinstanceuid',
  'sopinstanceuid',
  'studyuid',
  'subject',
  'token',
]);

/**
 * A DICOM UID: five or more dotted numbers (an IPv4 address has four, a version three), or one made from a UUID, which
 * has but three (`2.25.` and a long number, PS3.5 Annex B.2).
 */
const UID = /\b\d+(?:\.\d+){4,}\b|\b2\.25\.\d+\b/g;
const QUERY_STRING = /\?[^\s"'<>)]*/g;
/** Holds nothing that any of the three looks for: no dot, question mark or blank. */
const PLAIN = /^[A-Za-z0-9/*:_+-]{0,200}$/;
const BEARER = /\bbearer +[A-Za-z0-9._~+/=-]+/gi;

/** A log value without secrets, UIDs, query strings and personal fields; errors become name, code, message and stack. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'object' && value !== null ? redactObject(value, depth) : value;
}

/** Text without UIDs, query strings and bearer tokens, cut to 2,000 characters. */
export function redactText(text: string): string {
  if (PLAIN.test(text)) return text;
  const clean = text
    .replace(QUERY_STRING, '?[hidden]')
    .replace(BEARER, 'Bearer [hidden]')
    .replace(UID, '[uid]');
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}

function redactObject(value: object, depth: number): unknown {
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  return redactFields(value, depth);
}

function redactFields(value: object, depth: number): Readonly<Record<string, unknown>> {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  const clean: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    // Set like a field, that one would become the line's prototype.
    if (name === '__proto__') continue;
    clean[name] = isHidden(name) && field !== undefined ? HIDDEN : redact(field, depth + 1);
  }
  return clean;
}

/** By name; log lines hold few different ones, and somebody's keys are not kept for ever. */
const hidden = new Map<string, boolean>();
const MAX_NAMES = 1_000;

function isHidden(name: string): boolean {
  const known = hidden.get(name);
  if (known !== undefined) return known;
  const isOne = HIDDEN_FIELDS.has(name.toLowerCase().replace(/[-_]/g, ''));
  if (hidden.size < MAX_NAMES) hidden.set(name, isOne);
  return isOne;
}

/** Own fields of foreign errors (SQL, answers, sockets) are left out: nobody knows what is in them. */
function redactError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: redactText(error.message),
    ...(error.stack === undefined ? {} : { stack: redactText(framesOf(error.stack)) }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

/** The stack without its first lines, which repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}
