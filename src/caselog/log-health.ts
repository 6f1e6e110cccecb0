import type { PartState } from '../flows/ports.ts';
import type { WriterFault } from './writer-fault.ts';

/** Something a human must know of now. */
export interface CaseLogAlarm {
  readonly code: 'disk-full' | 'case-log-busy' | 'case-log-away' | 'case-log-closed';
  /** A sentence for IT; no patient data. */
  readonly detail: string;
}

/** Troubles that pass: writing is tried again and again, and goes on by itself. */
const PASSING = {
  'disk-full': 'Make space; writing then goes on by itself.',
  away: 'Bring it back, or the network to it; writing then goes on by itself.',
} as const;
export type PassingTrouble = keyof typeof PASSING;

/** How the log is, and why. */
export interface LogHealth {
  /** Takes note of a fault. True when it is news: the log was well until now. */
  readonly report: (fault: WriterFault) => boolean;
  /** Something was written again. */
  readonly recovered: () => void;
  /** The newest trouble that has not passed yet. */
  readonly trouble: () => PassingTrouble | undefined;
  /** Why nothing can be appended any more; undefined while it can be tried. */
  readonly closedBecause: () => string | undefined;
  readonly state: () => PartState;
}

const CODES = {
  'disk-full': 'disk-full',
  busy: 'case-log-busy',
  away: 'case-log-away',
  fatal: 'case-log-closed',
} as const;

/** Of several nodes the others stop as well, and starting one again is no remedy while the database is as it is. */
const REMEDY = {
  own: 'The gateway must be started again.',
  shared: 'Images can be read and AI is locked. Put the database right, then start this node again.',
} as const;

/** Keeps the state of an open log; every change for the worse is one alarm. */
export function createLogHealth(
  onAlarm: (alarm: CaseLogAlarm) => void,
  remedy: keyof typeof REMEDY = 'own',
): LogHealth {
  let trouble: { readonly kind: PassingTrouble; readonly detail: string } | undefined;
  let closed: string | undefined;
  return {
    report: ({ kind, detail }) => {
      if (closed !== undefined || trouble?.kind === kind) return false;
      if (kind === 'fatal') closed = `${detail} ${REMEDY[remedy]}`;
      else if (kind !== 'busy') trouble = { kind, detail: `${detail} ${PASSING[kind]}` };
      onAlarm({ code: CODES[kind], detail });
      return true;
    },
    recovered: () => {
      trouble = undefined;
    },
    trouble: () => trouble?.kind,
    closedBecause: () => closed,
    state: () => {
      const reason = closed ?? trouble?.detail;
      return { part: 'case-log', ok: reason === undefined, detail: reason ?? 'Entries are being written.' };
    },
  };
}
