import { GatewayError } from '../domain/errors.ts';

const START_AGAIN = 'Start again from the sign-in page.';
const TELL_IT = 'If it happens again, give this page to IT.';

/**
 * Every reason a sign-in is refused, with the sentence the person reads. The codes are stable: they stand in events,
 * and at the end of the sentence. All faults of a signature share one code, so that the answer tells a forger nothing.
 */
export const REFUSALS = {
  'no-answer': `The identity provider's answer did not arrive as it should. ${START_AGAIN} ${TELL_IT}`,
  'answer-unreadable': `The identity provider's answer could not be read. ${START_AGAIN} ${TELL_IT}`,
  'answer-too-large': `The identity provider's answer is larger or more nested than is taken here. Give this page to IT.`,
  'answer-encrypted': `The identity provider encrypted its answer in a way that is not set up here. Give this page to IT.`,
  'answer-not-trusted': `The identity provider's answer could not be verified. ${START_AGAIN} ${TELL_IT}`,
  'weak-algorithm': `The identity provider signs or encrypts with an algorithm that is not accepted. Give this page to IT.`,
  'unknown-request': `This sign-in took too long, was already used, or was not begun here. ${START_AGAIN}`,
  'other-browser': `This sign-in was not begun in this browser, or its cookie is gone. ${START_AGAIN} Cookies must be allowed.`,
  'wrong-request': `The identity provider answered another sign-in than this one. ${START_AGAIN}`,
  'wrong-issuer': `The answer came from another identity provider than the one asked. ${START_AGAIN} ${TELL_IT}`,
  'wrong-audience': `The identity provider's answer is meant for another service. Give this page to IT.`,
  'wrong-destination': `The identity provider's answer was meant for another address. Give this page to IT.`,
  'provider-refused': `The identity provider did not sign you in. ${START_AGAIN} If it happens again, ask those who run it.`,
  'not-in-time': `The identity provider's answer came too late, or its clock and ours differ. ${START_AGAIN} ${TELL_IT}`,
  'session-over': `Your session at the identity provider has ended. ${START_AGAIN}`,
  'login-not-proved': `The identity provider did not say how you signed in. Give this page to IT.`,
  'subject-unclear': `The identity provider did not name exactly one person. Give this page to IT.`,
  'confirmation-unfit': `The identity provider's answer lacks what ties it to this sign-in. Give this page to IT.`,
  'attributes-unclear': `The identity provider said the same thing about you twice. Give this page to IT.`,
  'already-used': `This answer of the identity provider was used before. ${START_AGAIN}`,
  'not-fresh': `The identity provider did not ask you again, but this needs a sign-in of now. ${START_AGAIN} ${TELL_IT}`,
  'step-up-too-weak': `That sign-in was not strong enough for what you wanted to do. ${START_AGAIN} Use your smart card.`,
  'another-person': `Somebody else signed in than the person who sat here, so both are signed out. ${START_AGAIN}`,
  'provider-unreachable': `The identity provider cannot be reached. Try again in a minute. ${TELL_IT}`,
  'identity-too-weak': `The identity provider has not checked who you are as thoroughly as is needed here. Ask your registration authority.`,
  'role-missing': `You did not choose a role at the identity provider, or have none. ${START_AGAIN} Choose a role when asked.`,
  'no-card': `No smart card answered. Put your card into the reader, close all browser windows, and try again.`,
  'card-not-trusted': `This certificate was not issued by anybody the Trust accepts cards from. Use your smart card. ${TELL_IT}`,
  'card-expired': `The certificate on your card has expired, or is not valid yet. Ask your registration authority for a new one.`,
  'card-revoked': `The certificate on your card has been revoked. Ask your registration authority.`,
  'card-policy': `This certificate is not that of a smart card for signing in. Use your smart card. ${TELL_IT}`,
  'card-unchecked': `Whether your card has been revoked cannot be checked at the moment, so it is not accepted. ${TELL_IT}`,
  'card-subject-unclear': `Your card does not name exactly one person. Give this page to IT.`,
  'card-header-unclear': `The proxy in front of the gateway did not pass your card on as it should. Give this page to IT.`,
  'sign-out-unfit': `This sign-out message could not be accepted. Sign out from the page you are on.`,
  'wrong-credentials': `That name and password are not right, or may not be used now.`,
  'wrong-address': `This key or certificate is not for the address it came from. ${TELL_IT}`,
  'break-glass-closed': `Emergency access is closed: sign in as usual. It opens by itself when no identity provider answers.`,
  'not-kept': `The gateway could not write down this sign-in. Try again in a minute. ${TELL_IT}`,
} as const;
export type RefusalCode = keyof typeof REFUSALS;

/** A sign-in that did not happen. `refusal` is for events and the log; `cause` never leaves the house. */
export class SignInRefused extends GatewayError {
  override readonly name = 'SignInRefused';
  readonly refusal: RefusalCode;
  constructor(refusal: RefusalCode, cause?: unknown) {
    super('sign-in-failed', { detail: `${REFUSALS[refusal]} (${refusal})`, cause });
    this.refusal = refusal;
  }
}

/** Throws SignInRefused with this code unless the condition holds. */
export function demand(holds: boolean, refusal: RefusalCode): asserts holds {
  if (!holds) throw new SignInRefused(refusal);
}
