import { canonicalJson } from './canonical-json.ts';
import { commit } from './commitment.ts';
import { GatewayError } from './errors.ts';
import type { CaseId } from './identifiers.ts';
import {
  ENTRY_KINDS,
  PERSONAL_LABELS,
  RETAIN_CLASSES,
  type EntryDraft,
  type EntryFacts,
  type EntryKind,
  type LogEntry,
  type PersonalLabel,
  type RetainClass,
} from './log-entry.ts';
import { leafHash, sameHash } from './merkle-tree.ts';

/** Format of the body. A reader that meets a newer one says so and does not guess. */
const FORMAT = 1;

/** 60 KiB: a body must fit a C2SP tlog-tiles entry, whose length is 16 bits. */
const MAX_BODY_BYTES = 60 * 1024;

/** Members of the body that the writer sets; the facts of the draft stand beside them. */
const ENVELOPE = [
  'v',
  'log',
  'seq',
  'id',
  'kind',
  'case',
  'ref',
  'node',
  'epoch',
  't',
  'req',
  'retain',
  'pii',
];

/** Whether the wall clock had gone back since the entry before. The time is never changed, only marked. */
export const CLOCK_STATES = ['ok', 'stepped'] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

/** Salts by label, 32 bytes each, fresh for this entry. */
export type Salts = Readonly<Partial<Record<PersonalLabel, Uint8Array>>>;

/** What the writer adds to a draft. */
export interface WriterFacts {
  /** Origin of the log. */
  readonly log: string;
  readonly seq: number;
  readonly node: string;
  /** Counts the openings of the log; each fences off writers of earlier ones. */
  readonly epoch: number;
  /** Microseconds since the epoch, as the clock said it. */
  readonly wallUs: number;
  /** Monotonic nanoseconds in decimal digits: a number could not hold them exactly for long. */
  readonly monoNs: string;
  /** Names the run of the process that `monoNs` belongs to. */
  readonly boot: string;
  readonly clk: ClockState;
  readonly salts: Salts;
}

/** An entry's body, read back. */
export interface EntryBody {
  readonly log: string;
  readonly seq: number;
  readonly id: string;
  readonly kind: EntryKind;
  readonly caseId?: CaseId;
  readonly intent?: string;
  readonly requestId?: string;
  readonly node: string;
  readonly epoch: number;
  readonly wallUs: number;
  readonly monoNs: string;
  readonly boot: string;
  readonly clk: ClockState;
  readonly retainClass: RetainClass;
  /** Commitment by label. */
  readonly commitments: Readonly<Record<string, string>>;
  readonly facts: EntryFacts;
}

/**
 * The exact bytes that are hashed and stored for an entry: RFC 8785 canonical JSON in UTF-8. Personal values stand in
 * it as salted commitments only. Throws GatewayError('payload-too-large') above 60 KiB, GatewayError('internal') when
 * the facts are not JSON or use a name of the envelope, the id is empty, a number is not whole, or a salt is missing.
 */
export function buildEntryBody(draft: EntryDraft, writer: WriterFacts): Uint8Array {
  const clash = Object.keys(draft.facts).find((name) => ENVELOPE.includes(name));
  if (clash !== undefined) throw malformed(`a fact cannot be named ${clash}`);
  const { caseId, intent, requestId } = draft;
  const text = canonicalJson({
    ...draft.facts,
    v: FORMAT,
    log: writer.log,
    seq: count(writer.seq, 'seq'),
    id: checkId(draft.id),
    kind: oneOf(ENTRY_KINDS, draft.kind, 'kind'),
    case: caseId,
    ref: intent === undefined ? undefined : { intent },
    node: writer.node,
    epoch: count(writer.epoch, 'epoch'),
    t: { wall: whole(writer.wallUs, 't.wall'), mono: writer.monoNs, boot: writer.boot, clk: writer.clk },
    req: requestId,
    retain: oneOf(RETAIN_CLASSES, draft.retainClass, 'retain'),
    pii: commitments(draft, writer.salts),
  });
  const body = Buffer.from(text, 'utf8');
  if (body.length > MAX_BODY_BYTES) {
    throw new GatewayError('payload-too-large', {
      detail: `This entry has ${body.length} bytes; the case log takes ${MAX_BODY_BYTES} at most. Shorten the text in it.`,
    });
  }
  return body;
}

function commitments(draft: EntryDraft, salts: Salts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    personalValues(draft).map(({ label, value }) => {
      const salt = salts[label];
      if (salt === undefined) throw malformed(`no salt for ${label}`);
      return [label, commit(label, checkText(value, label), salt)];
    }),
  );
}

