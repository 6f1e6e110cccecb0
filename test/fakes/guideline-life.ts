import { addMonths } from '../../src/domain/calendar.ts';
import type { EvidenceEntry } from '../../src/domain/register-acts.ts';
import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import { DAY_MS } from './act-people.ts';
import { byLink, DIGEST, GUIDELINE, saidAt, type LifeScene, type LifeStep } from './life-scene.ts';
import { practitionerId } from './register-builder.ts';

export const GUIDELINE_PAGE = `/me/guidelines/${GUIDELINE}`;

/** All that a Responsible Clinician keeps up, so that a year on they can still chair a review. */
async function keepCredential({ house }: LifeScene, who: string): Promise<void> {
  const piece = { practitioner: practitionerId(who), happenedAt: house.now() - DAY_MS };
  const validUntil = addMonths(house.now(), 24);
  const kept: readonly Partial<EvidenceEntry>[] = [
    { type: 'registration', validUntil },
    { type: 'active-practice' },
    { type: 'audit-led' },
    { type: 'board-minutes' },
  ];
  for (const { type = 'registration', ...more } of kept) {
    await house.perform('lead', { act: 'attest-evidence', piece: { ...piece, type, ...more } });
  }
  const cpd = { act: 'log-cpd', credits: 20, happenedAt: house.now() - DAY_MS, title: 'Course' } as const;
  await house.perform(who, { ...cpd, modelFamily: 'lung-ct' });
  await house.perform(who, { act: 'declare', statements: DECLARATION_STATEMENTS });
}

async function review(scene: LifeScene): Promise<void> {
  scene.house.moveTo(addMonths(scene.house.now(), 12));
  await keepCredential(scene, 'rc-two');
  expect(await saidAt(scene, 'rc-two', GUIDELINE_PAGE)).toContain('The yearly review is overdue.');
  const filled = { outcome: 'It stands as it is.' };
  const form = {
    from: GUIDELINE_PAGE,
    link: 'Record the yearly review',
    filled,
    button: 'Record the review',
  };
  await byLink(scene, 'rc-two', form, 'The review is on record.');
  expect(await saidAt(scene, 'rc-two', GUIDELINE_PAGE)).not.toContain('overdue');
}

/** From its draft to its yearly review. */
export const GUIDELINE_LIFE: readonly LifeStep[] = [
  {
    step: 'drafted',
    does: (scene) =>
      byLink(
        scene,
        'rc-one',
        {
          from: '/me/guidelines',
          link: 'Draft a guideline',
          filled: {
            id: GUIDELINE,
            version: '1',
            title: 'Nodules with the new detector',
            digest: DIGEST,
            href: 'https://guidelines.example/nodules.pdf',
            links: 'NICE advice https://nice.example/nodules',
          },
          button: 'Put the draft on record',
        },
        'The draft is on record.',
      ),
    says: ['Draft', 'Signed off Not yet', 'It rests on: NICE advice'],
  },
  {
    step: 'commented on by an operator',
    does: (scene) =>
      byLink(
        scene,
        'op-one',
        {
          from: GUIDELINE_PAGE,
          link: 'Comment on it',
          filled: { text: 'The second step takes long.' },
          button: 'Put the comment on record',
        },
        'The comment is on record.',
      ),
    says: ['op-one, ', 'The second step takes long.'],
  },
  {
    step: 'signed off by another, from today',
    does: async (scene) => {
      const own = await scene.pages.open('rc-one', GUIDELINE_PAGE);
      expect(await own.getByRole('link', { name: 'Sign it off' }).count()).toBe(0);
      const form = { from: GUIDELINE_PAGE, link: 'Sign it off', filled: {}, button: 'Sign it off' };
      await byLink(scene, 'rc-two', form, 'The guideline is signed off.');
    },
    says: ['In effect', 'Signed off rc-two, '],
  },
  {
    step: 'reviewed after a year',
    does: review,
    says: ['Reviews rc-two, ', 'It stands as it is.'],
  },
];
