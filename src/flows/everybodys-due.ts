import { compareDue, type DueItem } from '../domain/due-item.ts';
import { dueForReview, dueOfPerson, type DueWindow } from '../domain/falling-due.ts';
import type { RegisterSnapshot } from '../domain/register.ts';

/** Lets everything else that waits have its turn. */
export type OthersTurn = () => Promise<unknown>;

/** Some milliseconds of work: a call of AI that comes in between is not kept waiting. */
const PEOPLE_A_TURN = 10;

/** What falls due for everybody, as `fallingDue` gives it, worked out a few people at a time. Throws what the signal aborts with. */
export async function everybodysDue(
  register: RegisterSnapshot,
  window: DueWindow,
  meanwhile: { readonly othersTurn: OthersTurn; readonly signal: AbortSignal },
): Promise<readonly DueItem[]> {
  const items: DueItem[] = [...dueForReview(register, window)];
  for (const [place, practitioner] of register.practitioners().entries()) {
    if (place % PEOPLE_A_TURN === 0) {
      await meanwhile.othersTurn();
      meanwhile.signal.throwIfAborted();
    }
    items.push(...dueOfPerson(register, practitioner, window));
  }
  return items.toSorted(compareDue);
}
