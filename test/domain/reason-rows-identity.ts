import { aPractitioner, aPrincipal, NOW, practitionerId } from '../fakes/register-builder.ts';
import { evidence, plus, DAY_MS, type ReasonRow } from './reason-given.ts';

const TRAINEE = practitionerId('trainee');

/** Who is signed in, and how. */
export const IDENTITY_ROWS: readonly ReasonRow[] = [
  {
    name: 'a login that stands nowhere',
    code: 'identity-unmapped',
    question: { caller: aPrincipal({ subject: 'nobody' }) },
  },
  {
    name: 'a login that stands at two people',
    code: 'identity-ambiguous',
    parts: {
      practitioners: [
        aPractitioner(),
        aPractitioner({ id: TRAINEE, identities: aPractitioner().identities }),
      ],
    },
  },
  { name: 'a suspended person', code: 'practitioner-suspended', parts: { evidence: plus('suspension') } },
  {
    name: 'a registration that has ended',
    code: 'registration-lapsed',
    also: ['credential-lapsed', 'requirement-missing'],
    parts: {
      evidence: evidence.map((piece) =>
        piece.type === 'registration' ? { ...piece, validUntil: NOW } : piece,
      ),
    },
  },
  {
    name: 'a password where a second factor is wanted',
    code: 'assurance-too-low',
    question: { caller: aPrincipal({ assurance: 1 }) },
  },
  {
    name: 'break-glass, whoever it names',
    code: 'assurance-too-low',
    question: { caller: aPrincipal({ method: 'break-glass' }) },
  },
  {
    name: 'a login of yesterday',
    code: 'login-too-old',
    question: { caller: aPrincipal({ authenticatedAt: NOW - DAY_MS }) },
  },
  {
    name: 'a login that says it is of tomorrow',
    code: 'login-too-old',
    question: { caller: aPrincipal({ authenticatedAt: NOW + DAY_MS }) },
  },
  {
    name: 'a session that has ended',
    code: 'login-too-old',
    question: { caller: aPrincipal({ expiresAt: NOW }) },
  },
  {
    name: 'a session that nobody can confirm now',
    code: 'session-unconfirmed',
    question: { caller: aPrincipal({ unconfirmed: true }) },
  },
  {
    name: 'a token that is good for images only',
    code: 'token-scope',
    question: { caller: aPrincipal({ scopes: ['images', 'records'] }) },
  },
];
