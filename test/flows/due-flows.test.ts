import { fallingDue } from '../../src/domain/falling-due.ts';
import { exportLogBook } from '../../src/flows/read-log-book.ts';
import { makeFeed, readFeed, readFeedState, revokeFeed } from '../../src/flows/keep-calendar-feed.ts';
import { listFallingDue } from '../../src/flows/list-falling-due.ts';
import { as, createDueHouse, LEAD, never, TRAINEE } from '../fakes/due-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { NOW, practitionerId, RADIOLOGIST } from '../fakes/register-builder.ts';
import { parseCalendar, valuesOf } from '../fakes/strict-icalendar.ts';

const DAY = 86_400_000;
const due = (session: string, more: object = {}) => ({ ...as(session), withinDays: 366, ...more });

describe('what falls due', () => {
  test('mine: of nobody else', async () => {
    const { deps } = createDueHouse();
    const list = await listFallingDue(deps, due('radiologist'), never);
    expect(new Set(list.items.map(({ person, name }) => `${person} ${name}`))).toEqual(
      new Set(['radiologist Dr Rae Radiologist']),
    );
    expect([list.total, list.now, list.noticeDays]).toEqual([list.items.length, NOW, [90, 30, 7]]);
    // To look people up for approvals is not to keep the register.
    expect(list.mayReadEverybodys).toBe(false);
  });

  test('who leaves meanwhile is not worked for', async () => {
    const house = createDueHouse();
    const leaving = new AbortController();
    const deps = { ...house.deps, othersTurn: async () => leaving.abort(new Error('left')) };
    await expect(listFallingDue(deps, due('lead', { everybody: true }), leaving.signal)).rejects.toThrow(
      'left',
    );
  });

  test('everybody’s, for those who keep the register, page by page', async () => {
    const house = createDueHouse();
    const { deps } = house;
    const all = await listFallingDue(deps, due('lead', { everybody: true }), never);
    // Six people are one turn.
    expect(house.turns()).toBe(1);
    const { now } = all;
    expect(all.items.map(({ name: _name, ...item }) => item)).toEqual(
      fallingDue(deps.register.snapshot(), now, now + 366 * DAY),
    );
    expect(all.mayReadEverybodys).toBe(true);
    expect(new Set(all.items.map(({ person }) => person))).toEqual(new Set([RADIOLOGIST, TRAINEE]));
    const page = (number: number) =>
      listFallingDue(deps, due('lead', { everybody: true, page: { number, size: 4 } }), never);
    const pages = [await page(1), await page(2), await page(99)];
    expect(pages.map(({ items, total }) => [items.length, total])).toEqual([
      [4, all.total],
      [4, all.total],
      [0, all.total],
    ]);
    expect(pages.flatMap(({ items }) => items)).toEqual(all.items.slice(0, 8));
  });

  test.each([
    ['somebody without such a duty, of everybody', 'trainee', { everybody: true }, 'not-permitted'],
    ['an RC-AI without a role, of everybody', 'radiologist', { everybody: true }, 'not-permitted'],
    ['a login that names nobody', 'nobody', {}, 'not-permitted'],
    ['a login of two people', 'twice', {}, 'not-permitted'],
    ['an emergency login', 'emergency', {}, 'not-permitted'],
    ['a session that cannot be confirmed', 'unconfirmed', {}, 'sessions-unavailable'],
    ['a token for images', 'images', {}, 'scope-missing'],
    ['nobody', 'wrong', {}, 'not-identified'],
  ] as const)('%s: no', async (_name, session, more, code) => {
    const { deps } = createDueHouse();
    expect(await faultOf(listFallingDue(deps, due(session, more), never))).toMatchObject({ code });
  });
});

describe('the calendar', () => {
  test('behind an address that was made: what falls due for its owner within a year, by nobody’s name', async () => {
    const { deps } = createDueHouse();
    expect(await readFeedState(deps, as('radiologist'), never)).toBeUndefined();
    const token = await makeFeed(deps, as('radiologist'), never);
    expect(await readFeedState(deps, as('radiologist'), never)).toBe(NOW);
    const text = await readFeed(deps, { token });
    const events = parseCalendar(text).components;
    const mine = await listFallingDue(deps, due('radiologist'), never);
    expect(events.flatMap(({ properties }) => valuesOf(properties, 'SUMMARY'))).toEqual(
      mine.items.map(({ title, notice }) => `${notice === 0 ? 'Overdue' : 'Due'}: ${title}`),
    );
    expect(text).not.toMatch(/Rae|Tess|radiologist\b/i);
  });

  test('that an address was made or revoked is an entry of the case log, and the secret is in none', async () => {
    const { deps, caseLog } = createDueHouse();
    const token = await makeFeed(deps, as('radiologist'), never);
    await revokeFeed(deps, as('radiologist'), never);
    await revokeFeed(deps, as('radiologist'), never);
    const entries = caseLog.all();
    expect(
      entries.map(({ kind, facts, personal }) => [kind, facts.change?.['outcome'], personal.user]),
    ).toEqual([
      ['auth', 'calendar-address-made', RADIOLOGIST],
      ['auth', 'calendar-address-revoked', RADIOLOGIST],
    ]);
    expect(entries.map(({ body }) => Buffer.from(body).toString()).join()).not.toContain(token);
  });

  test('revoked, replaced, unknown, or of somebody who has left the register: there is none', async () => {
    const { deps, feedTokens } = createDueHouse();
    const first = await makeFeed(deps, as('radiologist'), never);
    const second = await makeFeed(deps, as('radiologist'), never);
    const gone = await feedTokens.issue(practitionerId('gone'), NOW);
    for (const token of [first, gone, 'x']) {
      expect(await faultOf(readFeed(deps, { token }))).toMatchObject({ code: 'not-found' });
    }
    await readFeed(deps, { token: second });
    await revokeFeed(deps, as('radiologist'), never);
    expect(await faultOf(readFeed(deps, { token: second }))).toMatchObject({ code: 'not-found' });
  });

  test('with the case log away no address is made, and one can be revoked all the same', async () => {
    const { deps, caseLog } = createDueHouse();
    const token = await makeFeed(deps, as('radiologist'), never);
    caseLog.behave('fails');
    await expect(makeFeed(deps, as('radiologist'), never)).rejects.toMatchObject({
      code: 'case-log-unavailable',
    });
    await readFeed(deps, { token });
    await expect(revokeFeed(deps, as('radiologist'), never)).rejects.toMatchObject({
      code: 'case-log-unavailable',
    });
    expect(await faultOf(readFeed(deps, { token }))).toMatchObject({ code: 'not-found' });
  });

  test('each has their own', async () => {
    const { deps } = createDueHouse();
    const [mine, leads] = [
      await makeFeed(deps, as('radiologist'), never),
      await makeFeed(deps, as('lead'), never),
    ];
    expect(await deps.feedTokens.ownerOf(leads)).toBe(LEAD);
    expect(parseCalendar(await readFeed(deps, { token: leads })).components.map(({ name }) => name)).toEqual([
      'VTIMEZONE',
    ]);
    expect(await readFeed(deps, { token: mine })).toContain('BEGIN:VEVENT');
  });

  test('the night in which the declaration falls due it says so by itself', async () => {
    const house = createDueHouse();
    const token = await makeFeed(house.deps, as('radiologist'), never);
    expect(await readFeed(house.deps, { token })).not.toContain('Overdue: annual');
    house.setNow(NOW + 190 * DAY);
    expect(await readFeed(house.deps, { token })).toContain('Overdue: annual');
    await exportLogBook(house.deps, { ...as('radiologist'), form: 'csv' }, never);
  });
});
