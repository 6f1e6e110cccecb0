import type { Load } from './dicomweb-load.ts';

/** One line of what is wanted, and whether it was met. */
export interface Line {
  readonly isMet: boolean;
  /** What was wanted and what was found. */
  readonly text: string;
}

export const GATEWAY = 'Countersign';
/** As many processes as nginx and Apache have here. */
export const WORKERS = 'Countersign, 2 workers';
export const APACHE = 'Apache + mellon';
export const NGINX = 'nginx';
/** Passes bytes on and looks at none: what is between two ends cannot be faster. */
export const RELAY = 'relay';
export const DIRECT = 'direct';

type Loads = ReadonlyMap<string, Load>;

/** At least so many times the rate of a peer, by the better of the gateway in one process and in two; no line where the peer is not there. */
export function rateLine(what: string, measured: Loads, [peer, times]: readonly [string, number]): Line[] {
  const other = measured.get(peer)?.perSecond;
  if (other === undefined) return [];
  const ours = [GATEWAY, WORKERS].map((name) => measured.get(name)?.perSecond ?? 0);
  const ratio = Math.max(...ours) / other;
  const text = `${what}: ${ratio.toFixed(2)} times the rate of ${peer}, wanted ${String(times)}`;
  return [{ isMet: ratio >= times, text }];
}

/** The time that the gateway adds to the PACS's own, on one connection. */
export function addedLines(what: string, measured: Loads): Line[] {
  const [ours, direct] = [measured.get(GATEWAY), measured.get(DIRECT)];
  const added = (of: 'p50' | 'p99'): number => (ours?.[of] ?? Number.NaN) - (direct?.[of] ?? Number.NaN);
  return [
    belowLine(`${what}, added p50`, added('p50'), [0.4, 'ms']),
    belowLine(`${what}, added p99`, added('p99'), [2, 'ms']),
  ];
}

/** Less than a limit; what could not be measured is not less. */
export function belowLine(what: string, value: number, [limit, unit]: readonly [number, string]): Line {
  return {
    isMet: value < limit,
    text: `${what}: ${value.toFixed(3)} ${unit}, wanted below ${String(limit)}`,
  };
}

/** At least so much. */
export function aboveLine(what: string, value: number, [limit, unit]: readonly [number, string]): Line {
  return {
    isMet: value >= limit,
    text: `${what}: ${value.toFixed(0)} ${unit}, wanted ${String(limit)} or more`,
  };
}

/** Prints each line as met or missed, and lets the process fail for any that was missed. */
export function sayLines(lines: readonly Line[]): void {
  console.log('');
  for (const { isMet, text } of lines) console.log(`${isMet ? 'met' : 'missed'}: ${text}`);
  if (lines.some(({ isMet }) => !isMet)) process.exitCode = 1;
}
