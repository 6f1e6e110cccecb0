import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { RegisterKind } from '../domain/register-acts.ts';
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
  const placed = <T>(
    section: keyof RegisterFile,
    rows: readonly T[],
    toChange: (row: T) => RecordChange,
  ): readonly PlacedChange[] =>
    rows.map((row, place) => ({ change: toChange(row), path: [section, place] as const }));
  return [
    ...placed('practitioners', practitioners, (record) => ({ kind: 'practitioner', id: record.id, record })),
    ...placed('modelVersions', modelVersions, (record) => ({
      kind: 'model-version',
      id: `${record.model}@${record.version}`,
      record,
    })),
    ...placed('guidelines', guidelines, (record) => ({
      kind: 'guideline',
      id: `${record.id}@${record.version}`,
      record,
    })),
    ...placed('plans', plans, (record) => ({ kind: 'plan', id: record.id, record })),
    ...placed('acceptanceTests', acceptanceTests, (record) => ({
      kind: 'acceptance-test',
      id: record.id,
      record,
    })),
    ...placed('evidence', evidence, (record) => ({ kind: 'evidence', id: record.id, record })),
    ...placed('approvals', approvals, (record) => ({ kind: 'approval', id: record.id, record })),
    ...placed('stopUses', stopUses, (record) => ({ kind: 'stop-use', id: record.id, record })),
    ...placed('removals', removals, ({ kind, id, reason }) => ({ kind, id, removed: true, reason })),
  ];
}
