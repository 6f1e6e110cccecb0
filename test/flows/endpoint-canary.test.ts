import { GATEWAY } from '../../src/domain/endpoint-lock.ts';
import { modelVersionText } from '../../src/domain/record-text.ts';
import { replayDecision } from '../../src/domain/replay-decision.ts';
import { createCanaryHouse, type CanaryHouse } from '../fakes/canary-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { anAnswer, json } from '../fakes/scripted-endpoint.ts';
import { MODEL, VERSION } from '../fakes/register-builder.ts';

let house: CanaryHouse;
beforeEach(async () => {
  house = await createCanaryHouse();
});
afterEach(() => house.close());

const answers = (changes: Parameters<typeof anAnswer>[0] = {}): void =>
  house.endpoint.answer((res) => json(res, anAnswer(changes)));
const kinds = (): readonly string[] => house.acts.caseLog.all().map(({ kind }) => kind);
const stops = () => house.acts.deps.register.snapshot().stopUses();
const codesOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const { code, reasons } = await faultOf(work);
  return [code, ...reasons.map((reason) => reason.code)];
};

describe('a canary answers with another version', () => {
  beforeEach(() => answers({ model_version: '4' }));

  test('withheld, the case failed, an event in the log, locked for the next caller at once', async () => {
    expect(await codesOf(house.node.run())).toEqual(['attestation-mismatch', 'attestation-mismatch']);
    // What is not written yet holds in memory.
    expect(await codesOf(house.node.run())).toEqual(['not-permitted', 'stop-use']);
    expect(house.endpoint.calls).toHaveLength(1);
    await house.node.locks.idle();
    const outcome = house.acts.caseLog.all().find(({ kind }) => kind === 'case.outcome');
    expect(outcome?.facts).toMatchObject({
      err: 'attestation-mismatch',
      release: { action: 'withheld', reasons: ['attestation-mismatch'] },
    });
    const alarm = house.acts.caseLog.all().find(({ kind }) => kind === 'alarm');
    expect(alarm).toMatchObject({
      caseId: outcome?.caseId,
      personal: {},
      facts: {
        err: 'attestation-mismatch',
        model: { id: MODEL, version: VERSION, attestation: 'reply', endpoint: 'nodules@3' },
        asked: { attested: { model: 'nodules', version: '4' } },
        alarm: { endpoint: house.binding.baseUrl, found: 'call', lock: stops()[0]?.id },
      },
    });
    expect(JSON.stringify(alarm?.facts)).not.toMatch(/1\.2\.|rc-one/);
  });

  test('the register holds one lock, of the gateway’s own; the audit and a restart believe it', async () => {
    await faultOf(house.node.run());
    await house.node.locks.idle();
    expect(stops()).toMatchObject([
      { model: MODEL, version: VERSION, endpoint: house.binding.baseUrl, by: GATEWAY },
    ]);
    expect(house.node.failures).toEqual([]);
    expect(await house.acts.deps.register.audit()).toBeUndefined();
    const { register } = await house.acts.reopened();
    expect(register.state()).toMatchObject({ ok: true });
    expect(register.snapshot().stopUses()).toEqual(stops());
    const [record] = await register.historyOf('stop-use', stops()[0]?.id ?? '');
    expect(record?.by).toEqual([GATEWAY]);
    expect(await house.acts.deps.register.pending()).toEqual([]);
  });

  test('a second mismatch while it is locked adds nothing', async () => {
    // Both are on their way before either is answered.
    await Promise.all([faultOf(house.node.run()), faultOf(house.node.run())]);
    await house.node.locks.idle();
    for (const mismatch of house.node.mismatches) house.node.locks.report(mismatch);
    await house.node.locks.idle();
    expect(stops()).toHaveLength(1);
    expect(kinds().filter((kind) => kind === 'alarm')).toHaveLength(1);
    expect(house.node.mismatches).toHaveLength(1);
  });

  test('cleared by two people with smart cards, it runs again', async () => {
    await faultOf(house.node.run());
    await house.node.locks.idle();
    answers();
    house.acts.later(1_000);
    const lift = {
      act: 'lift-stop-use',
      id: stops()[0]?.id ?? '',
      reason: 'The vendor rolled it back',
    } as const;
    const asked = await house.acts.perform('rc-one', lift);
    expect(asked).toMatchObject({ state: 'pending', people: 2 });
    expect(await codesOf(house.node.run())).toEqual(['not-permitted', 'stop-use']);
    expect(await codesOf(house.acts.confirm('rc-one', asked))).toContain('second-must-differ');
    await house.acts.confirm('rc-two', asked);
    house.acts.later(1_000);
    expect(await house.node.run()).toMatchObject({ kind: 'result' });
  });

  test('what comes after it was cleared locks it anew', async () => {
    await faultOf(house.node.run());
    await house.node.locks.idle();
    house.acts.later(1_000);
    const lift = { act: 'lift-stop-use', id: stops()[0]?.id ?? '', reason: 'Fixed' } as const;
    await house.acts.together('rc-one', 'rc-two', lift);
    house.acts.later(1_000);
    expect(await codesOf(house.node.run())).toEqual(['attestation-mismatch', 'attestation-mismatch']);
    await house.node.locks.idle();
    expect(stops()).toHaveLength(2);
  });

  test('another node sees the lock with its next look, and two that found the same write one', async () => {
    const other = await house.anotherNode();
    await faultOf(house.node.run());
    await house.node.locks.idle();
    await other.catchUp();
    expect(await codesOf(other.run())).toEqual(['not-permitted', 'stop-use']);
    for (const mismatch of house.node.mismatches) other.locks.report(mismatch);
    await other.locks.idle();
    expect(stops()).toHaveLength(1);
  });

  test('while the log takes nothing the lock holds in memory, and is written once it does', async () => {
    house.acts.caseLog.behave('fails', 1);
    await faultOf(house.node.run());
    await house.node.locks.idle();
    expect(house.node.failures).toMatchObject([{ code: 'case-log-unavailable' }]);
    expect(stops()).toEqual([]);
    house.acts.caseLog.behave('ok');
    expect(await codesOf(house.node.run())).toEqual(['not-permitted', 'stop-use']);
    await house.node.locks.again();
    expect(stops()).toHaveLength(1);
    expect(kinds().filter((kind) => kind === 'alarm')).toHaveLength(1);
    await house.node.locks.again();
    expect(stops()).toHaveLength(1);
  });

  test('cut off between the log and the register it is finished, and stays one', async () => {
    house.acts.caseLog.behave('fails-but-written', 3);
    await faultOf(house.node.run());
    await house.node.locks.idle();
    expect(house.node.failures).toHaveLength(1);
    expect(kinds().filter((kind) => kind === 'stop-use')).toHaveLength(1);
    expect(stops()).toEqual([]);
    house.acts.caseLog.behave('ok');
    await house.node.locks.again();
    expect(kinds().filter((kind) => kind === 'stop-use')).toHaveLength(1);
    expect(stops()).toHaveLength(1);
    expect(await house.acts.deps.register.audit()).toBeUndefined();
  });

  test('the same register is shown as the same object, with the lock and without', async () => {
    const under = house.acts.deps.register.snapshot();
    expect(house.node.locks.over(under)).toBe(under);
    await faultOf(house.node.run());
    const now = house.acts.deps.register.snapshot();
    expect(house.node.locks.over(now)).toBe(house.node.locks.over(now));
    await house.node.locks.idle();
    const written = house.acts.deps.register.snapshot();
    expect(house.node.locks.over(written)).toBe(written);
  });
});

