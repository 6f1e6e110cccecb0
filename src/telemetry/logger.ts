import { destination, pino } from 'pino';
import { redact, redactText } from './redact.ts';

/** Structured fields of a log line; an error goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log of the process. ERROR: a human must act now; WARN: it heals by itself; INFO: what happened, refusals too.
 * The case log is something else and never goes through here.
 */
export interface Logger {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
}

type Level = keyof Logger;

/**
 * Standard output, in pieces of some eighty lines, and none later than the blink of an eye: a write of its own costs a line more
 * than all else. The process writes what is left when it ends. What nobody takes is dropped above 16 MiB.
 */
const OUTPUT = { sync: false, minLength: 12_288, periodicFlush: 50, maxLength: 16 * 1024 * 1024 };

interface LoggerOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`; pino throws on another word. */
  readonly level: string;
  /** Name of this node, on each line where several write one log. */
  readonly node?: string;
  /** Standard output when left out. */
  readonly destination?: NodeJS.WritableStream;
}

/**
 * Makes the logger: one JSON object a line, time in ISO 8601 UTC. Every field and message passes `redact`, so a caller's
 * slip does not put a UID, a query string or a secret on disk.
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: options.node === undefined ? {} : { node: options.node },
    timestamp: isoTime(),
    // Already made plain by `redact`; pino's own serializer would drop the cause.
    serializers: { err: (value: unknown) => value },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const out = pino(settings, options.destination ?? standardOutput());
  const at =
    (level: Level) =>
    (fields: LogFields, message: string): void => {
      out[level](redact(fields), redactText(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

interface Lines {
  readonly write: (lines: string) => void;
}

/**
 * Standard output. All lines of one turn of the event loop are handed on together: for each that it is given the library counts all that
 * wait in it. A log that cannot be written, on a full disk for one, stops nothing: lines wait, as many as there is room for, and go
 * out once they can.
 */
function standardOutput(): Lines {
  let held = '';
  let isFailing = false;
  const handOn = (): void => {
    const lines = held;
    held = '';
    if (lines !== '') out.write(lines);
  };
  // Registered before the library's own, which tries for ever to write what is left.
  process.once('exit', () => {
    if (isFailing) out.flushSync = () => undefined;
    else handOn();
  });
  const out = destination(OUTPUT);
  out.on('error', () => (isFailing = true));
  out.on('write', () => (isFailing = false));
  return {
    write: (line) => {
      if (held === '') setImmediate(handOn);
      held += line;
    },
  };
}

/** The time as pino writes it, made once for all lines of a millisecond. */
function isoTime(): () => string {
  let writtenMs = Number.NaN;
  let written = '';
  return () => {
    const now = Date.now();
    if (now !== writtenMs) written = `,"time":"${new Date(now).toISOString()}"`;
    writtenMs = now;
    return written;
  };
}
