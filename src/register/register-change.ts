import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import { REGISTER_KINDS, type RegisterKind } from '../domain/register-acts.ts';
import type { RegisterFile } from './register-schema.ts';

/** One record as it is written: what it says, or that it is taken back. */
export type RecordChange =
  | { readonly kind: RegisterKind; readonly id: string; readonly record: unknown }
  | { readonly kind: RegisterKind; readonly id: string; readonly removed: true; readonly reason: string };

/** A change with its exact text: RFC 8785 canonical JSON, and the digest over it. */
export interface WrittenChange {
  readonly change: RecordChange;
  readonly body: string;
  readonly digest: string;
}

/** `sha256:<hex>` over the UTF-8 bytes of a text. */
export function textDigest(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}

/** Writes a change down. */
export function writeChange(change: RecordChange): WrittenChange {
  const body = canonicalJson(change);
  return { change, body, digest: textDigest(body) };
}

/** The members that name a record, those of them that its kind has. */
interface Named {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly version?: unknown;
}

/** The id under which a record stands: most kinds carry it, versions of models and of guidelines are named by what they are. */
export function idOfRecord(kind: RegisterKind, record: Named): string {
  const { id, model, version } = record;
  if (kind === 'model-version') return `${String(model)}@${String(version)}`;
  return kind === 'guideline' ? `${String(id)}@${String(version)}` : String(id);
}

/** What a written change says; undefined where it is none. */
export function parseChange(body: unknown): RecordChange | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { kind, id, ...said } = body as Readonly<Record<string, unknown>>;
  if (!isKind(kind) || typeof id !== 'string') return undefined;
  if (hasExactly(said, ['record'])) return { kind, id, record: said['record'] };
  const reason = reasonIn(said);
  return reason === undefined ? undefined : { kind, id, removed: true, reason };
}

function reasonIn(said: Readonly<Record<string, unknown>>): string | undefined {
  const { removed, reason } = said;
  const isRemoval = removed === true && hasExactly(said, ['removed', 'reason']);
  return isRemoval && typeof reason === 'string' ? reason : undefined;
}

function hasExactly(members: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return Object.keys(members).length === names.length && names.every((name) => name in members);
}

/** Reads a written change; undefined where the text is none. */
export function readChange(body: string): RecordChange | undefined {
  return parseChange(jsonOf(body));
}

/** JSON, or undefined where a text is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no record and no proposal: the caller says so.
    return undefined;
  }
}

const KINDS = new Set<unknown>(REGISTER_KINDS);
function isKind(kind: unknown): kind is RegisterKind {
  return KINDS.has(kind);
}

/** Names a record among all kinds. */
export function keyOfChange({ kind, id }: Pick<RecordChange, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

/** Where a change stands in the import file: section and place. */
export interface PlacedChange {
  readonly change: RecordChange;
  readonly path: readonly [section: keyof RegisterFile, place: number];
}

/** Everything a file says, in a fixed order: people before what is said of them, removals last. */
export function changesOfFile(file: RegisterFile): readonly PlacedChange[] {
  const { practitioners, evidence, modelVersions, approvals, stopUses, removals } = file;
  const { guidelines, plans, acceptanceTests } = file;
  const placed = (
    kind: RegisterKind,
    section: keyof RegisterFile,
    rows: readonly (Named & object)[],
  ): readonly PlacedChange[] =>
    rows.map((record, place) => ({
      change: { kind, id: idOfRecord(kind, record), record },
      path: [section, place] as const,
    }));
  return [
    ...placed('practitioner', 'practitioners', practitioners),
    ...placed('model-version', 'modelVersions', modelVersions),
    ...placed('guideline', 'guidelines', guidelines),
    ...placed('plan', 'plans', plans),
    ...placed('acceptance-test', 'acceptanceTests', acceptanceTests),
    ...placed('evidence', 'evidence', evidence),
    ...placed('approval', 'approvals', approvals),
    ...placed('stop-use', 'stopUses', stopUses),
    ...removals.map(({ kind, id, reason }, place): PlacedChange => ({
      change: { kind, id, removed: true, reason },
      path: ['removals', place],
    })),
  ];
}
