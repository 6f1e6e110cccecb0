import type { RegisterAct } from '../../src/domain/register-acts.ts';
import type { Guideline } from '../../src/domain/register.ts';
import {
  codesOf,
  DAY_MS,
  HOUR_MS,
  peopleRegister,
  planBy,
  recordOf,
  draftsOf,
  type PersonName,
} from '../fakes/act-people.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const draft: Guideline = {
  id: 'chest',
  version: '2',
  title: 'AI on chest CT',
  digest: DIGEST,
  links: [{ title: 'NICE', href: 'https://www.nice.org.uk' }],
  draftedBy: practitionerId('rc-one'),
  draftedAt: NOW - 5 * DAY_MS,
  reviews: [],
  comments: [{ by: practitionerId('op-one'), at: NOW - DAY_MS, text: 'Works' }],
};
const signed: Guideline = {
  ...draft,
  version: '1',
  signedBy: practitionerId('rc-two'),
  signedAt: NOW - 2 * DAY_MS,
  effectiveFrom: NOW - DAY_MS,
  reviews: [{ by: practitionerId('rc-one'), at: NOW - HOUR_MS, outcome: 'Stands' }],
};
const register = peopleRegister({ guidelines: [signed, draft] });
const codes = (act: RegisterAct, by: PersonName): readonly string[] => codesOf(planBy(act, { by, register }));

describe('the life of a guideline', () => {
  test('drafted by one', () => {
    const act: RegisterAct = {
      act: 'draft-guideline',
      id: 'chest',
      version: '3',
      title: 'AI on chest CT',
      digest: DIGEST,
      href: 'https://trust.test/chest',
      links: [],
    };
    const plan = planBy(act, { by: 'rc-one', register });
    expect(draftsOf(plan)).toEqual([
      {
        kind: 'guideline',
        id: 'chest@3',
        record: {
          id: 'chest',
          version: '3',
          title: 'AI on chest CT',
          digest: DIGEST,
          href: 'https://trust.test/chest',
          links: [],
          draftedBy: 'rc-one',
          draftedAt: '2026-03-10T09:00:00Z',
          reviews: [],
          comments: [],
        },
      },
    ]);
    expect(codes({ ...act, version: '2' }, 'rc-one')).toEqual(['exists-already']);
  });

  test('commented on by those who work with it', () => {
    const act: RegisterAct = { act: 'comment-on-guideline', id: 'chest', version: '2', text: 'Too long' };
    expect(recordOf(planBy(act, { by: 'op-two', register }))).toMatchObject({
      comments: [
        { by: 'op-one', at: '2026-03-09T09:00:00Z', text: 'Works' },
        { by: 'op-two', at: '2026-03-10T09:00:00Z', text: 'Too long' },
      ],
    });
    expect(codes({ ...act, version: '1' }, 'op-two')).toEqual([]);
    expect(codes({ ...act, version: '9' }, 'op-two')).toEqual(['unknown-record']);
  });

  const sign = { act: 'sign-guideline', id: 'chest', version: '2', effectiveFrom: NOW + DAY_MS } as const;
  test('signed off by another', () => {
    expect(recordOf(planBy(sign, { by: 'rc-two', register }))).toMatchObject({
      draftedBy: 'rc-one',
      signedBy: 'rc-two',
      signedAt: '2026-03-10T09:00:00Z',
      effectiveFrom: '2026-03-11T09:00:00Z',
      comments: [{ text: 'Works' }],
    });
    expect(codes(sign, 'rc-one')).toEqual(['not-for-oneself']);
    expect(codes({ ...sign, version: '1' }, 'rc-two')).toEqual(['guideline-signed-already']);
    expect(codes({ ...sign, id: 'brain' }, 'rc-two')).toEqual(['unknown-record']);
  });

  test('in force from today means from now; never from before', () => {
    const today = { ...sign, effectiveFrom: Date.parse('2026-03-10') };
    expect(recordOf(planBy(today, { by: 'rc-two', register }))).toMatchObject({
      effectiveFrom: '2026-03-10T09:00:00Z',
    });
    expect(codes({ ...sign, effectiveFrom: Date.parse('2026-03-09') }, 'rc-two')).toEqual([
      'dates-in-disorder',
    ]);
  });

  test('reviewed once it is signed', () => {
    const review = {
      act: 'review-guideline',
      id: 'chest',
      version: '1',
      outcome: 'Stands for another year',
    } as const;
    expect(recordOf(planBy(review, { by: 'rc-two', register }))).toMatchObject({
      reviews: [
        { by: 'rc-one', at: '2026-03-10T08:00:00Z', outcome: 'Stands' },
        { by: 'rc-two', at: '2026-03-10T09:00:00Z', outcome: 'Stands for another year' },
      ],
      effectiveFrom: '2026-03-09T09:00:00Z',
    });
    expect(codes({ ...review, version: '2' }, 'rc-two')).toEqual(['guideline-unsigned']);
    expect(codes({ ...review, version: '9' }, 'rc-two')).toEqual(['unknown-record']);
  });
});
