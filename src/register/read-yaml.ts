import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

/** One thing that is wrong in a YAML or JSON file. Lines count from 1; the path names keys and list positions from 0. */
export interface YamlFault {
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

type Path = readonly PropertyKey[];

interface ReadYaml<T> {
  /** Present exactly when there are no faults. */
  readonly value?: T;
  readonly faults: readonly YamlFault[];
  /** What the file says, unchecked; absent where it is no YAML. */
  readonly plain?: unknown;
  /** Line of a key of the file, for faults that are found later. */
  readonly lineOf: (path: Path) => number;
}

/**
 * Reads YAML 1.2 (of which JSON is a part) against a schema and lists every fault with its line: syntax, keys given
 * twice, unknown keys, wrong values. Never throws, never edits a value.
 */
export function readYaml<T>(schema: z.ZodType<T>, text: string): ReadYaml<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (path: Path): number => lineOfPath(document, lines, path);
  const broken = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    path: 'file',
    message: error.message,
  }));
  if (broken.length > 0) return { faults: broken, lineOf };
  const plain = toPlain(document);
  if (plain === undefined) {
    return {
      faults: [{ line: 1, path: 'file', message: 'too many aliases, or one that leads nowhere' }],
      lineOf,
    };
  }
  const parsed = schema.safeParse(plain.value);
  const said = { plain: plain.value, lineOf };
  if (parsed.success) return { value: parsed.data, faults: [], ...said };
  const faults = parsed.error.issues
    .flatMap((issue) => describe(issue))
    .map(({ path, message }): YamlFault => ({ line: lineOf(path), path: nameOf(path), message }));
  return { faults: faults.toSorted((a, b) => a.line - b.line), ...said };
}

/** Aliases expand here; the library stops at a hundred, so that a small file cannot become a huge one. */
function toPlain(document: Document): { readonly value: unknown } | undefined {
  try {
    const value: unknown = document.toJS();
    return { value };
  } catch {
    // The only way to fail after a clean parse is an alias; the caller says so.
    return undefined;
  }
}

function describe(issue: z.core.$ZodIssue): readonly { readonly path: Path; readonly message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'this key is not known' }));
}

function nameOf(path: Path): string {
  return path.length === 0 ? 'file' : path.map(String).join('.');
}

/** The key where there is one, else the nearest thing around it that the file has. */
function lineOfPath(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

function offsetOf(document: Document, path: Path): number | undefined {
  const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(holder)) {
    const pair = holder.items.find((item) => isScalar(item.key) && item.key.value === last);
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
