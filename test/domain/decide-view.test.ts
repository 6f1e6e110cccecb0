import { decide } from '../../src/domain/decide.ts';
import { anApproval, aRegister, NOW, SITE } from '../fakes/register-builder.ts';
import { aQuestion, DAY_MS, versions, withoutInput } from './reason-given.ts';

describe('seeing a stored result (view)', () => {
  const retired = versions({
    state: 'retired',
    retiredAt: NOW - 10 * DAY_MS,
    releases: [{ site: SITE, from: NOW - 100 * DAY_MS, until: NOW - 10 * DAY_MS }],
  });
  test.each([
    {
      name: 'made while it was released, retired since',
      madeAt: NOW - 50 * DAY_MS,
      parts: retired,
      codes: [],
    },
    {
      name: 'made before it was released',
      madeAt: NOW - 101 * DAY_MS,
      parts: retired,
      codes: ['not-released'],
    },
    { name: 'made after it was retired', madeAt: NOW - DAY_MS, parts: retired, codes: ['model-retired'] },
    {
      name: 'of a retired version, nobody says when',
      madeAt: undefined,
      parts: retired,
      codes: ['model-retired'],
    },
    {
      name: 'dated in the future counts as made now',
      madeAt: NOW + 2 * DAY_MS,
      parts: versions({ releases: [{ site: SITE, from: NOW - DAY_MS, until: NOW + DAY_MS }] }),
      codes: [],
    },
    { name: 'of a released version, nobody says when', madeAt: undefined, parts: {}, codes: [] },
    {
      name: 'of a version under stop-use',
      madeAt: NOW - DAY_MS,
      parts: { stopUses: [{ id: 's', from: NOW, reason: 'drift', by: 'somebody' }] },
      codes: ['stop-use'],
    },
    {
      name: 'without an approval for viewing',
      madeAt: NOW - DAY_MS,
      parts: { approvals: [anApproval({ functions: ['detection'] })] },
      codes: ['approval-missing'],
    },
  ])('$name -> $codes', ({ madeAt, parts, codes }) => {
    const question = withoutInput(
      aQuestion({ function: 'view', ...(madeAt === undefined ? {} : { madeAt }) }),
    );
    expect(decide(question, aRegister(parts), NOW).reasons.map(({ code }) => code)).toEqual(codes);
  });
});
