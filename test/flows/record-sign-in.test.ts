import { createSignInRecorder, type SignInEvent } from '../../src/flows/record-sign-in.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';

const SIGNED_IN: SignInEvent = {
  outcome: 'signed-in',
  provider: 'https://idp.example',
  subject: 'alice.osei',
  method: 'saml',
  assurance: 3,
  authenticatedAt: 1_000,
};
const REFUSED: SignInEvent = {
  outcome: 'refused',
  provider: 'https://idp.example',
  method: 'saml',
  code: 'replayed',
};

function house() {
  const log = createMemoryCaseLog();
  const failures: unknown[] = [];
  let now = 0;
  let ids = 0;
  const record = createSignInRecorder({
    caseLog: log,
    ids: { newId: () => `id-${String((ids += 1))}` },
    clock: { monotonicMs: () => now },
    onFailure: (error) => failures.push(error),
  });
  return { log, failures, record, wait: (ms: number) => void (now += ms) };
}

test('a sign-in is an entry; who it was is personal', async () => {
  const { log, record } = house();
  await record(SIGNED_IN);
  expect(log.all()).toMatchObject([
    {
      kind: 'auth',
      facts: { auth: { method: 'saml', assurance: 3, at: 1_000 }, change: { outcome: 'signed-in' } },
      personal: { subject: 'alice.osei' },
    },
  ]);
});

test('a refusal carries its code and names nobody', async () => {
  const { log, record } = house();
  await record(REFUSED);
  expect(log.all()).toMatchObject([
    { facts: { change: { outcome: 'refused', code: 'replayed' } }, personal: {} },
  ]);
});

test('a flood of refusals: sixty a minute are written, and the next says how many were not', async () => {
  const { log, record, wait } = house();
  for (let count = 0; count < 100; count += 1) await record(REFUSED);
  expect(log.all()).toHaveLength(60);
  await record(SIGNED_IN);
  expect(log.all()).toHaveLength(61);
  wait(60_000);
  await record(REFUSED);
  expect(log.all().at(-1)?.facts.change).toMatchObject({ refusalsNotWritten: 40 });
  await record(REFUSED);
  expect(log.all().at(-1)?.facts.change).not.toHaveProperty('refusalsNotWritten');
});

test('the log away: nothing is thrown, so people still sign in; the failure is told', async () => {
  const { log, failures, record } = house();
  log.behave('fails');
  await record(SIGNED_IN);
  expect(failures).toHaveLength(1);
});
