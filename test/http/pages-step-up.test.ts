import request from 'supertest';
import { NotPermitted } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { ReasonInstance } from '../../src/domain/reasons.ts';
import type { Assurance } from '../../src/domain/words.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { edgeApp, edgeDoors, SIGNED_IN } from '../fakes/edge-app.ts';
import { ALICE, CASE, fakeFlows, RELEASED_CASE, STUDY } from '../fakes/fake-flows.ts';
import { MODELS } from '../fakes/fake-models.ts';
import { linksOf } from '../fakes/page-text.ts';

const tooLow = (assurance?: Assurance): ReasonInstance =>
  reasonOf('assurance-too-low', assurance === undefined ? {} : { assurance });
const tooOld = reasonOf('login-too-old');

interface Who {
  readonly principal?: Partial<Principal>;
  readonly doors?: ReturnType<typeof edgeDoors>;
}

/** A house where every door refuses for these reasons. */
function refusing(reasons: readonly ReasonInstance[], { principal = {}, doors = edgeDoors() }: Who = {}) {
  const refuse = () => Promise.reject(new NotPermitted(reasons, CASE));
  const [model] = MODELS;
  const flows: Partial<Flows> = {
    whoAmI: async () => ({ ...ALICE, principal: { ...ALICE.principal, assurance: 1, ...principal } }),
    listModels: async () => (model === undefined ? [] : [{ ...model, permitted: false, reasons }]),
    runInference: refuse,
    recordDisposition: refuse,
    readMyCase: async () => RELEASED_CASE,
  };
  return edgeApp({ flows: fakeFlows(flows), doors });
}

const study = `/me/studies/${STUDY}`;
const onStudy = (app: ReturnType<typeof refusing>) => request(app).get(study).set('cookie', SIGNED_IN);
const onRun = (app: ReturnType<typeof refusing>) =>
  request(app)
    .post(`${study}/run`)
    .set('cookie', SIGNED_IN)
    .type('form')
    .send({ model: 'm', version: '1.0.0', function: 'triage' });
const onDisposition = (app: ReturnType<typeof refusing>) =>
  request(app)
    .post(`/me/cases/${CASE}/disposition`)
    .set('cookie', SIGNED_IN)
    .type('form')
    .send({ disposition: 'accepted' });
const PLACES = [
  { place: 'the study', ask: onStudy, back: study },
  { place: 'a refused run', ask: onRun, back: study },
  { place: 'a refused disposition', ask: onDisposition, back: `/me/cases/${CASE}` },
] as const;

async function linkIn(res: request.Test): Promise<{ text: string; href: string | undefined } | undefined> {
  return linksOf((await res).text).find(({ href }) => href?.startsWith('/auth/step-up'));
}
const to = (assurance: Assurance, back: string): string =>
  `/auth/step-up?${new URLSearchParams({ assurance: String(assurance), return: back }).toString()}`;

describe.each(PLACES)('$place, locked by the sign-in alone', ({ ask, back }) => {
  test.each<{
    name: string;
    reasons: readonly ReasonInstance[];
    held?: Assurance;
    text: string;
    assurance: Assurance;
  }>([
    { name: 'a card is wanted', reasons: [tooLow(3)], text: 'Confirm with your smart card', assurance: 3 },
    {
      name: 'a second factor is wanted',
      reasons: [tooLow(2)],
      text: 'Confirm with a second factor',
      assurance: 2,
    },
    { name: 'nobody says how much', reasons: [tooLow()], text: 'Confirm with your smart card', assurance: 3 },
    {
      name: 'too weak and too old',
      reasons: [tooLow(2), tooOld],
      text: 'Confirm with a second factor',
      assurance: 2,
    },
    { name: 'too old, a card held', reasons: [tooOld], held: 3, text: 'Sign in again', assurance: 3 },
    { name: 'too old, a password held', reasons: [tooOld], held: 1, text: 'Sign in again', assurance: 1 },
  ])('$name -> “$text”, and back here', async ({ reasons, held = 1, text, assurance }) => {
    const app = refusing(reasons, { principal: { assurance: held } });
    expect(await linkIn(ask(app))).toEqual({ text, href: to(assurance, back) });
  });

  test.each<{ name: string; reasons: readonly ReasonInstance[]; who?: Who }>([
    { name: 'something else stands in the way, too', reasons: [tooLow(3), reasonOf('stop-use')] },
    { name: 'only something else does', reasons: [reasonOf('approval-missing')] },
    { name: 'an emergency login', reasons: [tooLow(3)], who: { principal: { method: 'break-glass' } } },
    { name: 'sessions cannot be checked', reasons: [tooLow(3)], who: { principal: { unconfirmed: true } } },
    {
      name: 'no door for it',
      reasons: [tooLow(3)],
      who: { doors: edgeDoors({ session: { logout: edgeDoors().session.logout } }) },
    },
  ])('$name -> no link that would help nobody', async ({ reasons, who }) => {
    expect(await linkIn(ask(refusing(reasons, who)))).toBeUndefined();
  });
});

test('a case that was refused for the sign-in leads to its study, not to itself', async () => {
  const flows = fakeFlows({
    whoAmI: async () => ({ ...ALICE, principal: { ...ALICE.principal, assurance: 1 } }),
    readMyCase: async () => ({ ...RELEASED_CASE, state: 'refused', reasons: ['assurance-too-low'] }),
  });
  const res = request(edgeApp({ flows })).get(`/me/cases/${CASE}`).set('cookie', SIGNED_IN);
  expect(await linkIn(res)).toEqual({
    text: 'Confirm with your smart card, then run it again',
    href: to(3, study),
  });
});
