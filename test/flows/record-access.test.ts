import { GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import type { EntryDraft } from '../../src/domain/log-entry.ts';
import type { StudyReader } from '../../src/domain/principal.ts';
import type { AccessOutcome } from '../../src/flows/access-queue.ts';
import type { Look } from '../../src/flows/judge-stored-results.ts';
import {
  createAccessRecorder,
  type AccessLimits,
  type AccessRecorder,
} from '../../src/flows/record-access.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { aPractitioner, aPrincipal, aRegister, NOW, practitionerId } from '../fakes/register-builder.ts';
import { studyUid } from '../fakes/uids.ts';

const CASE = 'c-01234567-89ab-4def-8123-456789abcdef';
const endpoint: StudyReader = { kind: 'study-reader', studyInstanceUid: '1.1', caseId: CASE, expiresAt: NOW };
const look = (study = '1.1', caller: Look['caller'] = aPrincipal()): Look => ({
  caller,
  study: studyUid(study),
  requestId: 'r-1',
});
const saying = (purpose: string) => ({ headers: { 'purpose-of-use': purpose } });
const SILENT = { headers: {} };
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A recorder over a log in memory, or one in front of it. */
function house(plan: { readonly limits?: AccessLimits; readonly register?: 'throws' | 'shared' } = {}) {
  const log = createMemoryCaseLog();
  const outcomes: AccessOutcome[] = [];
  const state = { appends: 0, refusal: undefined as Error | undefined };
  const practitioners = [aPractitioner(), aPractitioner({ ...aPractitioner(), id: practitionerId('twin') })];
  const register = aRegister(plan.register === 'shared' ? { practitioners } : {});
  const deps = {
    register: {
      snapshot: () => {
        if (plan.register === 'throws') throw new RegisterUnavailable('away (test)');
        return register;
      },
    },
    caseLog: {
      append: async (draft: EntryDraft) => {
        state.appends += 1;
        if (state.refusal !== undefined && draft.kind !== 'alarm') throw state.refusal;
        return await log.append(draft);
      },
    },
    clock: { nowMs: () => NOW },
    ids: { newId: () => `id-${String(state.appends)}` },
    onOutcome: (outcome: AccessOutcome) => void outcomes.push(outcome),
  };
  const recorder: AccessRecorder = createAccessRecorder(deps, plan.limits);
  const kinds = (): readonly string[] => log.all().map((entry) => entry.kind);
  const studies = (): readonly unknown[] => log.all().map((entry) => entry.personal.studyUid);
  return { recorder, deps, log, outcomes, state, kinds, studies };
}

describe('who read what', () => {
  test.each<readonly [string, readonly (readonly [Look, Parameters<AccessRecorder['note']>[1]])[], number]>([
    [
      'many reads of a study in a session',
      [
        [look(), SILENT],
        [look(), SILENT],
        [look(), SILENT],
      ],
      1,
    ],
    [
      'two studies',
      [
        [look(), SILENT],
        [look('1.2'), SILENT],
      ],
      2,
    ],
    [
      'two sessions',
      [
        [look(), SILENT],
        [look('1.1', aPrincipal({ sessionRef: 's-2' })), SILENT],
      ],
      2,
    ],
    [
      'two purposes',
      [
        [look(), saying('TREAT')],
        [look(), saying('HRESCH')],
        [look(), saying('TREAT')],
      ],
      2,
    ],
    [
      'a purpose, then silence',
      [
        [look(), saying('TREAT')],
        [look(), SILENT],
      ],
      1,
    ],
    [
      'silence, then a purpose',
      [
        [look(), SILENT],
        [look(), saying('TREAT')],
      ],
      2,
    ],
    [
      'foreign words',
      [
        [look(), saying('a')],
        [look(), saying('b')],
      ],
      1,
    ],
    [
      'a person and an endpoint',
      [
        [look(), SILENT],
        [look('1.1', endpoint), SILENT],
      ],
      2,
    ],
  ])('%s', async (_name, reads, entries) => {
    const { recorder, log, state, outcomes } = house();
    for (const [at, how] of reads) recorder.note(at, how);
    await recorder.again();
    expect(log.all()).toHaveLength(entries);
    expect(state.appends).toBe(entries);
    expect(outcomes).toEqual(Array.from({ length: entries }, () => 'recorded'));
  });

  test('names the practitioner where the login is one person’s', async () => {
    const { recorder, log } = house();
    recorder.note(look(), { ...saying('TREAT'), pacs: 'archive' });
    recorder.note(look('1.2', aPrincipal({ subject: 'nobody', sessionRef: 's-2' })), SILENT);
    recorder.note(look('1.3', endpoint), SILENT);
    await recorder.again();
    expect(log.all()).toMatchObject([
      {
        personal: { user: 'radiologist' },
        facts: { access: { purpose: 'TREAT', pacs: 'archive', at: NOW } },
      },
      { personal: { subject: 'nobody' } },
      { caseId: CASE, facts: { access: { reader: 'ai-endpoint' } } },
    ]);
    expect(log.all().map((entry) => entry.personal.user)).toEqual(['radiologist', undefined, undefined]);
  });

  test.each([
    ['a register that cannot be read', 'throws'],
    ['a login that two people share', 'shared'],
  ] as const)('%s keeps no read off the record', async (_name, register) => {
    const { recorder, log } = house({ register });
    recorder.note(look(), SILENT);
    await recorder.again();
    expect(log.all()).toMatchObject([{ kind: 'study.accessed', personal: { studyUid: '1.1' } }]);
    expect(log.all()[0]?.personal.user).toBeUndefined();
  });

  test('is written by itself, and by another node not again', async () => {
    const one = house();
    const other = createAccessRecorder(one.deps);
    one.recorder.note(look(), SILENT);
    other.note(look(), SILENT);
    await Promise.all([one.recorder.again(), other.again()]);
    expect(one.state.appends).toBe(2);
    expect(one.kinds()).toEqual(['study.accessed']);
  });

  test('what is noted in the very moment a round ends is written too', async () => {
    const { recorder, studies } = house();
    recorder.note(look('1.1'), SILENT);
    await nextTurn();
    // Each step of the round that is under way now is followed by a note of its own.
    for (let step = 0; step < 40; step += 1) {
      await Promise.resolve();
      recorder.note(look(`2.${String(step)}`), SILENT);
      for (let pause = 0; pause < step; pause += 1) await Promise.resolve();
    }
    await nextTurn();
    await nextTurn();
    expect(studies()).toHaveLength(41);
  });
});

describe('while the case log is away', () => {
  test('no read waits, nothing is asked again for each read, and all of it is written afterwards', async () => {
    const { recorder, log, outcomes, state, studies } = house();
    log.behave('fails');
    recorder.note(look('1.1'), SILENT);
    await recorder.again();
    recorder.note(look('1.2'), SILENT);
    recorder.note(look('1.2'), SILENT);
    expect([state.appends, outcomes]).toEqual([1, ['delayed', 'delayed']]);
    await recorder.again();
    expect(outcomes).toEqual(['delayed', 'delayed']);
    log.behave('ok');
    await recorder.again();
    expect(studies()).toEqual(['1.1', '1.2']);
    expect(outcomes.slice(2)).toEqual(['recorded', 'recorded']);
    recorder.note(look('1.3'), SILENT);
    await recorder.again();
    expect(studies()).toEqual(['1.1', '1.2', '1.3']);
  });

  test('what was written and never acknowledged is one entry', async () => {
    const { recorder, log, kinds } = house();
    log.behave('fails-but-written');
    recorder.note(look(), SILENT);
    await recorder.again();
    log.behave('ok');
    await recorder.again();
    expect(kinds()).toEqual(['study.accessed']);
  });

  test('what finds no room is counted, told in the log, and recorded when it is read again', async () => {
    const { recorder, log, outcomes, kinds, studies } = house({ limits: { maxWaiting: 2, maxSeen: 100 } });
    log.behave('fails');
    for (const study of ['1.1', '1.2', '1.3', '1.4', '1.4']) recorder.note(look(study), SILENT);
    await recorder.again();
    expect(outcomes.filter((outcome) => outcome === 'lost')).toHaveLength(2);
    log.behave('ok');
    await recorder.again();
    expect(kinds()).toEqual(['study.accessed', 'study.accessed', 'alarm']);
    expect(log.all()[2]?.facts.change).toEqual({ code: 'accesses-not-recorded', count: 2 });
    for (const study of ['1.1', '1.4']) recorder.note(look(study), SILENT);
    await recorder.again();
    expect(studies()).toEqual(['1.1', '1.2', undefined, '1.4']);
  });

  test('the end tries once more, and counts what it leaves', async () => {
    const { recorder, log, outcomes } = house();
    log.behave('fails');
    recorder.note(look(), SILENT);
    await recorder.finish();
    expect(outcomes).toEqual(['delayed', 'lost']);
    const late = house();
    late.log.behave('fails');
    late.recorder.note(look(), SILENT);
    await late.recorder.again();
    late.log.behave('ok');
    await late.recorder.finish();
    expect(late.outcomes).toEqual(['delayed', 'recorded']);
  });
});

test('a record that the log refuses is lost once, told once, and not tried again', async () => {
  const { recorder, state, outcomes, kinds } = house();
  state.refusal = new GatewayError('bad-request', { detail: 'too long (test)' });
  recorder.note(look(), SILENT);
  await recorder.again();
  recorder.note(look(), SILENT);
  await recorder.again();
  expect([outcomes, kinds(), state.appends]).toEqual([['lost'], ['alarm'], 2]);
});

test('that some were lost is told even where the log refuses to hear it: once, and not for ever', async () => {
  const { recorder, deps, outcomes } = house();
  let appends = 0;
  deps.caseLog.append = async () => {
    appends += 1;
    throw new GatewayError('bad-request', { detail: 'no (test)' });
  };
  recorder.note(look(), SILENT);
  await recorder.again();
  expect([appends, outcomes]).toEqual([2, ['lost']]);
});

test('a log that never answers holds nobody up', () => {
  const { recorder, deps, outcomes } = house({ limits: { maxWaiting: 3, maxSeen: 100 } });
  deps.caseLog.append = () => new Promise(() => undefined);
  for (let study = 0; study < 10; study += 1) recorder.note(look(`1.${String(study)}`), SILENT);
  expect(outcomes.filter((outcome) => outcome === 'lost')).toHaveLength(7);
});
