import type { WorkitemNotice } from '../../src/domain/dicom/workitem-event.ts';
import { NotIdentified, SessionsUnavailable } from '../../src/domain/errors.ts';
import { ALL_WORKITEMS } from '../../src/domain/workitem-subscription.ts';
import { createWorkitemEvents } from '../../src/flows/workitem-events.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import { aPrincipal } from '../fakes/register-builder.ts';
import { sopInstanceUid } from '../fakes/uids.ts';
import { el } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, KEY, PERFORMER, TWIN, type WorkitemHouse } from '../fakes/workitem-house.ts';

const ONE = '1.5.1';
const never = new AbortController().signal;
let house: WorkitemHouse;
beforeEach(async () => {
  house = createWorkitemHouse();
  await house.create();
});
const claim = () => house.state(PERFORMER, 'IN PROGRESS');

describe('what is told', () => {
  test('every change, in order, numbered, each with the state that was reached', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    const { reports } = await house.listen('operator');
    await house.update('operator', { '00404025': el('SQ', { '00080100': el('SH', 'AI') }) });
    await claim();
    await house.update(PERFORMER, { '00741002': el('SQ', { '00741004': el('DS', 50) }) }, KEY);
    await house.state(PERFORMER, 'CANCELED');
    await house.events.idle();
    expect(reports.map((one) => [one['00000110'], one['00001002'], one['00741000']])).toEqual([
      [el('US', 1), el('US', 5), undefined],
      [el('US', 2), el('US', 1), el('CS', 'IN PROGRESS')],
      [el('US', 3), el('US', 3), undefined],
      [el('US', 4), el('US', 1), el('CS', 'CANCELED')],
    ]);
  });

  test('a request to cancel reaches the performer that is subscribed, and is refused while it is not', async () => {
    await claim();
    await house.subscribe(TWIN, ONE, 'TWIN');
    const why = { '00741238': el('LT', 'wrong study'), '00100010': el('PN', { Alphabetic: 'A' }) };
    await expect(house.cancel('operator', why)).rejects.toMatchObject({ code: 'conflict' });
    await house.subscribe(PERFORMER, ONE);
    const { reports } = await house.listen(PERFORMER);
    await house.cancel('operator', why);
    await house.events.idle();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ '00001002': el('US', 2), '00741238': el('LT', 'wrong study') });
    expect(reports[0]).not.toHaveProperty('00100010');
    expect(house.workitems.all()[0]).toMatchObject({ state: 'IN PROGRESS', revision: 3 });
    await house.unsubscribe(PERFORMER, ALL_WORKITEMS);
    await expect(house.cancel('operator')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of two changes at once the one that loses tells nothing', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    const { reports } = await house.listen('operator');
    await Promise.allSettled([claim(), house.state(TWIN, 'IN PROGRESS'), house.cancel('operator')]);
    await house.events.idle();
    expect(reports).toHaveLength(1);
  });

  test('nothing is kept for whoever does not listen', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    await claim();
    const listening = await house.listen('operator');
    listening.leave();
    await house.state(PERFORMER, 'CANCELED');
    const { reports } = await house.listen('operator');
    await house.events.idle();
    expect([...reports, ...listening.reports]).toEqual([]);
    expect(house.events.isHeard()).toBe(true);
  });
});

