import { currentGuideline } from '../../src/domain/current-guideline.ts';
import type { Guideline } from '../../src/domain/register.ts';
import { aRegister, NOW, practitionerId, RADIOLOGIST } from '../fakes/register-builder.ts';
import { aGuideline, DAY_MS } from './reason-given.ts';

const at = (version: string, effectiveFrom: number, changes: Partial<Guideline> = {}): Guideline =>
  aGuideline({ version, effectiveFrom, ...changes });

test.each<{ name: string; guidelines: readonly Guideline[]; current: string | undefined }>([
  { name: 'none', guidelines: [], current: undefined },
  { name: 'one of another name', guidelines: [aGuideline({ id: 'stroke' })], current: undefined },
  { name: 'one in effect', guidelines: [aGuideline()], current: '3' },
  {
    name: 'the newest of two, in whatever order they were recorded',
    guidelines: [at('2', NOW - DAY_MS), at('1', NOW - 2 * DAY_MS)],
    current: '2',
  },
  { name: 'from this minute on', guidelines: [at('1', NOW - DAY_MS), at('2', NOW)], current: '2' },
  { name: 'not before its minute', guidelines: [at('1', NOW - DAY_MS), at('2', NOW + 1)], current: '1' },
  {
    name: 'of two from the same minute the one recorded later',
    guidelines: [at('1', NOW), at('2', NOW)],
    current: '2',
  },
  {
    name: 'signed by who drafted it',
    guidelines: [aGuideline({ signedBy: RADIOLOGIST, draftedBy: RADIOLOGIST })],
    current: undefined,
  },
  { name: 'signed tomorrow', guidelines: [aGuideline({ signedAt: NOW + DAY_MS })], current: undefined },
  {
    name: 'signed off by somebody else than drafted the newest',
    guidelines: [aGuideline(), at('4', NOW, { draftedBy: practitionerId('another-radiologist') })],
    current: '3',
  },
])('$name -> $current', ({ guidelines, current }) => {
  expect(currentGuideline(aRegister({ guidelines }), 'lung-nodules', NOW)?.version).toBe(current);
});

test('a draft is none, however often it says when it would begin', () => {
  const { signedBy: _by, signedAt: _at, ...draft } = aGuideline();
  const { effectiveFrom: _from, ...endless } = aGuideline();
  expect(currentGuideline(aRegister({ guidelines: [draft, endless] }), 'lung-nodules', NOW)).toBeUndefined();
});
