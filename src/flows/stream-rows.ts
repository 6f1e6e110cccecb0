import type { DicomJsonObject } from '../domain/dicom/dicom-json.ts';
import type { DatasetFormat } from '../domain/dicom/dicomweb-media.ts';
import { xmlPartsWriter } from '../domain/dicom/native-dicom-model.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { readJsonRows } from '../domain/dicom/read-json-rows.ts';
import { continued, SHORT_BYTES } from './beginning-of.ts';
import { withoutValidators, type DicomwebAnswer } from './dicomweb-answer.ts';
import type { PacsAnswer } from './ports.ts';

/** What becomes of the rows of a search. */
export interface RowRules {
  /** The rows that may be seen, judged at the moment they leave. */
  readonly judge: (rows: readonly DicomJsonObject[]) => Promise<readonly DicomJsonObject[]>;
  /** Rows as a JSON list, as they go out, in memory of its own. */
  readonly write: (rows: readonly DicomJsonObject[]) => Uint8Array;
  readonly format: DatasetFormat;
  /** Not known before this answer. */
  readonly newName: string;
}

/** How rows are put together to one answer. */
interface Form {
  readonly headers: Readonly<Record<string, string>>;
  /** Some rows, which are a JSON list. */
  readonly piece: (list: Uint8Array, isFirst: boolean) => Uint8Array;
  readonly end: (isFirst: boolean) => Uint8Array;
}

/** So much of an answer was read. */
interface Passed {
  rows: number;
  bytes: number;
}

const COMMA = 0x2c;

/**
 * Passes a long answer to a search on as it comes, some rows at a time, without a length. What is wrong in its first 64 KiB is thrown;
 * what is wrong behind them the body throws, and never ends the list. Throws UpstreamFault, and what judging throws.
 */
export async function streamRows(answer: PacsAnswer, rules: RowRules): Promise<DicomwebAnswer> {
  const { status, headers, cancel } = answer;
  const form = formOf(rules);
  const passed: Passed = { rows: 0, bytes: 0 };
  const pieces = piecesOf(answer, rules, form, passed);
  const first: Uint8Array[] = [];
  while (passed.bytes <= SHORT_BYTES) {
    const next = await pieces.next();
    if (next.done === true) break;
    first.push(next.value);
  }
  return {
    status,
    headers: { ...withoutValidators(headers), ...form.headers },
    body: continued(first, pieces),
    cancel,
    rowsFound: () => passed.rows,
  };
}

async function* piecesOf(
  { body }: PacsAnswer,
  { judge, write }: RowRules,
  form: Form,
  passed: Passed,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const { rows, bytes } of readJsonRows(body)) {
    passed.rows += rows.length;
    passed.bytes += bytes;
    const readable = await judge(rows);
    if (readable.length === 0) continue;
    yield form.piece(write(readable), isFirst);
    isFirst = false;
  }
  yield form.end(isFirst);
}

function formOf({ format, newName }: RowRules): Form {
  return format === 'json' ? JSON_FORM : xmlForm(newName);
}

const JSON_FORM: Form = {
  headers: {},
  piece: (list, isFirst) => {
    if (!isFirst) list[0] = COMMA;
    return list.subarray(0, -1);
  },
  end: (isFirst) => Buffer.from(isFirst ? '[]' : ']'),
};

function xmlForm(newName: string): Form {
  const { contentType, parts, end } = xmlPartsWriter(newName);
  return { headers: { 'content-type': contentType }, piece: (list) => parts(parseDatasets(list)), end };
}
