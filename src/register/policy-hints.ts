import type { ActRule, Policy } from '../domain/policy.ts';
import { REGISTER_ACTS, type RegisterActName } from '../domain/register-acts.ts';
import {
  ACCEPTING_DISPOSITIONS,
  AI_FUNCTIONS,
  DISPOSITIONS,
  FINAL_DISPOSITIONS,
  type AiFunction,
} from '../domain/words.ts';

/** What the pathway locks behind a smart card, beside final interpretations. */
const CARD_FUNCTIONS: readonly AiFunction[] = ['record-query', 'prescribing-suggestion'];
const CARD_ACTS: readonly RegisterActName[] = ['release-model', 'lift-stop-use'];
const CARD = 3;

/**
 * What a policy may say, and what whoever wrote it may not have meant: functions, dispositions and acts that are nobody's, and
 * less than the pathway asks for where it asks for a card or for two people. One sentence each.
 */
export function policyHints(policy: Policy): readonly string[] {
  return [
    ...nobodys(policy),
    ...heldForGood(policy),
    ...unsupervised(policy),
    ...weakened(policy),
    ...unsigned(policy),
  ];
}

function nobodys({ duties, dispositions, acts }: Policy): readonly string[] {
  const used = new Set<string>(duties.map((duty) => duty.function));
  const given = new Set<string>(dispositions.map(({ disposition }) => disposition));
  const done = new Set<string>(acts.map(({ act }) => act));
  return [
    ...AI_FUNCTIONS.filter((name) => !used.has(name)).map(
      (name) => `Nobody may use ${name}: no duty names it.`,
    ),
    ...DISPOSITIONS.filter((name) => !given.has(name)).map(
      (name) => `Nobody may mark a result as ${name}: no disposition names it.`,
    ),
    ...REGISTER_ACTS.filter((name) => !done.has(name)).map(
      (name) => `Nobody may do "${name}": no act names it.`,
    ),
  ];
}

function heldForGood({ storedResults, dispositions }: Policy): readonly string[] {
  const isLetOut = dispositions.some(({ disposition }) => ACCEPTING_DISPOSITIONS.includes(disposition));
  if (storedResults !== 'held' || isLetOut) return [];
  return ['Stored AI results are held here, and nobody may accept or edit one: nobody ever sees them.'];
}

/** A supervisor must be able to work alone. */
function unsupervised({ schemes, duties }: Policy): readonly string[] {
  const alone = new Set(schemes.filter(({ supervisedOnly }) => !supervisedOnly).map(({ id }) => id));
  return duties
    .filter(({ credentials }) => !credentials.some((id) => alone.has(id)))
    .map(
      (duty) => `Nobody can use ${duty.function}: all who may are supervised, and nobody may supervise them.`,
    );
}

function weakened({ duties, dispositions, acts }: Policy): readonly string[] {
  const cardless = [
    ...duties
      .filter((duty) => CARD_FUNCTIONS.includes(duty.function) && duty.minAssurance < CARD)
      .map((duty) => duty.function),
    ...dispositions
      .filter(
        ({ disposition, minAssurance }) => FINAL_DISPOSITIONS.includes(disposition) && minAssurance < CARD,
      )
      .map(({ disposition }) => disposition),
    ...acts
      .filter(({ act, minAssurance }) => CARD_ACTS.includes(act) && minAssurance < CARD)
      .map(({ act }) => act),
  ];
  return [
    ...cardless.map((name) => `"${name}" needs no smart card here; the pathway wants one.`),
    ...acts.filter(isLiftedAlone).map(() => 'One person alone may lift a stop-use here; it should take two.'),
  ];
}

/** Who is named under a direction prescribes nothing, and has all the more need of somebody who does. */
function unsigned({ duties }: Policy): readonly string[] {
  return duties
    .filter(({ coSignature }) => !coSignature)
    .flatMap(({ directions = [] }) => directions)
    .map(
      ({ id }) =>
        `What is suggested under ${id} is shown without a second person’s signature here; the pathway wants one.`,
    );
}

function isLiftedAlone({ act, people }: ActRule): boolean {
  return act === 'lift-stop-use' && people === 1;
}
