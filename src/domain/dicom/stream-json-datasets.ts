import type { DatasetRules } from './dataset-rules.ts';
import { rewriteUrl } from './rewrite-dicom-urls.ts';
import { jsonText, scanJsonDataset, UnreadableJson, type DatasetScan } from './scan-json-dataset.ts';
import { walkJsonList } from './walk-json-list.ts';

interface Segment {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A dataset that has come and is not judged yet. */
interface Come {
  readonly dataset: DatasetScan;
  readonly bytes: Uint8Array;
  readonly start: number;
}

interface State {
  readonly rules: DatasetRules;
  hasWritten: boolean;
  unmapped: number;
  out: Segment[];
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;

/**
 * Passes a list of datasets in the DICOM JSON model (PS3.18 §F.2) on as it comes, leaving out those that may not pass, with the
 * gateway's own addresses in the others; every other byte of a dataset is as it came. White space between datasets goes.
 * Held are at most one dataset and one piece of the source; what is given out of a piece was decided on with no wait in
 * between. The closing bracket goes out only when the PACS has ended the list and its answer. How the body is cut makes no
 * difference. Throws UpstreamFault for a truncated list, for what is no list of DICOM JSON, and for a dataset above 64 MiB.
 */
export async function* streamJsonDatasets(
  source: AsyncIterable<Uint8Array>,
  rules: DatasetRules,
): AsyncGenerator<Uint8Array, void, undefined> {
  const state: State = { rules, hasWritten: false, unmapped: 0, out: [] };
  const come: Come[] = [];
  const walk = walkJsonList({
    scan: scanJsonDataset,
    take: (dataset, bytes, start) => {
      checkUtf8(bytes.subarray(start, dataset.end));
      come.push({ dataset, bytes, start });
    },
  });
  for await (const piece of source) {
    walk.take(piece);
    const lookUp = rules.lookUp?.(come.map(({ dataset }) => dataset.identity));
    if (lookUp !== undefined) await lookUp;
    settleAll(state, come.splice(0));
    if (state.out.length > 0) yield joined(state.out.splice(0));
  }
  walk.end();
  rules.onWhole?.();
  yield Buffer.from(state.hasWritten ? ']' : '[]');
}

function settleAll(state: State, come: readonly Come[]): void {
  for (const one of come) settle(state, one);
  if (state.unmapped > 0) state.rules.onUnmapped?.(state.unmapped);
  state.unmapped = 0;
}

/** Lets a whole dataset out, or not. */
function settle(state: State, { dataset, bytes, start }: Come): void {
  const { rules } = state;
  const { end, identity, addresses } = dataset;
  if (!rules.mayPass(identity)) return;
  rules.onPassing?.(identity, bytes.subarray(start, end));
  const separator = state.hasWritten ? COMMA : OPEN_LIST;
  state.hasWritten = true;
  let from = start - 1;
  if (bytes[from] !== separator) {
    put(state, { bytes: Uint8Array.of(separator), start: 0, end: 1 });
    from = start;
  }
  for (const address of addresses) {
    const text = jsonText(bytes, address);
    const { value, unmapped } = rewriteUrl(text, rules.mapping);
    state.unmapped += unmapped;
    if (value === text) continue;
    const written = Buffer.from(JSON.stringify(value));
    put(state, { bytes, start: from, end: address.start });
    put(state, { bytes: written, start: 0, end: written.length });
    from = address.end;
  }
  put(state, { bytes, start: from, end });
}

function checkUtf8(bytes: Uint8Array): void {
  try {
    UTF8.decode(bytes);
  } catch {
    throw new UnreadableJson(0);
  }
}

/** What follows on what was put last is put to it, so that a piece that stays as it is goes on without a copy. */
function put({ out }: State, segment: Segment): void {
  const last = out.at(-1);
  if (last?.bytes === segment.bytes && last.end === segment.start)
    out[out.length - 1] = { ...last, end: segment.end };
  else out.push(segment);
}

function joined(segments: readonly Segment[]): Uint8Array {
  const [only, ...others] = segments;
  if (only && others.length === 0) return only.bytes.subarray(only.start, only.end);
  const whole = Buffer.allocUnsafe(segments.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { bytes, start, end } of segments) {
    whole.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return whole;
}
