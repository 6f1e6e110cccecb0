import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { reasonCodes, type EntryDraft } from './log-entry.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { RegisterActName } from './register-acts.ts';
import type { Instant } from './register.ts';

/** An act that somebody wanted and may not do. */
interface RefusedAct {
  readonly act: RegisterActName;
  readonly principal: Principal;
  /** Who the login names, where it names one person. */
  readonly practitioner?: string;
  readonly reasons: readonly ReasonInstance[];
  readonly requestId: string;
}

const MINUTE_MS = 60_000;

/**
 * How the case log says that an act was refused. The same attempt of one session counts once a minute: its id follows from session,
 * act, reasons and minute, so that whoever repeats it does not fill the log. The session's own handle stands in for the person, whom an
 * id must not name.
 */
export function refusedActEntry(refused: RefusedAct, now: Instant): EntryDraft {
  const { act, principal, practitioner, requestId } = refused;
  const reasons = reasonCodes(refused.reasons);
  const attempt = canonicalJson([principal.sessionRef, act, reasons, Math.floor(now / MINUTE_MS)]);
  return {
    id: `act-refused:${createHash('sha256').update(attempt, 'utf8').digest('hex')}`,
    kind: 'register.change',
    requestId,
    facts: {
      auth: { method: principal.method, assurance: principal.assurance, at: principal.authenticatedAt },
      change: { kind: 'act', action: 'refused', act, reasons },
    },
    personal: { ...(practitioner === undefined ? {} : { user: practitioner }), subject: principal.subject },
    retainClass: 'security',
  };
}
