import { foldCase } from '../../src/domain/case-view.ts';
import { replayDecision } from '../../src/domain/replay-decision.ts';
import { answerForCoSignature, listForCoSignature } from '../../src/flows/co-sign-result.ts';
import { coSignRegister, createCoSignHouse, SESSIONS, type CoSignHouse } from '../fakes/co-sign-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aResult } from '../fakes/inference-house.ts';

const never = new AbortController().signal;
const caseId = aCaseId(1);
const { digest } = aResult();

type Who = keyof typeof SESSIONS;
const by = (who: Who) => ({ evidence: { sessionToken: SESSIONS[who] }, requestId: 'request-2' });
const viewOf = ({ house }: CoSignHouse) => foldCase(house.log.all().filter((one) => one.caseId === caseId));

/** A result is sealed, and then the PACS cannot be asked any more. */
async function awayHouse(): Promise<CoSignHouse> {
  const made = createCoSignHouse();
  await made.seal();
  made.house.setStudy(new Error('away'));
  return made;
}

async function refuse({ deps }: CoSignHouse, who: Who): Promise<void> {
  const said = { caseId, answer: 'refused', digest, words: 'Nobody can look at it' } as const;
  await answerForCoSignature(deps, { ...by(who), ...said }, never);
}

test('what waits is listed, with the digest by which it is refused', async () => {
  const { deps } = await awayHouse();
  expect(await listForCoSignature(deps, by('pharmacist'), never)).toMatchObject([{ caseId, digest }]);
});

test('to refuse stands open: on record with what the case says of its study, decided again the same, and gone', async () => {
  const made = await awayHouse();
  await refuse(made, 'pharmacist');
  expect(viewOf(made)).toMatchObject({ state: 'withheld', err: 'co-signature-refused' });
  expect(made.sealed.kept()).toEqual([]);
  const [intent] = made.house.log.all();
  if (intent === undefined) throw new Error('no intent');
  const { studyUid, patientId, age } = intent.personal;
  const last = made.house.last();
  expect(last).toMatchObject({
    facts: { site: 'general', study: intent.facts.study, decision: { result: 'permit' } },
    personal: { user: 'radiologist', cosigner: 'pharmacist', studyUid, patientId, age },
  });
  expect(replayDecision(last, coSignRegister(), intent)).toMatchObject({ kind: 'same' });
});

test.each([
  ['the asker', 'asker', 'co-signer-is-asker'],
  ['somebody whose credential is another', 'colleague', 'function-not-in-duty'],
  ['a login without a card', 'password', 'assurance-too-low'],
] as const)('%s does not refuse it either -> %3$s', async (_name, who, code) => {
  const made = await awayHouse();
  expect((await faultOf(refuse(made, who))).reasons.map((reason) => reason.code)).toContain(code);
  expect(viewOf(made)).toMatchObject({ state: 'sealed' });
});
