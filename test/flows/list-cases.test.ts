import { UpstreamFault } from '../../src/domain/errors.ts';
import { listCases, readMyCase } from '../../src/flows/list-cases.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  currentEvidence,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const OTHER = practitionerId('other');
const THIRD = practitionerId('third');
const OTHER_SESSION = 'other-session';
const evidence = { sessionToken: SESSION };

function houseOfTwo(): InferenceHouse {
  const register = aRegister({ practitioners: [aPractitioner(), aPractitioner({ id: OTHER })] });
  const people = { [SESSION]: aPrincipal(), [OTHER_SESSION]: aPrincipal({ subject: OTHER }) };
  return createInferenceHouse({ register, people });
}

const run = (house: InferenceHouse, request = aRequest()): Promise<unknown> =>
  runInference(house.deps, request, never).catch(() => undefined);

const depsOf = (house: InferenceHouse) => ({ ...house.deps, caseLogReader: house.log });
const list = (house: InferenceHouse, given: { token?: string; beforeSeq?: number; limit?: number } = {}) => {
  const { token = SESSION, beforeSeq, limit = 10 } = given;
  return listCases(depsOf(house), { evidence: { sessionToken: token }, beforeSeq, limit }, never);
};

test('my cases, newest first, refused ones among them; nobody else’s', async () => {
  const house = houseOfTwo();
  await run(house);
  await run(house, aRequest({ evidence: { sessionToken: OTHER_SESSION } }));
  await run(house, aRequest({ function: 'triage' }));
  const { cases, next } = await list(house);
  expect(cases.map(({ caseId, state }) => [caseId, state])).toEqual([
    [aCaseId(3), 'refused'],
    [aCaseId(1), 'released'],
  ]);
  expect(cases[1]).toMatchObject({
    score: 0.75,
    positive: true,
    finding: 'nodule',
    practitioner: 'radiologist',
  });
  expect(next).toBeUndefined();
  const others = await list(house, { token: OTHER_SESSION });
  expect(others.cases.map(({ caseId }) => caseId)).toEqual([aCaseId(2)]);
});

test('pages follow one another without a gap or a repeat', async () => {
  const house = houseOfTwo();
  for (let round = 0; round < 5; round += 1) await run(house);
  const seen: string[] = [];
  let next: string | undefined;
  do {
    const page = await list(house, { limit: 2, ...(next === undefined ? {} : { beforeSeq: Number(next) }) });
    seen.push(...page.cases.map(({ caseId }) => caseId));
    next = page.next;
  } while (next !== undefined);
  expect(seen).toEqual([5, 4, 3, 2, 1].map(aCaseId));
});

describe('the result is left out where a call would be refused now, the case stays', () => {
  const stop = { id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' };
  test.each<readonly [string, (house: InferenceHouse) => void]>([
    ['stop-use', (house) => house.setRegister(aRegister({ stopUses: [stop] }))],
    ['approval taken away', (house) => house.setRegister(aRegister({ approvals: [] }))],
    ['PACS away', (house) => house.setStudy(new UpstreamFault('upstream-unreachable', 'pacs'))],
  ])('%s', async (_name, change) => {
    const house = houseOfTwo();
    await run(house);
    change(house);
    const { cases } = await list(house);
    expect(cases).toMatchObject([{ caseId: aCaseId(1), state: 'released' }]);
    const one = await readMyCase(depsOf(house), { evidence, caseId: aCaseId(1) }, never);
    for (const view of [cases[0], one]) {
      for (const member of ['score', 'positive', 'finding']) expect(view).not.toHaveProperty(member);
    }
  });

  test('personal data erased -> whose it was and its study are unknown, so it is in nobody’s list', async () => {
    const house = houseOfTwo();
    await run(house);
    for (const { seq } of house.log.all()) house.log.erase(seq);
    expect((await list(house)).cases).toEqual([]);
  });
});

describe('one case', () => {
  test('mine is shown, another’s is as if it were not there', async () => {
    const house = houseOfTwo();
    await run(house);
    const read = (token: string, caseId = aCaseId(1)) =>
      readMyCase(depsOf(house), { evidence: { sessionToken: token }, caseId }, never);
    expect(await read(SESSION)).toMatchObject({ caseId: aCaseId(1), score: 0.75 });
    expect(await read(OTHER_SESSION)).toBeUndefined();
    expect(await read(SESSION, aCaseId(9))).toBeUndefined();
  });
});

test('signed in and not in the register -> an empty list', async () => {
  const house = createInferenceHouse({ people: { [SESSION]: aPrincipal({ subject: 'nobody' }) } });
  await run(house);
  expect(await list(house)).toEqual({ cases: [] });
});

test('nobody signed in -> not-identified', async () => {
  const house = houseOfTwo();
  expect(await faultOf(list(house, { token: 'wrong' }))).toMatchObject({ code: 'not-identified' });
});

describe('a supervised case', () => {
  const SUPERVISED = aRegister({
    practitioners: [aPractitioner(), aPractitioner({ id: OTHER }), aPractitioner({ id: THIRD })],
    evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OTHER)],
    approvals: [
      anApproval({ mode: 'supervised', supervisor: OTHER }),
      anApproval({ id: 'approval-2', practitioner: OTHER }),
    ],
  });
  const houseOfThree = async (register = SUPERVISED) => {
    const people = {
      [SESSION]: aPrincipal(),
      [OTHER_SESSION]: aPrincipal({ subject: OTHER }),
      third: aPrincipal({ subject: THIRD }),
    };
    const house = createInferenceHouse({ register, people });
    await runInference(house.deps, aRequest(), never);
    return house;
  };
  const read = (house: InferenceHouse, token: string) =>
    readMyCase(depsOf(house), { evidence: { sessionToken: token }, caseId: aCaseId(1) }, never);

  test('waits for the supervisor whom it names: they see it too, and nobody else does', async () => {
    const house = await houseOfThree();
    expect(await read(house, SESSION)).toMatchObject({
      signOff: 'awaited',
      mode: 'supervised',
      supervisor: OTHER,
    });
    expect(await read(house, OTHER_SESSION)).toMatchObject({ signOff: 'awaited', score: 0.75 });
    expect(await read(house, 'third')).toBeUndefined();
    expect((await list(house)).cases[0]).toMatchObject({ signOff: 'awaited' });
    expect((await list(house, { token: OTHER_SESSION })).cases).toEqual([]);
  });

  test('waits no more once it is signed off', async () => {
    const house = await houseOfThree();
    const piece = {
      id: 'E-1',
      practitioner: RADIOLOGIST,
      type: 'log-book-case',
      happenedAt: NOW,
      attestedBy: OTHER,
      caseId: aCaseId(1),
    } as const;
    house.setRegister({ ...SUPERVISED, evidenceOf: (id) => [...SUPERVISED.evidenceOf(id), piece] });
    expect(await read(house, SESSION)).toMatchObject({ signOff: 'given' });
  });

  test('of another kind waits for nobody', async () => {
    const house = await houseOfThree(aRegister());
    expect(await read(house, SESSION)).not.toHaveProperty('signOff');
  });
});
