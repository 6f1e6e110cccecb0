import { answersTo, isAnswerable } from '../domain/answerable-case.ts';
import type { CaseView } from '../domain/case-view.ts';
import type { LogEntry, Receipt } from '../domain/log-entry.ts';
import type { Machine } from '../domain/principal.ts';
import { DISPOSITIONS, type Disposition } from '../domain/words.ts';
import type { WhoAmI } from '../flows/who-am-i.ts';
import { sayHref } from '../ui/say-page.ts';

/** A case as the API tells it: times in ISO 8601 UTC. */
export function caseAnswer(view: CaseView): Readonly<Record<string, unknown>> {
  const { openedUs, entries, answers = DISPOSITIONS, ...rest } = view;
  const sayable = answersTo(view).filter((disposition) => answers.includes(disposition));
  return {
    ...rest,
    ...(isAnswerable(view) ? { links: linksOf(view.caseId, sayable) } : {}),
    openedAt: isoOfMicroseconds(openedUs),
    entries: entries.map(({ seq, kind, wallUs }) => ({ seq, kind, at: isoOfMicroseconds(wallUs) })),
  };
}

/** Pages on which one button records one disposition, of those that are this person's to record, for a viewer's panel or a message to lead to. */
function linksOf(caseId: string, answers: readonly Disposition[]): Readonly<Record<string, string>> {
  return Object.fromEntries(answers.map((disposition) => [disposition, sayHref(caseId, disposition)]));
}

/**
 * An entry as an auditor reads it. Of the personal values only who did it and the study are told: patient identifiers
 * are for the record's own systems.
 */
export function entryAnswer(entry: LogEntry): Readonly<Record<string, unknown>> {
  const { seq, id, kind, caseId, intent, wallUs, facts, personal, leaf } = entry;
  return {
    seq,
    id,
    kind,
    ...(caseId === undefined ? {} : { caseId }),
    ...(intent === undefined ? {} : { intent }),
    at: isoOfMicroseconds(wallUs),
    leaf,
    facts,
    ...(personal.user === undefined ? {} : { practitioner: personal.user }),
    ...(personal.studyUid === undefined ? {} : { studyInstanceUid: personal.studyUid }),
  };
}

/** Who calls, as `GET /auth/whoami` tells it. */
export function whoCallsAnswer(who: WhoAmI | Machine): Readonly<Record<string, unknown>> {
  if (!('principal' in who)) {
    const { kind, id, purpose, models } = who;
    return { kind, id, purpose, models };
  }
  const { principal, practitioner } = who;
  const { scopes, role, unconfirmed } = principal;
  return {
    kind: 'person',
    practitioner: practitioner ?? null,
    identityProvider: principal.provider,
    nameId: principal.subject,
    method: principal.method,
    assurance: principal.assurance,
    authenticatedAt: isoOfMilliseconds(principal.authenticatedAt),
    expiresAt: isoOfMilliseconds(principal.expiresAt),
    ...(role === undefined ? {} : { role }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(unconfirmed === undefined ? {} : { unconfirmed }),
  };
}

/** That a disposition is on record, and where. */
export function dispositionAnswer(
  caseId: string,
  disposition: string,
  receipt: Receipt,
): Readonly<Record<string, unknown>> {
  const { seq, id, leaf } = receipt;
  return { caseId, disposition, receipt: { seq, id, leaf } };
}

function isoOfMicroseconds(us: number): string {
  return isoOfMilliseconds(us / 1000);
}

function isoOfMilliseconds(ms: number): string {
  return new Date(Math.trunc(ms)).toISOString();
}