/** The personal values of a draft, in the order of PERSONAL_LABELS. */
export function personalValues(
  draft: Pick<EntryDraft, 'personal'>,
): readonly { readonly label: PersonalLabel; readonly value: string }[] {
  return PERSONAL_LABELS.flatMap((label) => {
    const value = draft.personal[label];
    return value === undefined ? [] : [{ label, value }];
  });
}

/**
 * Reads an entry's body back. Throws GatewayError('internal') when it is not the body of an entry of this format, or
 * not in its one canonical spelling.
 */
export function parseEntryBody(body: Uint8Array): EntryBody {
  const value = parseObject(body);
  // Also catches doubled members and bytes that are not UTF-8: neither survives writing it anew.
  if (Buffer.compare(Buffer.from(canonicalJson(value), 'utf8'), body) !== 0) {
    throw malformed('it is not in canonical form');
  }
  return bodyOf(value);
}

function bodyOf(value: JsonObject): EntryBody {
  const { v, t, ref, pii, seq, epoch } = value;
  if (v !== FORMAT) throw malformed('it is of another format than 1');
  const time = isRecord(t) ? t : {};
  const reference = isRecord(ref) ? ref : {};
  return {
    log: text(value, 'log'),
    seq: count(seq, 'seq'),
    id: text(value, 'id'),
    kind: oneOf(ENTRY_KINDS, value['kind'], 'kind'),
    ...optional('requestId', value['req']),
    ...optional('intent', reference['intent']),
    ...parseCase(value['case']),
    node: text(value, 'node'),
    epoch: count(epoch, 'epoch'),
    wallUs: whole(time['wall'], 't.wall'),
    monoNs: text(time, 'mono'),
    boot: text(time, 'boot'),
    clk: oneOf(CLOCK_STATES, time['clk'], 't.clk'),
    retainClass: oneOf(RETAIN_CLASSES, value['retain'], 'retain'),
    commitments: texts(pii),
    facts: parseFacts(value),
  };
}

/**
 * An entry as flows read it, from its stored bytes and the personal values that have not been erased. Throws GatewayError('internal') when
 * the bytes are not those that its leaf was made of, or not the body of an entry of this format. That they are in their one canonical
 * spelling is for who verifies the log: whoever wrote the leaf wrote them so.
 */
export function readEntry(stored: {
  readonly body: Uint8Array;
  readonly leaf: Uint8Array;
  readonly personal: LogEntry['personal'];
}): LogEntry {
  if (!sameHash(leafHash(stored.body), stored.leaf)) throw malformed('its leaf is of other bytes');
  const { seq, id, kind, caseId, intent, node, boot, wallUs, facts } = bodyOf(parseObject(stored.body));
  return {
    seq,
    id,
    kind,
    ...(caseId === undefined ? {} : { caseId }),
    ...(intent === undefined ? {} : { intent }),
    node,
    boot,
    wallUs,
    facts,
    personal: stored.personal,
    leaf: Buffer.from(stored.leaf).toString('hex'),
    body: stored.body,
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(body: Uint8Array): JsonObject {
  const source = Buffer.from(body).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause: unknown) {
    throw malformed('it is not JSON', cause);
  }
  if (!isRecord(value)) throw malformed('it is not an object');
  return value;
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the writer did not set is the draft's facts. They were typed when written, and the leaf holds them as they were. */
function parseFacts(value: JsonObject): EntryFacts {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !ENVELOPE.includes(name)));
}

function parseCase(value: unknown): { readonly caseId?: CaseId } {
  return value === undefined ? {} : { caseId: checkText(value, 'case') as CaseId };
}

function text(value: JsonObject, name: string): string {
  return checkText(value[name], name);
}

function checkText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw malformed(`${name} is not text`);
  return value;
}

function checkId(id: string): string {
  if (checkText(id, 'id') === '') throw malformed('its id is empty');
  return id;
}

function optional(name: 'requestId' | 'intent', value: unknown): Pick<EntryBody, 'requestId' | 'intent'> {
  return value === undefined ? {} : { [name]: checkText(value, name) };
}

function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw malformed(`${name} is not a whole number`);
  return value;
}

function count(value: unknown, name: string): number {
  const number = whole(value, name);
  if (number < 0) throw malformed(`${name} is below zero`);
  return number;
}

function oneOf<T extends string>(words: readonly T[], value: unknown, name: string): T {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw malformed(`${name} is not a word this release knows`);
  return word;
}

function texts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw malformed('pii is not an object');
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, checkText(item, `pii.${name}`)]),
  );
}

function malformed(what: string, cause?: unknown): GatewayError {
  return new GatewayError('internal', { detail: `Not the body of a case-log entry: ${what}.`, cause });
}
