import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { baseNameSchema } from './policy-schema.ts';
import { checkPlain, readPlainYaml, type PlainYaml } from './read-yaml.ts';

/** One file of a policy: what people call it, and what it says. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
  readonly yaml: PlainYaml;
}

/** One thing that is wrong in one file of a policy. */
export interface PolicyFault {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** The policy cannot be used, so the gateway does not start; every fault is listed, each with its file and line. */
export class PolicyFaults extends Error {
  override readonly name = 'PolicyFaults';
  readonly faults: readonly PolicyFault[];

  constructor(faults: readonly PolicyFault[], options?: { readonly cause: unknown }) {
    const lines = faults.map(
      ({ file, line, path, message }) => `${file}:${String(line)}: ${path}: ${message}`,
    );
    super(['the policy cannot be used:', ...lines].join('\n'), options);
    this.faults = faults;
  }
}

/**
 * Reads a policy file, the one it extends, what that one extends, and so on, in this order. Each lies in the folder of the first.
 * Throws PolicyFaults when one of them cannot be read or is no text, or when the chain comes back to where it was.
 */
export function readPolicyFiles(path: string): readonly PolicyFile[] {
  const files = [
    readPolicyFile(path, { file: path, line: 1, path: 'file', message: 'this file cannot be read' }),
  ];
  for (let last = files[0]; last !== undefined;) {
    const base = baseOf(last);
    if (base === undefined) break;
    const at = { file: last.name, line: base.line, path: 'extends' };
    if (files.some(({ name }) => basename(name) === base.name)) {
      throw new PolicyFaults([
        { ...at, message: `comes back to ${base.name}: a policy cannot extend itself` },
      ]);
    }
    const message = `${base.name} cannot be read: it must lie in the same folder`;
    last = readPolicyFile(join(dirname(path), base.name), { ...at, message });
    files.push(last);
  }
  return files;
}

function readPolicyFile(path: string, unreadable: PolicyFault): PolicyFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause: unknown) {
    throw new PolicyFaults([unreadable], { cause });
  }
  try {
    // The byte-order mark stays: the text that is kept must be the file, byte for byte.
    return policyFile(path, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause: unknown) {
    throw new PolicyFaults([{ file: path, line: 1, path: 'file', message: 'is not UTF-8' }], { cause });
  }
}

/**
 * The file that this one extends, and the line that says so; undefined where it stands by itself. Throws PolicyFaults for anything
 * but the name of a file in the same folder.
 */
export function baseOf({
  name: file,
  yaml,
}: PolicyFile): { readonly name: string; readonly line: number } | undefined {
  const { plain, lineOf } = yaml;
  if (typeof plain !== 'object' || plain === null || !('extends' in plain)) return undefined;
  const line = lineOf(['extends']);
  const { value, faults } = checkPlain(baseNameSchema, plain.extends);
  if (value !== undefined) return { name: value, line };
  throw new PolicyFaults(faults.map(({ message }) => ({ file, line, path: 'extends', message })));
}

/**
 * One text that says all of a policy, to be kept: the file's own where it is one file; else the texts of all its files as a JSON
 * list of strings, in the order in which each extends the next. No policy file is a list, so the two cannot be mistaken.
 */
export function keptTextOf(files: readonly PolicyFile[]): string {
  const texts = files.map(({ text }) => text);
  return texts.length === 1 ? texts.join('') : JSON.stringify(texts);
}

const keptTexts = z.array(z.string()).min(2);

/** The files of a kept text, under names that say which of them is meant. */
export function filesOfKeptText(kept: string, name: string): readonly PolicyFile[] {
  const texts = kept.startsWith('["') ? keptTexts.safeParse(parseJson(kept)).data : undefined;
  if (texts === undefined) return [policyFile(name, kept)];
  return texts.map((text, place) => policyFile(`${name} (file ${String(place + 1)})`, text));
}

function policyFile(name: string, text: string): PolicyFile {
  return { name, text, yaml: readPlainYaml(text) };
}

function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    // Not a kept list; then it is checked, and refused, as the policy file it is not.
    return undefined;
  }
}
