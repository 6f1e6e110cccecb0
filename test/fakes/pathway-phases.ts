import { GatewayError } from '../../src/domain/errors.ts';
import type { EvidenceEntry, RegisterAct } from '../../src/domain/register-acts.ts';
import { DAY_MS } from './act-people.ts';
import { NEWCOMER, type Standing, type Step, type Walk, type Walker } from './pathway-walk.ts';
import { MODEL, VERSION } from './register-builder.ts';

const OUT: Standing = { status: 'none', live: false, sandbox: false };
const LEARNING: Standing = { status: 'in-training', live: false, sandbox: true };
const SUPERVISED: Standing = { status: 'in-training', live: true, sandbox: true };
export const CURRENT: Standing = { status: 'current', live: true, sandbox: true };

const awardTo = ({ walker }: Walk): RegisterAct => ({
  act: 'award-credential',
  practitioner: NEWCOMER,
  scheme: walker.scheme,
});
/** Whatever it is, it is not to be had yet. */
async function refused(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error('it was not refused', { cause: error });
  expect(error.reasons.map(({ code }) => code)).toEqual(codes);
}

/** Phase 1. */
export function entry({ scheme }: Walker): readonly Step[] {
  return [
    {
      phase: '1 entry: added to the register, by two people',
      does: ({ house, walker }) =>
        house.together('lead', 'director', {
          act: 'add-practitioner',
          practitioner: { ...walker.practitioner },
        }),
      then: OUT,
    },
    {
      phase: '1 entry: the portfolio is with the programme lead',
      does: async ({ attest, house }) => {
        const ends = { attestedBy: 'the professional body', validUntil: house.now() + 2_000 * DAY_MS };
        await attest('lead', 'registration', ends);
        await (scheme === 'rc-ai' ? attest('lead', 'frcr') : attest('lead', 'hcpc-experience', { score: 4 }));
        await attest('lead', 'irmer-knowledge');
        await attest('lead', 'portfolio');
        await refused(attest('lead', 'entry-clearance'), 'attestation-not-in-duty');
      },
      then: OUT,
    },
    {
      phase: '1 entry: cleared by the clinical director',
      does: ({ attest }) => attest('director', 'entry-clearance'),
      then: { ...OUT, status: 'in-training' },
    },
  ];
}

const LOG_BOOK = Array.from({ length: 50 }, (_, place): Partial<EvidenceEntry> => ({
  ordinal: place + 1,
}));

/** Phases 2 to 5. */
export const LEARN: readonly Step[] = [
  {
    phase: '2 foundation: the guideline is read, the sandbox opens',
    does: async ({ house, grant }) => {
      await house.perform('newcomer', {
        act: 'acknowledge-guideline',
        guideline: 'lung-nodules',
        version: '3',
      });
      await grant('sandbox');
    },
    then: LEARNING,
  },
  {
    phase: '2 foundation: 79 % is not enough, 80 % is',
    does: async ({ attest }) => {
      await attest('faculty', 'exam-ai-literacy', { score: 79 });
      await attest('faculty', 'exam-ai-literacy', { score: 80 });
    },
    then: LEARNING,
  },
  {
    phase: '3 safety and governance',
    does: ({ attest }) => attest('faculty', 'reflective-plan'),
    then: LEARNING,
  },
  {
    phase: '4 clinical application: the simulator',
    does: ({ attest }) => attest('faculty', 'simulator-fortnight'),
    then: LEARNING,
  },
  {
    phase: '4 clinical application: a supervised live list',
    does: ({ grant }) => grant('supervised'),
    then: SUPERVISED,
  },
  {
    phase: '4 clinical application: forty-nine cases and the rest are not enough',
    does: async (walk) => {
      for (const one of LOG_BOOK.slice(1)) await walk.attest('rc-one', 'log-book-case', one);
      await walk.attest('rc-one', 'mini-cex');
      await walk.attest('rc-one', 'dops');
      await refused(walk.house.perform('lead', awardTo(walk)), 'award-unearned');
    },
    then: SUPERVISED,
  },
  {
    phase: '4 clinical application: the fiftieth',
    does: ({ attest }) => attest('rc-one', 'log-book-case', LOG_BOOK[0]),
    then: SUPERVISED,
  },
  { phase: '5 prescribing', does: ({ attest }) => attest('faculty', 'osce-prescribing'), then: SUPERVISED },
];

/** Phase 6, for radiologists only. */
export const HIGH_STAKES: Step = {
  phase: '6 high stakes: three stations before two assessors',
  does: async (walk) => {
    for (const station of [1, 2, 3]) {
      await walk.attest('lead', 'osce-high-stakes-rcr', { station, attestedBy: 'RCR examiner' });
      await refused(walk.house.perform('lead', awardTo(walk)), 'award-unearned');
      await walk.attest('lead', 'osce-high-stakes-caldicott', { station, attestedBy: 'Caldicott Guardian' });
    }
  },
  then: SUPERVISED,
};

/** Phase 7. */
export const CERTIFY: readonly Step[] = [
  {
    phase: '7 certification: listed by one person, which lists nobody',
    does: async (walk) => {
      walk.markAward();
      const proposal = await walk.house.perform('lead', awardTo(walk));
      await refused(walk.house.confirm('lead', proposal), 'second-must-differ');
    },
    then: SUPERVISED,
  },
  {
    phase: '7 certification: listed by two',
    does: async (walk) => {
      const [waiting] = await walk.house.deps.register.pending();
      if (waiting === undefined) throw new Error('nothing waits');
      await walk.house.confirm('director', waiting);
    },
    then: CURRENT,
  },
  {
    phase: '7 certification: without an approval of the exact version nothing opens',
    does: async ({ house }) => {
      const approvals = house.deps.register.snapshot().approvalsFor(NEWCOMER, MODEL, VERSION);
      for (const { id } of approvals)
        await house.perform('lead', { act: 'end-approval', id, reason: 'Trained' });
    },
    then: { ...CURRENT, live: false, reasons: ['approval-expired'] },
  },
  {
    phase: '7 certification: approved to work independently',
    does: ({ grant }) => grant('independent'),
    then: CURRENT,
  },
];
