import { listCases } from '../../src/flows/list-cases.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { aCaseId, aRequest, createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import { aPractitioner, aPrincipal, aRegister, practitionerId, studyUid } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const OTHER = practitionerId('other');
const OTHER_SESSION = 'other-session';
const NOBODY_SESSION = 'nobody-session';
const STUDY = aRequest().study;
const PRIOR = studyUid('1.2.826.0.1.99.7');

/** Who runs AI on what, one case each, in this order. */
type Ran = readonly (readonly [session: string, study: typeof STUDY])[];
const mine = [SESSION, STUDY] as const;
const myPrior = [SESSION, PRIOR] as const;
const theirs = [OTHER_SESSION, STUDY] as const;

async function houseAfter(ran: Ran) {
  const register = aRegister({ practitioners: [aPractitioner(), aPractitioner({ id: OTHER })] });
  const people = {
    [SESSION]: aPrincipal(),
    [OTHER_SESSION]: aPrincipal({ subject: OTHER }),
    [NOBODY_SESSION]: aPrincipal({ subject: 'nobody' }),
  };
  const house = createInferenceHouse({ register, people });
  for (const [sessionToken, study] of ran)
    await runInference(house.deps, aRequest({ evidence: { sessionToken }, study }), never).catch(
      () => undefined,
    );
  const deps = { ...house.deps, caseLogReader: house.log };
  return (given: { study?: typeof STUDY; token?: string; limit?: number; beforeSeq?: number }) => {
    const { study = STUDY, token = SESSION, limit = 10, beforeSeq } = given;
    return listCases(deps, { evidence: { sessionToken: token }, study, beforeSeq, limit }, never);
  };
}

const idsOf = ({ cases }: Awaited<ReturnType<typeof listCases>>): readonly string[] =>
  cases.map(({ caseId }) => caseId);

test.each<readonly [name: string, ran: Ran, token: string, expected: readonly number[]]>([
  ['mine alone, of that study alone, newest first', [mine, theirs, myPrior, mine], SESSION, [4, 1]],
  ['another’s of the same study are theirs', [mine, theirs], OTHER_SESSION, [2]],
  ['none of mine', [theirs, myPrior], SESSION, []],
  ['somebody who is not in the register has none', [mine], NOBODY_SESSION, []],
])('the cases of one study: %s', async (_name, ran, token, expected) => {
  const list = await houseAfter(ran);
  const page = await list({ token });
  expect(idsOf(page)).toEqual(expected.map(aCaseId));
  expect(page.next).toBeUndefined();
});

test('pages of one study follow one another without a gap or a repeat, whoever stands between', async () => {
  const list = await houseAfter([mine, theirs, mine, theirs, theirs, mine, myPrior, mine, theirs, mine]);
  const seen: string[] = [];
  let next: string | undefined;
  do {
    const page = await list({ limit: 2, ...(next === undefined ? {} : { beforeSeq: Number(next) }) });
    expect(page.cases.length).toBeLessThanOrEqual(2);
    seen.push(...idsOf(page));
    next = page.next;
  } while (next !== undefined);
  expect(seen).toEqual([10, 8, 6, 3, 1].map(aCaseId));
});

test('is found behind more of other people’s cases than are read in one step', async () => {
  const many = Array.from({ length: 230 }, () => theirs);
  const list = await houseAfter([mine, ...many]);
  expect(idsOf(await list({}))).toEqual([aCaseId(1)]);
});
