import {
  approvalText,
  comparable,
  evidenceText,
  guidelineText,
  modelVersionText,
  recordText,
  stopUseText,
} from '../../src/domain/record-text.ts';
import type { Guideline, StopUse } from '../../src/domain/register.ts';
import { parseTyped } from '../../src/register/parse-record.ts';
import {
  aModelVersion,
  anApproval,
  currentEvidence,
  MODEL,
  NOW,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const midnight = Date.parse('2026-03-03');
const guideline: Guideline = {
  id: 'chest',
  version: '1',
  title: 'AI on chest CT',
  digest: `sha256:${'1'.repeat(64)}`,
  links: [{ title: 'NICE', href: 'https://www.nice.org.uk' }],
  draftedBy: RADIOLOGIST,
  draftedAt: midnight,
  signedBy: RADIOLOGIST,
  signedAt: NOW,
  effectiveFrom: NOW + 1,
  reviews: [{ by: RADIOLOGIST, at: NOW, outcome: 'Stands' }],
  comments: [{ by: RADIOLOGIST, at: midnight, text: 'Works' }],
};
const stop: StopUse = {
  id: 'S-1',
  model: MODEL,
  from: midnight,
  until: NOW,
  liftedAt: NOW - 1,
  liftedBy: ['lead'],
  liftedBecause: 'Fixed',
  reason: 'Drift',
  by: 'rc-one',
};
const retired = aModelVersion({
  state: 'retired',
  releases: [{ site: '*', from: midnight, until: NOW, signedBy: RADIOLOGIST, plan: 'P-1' }],
  retiredAt: NOW,
  retiredBecause: 'Old',
});
const [piece] = currentEvidence(RADIOLOGIST);

describe('a record in the words of a file is the same record when it is read back', () => {
  test.each([
    { kind: 'model-version', id: 'lung-nodule@2.1.0', text: modelVersionText(retired), record: retired },
    { kind: 'approval', id: 'approval-1', text: approvalText(anApproval()), record: anApproval() },
    { kind: 'stop-use', id: 'S-1', text: stopUseText(stop), record: stop },
    { kind: 'guideline', id: 'chest@1', text: guidelineText(guideline), record: guideline },
    {
      kind: 'evidence',
      id: piece?.id ?? '',
      text: piece === undefined ? {} : evidenceText({ ...piece, recordedAt: NOW }),
      record: piece,
    },
  ] as const)('$kind', ({ kind, id, text, record }) => {
    expect(parseTyped({ kind, id, record: text })?.record).toEqual(record);
  });
});

describe('times', () => {
  test.each([
    { instant: midnight, text: '2026-03-03' },
    { instant: midnight + DAY / 2, text: '2026-03-03T12:00:00Z' },
    { instant: midnight + 1, text: '2026-03-03T00:00:00.001Z' },
  ])('$text', ({ instant, text }) => {
    expect(recordText({ at: instant, score: instant, name: 'x', none: undefined }, ['at', 'name'])).toEqual({
      at: text,
      score: instant,
      name: 'x',
    });
  });

  test('written differently are the same; what is no time stays what it is', () => {
    expect(comparable({ from: ['2026-03-03'] })).toBe(comparable({ from: ['2026-03-03T00:00:00.000Z'] }));
    expect(comparable('2026-03-03')).not.toBe(comparable('2026-03-04'));
    expect(comparable('2026-99-99')).toBe('"2026-99-99"');
    expect(comparable(undefined)).toBe(comparable(null));
  });

  test('half a character, which the register refuses, is compared all the same', () => {
    expect(comparable({ '\ud83d': ['x\ud83d'] })).not.toBe(comparable({ '\ud83d': ['x'] }));
  });
});
