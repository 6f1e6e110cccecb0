import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Policy, Scheme } from '../domain/policy.ts';
import { deepFreeze } from './deep-freeze.ts';
import { policySchema } from './policy-schema.ts';
import { readYaml, type YamlFault } from './read-yaml.ts';

/**
 * The policy file cannot be used; every fault is listed, each with its line.
 * @internal Nobody catches it: the gateway does not start.
 */
export class PolicyFaults extends Error {
  override readonly name = 'PolicyFaults';
  readonly faults: readonly YamlFault[];

  constructor(file: string, faults: readonly YamlFault[], options?: { readonly cause: unknown }) {
    const lines = faults.map(({ line, path, message }) => `${file}:${String(line)}: ${path}: ${message}`);
    super(['the policy cannot be used:', ...lines].join('\n'), options);
    this.faults = faults;
  }
}

type Path = readonly (string | number)[];
interface Fault {
  readonly path: Path;
  readonly message: string;
}

/** Reads a policy file. Throws PolicyFaults, also when the file cannot be read. */
export function loadPolicy(path: string): Policy {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause: unknown) {
    throw new PolicyFaults(path, [{ line: 1, path: 'file', message: 'this file cannot be read' }], { cause });
  }
  return parsePolicy(bytes, path);
}

/**
 * Checks a policy and freezes it. `name` is what faults call the file. The digest is `sha256:<hex>` over the bytes (a text
 * is taken as UTF-8). Throws PolicyFaults with all faults at once.
 * @internal Others load a file.
 */
export function parsePolicy(content: string | Uint8Array, name: string): Policy {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  const read = readYaml(policySchema, bytes.toString('utf8'));
  if (read.value === undefined) throw new PolicyFaults(name, read.faults);
  const faults = contradictions(read.value).map(({ path, message }) => ({
    line: read.lineOf(path),
    path: path.join('.'),
    message,
  }));
  if (faults.length > 0) throw new PolicyFaults(name, faults);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return deepFreeze({ ...read.value, digest });
}

function contradictions(policy: Omit<Policy, 'digest'>): readonly Fault[] {
  const { schemes, duties, dispositions } = policy;
  return [
    ...twice(schemes, 'schemes', (scheme) => scheme.id),
    ...twice(duties, 'duties', (duty) => duty.function),
    ...twice(dispositions, 'dispositions', (duty) => duty.disposition),
    ...schemes.flatMap(schemeFaults),
    ...unknownCredentials(schemes, duties, 'duties'),
    ...unknownCredentials(schemes, dispositions, 'dispositions'),
  ];
}

/** Two entries of one name would leave it open which of them holds. */
function twice<T>(entries: readonly T[], key: string, nameOf: (entry: T) => string): readonly Fault[] {
  const names = entries.map(nameOf);
  return names.flatMap((name, place) =>
    names.indexOf(name) === place ? [] : [{ path: [key, place], message: `${name} is given twice` }],
  );
}

const LISTS = ['entry', 'award', 'continuing'] as const;

function schemeFaults(scheme: Scheme, place: number): readonly Fault[] {
  const at = (list: string): Path => ['schemes', place, list];
  const repeated = LISTS.flatMap((list) =>
    twice(scheme[list], list, (requirement) => requirement.id).map(({ path, message }) => ({
      path: ['schemes', place, ...path],
      message,
    })),
  );
  const listed = scheme.award.some(({ evidence }) => evidence.length === 1 && evidence[0] === 'award');
  return listed
    ? repeated
    : [
        ...repeated,
        { path: at('award'), message: 'one requirement must ask for exactly the evidence "award"' },
      ];
}

function unknownCredentials(
  schemes: readonly Scheme[],
  duties: readonly { readonly credentials: readonly string[] }[],
  key: string,
): readonly Fault[] {
  const known = new Set(schemes.map((scheme) => scheme.id));
  return duties.flatMap(({ credentials }, place) =>
    credentials
      .filter((credential) => !known.has(credential))
      .map((credential) => ({
        path: [key, place, 'credentials'],
        message: `${credential} is no scheme of this policy`,
      })),
  );
}
