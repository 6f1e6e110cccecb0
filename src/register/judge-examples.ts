import { isoDate } from '../domain/calendar.ts';
import { credentialStatus } from '../domain/credential-status.ts';
import { isOpenInPrinciple } from '../domain/open-in-principle.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/register.ts';
import { AI_FUNCTIONS, type AiFunction } from '../domain/words.ts';
import { exampleVersion, practitionerOf, piecesOf, registerOf } from './example-register.ts';
import type { PolicyExample, PolicyExamples } from './policy-examples.ts';

/** Where a policy says something else of an example than was expected. */
export interface ExampleDifference {
  readonly example: string;
  /** ISO date. */
  readonly on: string;
  readonly of: 'status' | 'missing' | 'functions' | 'supervised';
  readonly expected: string;
  readonly found: string;
}

/**
 * Holds a policy against its examples: every difference, in the order of the file. Functions are asked of a released version of no
 * restriction, with an approval for all of them, by somebody who has just shown a card; what is wanted beside (a co-signature) is
 * not looked at. Pure.
 */
export function judgeExamples(policy: Policy, given: PolicyExamples): readonly ExampleDifference[] {
  return given.examples.flatMap((example) => judgeExample(policy, example, given.modelFamily));
}

function judgeExample(
  policy: Policy,
  example: PolicyExample,
  modelFamily: string,
): readonly ExampleDifference[] {
  const scheme = policy.schemes.find(({ id }) => id === example.scheme);
  if (scheme === undefined) return [];
  const practitioner = practitionerOf(example);
  const pieces = piecesOf(example);
  const open = opensIn(policy, example, modelFamily);
  return example.moments.flatMap(({ on, status, ...expected }) => {
    // A suspension holds from its record on, whatever it says; an example has no records but its dates.
    const evidence = pieces.filter(({ happenedAt }) => happenedAt <= on);
    const standing = credentialStatus({ practitioner, scheme, evidence, modelFamily }, on);
    const found: Found = {
      status: [standing.status],
      missing: standing.missing.map(({ id }) => id),
      functions: open('independent', on),
      supervised: open('sandbox', on),
    };
    return differences({ status: [status], ...expected }, found).map((difference) => ({
      example: example.name,
      on: isoDate(on),
      ...difference,
    }));
  });
}

const LOOKED_AT = ['status', 'missing', 'functions', 'supervised'] as const;
type Found = Readonly<Record<(typeof LOOKED_AT)[number], readonly string[]>>;

function differences(
  expected: Partial<Found>,
  found: Found,
): readonly Pick<ExampleDifference, 'of' | 'expected' | 'found'>[] {
  return LOOKED_AT.flatMap((of) => {
    const wanted = expected[of];
    if (wanted === undefined || listed(wanted) === listed(found[of])) return [];
    return [{ of, expected: listed(wanted), found: listed(found[of]) }];
  });
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.toSorted().join(', ');
}

/** Which functions are open in a mode, at a moment. */
function opensIn(
  policy: Policy,
  example: PolicyExample,
  modelFamily: string,
): (mode: 'independent' | 'sandbox', now: Instant) => readonly AiFunction[] {
  const version = exampleVersion(modelFamily);
  const registers = {
    independent: registerOf({ policy, example, version, mode: 'independent' }),
    sandbox: registerOf({ policy, example, version, mode: 'sandbox' }),
  };
  const practitioner = practitionerOf(example);
  const { model, version: exact } = version;
  return (mode, now) =>
    AI_FUNCTIONS.filter((name) => {
      const wish = { practitioner, function: name, model, version: exact, simulator: true };
      return isOpenInPrinciple(wish, registers[mode], now);
    });
}
