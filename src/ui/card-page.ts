import type { CredentialCard } from '../domain/credential-card.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import { functionText, standingText, type Tag } from './plain-words.ts';
import { credentialTag, modeWords } from './register-words.ts';

/** The card as a person shows it. */
export interface CardPage {
  readonly name: string;
  readonly standing: string;
  /** `GMC 1234567`; absent where the register holds no number. */
  readonly registration?: string;
  readonly issued: Moment;
  readonly until: Moment;
  /** For how long, from the moment the page was made; a script says when it is over. */
  readonly lastsMs: number;
  readonly credentials: readonly { readonly title: string; readonly tag: Tag }[];
  readonly unlocked: readonly {
    readonly model: string;
    readonly version: string;
    readonly functions: string;
    readonly mode: string;
    readonly sites: string;
  }[];
  readonly locked: readonly {
    readonly id: string;
    readonly title: string;
    readonly version: string;
    readonly reasons: readonly ReasonInstance[];
  }[];
}

const SECOND_MS = 1_000;

/** Turns a card into what the template shows. */
export function cardPage({
  card,
  timeZone,
}: {
  readonly card: CredentialCard;
  readonly timeZone: string;
}): CardPage {
  const { practitioner, issuedAt, expiresAt } = card;
  const { professionalBody, registrationNumber } = practitioner;
  return {
    name: practitioner.name,
    standing: standingText(practitioner),
    ...(registrationNumber === undefined
      ? {}
      : { registration: `${professionalBody} ${registrationNumber}` }),
    issued: momentOfMilliseconds(issuedAt * SECOND_MS, timeZone),
    until: momentOfMilliseconds(expiresAt * SECOND_MS, timeZone),
    lastsMs: Math.max(0, expiresAt - issuedAt) * SECOND_MS,
    credentials: card.credentials.map(({ title, status }) => ({ title, tag: credentialTag(status) })),
    unlocked: card.unlocked.map(({ model, version, functions, mode, sites }) => ({
      model,
      version,
      functions: functions.map(functionText).join(', '),
      mode: modeWords(mode).text,
      sites: sites.join(', '),
    })),
    locked: card.locked.map(({ model, version, function: fn, reasons }, place) => ({
      id: `locked-${String(place)}`,
      title: `${functionText(fn)}: ${model}`,
      version,
      reasons,
    })),
  };
}
