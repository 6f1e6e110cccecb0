import { createSignInRecorder, type SignInEvent } from '../../src/flows/record-sign-in.ts';
import { AUTH_OUTCOMES } from '../../src/domain/auth-words.ts';
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

test('who acts in which role, in which session, stands beside it; a long name is cut', async () => {
  const { log, record } = house();
  const roleId = '5'.repeat(500);
  await record({ ...SIGNED_IN, outcome: 'stepped-up', roleId, sessionRef: 'ref-1' });
  expect(log.all()[0]?.facts.change).toEqual({
    outcome: 'stepped-up',
    provider: 'https://idp.example',
    method: 'saml',
    role: '5'.repeat(200),
    session: 'ref-1',
  });
});

test.each(AUTH_OUTCOMES)('%s is an entry of the log, kept as security', async (outcome) => {
  const { log, record } = house();
  await record({ ...REFUSED, outcome, subject: 'alice.osei' });
  expect(log.all()).toMatchObject([{ kind: 'auth', facts: { change: { outcome, code: 'replayed' } } }]);
  expect(JSON.stringify(log.all()[0]?.facts)).not.toContain('alice');
  expect(log.all()[0]?.personal).toEqual({ subject: 'alice.osei' });
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

test('a flood hides no alarm, and only alarms that a stranger can raise have a bound of their own', async () => {
  const { log, record, wait } = house();
  const alarm = { ...REFUSED, outcome: 'alarm', method: 'smart-card' };
  for (let count = 0; count < 100; count += 1) await record(REFUSED);
  for (let count = 0; count < 70; count += 1) await record({ ...alarm, code: 'break-glass-used' });
  expect(log.all()).toHaveLength(60 + 70);
  for (let count = 0; count < 70; count += 1) await record({ ...alarm, code: 'card-header-forged' });
  expect(log.all()).toHaveLength(60 + 70 + 60);
  wait(60_000);
  await record({ ...alarm, code: 'card-header-forged' });
  expect(log.all().at(-1)?.facts.change).toMatchObject({ alarmsNotWritten: 10 });
  await record(REFUSED);
  expect(log.all().at(-1)?.facts.change).toMatchObject({ refusalsNotWritten: 40 });
});

test('the log away: nothing is thrown, so people still sign in; the failure is told', async () => {
  const { log, failures, record } = house();
  log.behave('fails');
  await record(SIGNED_IN);
  expect(failures).toHaveLength(1);
});
