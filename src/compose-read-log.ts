import { openCaseLogReadOnly } from './caselog/open-case-log-read-only.ts';
import { verifyCaseLog } from './caselog/verify-case-log.ts';
import { quietly, type Said } from './compose-offline.ts';
import { logFolderOf, storesOf, type Stores } from './compose-stores.ts';
import type { Config } from './config.ts';
import type { CaseView } from './domain/case-view.ts';
import { listAllCases } from './flows/list-all-cases.ts';

/** A data folder, or a config that says where everything is kept. */
type Place = string | Config;

type LogReading = Pick<Stores, 'openLogReadOnly' | 'verifyLog' | 'close'>;

function logIn(place: Place): LogReading {
  if (typeof place !== 'string') return storesOf(place, quietly);
  const dir = logFolderOf(place);
  return {
    openLogReadOnly: () => Promise.resolve(openCaseLogReadOnly({ dir })),
    verifyLog: (against) => verifyCaseLog({ dir, ...against }),
    close: () => Promise.resolve(),
  };
}

/** Verifies a case log, whether or not a gateway writes it. Never throws for what it finds. */
export async function verifyLog(
  place: Place,
  against: { readonly vkey?: string; readonly oldCheckpoint?: string },
): Promise<Said & { readonly ok: boolean }> {
  const log = logIn(place);
  const { ok, verdict, size, signedSize, absentPersonal, problems } = await log
    .verifyLog(against)
    .finally(log.close);
  const summary = `${verdict}: ${String(size)} entries, ${String(signedSize)} of them under a signed checkpoint`;
  const hints = [
    ...(absentPersonal === 0
      ? []
      : [
          `${String(absentPersonal)} personal values that entries commit to are not there: erased, or deleted by somebody.`,
        ]),
    ...(verdict === 'self-consistent'
      ? ['Self-consistent is all that can be said without the public key from elsewhere (--vkey).']
      : []),
  ];
  return { ok, lines: [...problems.map(({ place, detail }) => `${place}: ${detail}`), summary, ...hints] };
}

/** Every case of a log, oldest first: JSON lines, or a table. Throws CaseLogUnavailable. */
export async function* listLoggedCases(
  place: Place,
  how: { readonly ndjson: boolean },
): AsyncIterable<string> {
  const log = logIn(place);
  try {
    const reader = await log.openLogReadOnly();
    if (!how.ndjson) yield row(['opened', 'case', 'state', 'function', 'model', 'person', 'disposition']);
    for await (const view of listAllCases({ caseLogReader: reader })) {
      yield how.ndjson ? JSON.stringify(view) : row(cells(view));
    }
    reader.close();
  } finally {
    await log.close();
  }
}

function cells(view: CaseView): readonly string[] {
  return [
    new Date(view.openedUs / 1_000).toISOString(),
    view.caseId,
    view.state,
    view.function,
    `${view.model}@${view.version}`,
    view.practitioner ?? '-',
    view.disposition ?? '-',
  ];
}

const WIDTHS = [24, 38, 11, 22, 28, 20, 11];

function row(values: readonly string[]): string {
  return values
    .map((value, place) => value.padEnd(WIDTHS[place] ?? 0))
    .join(' ')
    .trimEnd();
}