describe('who listens is judged anew at each event', () => {
  test.each([
    ['a session that has ended', new NotIdentified(), 'login-over'],
    ['sessions that cannot be asked', new SessionsUnavailable(), 'unavailable'],
    ['a fault', new TypeError('a bug'), 'unavailable'],
  ] as const)('%s closes the channel', async (_name, error, why) => {
    const { identity, ...deps } = house.deps;
    let isOver = false;
    const asked: LoginEvidence[] = [];
    const events = createWorkitemEvents({
      ...deps,
      identity: {
        verifyEvidence: async (evidence, signal) => {
          asked.push(evidence);
          if (isOver) throw error;
          return await identity.verifyEvidence(evidence, signal);
        },
      },
    });
    await house.subscribe('operator', ALL_WORKITEMS);
    const [sent, ends]: [unknown[], unknown[]] = [[], []];
    const evidence = { bearerToken: 'operator' };
    const listening = {
      aet: 'ME',
      evidence,
      send: (report: unknown) => void sent.push(report),
      end: (end: unknown) => void ends.push(end),
    };
    const { confirm } = await events.open(listening, never);
    await confirm();
    expect(ends).toEqual([]);
    isOver = true;
    events.tell({ uid: sopInstanceUid(ONE), event: 'state', state: 'SCHEDULED' });
    await events.idle();
    await confirm();
    expect([sent, ends, events.isHeard()]).toEqual([[], [why], false]);
    expect(asked[0]).toEqual(evidence);
    for (const one of asked.slice(2)) expect(one.isUnattended).toBe(true);
  });

  test.each([
    ['a login that names somebody else now hears nothing', 'operator', aPrincipal(), ['login-over']],
    [
      'what a machine may no longer see is not told, and the channel stays',
      PERFORMER,
      { kind: 'machine', id: PERFORMER, purpose: 'ai-results', models: [], proof: 'key' },
      [],
    ],
  ] as const)('%s', async (_name, token, later, expected) => {
    const { identity, ...deps } = house.deps;
    let isLater = false;
    const events = createWorkitemEvents({
      ...deps,
      identity: {
        verifyEvidence: async (evidence, signal) =>
          isLater ? later : await identity.verifyEvidence(evidence, signal),
      },
    });
    await house.subscribe(token, ALL_WORKITEMS);
    const [sent, ends]: [unknown[], unknown[]] = [[], []];
    await events.open(
      {
        aet: 'ME',
        evidence: { bearerToken: token },
        send: (report) => void sent.push(report),
        end: (end) => void ends.push(end),
      },
      never,
    );
    isLater = true;
    events.tell({ uid: sopInstanceUid(ONE), event: 'state', state: 'SCHEDULED' });
    await events.idle();
    expect([sent, ends]).toEqual([[], expected]);
  });

  test('workitems that cannot be read end the channels that wait for them', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    const { ends } = await house.listen('operator');
    house.workitems.goAway();
    house.events.tell({ uid: sopInstanceUid(ONE), event: 'state', state: 'SCHEDULED' });
    await house.events.idle();
    expect(ends).toEqual(['unavailable']);
  });

  test('one that was taken out is no longer told of', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    const { reports, ends } = await house.listen('operator');
    house.events.tell({ uid: sopInstanceUid('1.5.9'), event: 'state', state: 'CANCELED' });
    await house.events.idle();
    expect([reports, ends]).toEqual([[], []]);
  });
});

describe('bounds', () => {
  test('one login has so many channels, and gets another when it closes one', async () => {
    const open = await Promise.all(
      Array.from({ length: 8 }, (_, number) => house.listen('operator', `A${String(number)}`)),
    );
    await expect(house.listen('operator')).rejects.toMatchObject({ code: 'overloaded' });
    await house.listen('rcai');
    open[0]?.leave();
    await house.listen('operator');
  });

  test('more than can be told ends the channels instead of filling memory', async () => {
    await house.subscribe('operator', ALL_WORKITEMS);
    const { ends, reports } = await house.listen('operator');
    const notice: WorkitemNotice = { uid: sopInstanceUid(ONE), event: 'progress', state: 'SCHEDULED' };
    for (let count = 0; count < 2_010; count += 1) house.events.tell(notice);
    await house.events.idle();
    expect(ends).toEqual(['behind']);
    expect(reports.length).toBeLessThan(2);
  });
});

describe('two nodes', () => {
  test('what happens at one is told at the other, which reads the row, and not twice', async () => {
    const sent: string[] = [];
    const here = createWorkitemHouse(undefined, {
      tell: (notice) => {
        sent.push(JSON.stringify(notice));
        there.events.hear(notice);
      },
      listen: async () => await Promise.resolve(void sent.push('listening')),
    });
    const there: WorkitemHouse = createWorkitemHouse(here);
    await here.create();
    const [mine, theirs] = [await here.listen('operator'), await there.listen('operator')];
    // A channel is open once the node listens to the others.
    expect(sent).toContain('listening');
    await here.subscribe('operator', ALL_WORKITEMS);
    await here.subscribe(PERFORMER, ONE, 'AI');
    await here.state(PERFORMER, 'IN PROGRESS');
    const performer = await there.listen(PERFORMER, 'AI');
    await here.cancel('operator', { '00741238': el('LT', 'MADEUP is not the patient') });
    await Promise.all([here.events.idle(), there.events.idle()]);
    expect(theirs.reports).toEqual(mine.reports);
    expect(theirs.reports).toHaveLength(2);
    expect(performer.reports).toMatchObject([{ '00741238': el('LT', 'MADEUP is not the patient') }]);
    // What travels names the workitem and what happened to it, and nothing of the patient.
    expect(sent.join()).not.toMatch(/MADEUP|P-1|patient/);
    expect(Object.keys(JSON.parse(sent.at(-1) ?? '{}'))).toEqual(['uid', 'event', 'state']);
  });
});
