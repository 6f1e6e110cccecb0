import type { Request, RequestHandler, Response } from 'express';
import type { Hop, PresentedCertificate } from '../../domain/hop.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { Clock } from '../../flows/ports.ts';
import type { AlarmCode } from '../../domain/auth-words.ts';
import type { DoorDeps, Proof, SignInChoice } from '../door-deps.ts';
import { demand, SignInRefused } from '../sign-in-refusal.ts';
import { readSignInWish, type SignInWish } from '../sign-in-wish.ts';
import { createSubjectReader, type SubjectRule } from './card-subject.ts';
import type { CertificateTrust } from './certificate-trust.ts';
import { createCrlWatch, type CrlState } from './crl-watch.ts';
import { judgeClientCertificate } from './judge-client-certificate.ts';

export interface CardOptions {
  /** Name under which cards stand in the register. */
  readonly provider: string;
  /** What the sign-in page calls it. */
  readonly title: string;
  readonly publicUrl: string;
  /** Origin that asks for cards: the host name of `publicUrl`, mostly another port. Absent: `publicUrl` itself, by a proxy. */
  readonly cardUrl?: string;
  readonly trust: CertificateTrust;
  /** Certificate policies that tell a card from a file, dotted; at least one. */
  readonly policyOids: readonly string[];
  /** Extended key usages, dotted, all of which a card has; client authentication and smart card logon when absent. */
  readonly ekus?: readonly string[];
  readonly subject: SubjectRule;
  /** How long before a revocation list ends the alarm is raised, ms; three days when absent. */
  readonly crlWarnMs?: number;
}

export interface CardDoor {
  /** GET /auth/card?return=&step-up= */
  readonly enter: RequestHandler;
  readonly choice: SignInChoice;
  /** How the revocation lists stand; raises the alarm `crl-ending` where one is missing, over, or ends soon. For a scheduler. */
  readonly checkCrls: () => readonly CrlState[];
}

interface Ready extends CardOptions {
  readonly deps: DoorDeps;
  readonly subjectOf: ReturnType<typeof createSubjectReader>;
  /** Told of whoever claims a certificate without being trusted to. */
  readonly onForgery: () => void;
  /** Address of this door where cards are asked for; absent when that is the public address. */
  readonly cardDoor: string | undefined;
}

const DOOR = '/auth/card';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const SMART_CARD_LOGON = '1.3.6.1.4.1.311.20.2.2';
/** Anybody can send a header; an alarm a minute says as much as a thousand, and fills nobody's log. */
const FORGERY_GAP_MS = 60_000;
const THREE_DAYS_MS = 3 * 24 * 60 * 60_000;

/**
 * The door through which a person comes in with a smart card: key and certificate are proved by TLS, here or at a trusted hop, and
 * judged in the same way. It is the strongest proof there is, and of now. Throws GatewayError('internal') for options that cannot
 * work, with a sentence for IT.
 */
export function createCardDoor(deps: DoorDeps, options: CardOptions): CardDoor {
  const { trust, provider, title, policyOids, crlWarnMs = THREE_DAYS_MS } = options;
  if (policyOids.length === 0) {
    throw unfit(
      'no certificate policy is named, and only that tells a card from a file. Name one in policyOids.',
    );
  }
  const alarm = (code: AlarmCode): void => {
    deps.onEvent({ outcome: 'alarm', provider, method: 'smart-card', code });
  };
  const ready: Ready = {
    ...options,
    deps,
    subjectOf: subjectReader(options),
    cardDoor: cardDoorOf(options),
    onForgery: atMostEvery(FORGERY_GAP_MS, deps.clock, () => alarm('card-header-forged')),
  };
  return {
    enter: (req, res) => enter(ready, req, res),
    choice: { id: 'card', title, kind: 'card', href: ready.cardDoor ?? DOOR },
    checkCrls: createCrlWatch(trust, crlWarnMs, () => alarm('crl-ending')),
  };
}

