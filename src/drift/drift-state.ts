import type { PartState } from '../flows/ports.ts';

const PART = { part: 'drift', ok: true } as const;

/** What the gateway says of counting. */
export const DRIFT_STATES = {
  unasked: { ...PART, detail: 'Drift counters have not been asked for yet.' },
  counting: (entries: number) => ({ ...PART, detail: `${covering(entries)}, and more are being counted.` }),
  counted: (entries: number) => ({ ...PART, detail: `${covering(entries)}.` }),
  behind: {
    ...PART,
    ok: false,
    detail: 'Drift counters are behind the case log and will catch up from it.',
  },
} as const satisfies Record<string, PartState | ((entries: number) => PartState)>;

function covering(entries: number): string {
  return `Drift counters cover ${entries} entries of the case log`;
}
