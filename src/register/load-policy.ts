import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Policy } from '../domain/policy.ts';
import { deepFreeze } from './deep-freeze.ts';
import { extendPolicy, type ComposedPolicy, type OwnPart } from './extend-policy.ts';
import { extensionFaults } from './extension-faults.ts';
import { contradictionsIn } from './policy-contradictions.ts';
import {
  baseOf,
  filesOfKeptText,
  keptTextOf,
  PolicyFaults,
  readPolicyFiles,
  type PolicyFault,
  type PolicyFile,
} from './policy-files.ts';
import { originsOf, placeIn, type Path, type Place } from './policy-origins.ts';
import { policyExtensionSchema, policySchema, type PolicyExtension } from './policy-schema.ts';
import { checkYaml, nameOfPath } from './read-yaml.ts';

/** A policy, and the one text that says all of it: `parsePolicy` makes the same policy of it, with the same digest. */
export interface PolicyWithText {
  readonly policy: Policy;
  readonly text: string;
}

/** Reads a policy file and what it extends. Throws PolicyFaults, also when one of the files cannot be read. */
export function loadPolicy(path: string): Policy {
  return loadPolicyWithText(path).policy;
}

/** Reads a policy as `loadPolicy` does, with the text to keep, so that what was decided under it can be replayed. Throws PolicyFaults. */
export function loadPolicyWithText(path: string): PolicyWithText {
  const files = readPolicyFiles(path);
  return { policy: policyOf(files), text: keptTextOf(files) };
}

/**
 * Checks a policy's text and freezes what it says. The text is that of one file, or a kept one that holds several. `name` is what
 * faults call it. The digest is `sha256:<hex>` over the kept text, as UTF-8: for a policy of one file over the file's bytes, else
 * over the JSON list of the texts of all its files, each followed by the one it extends. Throws PolicyFaults with all faults at once.
 */
export function parsePolicy(text: string, name: string): Policy {
  return policyOf(filesOfKeptText(text, name));
}

function policyOf(files: readonly PolicyFile[]): Policy {
  const { value, origins } = compose(files);
  const faults = contradictionsIn(value).map(({ path, message }) => ({
    // Whatever can contradict stands in an entry of some file.
    ...(placeIn(value, origins, path) ?? { file: files[0]?.name ?? '', line: 1, path: nameOfPath(path) }),
    message,
  }));
  if (faults.length > 0) throw new PolicyFaults(faults);
  const digest = `sha256:${createHash('sha256').update(keptTextOf(files), 'utf8').digest('hex')}`;
  return deepFreeze({ ...value, digest });
}

/** The last file stands by itself; each one before it extends what comes after. Throws PolicyFaults with those of every file. */
function compose(files: readonly PolicyFile[]): ComposedPolicy {
  refuseDangling(files);
  const parts = files.slice(0, -1).map((file) => readPart(file, policyExtensionSchema));
  const wholes = files.slice(-1).map((file) => readPart(file, policySchema));
  const faults = [...parts, ...wholes].flatMap((part) => part.faults);
  if (faults.length > 0) throw new PolicyFaults(faults);
  const [whole] = wholes.flatMap(wholeOf);
  if (whole === undefined) throw new TypeError('a policy is one file at least');
  return parts.flatMap(ownPartOf).reduceRight(extended, whole);
}

/** A text that was cut loose from what it extends says less than it seems to. */
function refuseDangling(files: readonly PolicyFile[]): void {
  const last = files.at(-1);
  const base = last === undefined ? undefined : baseOf(last);
  if (last === undefined || base === undefined) return;
  const message = `${base.name} is not here`;
  throw new PolicyFaults([{ file: last.name, line: base.line, path: 'extends', message }]);
}

interface ReadPart<T> {
  readonly value?: T;
  readonly faults: readonly PolicyFault[];
  readonly placeOf: (path: Path) => Place;
}

function readPart<T>({ name, yaml }: PolicyFile, schema: z.ZodType<T>): ReadPart<T> {
  const { value, faults, lineOf } = checkYaml(schema, yaml);
  return {
    ...(value === undefined ? {} : { value }),
    faults: faults.map((fault) => ({ file: name, ...fault })),
    placeOf: (path) => ({ file: name, line: lineOf(path), path: nameOfPath(path) }),
  };
}

function wholeOf({ value, placeOf }: ReadPart<Omit<Policy, 'digest'>>): readonly ComposedPolicy[] {
  return value === undefined ? [] : [{ value, origins: originsOf(value, placeOf) }];
}

function ownPartOf({ value, placeOf }: ReadPart<PolicyExtension>): readonly OwnPart[] {
  return value === undefined ? [] : [{ value, origins: originsOf(value, placeOf), placeOf }];
}

function extended(base: ComposedPolicy, own: OwnPart): ComposedPolicy {
  const wrong = extensionFaults(own.value, base.value);
  if (wrong.length === 0) return extendPolicy(base, own);
  throw new PolicyFaults(wrong.map(({ path, message }) => ({ ...own.placeOf(path), message })));
}
