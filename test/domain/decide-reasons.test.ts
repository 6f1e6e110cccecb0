import { decideCoSignature } from '../../src/domain/co-signature.ts';
import { decideDisposition } from '../../src/domain/decide-disposition.ts';
import { decide } from '../../src/domain/decide.ts';
import { REASONS, type Reason } from '../../src/domain/reasons.ts';
import {
  RADIOLOGIST,
  aPractitioner,
  aPrincipal,
  aRegister,
  NOW,
  practitionerId,
} from '../fakes/register-builder.ts';
import { aQuestion } from './reason-given.ts';
import { APPROVAL_ROWS, SCOPE_ROWS } from './reason-rows-approval.ts';
import { CREDENTIAL_ROWS } from './reason-rows-credential.ts';
import { IDENTITY_ROWS } from './reason-rows-identity.ts';
import { MODEL_ROWS } from './reason-rows-model.ts';

/** Every reason that `decide` can give, each from a register in which nothing else is wrong. */
const REASON_ROWS = [...IDENTITY_ROWS, ...MODEL_ROWS, ...CREDENTIAL_ROWS, ...APPROVAL_ROWS, ...SCOPE_ROWS];

const codesOf = (reasons: readonly { readonly code: Reason }[]): readonly Reason[] =>
  reasons.map((reason) => reason.code);

describe('decide', () => {
  test('permits when every line holds, and says what it stands on', () => {
    const register = aRegister({ sequence: 42 });
    const decision = decide(aQuestion(), register, NOW);
    expect(decision).toMatchObject({
      permitted: true,
      reasons: [],
      registerSequence: 42,
      policy: { id: 'uk-pathway-2025', version: '2', digest: register.policy.digest },
      practitioner: { id: RADIOLOGIST },
      modelVersion: { version: '2.1.0' },
      binding: { function: 'detection', endpointVersion: '3' },
      credential: { id: 'rc-ai', status: 'current' },
      approval: { id: 'approval-1', mode: 'independent' },
    });
  });

  test.each(REASON_ROWS)('$name -> $code', ({ code, also = [], question = {}, parts = {} }) => {
    const decision = decide(aQuestion(question), aRegister(parts), NOW);
    const wanted: readonly Reason[] = [code, ...also];
    expect(decision.permitted).toBe(false);
    // In the order of REASONS, each once.
    expect(codesOf(decision.reasons)).toEqual(REASONS.filter((one) => wanted.includes(one)));
    for (const reason of decision.reasons) {
      expect(reason.text).toMatch(/^\S.*\.$/);
      expect(reason.remedy).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('a login that names two people stands on nobody', () => {
    const two = [
      aPractitioner(),
      aPractitioner({ id: practitionerId('twin'), identities: aPractitioner().identities }),
    ];
    const decision = decide(aQuestion(), aRegister({ practitioners: two }), NOW);
    expect(decision).not.toHaveProperty('practitioner');
    expect(decision).not.toHaveProperty('credential');
    expect(decision).not.toHaveProperty('approval');
  });

  test('the table and the dispositions cover every reason, and no other', () => {
    const refused = decideDisposition(
      { caller: aPrincipal(), disposition: 'accepted', caseOwner: practitionerId('somebody-else') },
      aRegister(),
      NOW,
    );
    const [coSigning] = decideCoSignature(
      { ...aQuestion({ function: 'prescribing-suggestion' }), asker: RADIOLOGIST, to: 'list' },
      aRegister(),
      NOW,
    ).reasons.filter(({ code }) => code === 'co-signer-is-asker');
    const given = new Set([
      ...REASON_ROWS.map((row) => row.code),
      ...codesOf(refused.reasons),
      coSigning?.code,
    ]);
    expect([...given].toSorted()).toEqual([...REASONS].toSorted());
  });

  test('all that applies is said at once, in the order identity, model, credential, approval, scope', () => {
    const question = aQuestion({ caller: aPrincipal({ assurance: 1 }) });
    const register = aRegister({
      evidence: [],
      approvals: [],
      stopUses: [{ id: 's', from: NOW - 1, reason: 'misses nodules', by: 'somebody' }],
    });
    expect(codesOf(decide(question, register, NOW).reasons)).toEqual([
      'registration-lapsed',
      'assurance-too-low',
      'stop-use',
      'credential-missing',
      'requirement-missing',
      'guideline-unacknowledged',
      'approval-missing',
    ] satisfies Reason[]);
  });
});