test('an endpoint that says what it should locks nothing', async () => {
  answers();
  expect(await house.node.run()).toMatchObject({ kind: 'result' });
  expect(house.node.mismatches).toEqual([]);
  expect(kinds()).not.toContain('alarm');
});

test('a version that is gone from the register needs no lock', async () => {
  const [known] = house.acts.deps.register.snapshot().modelVersions();
  if (known === undefined) throw new Error('there is none');
  const version = { ...known, model: 'gone' as typeof known.model };
  house.node.locks.report({ version, binding: house.binding, attested: {}, found: 'probe' });
  await house.node.locks.idle();
  expect(house.node.failures).toEqual([]);
  expect(stops()).toEqual([]);
});

describe('nothing else comes into the register by the gateway’s word', () => {
  const draft = {
    kind: 'stop-use',
    id: 'S-1',
    record: { id: 'S-1', model: MODEL, version: VERSION, from: '2026-01-01', reason: 'x', by: 'rc-one' },
  } as const;

  test.each([
    { name: 'a stop-use of a person', given: draft },
    { name: 'a record that is none', given: { kind: 'stop-use', id: 'S-1', record: { id: 'S-1' } } as const },
    {
      name: 'taking a record back',
      given: { kind: 'stop-use', id: 'S-1', removed: true, reason: 'x' } as const,
    },
  ])('$name', async ({ given }) => {
    expect(await codesOf(house.acts.deps.register.proposeLock(given))).toEqual(['bad-request']);
  });

  test('a lock of a version that is not there', async () => {
    const record = { ...draft.record, model: 'gone', endpoint: house.binding.baseUrl, by: GATEWAY };
    expect(await codesOf(house.acts.deps.register.proposeLock({ ...draft, record }))).toEqual([
      'bad-request',
    ]);
  });

  test('a file that says the gateway locked something', async () => {
    const record = { ...draft.record, endpoint: house.binding.baseUrl, by: GATEWAY };
    const changes = [{ ...draft, record }];
    expect(await codesOf(house.acts.perform('lead', { act: 'import', changes }))).toContain('import-beyond');
  });
});

