import type { Readiness } from '../../src/flows/check-readiness.ts';
import { mergeReadiness } from '../../src/flows/merge-readiness.ts';

const well: Readiness = {
  ready: true,
  parts: [
    { part: 'pacs', ok: true, detail: 'The PACS answers.' },
    { part: 'pacs', name: 'south', ok: true, detail: 'The PACS answers.' },
    { part: 'register', ok: true, detail: 'In order.' },
  ],
  aiLockedBecause: [],
};
const ill: Readiness = {
  ready: false,
  parts: [
    { part: 'pacs', ok: false, detail: 'The PACS does not answer.' },
    { part: 'pacs', name: 'south', ok: true, detail: 'The PACS answers.' },
    { part: 'register', ok: true, detail: 'In order.' },
  ],
  aiLockedBecause: ['The PACS does not answer.'],
};
const workers = (ok: boolean, detail: string): unknown => ({ part: 'workers', ok, detail });

test.each([
  { name: 'well then ill', given: [well, ill] },
  { name: 'ill then well', given: [ill, well] },
])(
  '$name: ready while one is, a part is as well as at the worst, AI is locked where it is at one',
  ({ given }) => {
    expect(mergeReadiness(given)).toEqual({
      ready: true,
      parts: [...ill.parts, workers(true, '2 of 2 workers take calls.')],
      aiLockedBecause: ['The PACS does not answer.'],
    });
  },
);

test('what all say is said once', () => {
  expect(mergeReadiness([ill, ill]).aiLockedBecause).toEqual(['The PACS does not answer.']);
});

test('one that does not answer is told, and nothing stops', () => {
  expect(mergeReadiness([well, undefined])).toEqual({
    ready: true,
    parts: [...well.parts, workers(false, '1 of 2 workers take calls.')],
    aiLockedBecause: [],
  });
});

test('with none that answers nothing is ready and AI is locked', () => {
  expect(mergeReadiness([undefined])).toEqual({
    ready: false,
    parts: [workers(false, '0 of 1 workers take calls.')],
    aiLockedBecause: ['0 of 1 workers take calls.'],
  });
});
