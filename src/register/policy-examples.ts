import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { EVIDENCE_TYPES } from '../domain/evidence-types.ts';
import type { Policy } from '../domain/policy.ts';
import {
  AI_FUNCTIONS,
  CREDENTIAL_STATUSES,
  DECLARATION_STATEMENTS,
  PROFESSIONS,
  RESULTS,
} from '../domain/words.ts';
import { PolicyFaults, type PolicyFault } from './policy-files.ts';
import { readYaml } from './read-yaml.ts';

const line = z.string().min(1).max(200);
const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dots, hyphens, underscores');
/** A day means its first moment, UTC. */
const moment = z
  .union([z.iso.date(), z.iso.datetime()], {
    error: 'a date like 2026-03-03, or a time like 2026-03-03T09:30:00Z',
  })
  .transform((text) => Date.parse(text));
const functions = z.array(z.enum(AI_FUNCTIONS)).exactOptional();

const piece = z.strictObject({
  type: z.enum(EVIDENCE_TYPES),
  on: moment,
  /** Exclusive. */
  until: moment.exactOptional(),
  scheme: word.exactOptional(),
  score: z.number().exactOptional(),
  credits: z.number().positive().exactOptional(),
  modelFamily: word.exactOptional(),
  result: z.enum(RESULTS).exactOptional(),
  /** One piece for each of these stations. */
  stations: z.array(z.int().min(1).max(20)).min(1).exactOptional(),
  /** One piece for each of these units; `credits` are those of each. */
  units: z.array(word).min(1).exactOptional(),
  count: z.int().min(1).max(10_000).exactOptional(),
  /** Place of the first of them. */
  ordinal: z.int().min(1).exactOptional(),
  criterion: word.exactOptional(),
  /** A declaration says all three where this is left out. */
  statements: z.array(z.enum(DECLARATION_STATEMENTS)).exactOptional(),
});

const example = z.strictObject({
  /** Who it is, in words: "a radiologist from entry to lapse to restoration". */
  name: line,
  profession: z.enum(PROFESSIONS),
  band: z.int().min(1).max(9).exactOptional(),
  /** The credential that the moments are about. */
  scheme: word,
  evidence: z.array(piece),
  /** What is expected when; what is not said is not looked at. */
  moments: z
    .array(
      z.strictObject({
        on: moment,
        status: z.enum(CREDENTIAL_STATUSES),
        /** Ids of the requirements that are not met, in any order. */
        missing: z.array(word).exactOptional(),
        /** What an independent approval would open, in any order. */
        functions,
        /** What would be open under a supervisor, or in the sandbox, in any order. */
        supervised: functions,
      }),
    )
    .min(1),
});

/** People who do not exist, kept beside a policy, with what it must say of them. */
const examplesSchema = z.strictObject({
  /** The model that functions are asked of is of this family. */
  modelFamily: word,
  examples: z.array(example).min(1),
});
export type PolicyExamples = z.infer<typeof examplesSchema>;
export type PolicyExample = PolicyExamples['examples'][number];

/** Where the examples of a policy file lie: beside it, as `<name>.examples.yaml`. */
export function examplesFileOf(policyFile: string): string {
  return policyFile.replace(/(\.ya?ml)?$/, '.examples.yaml');
}

/**
 * Reads the examples beside a policy file; undefined where there are none. Throws PolicyFaults, with every fault of the file, and
 * for examples of a scheme that the policy has not, or that is not for their profession.
 */
export function loadPolicyExamples(policyFile: string, policy: Policy): PolicyExamples | undefined {
  const file = examplesFileOf(policyFile);
  if (!existsSync(file)) return undefined;
  const { value, faults, lineOf } = readYaml(examplesSchema, readFileSync(file, 'utf8'));
  if (value === undefined) throw new PolicyFaults(faults.map((fault) => ({ file, ...fault })));
  const wrong = value.examples.flatMap(({ scheme, profession }, place): readonly PolicyFault[] => {
    const message = schemeFault(policy, scheme, profession);
    const path = ['examples', place, 'scheme'];
    return message === undefined ? [] : [{ file, line: lineOf(path), path: path.join('.'), message }];
  });
  if (wrong.length > 0) throw new PolicyFaults(wrong);
  return value;
}

function schemeFault(
  policy: Policy,
  id: string,
  profession: PolicyExample['profession'],
): string | undefined {
  const scheme = policy.schemes.find((one) => one.id === id);
  if (scheme === undefined) return `${id} is no scheme of ${policy.id}`;
  return scheme.professions.includes(profession) ? undefined : `${id} is not for a ${profession}`;
}
