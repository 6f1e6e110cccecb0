import { heldNow } from '../../src/domain/held-now.ts';
import type { HeldResult } from '../../src/domain/held-results.ts';
import type { PractitionerId } from '../../src/domain/identifiers.ts';
import {
  aModelVersion,
  aPractitioner,
  aRadiographer,
  aRegister,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  VERSION,
} from '../fakes/register-builder.ts';

const OPERATOR = practitionerId('operator');
const TRAINEE = practitionerId('trainee');
const GONE = practitionerId('gone');
const BY_LOOK: HeldResult = { by: 'whoever-looks' };
const MADE = { model: MODEL, version: VERSION };

/** One radiologist who may accept, an operator who never may, and a radiologist without evidence. */
const people = {
  practitioners: [aPractitioner(), aRadiographer({ id: OPERATOR }), aPractitioner({ id: TRAINEE })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OPERATOR, 'ai-operator')],
};
const of = (caseOwner?: PractitionerId, supervisor?: PractitionerId): HeldResult => ({
  by: 'case',
  ...(caseOwner && { caseOwner }),
  ...(supervisor && { supervisor }),
});

describe('what somebody asked for', () => {
  const register = aRegister(people);
  test.each<[string, HeldResult, boolean]>([
    ['who may accept it', of(RADIOLOGIST), true],
    ['under somebody who may', of(TRAINEE, RADIOLOGIST), true],
    ['who is an operator', of(OPERATOR), false],
    ['who is in training, under nobody who may', of(TRAINEE, OPERATOR), false],
    ['who is in no register any more', of(GONE), false],
    ['who was erased', of(), false],
  ])('%s', (_name, held, isTheirs) => {
    const looked: HeldResult = { ...held, ...(held.by === 'case' && { isAcceptedByLook: true }) };
    expect(heldNow(held, MADE, { register, now: NOW })).toEqual(isTheirs ? held : BY_LOOK);
    expect(heldNow(looked, MADE, { register, now: NOW })).toEqual(isTheirs ? looked : undefined);
  });

  test('waits for whoever looks while its practitioner is suspended', () => {
    const suspension = {
      id: 'E-suspension',
      practitioner: RADIOLOGIST,
      type: 'suspension',
      happenedAt: NOW - 1,
      attestedBy: OPERATOR,
      recordedBy: OPERATOR,
      note: 'x',
    } as const;
    const at = { register: aRegister({ ...people, evidence: [...people.evidence, suspension] }), now: NOW };
    expect(heldNow(of(RADIOLOGIST), MADE, at)).toEqual(BY_LOOK);
  });

  test('waits for whoever looks where the policy lets nobody accept', () => {
    const policy = { ...shippedPolicy(), dispositions: [] };
    const at = { register: aRegister({ ...people, policy }), now: NOW };
    expect(heldNow(of(RADIOLOGIST), MADE, at)).toEqual(BY_LOOK);
  });
});

test.each<HeldResult>([BY_LOOK, { by: 'nobody' }])('of $by the register changes nothing', (held) => {
  expect(heldNow(held, MADE, { register: aRegister(), now: NOW })).toEqual(held);
});

test.each([
  ['acceptance', undefined],
  ['released', { by: 'test' }],
  ['retired', { by: 'test' }],
] as const)('what an acceptance test stored, of a version in state %s', (state, expected) => {
  const register = aRegister({ modelVersions: [aModelVersion({ state })] });
  expect(heldNow({ by: 'test' }, MADE, { register, now: NOW })).toEqual(expected);
});

test('what an acceptance test stored of a version that nobody knows any more is held', () => {
  const register = aRegister({ modelVersions: [] });
  expect(heldNow({ by: 'test' }, MADE, { register, now: NOW })).toEqual({ by: 'test' });
});
