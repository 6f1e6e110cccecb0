import { runInference } from '../../src/flows/run-inference.ts';
import {
  AUDITOR,
  CASE,
  createExplainHouse,
  explain,
  OTHER,
  SUPERVISOR,
  type ExplainHouse,
} from '../fakes/explain-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, SESSION } from '../fakes/inference-house.ts';
import { aPractitioner, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';

const never = new AbortController().signal;

describe('who may have it explained', () => {
  const read = async (token: string, caseId = CASE): Promise<readonly [string, ExplainHouse]> => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    const answer = explain(house, token, caseId).then(({ isOwn }) => (isOwn ? 'own' : 'yes'));
    return [await answer.catch(async () => (await faultOf(answer)).code), house];
  };
  test.each([
    { who: SESSION, answer: 'own', audited: false },
    { who: SUPERVISOR, answer: 'yes', audited: false },
    { who: AUDITOR, answer: 'yes', audited: true },
    { who: OTHER, answer: 'not-found', audited: false },
    { who: 'nobody', answer: 'not-found', audited: false },
    { who: 'token', answer: 'scope-missing', audited: false },
    { who: 'wrong', answer: 'not-identified', audited: false },
  ])('$who -> $answer', async ({ who, answer, audited }) => {
    const [said, house] = await read(who);
    expect(said).toBe(answer);
    expect(house.kinds().includes('audit.read')).toBe(audited);
  });

  test('that an auditor read it stands in the log before it is shown', async () => {
    const [, house] = await read(AUDITOR);
    expect(house.last()).toMatchObject({
      kind: 'audit.read',
      facts: {
        auth: { method: 'saml' },
        change: { action: 'explained', id: CASE, filterCase: CASE, limit: 2 },
      },
      personal: { user: AUDITOR, subject: AUDITOR },
    });
    house.log.behave('fails');
    expect(await faultOf(explain(house, AUDITOR))).toMatchObject({ code: 'case-log-unavailable' });
  });

  test.each([SESSION, AUDITOR])('a case that is not there -> not found, for %s too', async (who) => {
    expect((await read(who, aCaseId(9)))[0]).toBe('not-found');
  });

  test('a login that names two people reads nobody’s', async () => {
    const house = createExplainHouse();
    await runInference(house.deps, aRequest(), never);
    const twins = [RADIOLOGIST, OTHER].map((id) =>
      aPractitioner({ id, identities: aPractitioner().identities }),
    );
    house.change({ practitioners: twins }, NOW);
    expect(await faultOf(explain(house))).toMatchObject({ code: 'not-found' });
  });
});