describe('an endpoint that proves nothing but its name', () => {
  let unproved: CanaryHouse;
  beforeEach(async () => {
    unproved = await createCanaryHouse({ attestation: 'name-only' });
    unproved.endpoint.answer((res) => json(res, anAnswer({ model_version: undefined })));
  });
  afterEach(() => unproved.close());

  const sign = { act: 'sign-name-only', model: MODEL, version: VERSION, function: 'detection' } as const;

  test('is refused until an RC-AI and IT have signed for it', async () => {
    expect(await codesOf(unproved.node.run())).toEqual(['not-permitted', 'name-only-unsigned']);
    expect(unproved.endpoint.calls).toEqual([]);
    expect(await codesOf(unproved.acts.perform('it', sign))).toContain('act-not-in-duty');
    const asked = await unproved.acts.perform('rc-one', sign);
    expect(asked).toMatchObject({ state: 'pending', people: 2 });
    expect(await codesOf(unproved.acts.confirm('rc-two', asked))).toContain('act-not-in-duty');
    expect(await codesOf(unproved.node.run())).toEqual(['not-permitted', 'name-only-unsigned']);
    expect(await unproved.acts.confirm('it', asked)).toMatchObject({ state: 'applied' });
    unproved.acts.later(1_000);
    expect(await unproved.node.run()).toMatchObject({ kind: 'result' });
    const [record] = (
      await unproved.acts.deps.register.historyOf('model-version', `${MODEL}@${VERSION}`)
    ).toReversed();
    expect(record?.by).toEqual(['it', 'rc-one']);
    expect(await unproved.acts.deps.register.audit()).toBeUndefined();
  });

  test('and once more where it has moved', async () => {
    await unproved.acts.together('rc-one', 'it', sign);
    const [known] = unproved.acts.deps.register.snapshot().modelVersions();
    if (known === undefined) throw new Error('there is none');
    const moved = known.endpoints.map((endpoint) => ({ ...endpoint, baseUrl: 'http://127.0.0.1:9' }));
    const modelVersion = { ...modelVersionText(known), model: MODEL, version: VERSION, endpoints: moved };
    const changed = await unproved.acts.perform('rc-one', { act: 'change-model', modelVersion });
    if (changed.state === 'pending') await unproved.acts.confirm('lead', changed);
    expect(await codesOf(unproved.node.run())).toEqual(['not-permitted', 'name-only-unsigned']);
  });
});

test('what was decided by a lock that was not written yet is replayed as it was', async () => {
  answers({ model_version: '4' });
  house.acts.caseLog.behave('fails', 2);
  await faultOf(house.node.run());
  await house.node.locks.idle();
  house.acts.caseLog.behave('ok');
  await faultOf(house.node.run());
  const refused = house.acts.caseLog.all().find(({ kind }) => kind === 'case.refused');
  if (refused === undefined) throw new Error('nothing was refused');
  expect(refused.facts.asked).toMatchObject({ locked: true });
  const replay = replayDecision(refused, house.acts.deps.register.snapshot());
  expect(replay).toMatchObject({ kind: 'same', replayed: { reasons: ['stop-use'] } });
});
