import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

/** One thing that is wrong in a YAML or JSON file. Lines count from 1; the path names keys and list positions from 0. */
export interface YamlFault {
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** One thing that is wrong in what was read, before it is looked up where its key stands. */
export interface PlainFault {
  readonly path: Path;
  readonly message: string;
}

/** A file as it was read, before it is held against any schema. */
export interface PlainYaml {
  readonly faults: readonly YamlFault[];
  /** What the file says, unchecked; absent where it is no YAML. */
  readonly plain?: unknown;
  /** Line of a key of the file, for faults that are found later. */
  readonly lineOf: (path: Path) => number;
}

interface ReadYaml<T> extends PlainYaml {
  /** Present exactly when there are no faults. */
  readonly value?: T;
}

/**
 * Reads YAML 1.2 (of which JSON is a part) against a schema and lists every fault with its line: syntax, keys given
 * twice, unknown keys, wrong values. Never throws, never edits a value.
 */
export function readYaml<T>(schema: z.ZodType<T>, text: string): ReadYaml<T> {
  return checkYaml(schema, readPlainYaml(text));
}

/** Holds a file that was read against a schema. Never throws, never edits a value. */
export function checkYaml<T>(schema: z.ZodType<T>, read: PlainYaml): ReadYaml<T> {
  if (read.faults.length > 0) return read;
  const { value, faults } = checkPlain(schema, read.plain);
  if (value !== undefined) return { ...read, value };
  const placed = faults.map(({ path, message }) => ({
    line: read.lineOf(path),
    path: nameOfPath(path),
    message,
  }));
  return { ...read, faults: placed.toSorted((a, b) => a.line - b.line) };
}

/** Reads YAML without asking what it says: faults of its syntax only. Never throws. */
export function readPlainYaml(text: string): PlainYaml {
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
  return { faults: [], plain: plain.value, lineOf };
}

/** Holds what was read against a schema: every fault with the path of its key. */
export function checkPlain<T>(
  schema: z.ZodType<T>,
  plain: unknown,
): { readonly value?: T; readonly faults: readonly PlainFault[] } {
  const parsed = schema.safeParse(plain);
  return parsed.success
    ? { value: parsed.data, faults: [] }
    : { faults: parsed.error.issues.flatMap((issue) => describe(issue)) };
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

function describe(issue: z.core.$ZodIssue): readonly PlainFault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'this key is not known' }));
}

/** `schemes.0.entry`, or `file` for the whole. */
export function nameOfPath(path: Path): string {
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
