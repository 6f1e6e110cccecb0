import { proposalLines, withRegister, type Said } from './compose-offline.ts';
import type { Place } from './compose-parts.ts';
import type { Config } from './config.ts';
import { proposeCsv } from './flows/propose-csv.ts';
import { faultLines, type WeighedCsv } from './flows/weigh-csv.ts';
import { writeCsv } from './flows/write-csv.ts';
import { collectionOf } from './http/register-kinds.ts';
import { createCsvTables } from './register/create-csv-tables.ts';

/**
 * Hands on all records of a kind (`practitioners`, `evidence`, …) as a CSV table, piece by piece.
 * Throws GatewayError('not-found') for a kind that the register does not have, CaseLogUnavailable while a gateway runs.
 */
export async function exportTable(
  config: Config,
  place: Place,
  to: { readonly kind: string; readonly write: (piece: string) => Promise<void> },
): Promise<void> {
  const { kind } = collectionOf(to.kind);
  await withRegister(config, place, async ({ register }) => {
    for await (const piece of writeCsv({ tables: createCsvTables(), register }, kind)) await to.write(piece);
  });
}

/**
 * Proposes what a CSV table says, or says what would come of it. `ok` is false where a dry run found faults. Throws
 * GatewayError('bad-request') with the faults of the table, GatewayError('not-found') for a kind that the register does not have,
 * CaseLogUnavailable while a gateway runs.
 */
export async function importTable(
  config: Config,
  place: Place,
  table: {
    readonly kind: string;
    readonly bytes: Uint8Array;
    readonly name: string;
    readonly isDryRun: boolean;
  },
): Promise<Said & { readonly ok: boolean }> {
  const { kind } = collectionOf(table.kind);
  const { weighed, proposal } = await withRegister(config, place, ({ register }) =>
    proposeCsv({ tables: createCsvTables(), register }, { ...table, kind }),
  );
  if (proposal !== undefined) return { ok: true, lines: proposalLines(proposal) };
  const faults = faultLines(weighed.faults, Infinity).map((line) => `${table.name}: ${line}`);
  return { ok: faults.length === 0, lines: [...changeLines(weighed), ...faults, summary(weighed)] };
}

function changeLines({ kind, added, changed }: WeighedCsv): readonly string[] {
  return [
    ...added.map(({ row, id }) => `row ${String(row)} would add ${kind} ${id}`),
    ...changed.map(
      ({ row, id, fields }) => `row ${String(row)} would change ${kind} ${id}: ${fields.join(', ')}`,
    ),
  ];
}

function summary({ added, changed, unchanged, faults }: WeighedCsv): string {
  const counts = [
    `${String(added.length)} to add`,
    `${String(changed.length)} to change`,
    `${String(unchanged)} as they are`,
    `${String(faults.length)} faults`,
  ];
  return `${counts.join(', ')}. Nothing was changed.`;
}
