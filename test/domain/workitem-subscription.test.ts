import { BadRequest } from '../../src/domain/errors.ts';
import {
  subscriptionAsked,
  subscriptionTo,
  type WorkitemSubscriber,
} from '../../src/domain/workitem-subscription.ts';
import { isOneOf } from '../../src/domain/workitem.ts';
import {
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';
import { aWorkitem } from '../fakes/workitem-drafts.ts';

const ON = { hasLock: true, isOff: false };
const OFF = { hasLock: false, isOff: true };
const who = (more: Partial<WorkitemSubscriber>): WorkitemSubscriber => ({
  aet: 'ME',
  owner: 'person a',
  reach: { kind: 'all' },
  ...more,
});
const filtered = (filter: string) => ({ all: { filter, hasLock: false } });

describe('who is subscribed (PS3.4 Table CC.2.3-2)', () => {
  test.each([
    ['nobody', {}, undefined],
    ['of one, with its lock', { one: ON }, true],
    ['of all', { all: { hasLock: false } }, false],
    ['of all, with a lock', { all: { hasLock: true } }, true],
    ['of all but this one', { all: { hasLock: true }, one: OFF }, undefined],
    ['of one before all', { all: { hasLock: false }, one: ON }, true],
    ['of all, suspended before it was created', { all: { hasLock: false, suspendedAt: NOW - 1 } }, undefined],
    ['of all, suspended after that', { all: { hasLock: false, suspendedAt: NOW } }, false],
    ['of those a filter matches', filtered('WorklistLabel=AI'), false],
    ['of those a filter does not match', filtered('00741202=OTHER'), undefined],
    ['by a filter that is no query', filtered('00741202=AI&00741202=AI'), undefined],
    ['of what was scheduled', filtered('00741000=SCHEDULED'), false],
    ['of what is under way', filtered('00741000=IN%20PROGRESS'), undefined],
  ] as const)('%s', (_name, more, lock) => {
    expect(subscriptionTo(who(more), aWorkitem())?.hasLock).toBe(lock);
  });

  test('whoever wanted what is scheduled, or under way, hears that it is no more', () => {
    const done = aWorkitem({ state: 'COMPLETED', performer: 'ai' });
    const canceled = aWorkitem({ state: 'CANCELED' });
    const told = (state: string, of: typeof done): boolean =>
      subscriptionTo(who(filtered(`00741000=${state}`)), of) !== undefined;
    expect(['SCHEDULED', 'IN+PROGRESS', 'COMPLETED', 'CANCELED'].map((state) => told(state, done))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(told('IN+PROGRESS', canceled)).toBe(false);
  });

  test('a fault of ours is not taken for a filter that matches nothing', () => {
    expect(() => subscriptionTo(who(filtered(7 as never)), aWorkitem())).toThrow(TypeError);
  });
});

test('a filter in one parameter is kept as pairs, and matches as they do', () => {
  const { filter = '' } = subscriptionAsked('filter=00741000%3DSCHEDULED,00741202%3DAI', 'filtered');
  expect(subscriptionTo(who(filtered(filter)), aWorkitem())).toEqual({ hasLock: false });
  const other = subscriptionAsked('filter=00741000%3DSCHEDULED,00741202%3DOTHER', 'filtered');
  expect(subscriptionTo(who(filtered(other.filter ?? '')), aWorkitem())).toBeUndefined();
});

describe('what a subscription asks for', () => {
  test.each([
    ['', 'one', { hasLock: false }],
    ['deletionlock=false', 'all', { hasLock: false }],
    ['deletionlock=true', 'one', { hasLock: true }],
    ['token=x&deletionlock=true', 'all', { hasLock: true }],
    ['00741202=AI&deletionlock=true', 'filtered', { hasLock: true, filter: '00741202=AI&deletionlock=true' }],
    ['filter=00741000%3DSCHEDULED', 'filtered', { hasLock: false, filter: '00741000=SCHEDULED' }],
    [
      'deletionlock=true&filter=00741000=IN+PROGRESS,WorklistLabel=A%26B',
      'filtered',
      { hasLock: true, filter: 'deletionlock=true&00741000=IN%20PROGRESS&WorklistLabel=A%26B' },
    ],
    [
      'filter=00741200%3DHIGH&00741202=AI',
      'filtered',
      { hasLock: false, filter: '00741200=HIGH&00741202=AI' },
    ],
  ] as const)('%s of %s', (query, of, asked) => {
    expect(subscriptionAsked(query, of)).toEqual(asked);
  });

  test.each([
    ['deletionlock=yes', 'one'],
    ['deletionlock', 'all'],
    ['DeletionLock=true', 'all'],
    ['deletionlock=true&deletionlock=true', 'one'],
    ['00741202=AI', 'one'],
    ['00741202=AI', 'all'],
    ['', 'filtered'],
    ['00741202=', 'filtered'],
    [`00741202=${'A'.repeat(2_048)}`, 'filtered'],
    [`00741202=*${'A'.repeat(64)}`, 'filtered'],
    ['NoSuchKeyword=1', 'filtered'],
    ['%zz=1', 'all'],
    ['filter=00741200%3DHIGH', 'all'],
    ['filter=00741200%3DHIGH', 'one'],
    ['filter=00741200%3DHIGH&filter=00741202%3DAI', 'filtered'],
    ['filter=00741200%3DHIGH&00741200=LOW', 'filtered'],
    ['filter=00741200=HIGH,00741200=LOW', 'filtered'],
    ['filter=', 'filtered'],
    ['filter=SCHEDULED&00741202=AI', 'filtered'],
    ['filter=00741000%3DSCHEDULED,HIGH', 'filtered'],
    ['filter=00741000%3DSCHEDULED,', 'filtered'],
    ['filter=00741000%3D,00741202%3DAI', 'filtered'],
    ['filter=limit%3D5,00741202%3DAI', 'filtered'],
    ['filter=deletionlock%3Dtrue,00741202%3DAI', 'filtered'],
    ['filter=nothing%3D5,00741202%3DAI', 'filtered'],
    ['Filter=00741202%3DAI', 'filtered'],
    [`filter=00741202%3D${'%20A'.repeat(700)}`, 'filtered'],
  ] as const)('%s of %s is none', (query, of) => {
    expect(() => subscriptionAsked(query, of)).toThrow(BadRequest);
  });
});

test('whose workitems they are', () => {
  const workitem = aWorkitem();
  const of = (version: string) =>
    ({ kind: 'models', models: [{ model: MODEL, version: versionString(version) }] }) as const;
  expect(isOneOf(workitem, { kind: 'all' })).toBe(true);
  expect(isOneOf(workitem, { kind: 'creator', creator: RADIOLOGIST })).toBe(true);
  expect(isOneOf(workitem, { kind: 'creator', creator: practitionerId('other') })).toBe(false);
  expect(isOneOf(workitem, of(VERSION))).toBe(true);
  expect(isOneOf(workitem, of('9'))).toBe(false);
  expect(isOneOf(workitem, { kind: 'models', models: [] })).toBe(false);
});
