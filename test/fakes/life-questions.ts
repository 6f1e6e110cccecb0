import fc from 'fast-check';
import type { Question } from '../../src/domain/decision.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { Instant } from '../../src/domain/register.ts';
import { AI_FUNCTIONS, ASSURANCES, INPUT_SOURCES, type AiFunction } from '../../src/domain/words.ts';
import {
  aPrincipal,
  aStudy,
  modelName,
  MODEL,
  practitionerId,
  RADIOLOGIST,
  VERSION,
  versionString,
} from './register-builder.ts';

const DAY = 86_400_000;
/** Those that a register's life is about, and the versions that they are approved for. */
export const OPERATOR = practitionerId('operator');
export const TRAINEE = practitionerId('trainee');
export const VERSIONS = [VERSION, versionString('3.0.0')];
export const ALL = [...AI_FUNCTIONS];

/** Nine times in ten the first. */
export const often = <T>(value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { arbitrary: fc.constant(value), weight: 9 },
    { arbitrary: fc.constantFrom(...others), weight: 1 },
  );
export const around = fc.integer({ min: -40, max: 40 }).map((days) => days * DAY);

const attested = often<Question['attested']>(
  undefined,
  {},
  { model: 'nodules' },
  { model: 'nodules', version: '3' },
  { model: 'a b', version: '3' },
);
const { site: _site, ageYears: _age, ...bare } = aStudy();
const study = fc.oneof(
  { arbitrary: fc.constant(aStudy()), weight: 6 },
  fc.constantFrom(
    undefined,
    bare,
    aStudy({ simulator: true }),
    aStudy({ modalities: ['MR'], bodyParts: [] }),
  ),
  fc.integer({ min: 0, max: 100 }).map((ageYears) => aStudy({ ageYears })),
);
/** What somebody may ask, mostly what is theirs to ask. */
export const ask: fc.Arbitrary<(now: Instant) => Question> = fc
  .record({
    subject: often<string>(RADIOLOGIST, OPERATOR, TRAINEE, 'nobody'),
    assurance: often<1 | 2 | 3>(3, ...ASSURANCES),
    method: often<Principal['method']>('saml', 'smart-card', 'oidc', 'break-glass'),
    loginAgeMs: fc.oneof(
      { arbitrary: fc.constant(60_000), weight: 6 },
      fc.integer({ min: -600_000, max: 36_000_000 }),
    ),
    unconfirmed: often(false, true),
    scopes: often<Principal['scopes']>(undefined, ['ai'], ['images']),
    function: fc.oneof(often<AiFunction>('detection', ...ALL), often<AiFunction>('view', 'triage')),
    model: often(MODEL, modelName('unrecognised')),
    version: fc.constantFrom(...VERSIONS),
    study,
    input: often<Question['input']>(undefined, ...INPUT_SOURCES),
    attested,
    madeAt: fc.option(around, { nil: undefined }),
  })
  .map(
    ({
      subject,
      assurance,
      method,
      loginAgeMs,
      unconfirmed,
      scopes,
      input,
      madeAt,
      attested: said,
      ...asked
    }) =>
      (now) => ({
        ...asked,
        caller: aPrincipal({
          subject,
          assurance,
          method,
          authenticatedAt: now - loginAgeMs,
          expiresAt: now + 1_000_000,
          ...(unconfirmed ? { unconfirmed } : {}),
          ...(scopes === undefined ? {} : { scopes }),
        }),
        ...(input === undefined ? {} : { input }),
        ...(said === undefined ? {} : { attested: said }),
        ...(madeAt === undefined ? {} : { madeAt: now + madeAt }),
      }),
  );
