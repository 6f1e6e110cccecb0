import { calendarFeed } from '../domain/calendar-feed.ts';
import { daysInMs } from '../domain/due-item.ts';
import { GatewayError } from '../domain/errors.ts';
import { fallingDue } from '../domain/falling-due.ts';
import type { Instant } from '../domain/register.ts';
import type { FeedTokens } from './ports-due.ts';
import type { CaseLogAppender, Ids, LoginEvidence } from './ports.ts';
import { identifyVisitor, type Visitor, type VisitorDeps } from './register-visitor.ts';

interface Deps extends VisitorDeps {
  readonly feedTokens: FeedTokens;
  readonly caseLog: CaseLogAppender;
  readonly ids: Pick<Ids, 'newId'>;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
}

/** A year, and the day after it: what is renewed each year is always in it. */
const FEED_DAYS = 366;

/** When my calendar's address was made; undefined while I have none. Throws NotIdentified, NotPermitted, RegisterUnavailable. */
export async function readFeedState(
  deps: VisitorDeps & Pick<Deps, 'feedTokens'>,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<Instant | undefined> {
  const { person } = await identifyVisitor(deps, input.evidence, signal);
  return await deps.feedTokens.madeAt(person.id);
}

/**
 * Makes the secret of a new calendar address for me, in the place of the one before. It can be read this once. Throws NotIdentified,
 * NotPermitted, RegisterUnavailable, CaseLogUnavailable: then there is none that works.
 */
export async function makeFeed(deps: Deps, input: Input, signal: AbortSignal): Promise<string> {
  const visitor = await identifyVisitor(deps, input.evidence, signal);
  await note(deps, input, visitor, 'calendar-address-made');
  return await deps.feedTokens.issue(visitor.person.id, visitor.now);
}

/** Makes my calendar's address unknown. Throws NotIdentified, NotPermitted, RegisterUnavailable. */
export async function revokeFeed(deps: Deps, input: Input, signal: AbortSignal): Promise<void> {
  const visitor = await identifyVisitor(deps, input.evidence, signal);
  // First: to take away must work whatever else does not.
  if (await deps.feedTokens.revoke(visitor.person.id)) {
    await note(deps, input, visitor, 'calendar-address-revoked');
  }
}

/**
 * The calendar behind an address: what falls due for its owner within a year. Whoever has the address can read it, so it names nobody.
 * Throws GatewayError('not-found') for an address that is unknown, revoked, or of somebody who is not in the register any more,
 * RegisterUnavailable.
 */
export async function readFeed(
  deps: Pick<Deps, 'register' | 'clock' | 'feedTokens'> & {
    readonly timeZone: string;
    readonly publicUrl: string;
  },
  input: { readonly token: string },
): Promise<string> {
  const owner = await deps.feedTokens.ownerOf(input.token);
  const register = deps.register.snapshot();
  if (owner === undefined || register.practitioner(owner) === undefined) {
    throw new GatewayError('not-found', { detail: 'There is no calendar at this address.' });
  }
  const now = deps.clock.nowMs();
  const { timeZone, publicUrl } = deps;
  const items = fallingDue(register, now, now + daysInMs(FEED_DAYS), owner);
  // The longest notice is for planning; who reminds people of everything three months ahead is switched off.
  const reminderDays = register.policy.noticeDays.slice(1);
  return calendarFeed({ items, now, timeZone, publicUrl, reminderDays });
}

async function note(
  { caseLog, ids }: Deps,
  { requestId }: Input,
  { principal, person }: Visitor,
  outcome: string,
): Promise<void> {
  await caseLog.append({
    id: ids.newId(),
    kind: 'auth',
    requestId,
    facts: {
      auth: { method: principal.method, assurance: principal.assurance, at: principal.authenticatedAt },
      change: { outcome, provider: principal.provider, method: principal.method },
    },
    personal: { user: person.id, subject: principal.subject },
    retainClass: 'security',
  });
}
