import type { PartState } from '../flows/ports.ts';
import type { WriterFault } from './writer-fault.ts';

/** Something a human must know of now. */
export interface CaseLogAlarm {
  readonly code: 'disk-full' | 'case-log-busy' | 'case-log-closed';
  /** A sentence for IT; no patient data. */
  readonly detail: string;
}

/** How the log is, and why. */
export interface LogHealth {
  /** Takes note of a fault. True when it is news: the log was well until now. */
  readonly report: (fault: WriterFault) => boolean;
  /** There is space again. */
  readonly recovered: () => void;
  readonly isFull: () => boolean;
  /** Why nothing can be appended any more; undefined while it can be tried. */
  readonly closedBecause: () => string | undefined;
  readonly state: () => PartState;
}

const CODES = { 'disk-full': 'disk-full', busy: 'case-log-busy', fatal: 'case-log-closed' } as const;

/** Keeps the state of an open log; every change for the worse is one alarm. */
export function createLogHealth(onAlarm: (alarm: CaseLogAlarm) => void): LogHealth {
  let full: string | undefined;
  let closed: string | undefined;
  const isNews = (kind: WriterFault['kind']): boolean =>
    closed === undefined && (kind !== 'disk-full' || full === undefined);
  return {
    report: ({ kind, detail }) => {
      if (!isNews(kind)) return false;
      if (kind === 'disk-full') full = `${detail} Make space; writing then goes on by itself.`;
      if (kind === 'fatal') closed = `${detail} The gateway must be started again.`;
      onAlarm({ code: CODES[kind], detail });
      return true;
    },
    recovered: () => {
      full = undefined;
    },
    isFull: () => full !== undefined,
    closedBecause: () => closed,
    state: () => {
      const trouble = closed ?? full;
      return { part: 'case-log', ok: trouble === undefined, detail: trouble ?? 'Entries are being written.' };
    },
  };
}