function atMostEvery(gapMs: number, clock: Pick<Clock, 'monotonicMs'>, act: () => void): () => void {
  let actedAt = -Infinity;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - actedAt < gapMs) return;
    actedAt = nowMs;
    act();
  };
}

async function enter(ready: Ready, req: Request, res: Response): Promise<void> {
  const { deps, cardDoor } = ready;
  res.setHeader('Cache-Control', 'no-store');
  await deps.limits.ofAddress(req);
  const hop = deps.hopOf(req);
  const wish = await readSignInWish(deps, req);
  if (cardDoor !== undefined && !hop.isCardListener && hop.certificateFault === undefined) {
    res.redirect(303, `${cardDoor}${queryOf(wish)}`);
    return;
  }
  try {
    await deps.finish(await prove(ready, hop, wish), { req, res });
  } catch (error: unknown) {
    throw refuse(ready, error);
  }
}

async function prove(ready: Ready, hop: Hop, wish: SignInWish): Promise<Proof> {
  const { deps, provider, publicUrl, subjectOf } = ready;
  const { certificate } = await judgeClientCertificate(ready.trust, presentedBy(ready, hop), {
    ekus: ready.ekus ?? [CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
    policyOids: ready.policyOids,
  });
  const subject = subjectOf(certificate);
  demand(subject !== undefined, 'card-subject-unclear');
  const { returnTo, stepUp, sessionHash } = wish;
  const authenticatedAt = deps.clock.nowMs();
  return {
    arrival: { provider, subject, method: 'smart-card', assurance: 3, authenticatedAt },
    returnTo,
    origin: new URL(publicUrl).origin,
    ...(stepUp === undefined ? {} : { stepUp }),
    ...(sessionHash === undefined ? {} : { sessionHash }),
  };
}

/** Throws SignInRefused. */
function presentedBy({ onForgery }: Ready, hop: Hop): PresentedCertificate {
  if (hop.certificateFault === 'untrusted-sender') onForgery();
  demand(hop.certificateFault === undefined, 'card-header-unclear');
  demand(hop.certificate !== undefined, 'no-card');
  return hop.certificate;
}

/** Whatever went wrong, nobody is signed in, and it is told in one way; but a store that is away is told as that. */
function refuse({ deps, provider }: Ready, error: unknown): GatewayError {
  if (error instanceof GatewayError && !(error instanceof SignInRefused)) return error;
  const refused = error instanceof SignInRefused ? error : new SignInRefused('not-kept', error);
  deps.onEvent({ outcome: 'refused', provider, method: 'smart-card', code: refused.refusal });
  return refused;
}

function queryOf({ returnTo, stepUp }: SignInWish): string {
  const query = new URLSearchParams({
    return: returnTo,
    ...(stepUp === undefined ? {} : { 'step-up': String(stepUp.assurance) }),
  });
  return `?${query.toString()}`;
}

function cardDoorOf({ publicUrl, cardUrl }: CardOptions): string | undefined {
  if (cardUrl === undefined) return undefined;
  const [ours, cards] = [new URL(publicUrl), new URL(cardUrl)];
  if (ours.origin === cards.origin) return undefined;
  if (cards.protocol !== 'https:') throw unfit('the address that asks for cards must begin with https://.');
  if (cards.hostname === ours.hostname) return `${cards.origin}${DOOR}`;
  throw unfit(
    `the address that asks for cards (${cards.hostname}) must have the host name of the public address (${ours.hostname}), with another port: browsers would keep its session from the gateway.`,
  );
}

function subjectReader({ subject }: CardOptions): ReturnType<typeof createSubjectReader> {
  try {
    return createSubjectReader(subject);
  } catch (error: unknown) {
    throw unfit('the pattern for the subject must be a regular expression with exactly one group.', error);
  }
}

function unfit(sentence: string, cause?: unknown): GatewayError {
  return new GatewayError('internal', { detail: `Smart cards: ${sentence}`, cause });
}
