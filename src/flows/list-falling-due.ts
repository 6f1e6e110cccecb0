import { daysInMs, type DueItem } from '../domain/due-item.ts';
import { GatewayError } from '../domain/errors.ts';
import { fallingDue } from '../domain/falling-due.ts';
import { mayReadRegister } from '../domain/judge-roles.ts';
import { everybodysDue, type OthersTurn } from './everybodys-due.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyVisitor, type VisitorDeps } from './register-visitor.ts';

/** Something that falls due, and whose it is. */
export interface ListedDue extends DueItem {
  readonly name: string;
}

/** A page of what falls due, in the order of its dates. */
export interface DueList {
  readonly items: readonly ListedDue[];
  /** How many there are on all pages. */
  readonly total: number;
  /** As of when. */
  readonly now: number;
  /** Notice periods of the policy, days, longest first. */
  readonly noticeDays: readonly number[];
  /** Whoever looks may look at everybody's. */
  readonly mayReadEverybodys: boolean;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly withinDays: number;
  /** Everybody's, for those who may look people up in the register; one's own where absent. */
  readonly everybody?: boolean;
  /** From 1; all of them on one where absent. */
  readonly page?: { readonly number: number; readonly size: number };
}

/**
 * What falls due within so many days, and what is overdue: mine, or everybody's. Throws NotIdentified, NotPermitted for a login that
 * names nobody, GatewayError('not-permitted'), RegisterUnavailable.
 */
export async function listFallingDue(
  deps: VisitorDeps & { readonly othersTurn: OthersTurn },
  input: Input,
  signal: AbortSignal,
): Promise<DueList> {
  const { person, register, now } = await identifyVisitor(deps, input.evidence, signal);
  const { withinDays, everybody = false, page } = input;
  const mayReadEverybodys = mayReadRegister(person);
  if (everybody && !mayReadEverybodys) {
    throw new GatewayError('not-permitted', {
      detail:
        'What falls due for others is for those who keep the register. Yours is on the page “Falling due”.',
    });
  }
  const until = now + daysInMs(withinDays);
  const all = everybody
    ? await everybodysDue(register, { now, until }, { othersTurn: deps.othersTurn, signal })
    : fallingDue(register, now, until, person.id);
  const start = page === undefined ? 0 : (page.number - 1) * page.size;
  const shown = page === undefined ? all : all.slice(start, start + page.size);
  return {
    items: shown.map((item) => ({ ...item, name: register.practitioner(item.person)?.name ?? item.person })),
    total: all.length,
    now,
    noticeDays: register.policy.noticeDays,
    mayReadEverybodys,
  };
}
