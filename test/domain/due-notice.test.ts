import { noticeMessage, noticedItems } from '../../src/domain/due-notice.ts';
import { aDueItem, DUE_NOW } from '../fakes/fake-due-flows.ts';

const items = noticedItems([aDueItem(5, { notice: 7 }), aDueItem(-1, { id: 'x', notice: 0 }), aDueItem(99)]);
const at = { now: DUE_NOW, publicUrl: 'https://gateway.example' };

test('only what lies within a notice, or is overdue', () => {
  expect(items.map(({ id, notice }) => [id, notice])).toEqual([
    ['declaration/alice.osei', 7],
    ['x', 0],
  ]);
});

test('identifiers and kinds, no title and no name', () => {
  const { body } = noticeMessage(items, at);
  expect(JSON.parse(body)).toEqual({
    type: 'register.falling-due',
    timestamp: '2026-03-03T14:05:06.000Z',
    data: {
      items: [
        {
          id: 'declaration/alice.osei',
          kind: 'declaration',
          practitioner: 'alice.osei',
          dueAt: '2026-03-08T14:05:06.000Z',
          noticeDays: 7,
          href: 'https://gateway.example/me/declaration',
        },
        expect.objectContaining({ id: 'x', noticeDays: 0 }),
      ],
    },
  });
  expect(body).not.toContain('annual safety declaration');
});

test('the id is that of the items at their notice, not of the moment', () => {
  const idOf = (some: typeof items, now = DUE_NOW) => noticeMessage(some, { ...at, now }).id;
  expect(idOf(items)).toMatch(/^notice-[0-9a-f]{32}$/);
  expect(idOf(items, DUE_NOW + 1)).toBe(idOf(items));
  expect(idOf(items.slice(1))).not.toBe(idOf(items));
  expect(idOf(items.map((item) => ({ ...item, notice: 30 })))).not.toBe(idOf(items));
  expect(idOf(items.map((item) => ({ ...item, dueAt: item.dueAt + 1 })))).not.toBe(idOf(items));
});
