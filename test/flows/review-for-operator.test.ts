import { DISPOSITIONS } from '../../src/domain/words.ts';
import { explainCase } from '../../src/flows/explain-case.ts';
import { listCases, readMyCase } from '../../src/flows/list-cases.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { createChangingRegister } from '../fakes/changing-register.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const OPERATOR = practitionerId('operator');
const COLLEAGUE = practitionerId('colleague');
const CASE = aCaseId(1);
const DAY = 86_400_000;

/** An operator ran AI; of two radiologists one has an approval for it. */
async function houseAfterRun() {
  const records = {
    practitioners: [aPractitioner(), aPractitioner({ id: COLLEAGUE }), aRadiographer({ id: OPERATOR })],
    evidence: [
      ...currentEvidence(RADIOLOGIST),
      ...currentEvidence(COLLEAGUE),
      ...currentEvidence(OPERATOR, 'ai-operator'),
    ],
    approvals: [anApproval(), anApproval({ id: 'a-2', practitioner: OPERATOR })],
    modelVersions: [aModelVersion()],
  };
  const register = createChangingRegister(records, NOW - DAY);
  const people = Object.fromEntries(
    [RADIOLOGIST, COLLEAGUE, OPERATOR].map((subject) => [`${subject}-session`, aPrincipal({ subject })]),
  );
  const house = createInferenceHouse({
    register: register.snapshot(),
    people: { ...people, [SESSION]: aPrincipal() },
  });
  await runInference(house.deps, aRequest({ evidence: evidenceOf(OPERATOR) }), never);
  const deps = { ...house.deps, caseLogReader: house.log };
  return {
    house,
    explain: (who: string) =>
      explainCase(
        { ...deps, register },
        { evidence: evidenceOf(who), requestId: 'r-3', caseId: CASE },
        never,
      ),
    read: (who: string) => readMyCase(deps, { evidence: evidenceOf(who), caseId: CASE }, never),
    list: (who: string) =>
      listCases(deps, { evidence: evidenceOf(who), beforeSeq: undefined, limit: 10 }, never),
    accept: (who: string) => {
      const said = {
        caseId: CASE,
        disposition: 'accepted',
        reason: undefined,
        disclosed: undefined,
      } as const;
      return recordDisposition(deps, { evidence: evidenceOf(who), requestId: 'r-2', ...said }, never);
    },
  };
}

function evidenceOf(who: string): { readonly sessionToken: string } {
  return { sessionToken: `${who}-session` };
}

test('an operator cannot accept; the radiologist with an approval opens the case by its name, and accepts it', async () => {
  const { house, read, list, accept } = await houseAfterRun();
  expect((await faultOf(accept(OPERATOR))).code).toBe('not-permitted');
  expect(await read(RADIOLOGIST)).toMatchObject({
    caseId: CASE,
    practitioner: OPERATOR,
    answers: DISPOSITIONS,
  });
  expect((await list(OPERATOR)).cases).toMatchObject([{ caseId: CASE, answers: ['ignored', 'flagged'] }]);
  await accept(RADIOLOGIST);
  expect(house.last()).toMatchObject({ kind: 'case.disposition', personal: { user: RADIOLOGIST } });
  expect(await read(OPERATOR)).toMatchObject({ disposition: 'accepted', practitioner: OPERATOR });
  expect((await list(RADIOLOGIST)).cases).toEqual([]);
});

test('whoever reviews it may read why it was unlocked; a colleague may not, and the operator may', async () => {
  const { house, explain } = await houseAfterRun();
  const before = house.kinds();
  expect(await explain(RADIOLOGIST)).toMatchObject({ isOwn: false });
  expect(await explain(OPERATOR)).toMatchObject({ isOwn: true });
  expect((await faultOf(explain(COLLEAGUE))).code).toBe('not-found');
  expect(house.kinds()).toEqual(before);
});

test('a radiologist without an approval for it sees nothing of it', async () => {
  const { house, read, accept } = await houseAfterRun();
  const before = house.kinds();
  expect(await read(COLLEAGUE)).toBeUndefined();
  expect((await faultOf(accept(COLLEAGUE))).reasons.map(({ code }) => code)).toEqual(['case-of-another']);
  expect(house.kinds()).toEqual(before);
});
