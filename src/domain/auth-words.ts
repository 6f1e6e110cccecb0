/** What can happen at a sign-in door. The record, the log and the metrics take the word from here. */
export const AUTH_OUTCOMES = [
  'signed-in',
  'stepped-up',
  'refused',
  'signed-out',
  'locked',
  'revoked',
  'token-issued',
  'token-revoked',
  'alarm',
] as const;
export type AuthOutcome = (typeof AUTH_OUTCOMES)[number];

/** How somebody came, or tried to. */
export const AUTH_METHODS = ['saml', 'smart-card', 'oidc', 'break-glass', 'token', 'machine'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** Why a session ended without its holder asking for it. */
export const END_CODES = [
  'provider-sign-out',
  'suspended',
  'break-glass-over',
  'everywhere',
  'another-person',
  'too-many',
] as const;
export type EndCode = (typeof END_CODES)[number];

/** What a person of IT must look at. */
export const ALARM_CODES = [
  'break-glass-used',
  'break-glass-guessed',
  'metadata-stale',
  'metadata-older',
  'metadata-clash',
  'crl-ending',
  'card-header-forged',
] as const;
export type AlarmCode = (typeof ALARM_CODES)[number];
