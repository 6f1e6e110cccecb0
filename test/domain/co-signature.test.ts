import { decideCoSignature, sealedForMs, sealedWhereWanted } from '../../src/domain/co-signature.ts';
import { decide } from '../../src/domain/decide.ts';
import { coSignRegister, PHARMACIST } from '../fakes/co-sign-house.ts';
import {
  aPrincipal,
  aStudy,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';

const register = coSignRegister();
const { policy } = register;
const asked = {
  function: 'prescribing-suggestion',
  model: MODEL,
  version: VERSION,
  study: aStudy(),
} as const;
const codesOf = ({ reasons }: { readonly reasons: readonly { readonly code: string }[] }) =>
  reasons.map(({ code }) => code);

describe('asking for what wants a second signature', () => {
  test.each([
    ['without a word of it', {}, ['co-signature-missing']],
    ['to be sealed until it is given', sealedWhereWanted('prescribing-suggestion', policy), []],
    ['once it is given', { coSignature: 'given' }, []],
  ] as const)('%s -> %3$j, however often it is asked', (_name, with_, codes) => {
    for (const _ of [1, 2]) {
      expect(codesOf(decide({ caller: aPrincipal(), ...asked, ...with_ }, register, NOW))).toEqual(codes);
    }
  });

  test('other functions are not sealed', () => {
    expect(sealedWhereWanted('detection', policy)).toEqual({});
  });

  test('for as long as the policy says, a day where it says nothing', () => {
    const duties = policy.duties.map(({ coSigners: _nobody, ...duty }) => duty);
    expect(sealedForMs('prescribing-suggestion', policy)).toBe(86_400_000);
    expect(sealedForMs('prescribing-suggestion', { duties })).toBe(86_400_000);
  });
});

describe('co-signing', () => {
  const question = {
    caller: aPrincipal({ subject: PHARMACIST }),
    ...asked,
    asker: RADIOLOGIST,
    to: 'co-signed',
  } as const;
  const answer = (changes: Partial<Parameters<typeof decideCoSignature>[0]>, within = register) =>
    codesOf(decideCoSignature({ ...question, ...changes }, within, NOW));

  test('by another person with the credential', () => {
    expect(decideCoSignature(question, register, NOW)).toMatchObject({
      permitted: true,
      practitioner: { id: PHARMACIST },
    });
  });

  test.each([
    ['a login that names nobody', { caller: aPrincipal({ subject: 'x' }) }, ['identity-unmapped']],
    [
      'a session that may have been revoked',
      { caller: { ...question.caller, unconfirmed: true } },
      ['session-unconfirmed'],
    ],
    [
      'a card shown too long ago',
      { caller: { ...question.caller, authenticatedAt: NOW - 3_600_001 } },
      ['login-too-old'],
    ],
    ['nobody knows who asked', { asker: undefined as never }, ['co-signer-is-asker']],
    ['whoever asked', { asker: PHARMACIST }, ['co-signer-is-asker']],
    ['no study', { study: undefined }, ['context-missing']],
    [
      'a study that the model is not meant for',
      { study: aStudy({ modalities: ['MR'] }) },
      ['modality-outside-use'],
    ],
    ['no study, to refuse it', { study: undefined, to: 'refused' }, []],
    ['no study, to know that it waits', { study: undefined, to: 'list' }, []],
    ['an unknown version', { version: practitionerId('9.9') as never }, ['model-unknown']],
  ] as const)('%s -> %3$j', (_name, changes, codes) => {
    expect(answer(changes)).toEqual(codes);
  });

  test('a policy that names no co-signers -> nobody', () => {
    const duties = policy.duties.map(({ coSigners: _nobody, ...duty }) => duty);
    expect(answer({}, { ...register, policy: { ...policy, duties } })).toEqual(['function-not-in-duty']);
  });

  test('a credential that has lapsed, or never lets its holder work alone', () => {
    const lapsed = coSignRegister({ evidence: [] });
    expect(answer({}, lapsed)).not.toEqual([]);
    const schemes = policy.schemes.map((scheme) =>
      scheme.id === 'prescribing-co-signer' ? { ...scheme, supervisedOnly: true } : scheme,
    );
    expect(answer({}, coSignRegister({ policy: { ...policy, schemes } }))).toEqual([
      'credential-supervised-only',
    ]);
  });
});
