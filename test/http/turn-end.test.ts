import { createTurnEnd } from '../../src/http/turn-end.ts';

test('all who wait within one turn go on at its end, in their order; whoever comes then waits for the next', async () => {
  const turnEnd = createTurnEnd();
  const order: string[] = [];
  const goOn = async (name: string): Promise<void> => {
    await turnEnd();
    order.push(name);
  };
  const again = goOn('first').then(() => goOn('again'));
  const second = goOn('second');
  await Promise.resolve();
  expect(order).toEqual([]);
  await second;
  expect(order).toEqual(['first', 'second']);
  await again;
  expect(order).toEqual(['first', 'second', 'again']);
});
