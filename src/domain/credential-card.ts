import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { explain } from './finding.ts';
import type { ModelName, VersionString } from './identifiers.ts';
import { standingOfPerson } from './person-standing.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';
import type { AiFunction, ApprovalMode, CredentialStatus } from './words.ts';

/** An exact version that is unlocked for somebody, and for what. */
export interface CardGrant {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly functions: readonly AiFunction[];
  readonly mode: ApprovalMode;
  /** Where; a study of any other place is locked. */
  readonly sites: readonly string[];
}

/** A function of a version that somebody is approved for and that is locked all the same. */
export interface CardLock {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly function: AiFunction;
  readonly reasons: readonly ReasonInstance[];
}

/** What is unlocked for one person, from one moment to another. It is for showing: it authorises nothing. */
export interface CredentialCard {
  readonly practitioner: Practitioner;
  readonly credentials: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: CredentialStatus;
  }[];
  readonly unlocked: readonly CardGrant[];
  readonly locked: readonly CardLock[];
  readonly registerSequence: number;
  readonly policy: Decision['policy'];
  /** Whole seconds since the epoch, as JSON Web Tokens count. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Whose card, and for where. */
interface CardQuestion {
  readonly caller: Principal;
  readonly practitioner: Practitioner;
  /** Every site that studies here can be of. */
  readonly sites: readonly string[];
  /** Whether the PACS holds made-up patients. */
  readonly simulator: boolean;
}

const SECOND_MS = 1_000;

/**
 * What is unlocked for a person: every function of every version they have an approval for, at every site, by the decision that a
 * call meets, with all that depends on the study left out. So it never shows what a call would refuse for another reason than the
 * study. It runs out with the session at the latest.
 */
export function describeCard(
  question: CardQuestion,
  register: RegisterSnapshot,
  now: Instant,
): CredentialCard {
  const { practitioner, caller } = question;
  const { policy, sequence } = register;
  const judged = approvedFunctions(register, practitioner).map((asked) =>
    judge(question, asked, register, now),
  );
  const issuedAt = Math.floor(now / SECOND_MS);
  return {
    practitioner,
    credentials: standingOfPerson(register, practitioner, now)
      .schemes.map(({ scheme: { id, title }, inFamily }) => ({
        id,
        title,
        status: inFamily(undefined).status,
      }))
      .filter(({ status }) => status !== 'none'),
    unlocked: grantsOf(judged),
    locked: judged
      .filter(({ sites }) => sites.length === 0)
      .map(({ asked, reasons }) => ({ ...asked, reasons })),
    registerSequence: sequence,
    policy: { id: policy.id, version: policy.version, digest: policy.digest },
    issuedAt,
    expiresAt: Math.min(issuedAt + policy.cardSeconds, Math.floor(caller.expiresAt / SECOND_MS)),
  };
}

type Asked = Omit<CardLock, 'reasons'>;

/** A decision wants an approval, so nothing else can be unlocked. */
function approvedFunctions(register: RegisterSnapshot, { id }: Practitioner): readonly Asked[] {
  const asked = register
    .approvalsOf(id)
    .flatMap(({ model, version, functions }) =>
      functions.map((fn): Asked => ({ model, version, function: fn })),
    );
  const keyed = asked.map((one) => [`${one.model}@${one.version}/${one.function}`, one] as const);
  return [...new Map(keyed.toSorted(([a], [b]) => (a < b ? -1 : 1))).values()];
}

interface Judged {
  readonly asked: Asked;
  readonly mode: ApprovalMode | undefined;
  /** Where it is unlocked. */
  readonly sites: readonly string[];
  /** Why it is locked where it is locked everywhere. */
  readonly reasons: readonly ReasonInstance[];
}

function judge(
  { caller, sites, simulator }: CardQuestion,
  asked: Asked,
  register: RegisterSnapshot,
  now: Instant,
): Judged {
  const decisions = sites.map((site) => {
    const question = { caller, ...asked, study: undefined, inPrinciple: { site, simulator } };
    return { site, decision: decide(question, register, now) };
  });
  const open = decisions.filter(({ decision }) => decision.permitted);
  return {
    asked,
    mode: open[0]?.decision.approval?.mode,
    sites: open.map(({ site }) => site),
    reasons: decisions[0]?.decision.reasons ?? explain([{ code: 'site-unknown' }]),
  };
}

/** Functions of one version that are unlocked in the same way stand together. */
function grantsOf(judged: readonly Judged[]): readonly CardGrant[] {
  const open = judged.flatMap(({ asked, mode, sites }) =>
    mode === undefined ? [] : [{ ...asked, mode, sites }],
  );
  const keyOf = (one: (typeof open)[number]): string =>
    JSON.stringify([one.model, one.version, one.mode, one.sites]);
  return [...Map.groupBy(open, keyOf).values()].flatMap((same) => {
    const functions = same.map((one) => one.function);
    return same
      .slice(0, 1)
      .map(({ model, version, mode, sites }) => ({ model, version, functions, mode, sites }));
  });
}

/** What the token says of itself, so that it is never taken for another (RFC 8725 §3.11). */
export const CARD_TYPE = 'countersign-card+jwt';

/** The card as claims (RFC 7519 §4.1). Names and locks are for the page: a viewer greys out what it does not find here. */
export function cardClaims(
  card: CredentialCard,
  { issuer, tokenId }: { readonly issuer: string; readonly tokenId: string },
): Readonly<Record<string, unknown>> {
  return {
    iss: issuer,
    sub: card.practitioner.id,
    // No door of ours, or of anybody's, answers to this name.
    aud: 'urn:countersign:display',
    iat: card.issuedAt,
    exp: card.expiresAt,
    jti: tokenId,
    authorises: 'nothing',
    credentials: card.credentials.map(({ id, status }) => ({ id, status })),
    unlocked: card.unlocked,
    register: { sequence: card.registerSequence },
    policy: card.policy,
  };
}
