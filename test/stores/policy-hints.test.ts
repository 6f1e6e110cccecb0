import type { Policy } from '../../src/domain/policy.ts';
import { policyHints } from '../../src/register/policy-hints.ts';
import { shippedPolicy } from '../fakes/register-builder.ts';

const policy = shippedPolicy();

test('the policy that ships leaves nothing to say', () => {
  expect(policyHints(policy)).toEqual([]);
});

test.each<{ name: string; changes: Partial<Policy>; hints: readonly string[] }>([
  {
    name: 'a function of nobody',
    changes: { duties: policy.duties.filter((duty) => duty.function !== 'record-query') },
    hints: ['Nobody may use record-query: no duty names it.'],
  },
  {
    name: 'a disposition of nobody',
    changes: { dispositions: policy.dispositions.filter(({ disposition }) => disposition !== 'flagged') },
    hints: ['Nobody may mark a result as flagged: no disposition names it.'],
  },
  {
    name: 'results that are held, and nobody who could let them out',
    changes: {
      storedResults: 'held',
      dispositions: policy.dispositions.filter(
        ({ disposition }) => disposition !== 'accepted' && disposition !== 'edited',
      ),
    },
    hints: [
      'Nobody may mark a result as accepted: no disposition names it.',
      'Nobody may mark a result as edited: no disposition names it.',
      'Stored AI results are held here, and nobody may accept or edit one: nobody ever sees them.',
    ],
  },
  { name: 'results that are held', changes: { storedResults: 'held' }, hints: [] },
  {
    name: 'an act of nobody',
    changes: { acts: policy.acts.filter(({ act }) => act !== 'stop-use') },
    hints: ['Nobody may do "stop-use": no act names it.'],
  },
  {
    name: 'a function of the supervised only',
    changes: {
      duties: policy.duties.map((duty) =>
        duty.function === 'triage' ? { ...duty, credentials: ['registrar'] } : duty,
      ),
    },
    hints: ['Nobody can use triage: all who may are supervised, and nobody may supervise them.'],
  },
  {
    name: 'no card for what the pathway locks behind one',
    changes: {
      duties: policy.duties.map((duty) => ({ ...duty, minAssurance: 2 })),
      dispositions: policy.dispositions.map((one) => ({ ...one, minAssurance: 2 })),
      acts: policy.acts.map((one) => ({ ...one, minAssurance: 1 })),
    },
    hints: [
      'record-query',
      'prescribing-suggestion',
      'accepted',
      'edited',
      'overridden',
      'release-model',
      'lift-stop-use',
    ].map((name) => `"${name}" needs no smart card here; the pathway wants one.`),
  },
  {
    name: 'one person who lifts a stop-use',
    changes: { acts: policy.acts.map((one) => ({ ...one, people: 1 })) },
    hints: ['One person alone may lift a stop-use here; it should take two.'],
  },
])('$name', ({ changes, hints }) => {
  expect(policyHints({ ...policy, ...changes })).toEqual(hints);
});
