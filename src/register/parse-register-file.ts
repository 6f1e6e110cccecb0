import { GatewayError } from '../domain/errors.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import { readYaml, type YamlFault } from './read-yaml.ts';
import { changesOfFile, keyOfChange, type PlacedChange } from './register-change.ts';
import { registerFileSchema } from './register-schema.ts';

/** An import file cannot be taken; every fault is listed, each with its line. Nothing of it was taken. */
export class RegisterFileFaults extends GatewayError {
  override readonly name = 'RegisterFileFaults';
  readonly faults: readonly YamlFault[];

  constructor(file: string, faults: readonly YamlFault[]) {
    const lines = faults.map(({ line, path, message }) => `${file}:${String(line)}: ${path}: ${message}`);
    super('bad-request', {
      detail: ['The register file cannot be taken. Nothing was changed.', ...lines].join('\n'),
    });
    this.faults = faults;
  }
}

/** An import file that keeps to its schema, and the way from a record back to its line. */
export interface ParsedRegisterFile {
  readonly changes: readonly PlacedChange[];
  /** The file's own words for what is wrong with a record beside others. */
  readonly faultsOf: (faults: readonly DraftFault[]) => RegisterFileFaults;
}

/**
 * Reads an import file, YAML or JSON. `name` is what faults call it. Throws RegisterFileFaults with all faults at once: syntax,
 * unknown keys, wrong values, dates that contradict each other, what nobody may grant or attest for themselves, a record given
 * twice. How it fits the register is `checkRecords`'s to say.
 */
export function parseRegisterFile(text: string, name: string): ParsedRegisterFile {
  const { value, faults, lineOf } = readYaml(registerFileSchema, text);
  if (value === undefined) throw new RegisterFileFaults(name, faults);
  const changes = changesOfFile(value);
  const paths = new Map<string, PlacedChange['path']>();
  const twice: YamlFault[] = [];
  for (const { change, path } of changes) {
    const key = keyOfChange(change);
    if (paths.has(key))
      twice.push({ line: lineOf(path), path: path.join('.'), message: `${key} is given twice` });
    paths.set(key, path);
  }
  if (twice.length > 0) throw new RegisterFileFaults(name, twice);
  const place = (fault: DraftFault): YamlFault => {
    const { kind, id, field, message } = fault;
    const path = paths.get(keyOfChange(fault));
    // A record that the file leaves alone, but that what it takes back leaves hanging.
    if (path === undefined) return { line: 1, path: `${kind} ${id}`, message: `${field}: ${message}` };
    return { line: lineOf([...path, field]), path: [...path, field].join('.'), message };
  };
  return {
    changes,
    faultsOf: (found) =>
      new RegisterFileFaults(
        name,
        found.map(place).toSorted((a, b) => a.line - b.line),
      ),
  };
}
