import fc from 'fast-check';
import { performed } from '../fakes/workitem-drafts.ts';
import { createWorkitemHouse, PERFORMER, TWIN, type WorkitemHouse } from '../fakes/workitem-house.ts';

/** One request to one workitem. */
type Step =
  | { readonly kind: 'state'; readonly to: string; readonly by: string; readonly key: string }
  | { readonly kind: 'update'; readonly by: string; readonly key: string }
  | { readonly kind: 'cancel'; readonly by: string };

const machines = fc.constantFrom(PERFORMER, TWIN);
const keys = fc.constantFrom('1.1', '1.2', '1.3');
const states = fc.constantFrom('SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED');
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('state' as const), to: states, by: machines, key: keys }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('update' as const), by: machines, key: keys }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cancel' as const), by: fc.constantFrom('operator', 'rcai') }),
  },
);

/** The life of a workitem told as a story, not as a table: who holds it, whether it is over, and whether work was noted. */
class Model {
  holder: { readonly by: string; readonly key: string } | undefined;
  end: string | undefined;
  isNoted = false;

  /** Whether the request is taken; a performer that asks for the end that it has is taken, and changes nothing. */
  take(step: Step): boolean {
    if (step.kind === 'cancel') return this.#endIf(this.holder === undefined, 'CANCELED');
    if (step.kind === 'update') return this.#note(this.#isHolder(step));
    return step.to === 'IN PROGRESS' ? this.#claim(step) : this.#finish(step);
  }

  #isHolder({ by, key }: { readonly by: string; readonly key: string }): boolean {
    return this.holder?.by === by && this.holder.key === key;
  }

  #finish(step: Extract<Step, { kind: 'state' }>): boolean {
    const isHolder = this.#isHolder(step);
    if (isHolder && this.end !== undefined) return this.end === step.to;
    const isAnEnd = step.to === 'CANCELED' || (step.to === 'COMPLETED' && this.isNoted);
    return this.#endIf(isHolder && isAnEnd, step.to);
  }

  #endIf(isTaken: boolean, end: string): boolean {
    if (!isTaken || this.end !== undefined) return false;
    this.end = end;
    return true;
  }

  #claim({ by, key }: { readonly by: string; readonly key: string }): boolean {
    if (this.holder !== undefined || this.end !== undefined) return false;
    this.holder = { by, key };
    return true;
  }

  #note(isHolder: boolean): boolean {
    if (!isHolder || this.end !== undefined) return false;
    this.isNoted = true;
    return true;
  }

  get state(): string {
    return this.end ?? (this.holder === undefined ? 'SCHEDULED' : 'IN PROGRESS');
  }
}

async function act(house: WorkitemHouse, step: Step): Promise<void> {
  if (step.kind === 'cancel') await house.cancel(step.by);
  else if (step.kind === 'update') await house.update(step.by, performed(), step.key);
  else await house.state(step.by, step.to, step.key);
}

test('whatever is asked, in whatever order, is taken or refused as the model says; and a case ends once, with its workitem', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 14 }), async (all) => {
      const [house, model] = [createWorkitemHouse(), new Model()];
      await house.create();
      for (const step of all) {
        const isTaken = await act(house, step).then(
          () => true,
          () => false,
        );
        expect([step, isTaken]).toEqual([step, model.take(step)]);
        expect(house.workitems.all()[0]?.state).toBe(model.state);
      }
      expect(house.kinds()).toEqual(['case.intent', ...(model.end === undefined ? [] : ['case.outcome'])]);
    }),
  );
});
