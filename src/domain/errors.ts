import type { ReasonInstance } from './reasons.ts';

/** Every code a GatewayError can carry. The http room maps each to a status; a missing one does not compile. */
export const PROBLEM_CODES = [
  'not-identified',
  'not-permitted',
  'bad-request',
  'not-found',
  'method-not-allowed',
  'not-acceptable',
  'payload-too-large',
  'unsupported-media-type',
  'upgrade-required',
  'conflict',
  'not-classifiable',
  'precondition-failed',
  'precondition-required',
  'ai-locked',
  'register-unavailable',
  'case-log-unavailable',
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-bad-answer',
  'model-failed',
  'attestation-mismatch',
  'case-closed',
  'sign-in-failed',
  'same-origin-required',
  'scope-missing',
  'too-many-attempts',
  'sessions-unavailable',
  'overloaded',
  'internal',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

interface GatewayErrorOptions {
  /** A sentence for the person, with a remedy where there is one. Never patient data, SQL or upstream bodies. */
  readonly detail?: string;
  readonly reasons?: readonly ReasonInstance[];
  /** The case on record, when there is one: sent as `Case-Id`. */
  readonly caseId?: string;
  readonly cause?: unknown;
}

/** Base of every error this gateway throws. Compare `code`, never the message. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly reasons: readonly ReasonInstance[];
  readonly caseId: string | undefined;

  constructor(code: ProblemCode, options: GatewayErrorOptions = {}) {
    super(`${code}: ${options.detail ?? ''}`, { cause: options.cause });
    this.code = code;
    this.detail = options.detail ?? '';
    this.reasons = options.reasons ?? [];
    this.caseId = options.caseId;
  }
}

/** The caller shows no valid session, token or certificate. */
export class NotIdentified extends GatewayError {
  override readonly name: string = 'NotIdentified';
  constructor(detail = 'Sign in to continue.', cause?: unknown) {
    super('not-identified', { detail, cause });
  }
}

/** There is a session, and it opens nothing until its holder proves again who they are. */
export class SessionLocked extends NotIdentified {
  override readonly name = 'SessionLocked';
  constructor() {
    super('Your session is locked. Sign in again to go on where you were.');
  }
}

/** Sessions cannot be read or written: nobody new gets in, and who is in reads images only. */
export class SessionsUnavailable extends GatewayError {
  override readonly name = 'SessionsUnavailable';
  constructor(cause?: unknown) {
    const detail = 'Sessions cannot be read or written at the moment. Try again in a minute, and tell IT.';
    super('sessions-unavailable', { detail, cause });
  }
}

/** Why a program gets no token, in the words of RFC 6749 §5.2. */
export const TOKEN_ERRORS = [
  'invalid_request',
  'invalid_grant',
  'unsupported_grant_type',
  'invalid_scope',
] as const;
export type TokenError = (typeof TOKEN_ERRORS)[number];

/** A token request that is refused. */
export class TokenRefused extends GatewayError {
  override readonly name = 'TokenRefused';
  readonly error: TokenError;
  constructor(error: TokenError, detail: string, cause?: unknown) {
    super(error === 'invalid_grant' ? 'sign-in-failed' : 'bad-request', { detail, cause });
    this.error = error;
  }
}

/** Too many sign-ins from one address, or attempts at one account. */
export class TooManyAttempts extends GatewayError {
  override readonly name = 'TooManyAttempts';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    const detail = `Too many attempts. Wait ${retryAfterSeconds} seconds, then try again.`;
    super('too-many-attempts', { detail });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A decision said no. Carries every reason and the case the refusal stands in. */
export class NotPermitted extends GatewayError {
  override readonly name = 'NotPermitted';
  constructor(reasons: readonly ReasonInstance[], caseId?: string) {
    super('not-permitted', {
      detail: reasons.map((reason) => reason.text).join(' '),
      reasons,
      ...(caseId === undefined ? {} : { caseId }),
    });
  }
}

/** The case log cannot take or confirm an entry: AI is locked, images pass. */
export class CaseLogUnavailable extends GatewayError {
  override readonly name = 'CaseLogUnavailable';
  constructor(detail: string, cause?: unknown, caseId?: string) {
    super('case-log-unavailable', { detail, cause, ...(caseId === undefined ? {} : { caseId }) });
  }
}

/** The register or policy cannot be read or trusted: AI is locked, images pass. */
export class RegisterUnavailable extends GatewayError {
  override readonly name: string = 'RegisterUnavailable';
  constructor(detail: string, cause?: unknown) {
    super('register-unavailable', { detail, cause });
  }
}

/** The text of a policy was kept, and this release cannot read it: what was decided under it stands, and is not decided again. */
export class PolicyUnreadable extends RegisterUnavailable {
  override readonly name = 'PolicyUnreadable';
  constructor(digest: string, cause?: unknown) {
    super(`The policy ${digest} was kept, and cannot be read by this release.`, cause);
  }
}

/** A PACS or AI endpoint could not be reached, was too slow, or answered nonsense. Names the peer, never its body. */
export class UpstreamFault extends GatewayError {
  override readonly name = 'UpstreamFault';
  declare readonly code: 'upstream-unreachable' | 'upstream-timeout' | 'upstream-bad-answer';
  readonly peer: string;
  constructor(
    code: UpstreamFault['code'],
    peer: string,
    options: { readonly detail?: string; readonly caseId?: string; readonly cause?: unknown } = {},
  ) {
    super(code, {
      detail: options.detail ?? `${peer}: ${code}`,
      ...(options.caseId === undefined ? {} : { caseId: options.caseId }),
      cause: options.cause,
    });
    this.peer = peer;
  }
}

/** The request itself is at fault. */
export class BadRequest extends GatewayError {
  override readonly name = 'BadRequest';
  constructor(detail: string, cause?: unknown) {
    super('bad-request', { detail, cause });
  }
}
