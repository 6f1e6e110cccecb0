import { addMonths } from '../../src/domain/calendar.ts';
import type { DueItem } from '../../src/domain/due-item.ts';
import { fallingDue } from '../../src/domain/falling-due.ts';
import type { Guideline, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aRegister,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';

const DAY = 86_400_000;
const YEARS = NOW + 4000 * DAY;
const evidence = currentEvidence(RADIOLOGIST);

function itemsOf(kind: DueItem['kind'], register: RegisterSnapshot, now = NOW): readonly DueItem[] {
  return fallingDue(register, now, YEARS).filter((item) => item.kind === kind);
}

/** A version of the ready-made model's guideline, signed off by somebody else than who drafted it. */
function aGuideline(changes: Partial<Guideline>): Guideline {
  return {
    id: 'lung-nodules',
    version: '3',
    title: 'Lung nodules',
    digest: `sha256:${'c'.repeat(64)}`,
    links: [],
    draftedBy: practitionerId('drafter'),
    draftedAt: NOW - 200 * DAY,
    signedBy: RADIOLOGIST,
    reviews: [],
    comments: [],
    ...changes,
  };
}

describe('guidelines', () => {
  const third = aGuideline({ version: '3', effectiveFrom: NOW - 100 * DAY, signedAt: NOW - 110 * DAY });
  const fourth = aGuideline({ version: '4', effectiveFrom: NOW + 15 * DAY, signedAt: NOW - DAY });
  const acknowledgements = (changes: Parameters<typeof aRegister>[0], now = NOW) =>
    itemsOf('guideline-acknowledgement', aRegister(changes), now).map(({ id, dueAt }) => [
      id.split('@')[1],
      Math.round((dueAt - NOW) / DAY),
    ]);

  test('the one in effect is acknowledged; the next is due when it comes into effect', () => {
    expect(acknowledgements({ guidelines: [third] })).toEqual([]);
    expect(acknowledgements({ guidelines: [third, fourth] })).toEqual([['4', 15]]);
    const [item] = itemsOf('guideline-acknowledgement', aRegister({ guidelines: [third, fourth] }));
    expect(item?.href).toBe('/me/guidelines/lung-nodules/4/acknowledge');
  });

  test.each<{ name: string; guideline: ReturnType<typeof aGuideline> }>([
    {
      name: 'a draft',
      guideline: aGuideline({ version: '4', signedBy: undefined, signedAt: undefined } as never),
    },
    { name: 'one that is signed later', guideline: { ...fourth, signedAt: NOW + 1 } },
    { name: 'one that was signed by who drafted it', guideline: { ...fourth, signedBy: fourth.draftedBy } },
  ])('$name is nobody’s to acknowledge yet', ({ guideline }) => {
    expect(acknowledgements({ guidelines: [third, guideline] })).toEqual([]);
  });

  test('one that is not acknowledged is overdue since it came into effect, or since the approval began', () => {
    const without = evidence.filter(({ type }) => type !== 'guideline-acknowledgement');
    expect(acknowledgements({ guidelines: [third], evidence: without })).toEqual([['3', -30]]);
    const old = [anApproval({ from: NOW - 200 * DAY })];
    expect(acknowledgements({ guidelines: [third], evidence: without, approvals: old })).toEqual([
      ['3', -100],
    ]);
    // Before any version is signed off here, the one that the model names.
    expect(acknowledgements({ evidence: without })).toEqual([['3', -30]]);
  });

  test('an acknowledgement that runs out, and one that was made for the time after', () => {
    const ending = evidence.map((one) =>
      one.type === 'guideline-acknowledgement' ? { ...one, validUntil: NOW + 9 * DAY } : one,
    );
    expect(acknowledgements({ guidelines: [third], evidence: ending })).toEqual([['3', 9]]);
  });

  test('an approval that has ended by then asks for nothing', () => {
    const approvals = [anApproval({ until: NOW + 15 * DAY })];
    expect(acknowledgements({ guidelines: [third, fourth], approvals })).toEqual([]);
  });

  test('two approvals for models of one guideline: one acknowledgement, from the earlier', () => {
    const without = evidence.filter(({ type }) => type !== 'guideline-acknowledgement');
    const approvals = [anApproval(), anApproval({ id: 'a2', from: NOW - 50 * DAY, functions: ['triage'] })];
    expect(acknowledgements({ guidelines: [third], evidence: without, approvals })).toEqual([['3', -50]]);
  });

  test('a model without a guideline asks for nothing', () => {
    const { guideline: _none, ...bare } = aModelVersion();
    expect(acknowledgements({ modelVersions: [bare], evidence: [] })).toEqual([]);
  });

  test('a review is due a year after the signing or the last review, and is for who signed', () => {
    const reviewed = aGuideline({
      version: '3',
      signedAt: NOW - 110 * DAY,
      effectiveFrom: NOW - 100 * DAY,
      reviews: [
        { by: RADIOLOGIST, at: NOW - 10 * DAY, outcome: 'kept' },
        { by: RADIOLOGIST, at: NOW + 10 * DAY, outcome: 'not yet' },
      ],
    });
    const reviews = (guidelines: readonly ReturnType<typeof aGuideline>[]) =>
      itemsOf('guideline-review', aRegister({ guidelines }));
    expect(reviews([third])).toMatchObject([
      { dueAt: addMonths(NOW - 110 * DAY, 12), person: third.signedBy, id: 'guideline-review/lung-nodules' },
    ]);
    expect(reviews([reviewed])).toMatchObject([{ dueAt: addMonths(NOW - 10 * DAY, 12) }]);
    expect(reviews([third])[0]?.href).toBe('/me/guidelines/lung-nodules');
    expect(reviews([fourth])).toEqual([]);
    expect(fallingDue(aRegister({ guidelines: [third] }), NOW, YEARS, practitionerId('nobody'))).toEqual([]);
  });
});
