import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ProblemCode } from '../domain/errors.ts';
import { ALARM_CODES, AUTH_METHODS, AUTH_OUTCOMES } from '../domain/auth-words.ts';
import type { ReasonInstance } from '../domain/reasons.ts';

/** One answered request, as it is counted. */
export interface RequestMeasure {
  readonly method: string;
  /** The route's pattern, never the path. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** The problem it was answered with, if any. */
  readonly problem?: ProblemCode;
}

/** What was decided, by which door. */
export type DecidedWhat = 'inference' | 'disposition' | 'classification';

/** Something at a sign-in door, as it is counted: never who. */
export interface AuthMeasure {
  readonly outcome: string;
  readonly method: string;
  readonly code?: string;
}

export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Counters for Prometheus. Every label comes from a closed set: no names, no UIDs, no addresses. */
export interface Metrics {
  readonly requestAnswered: (measure: RequestMeasure) => void;
  /** One decision; a refusal counts once for each of its reasons, a permission once under `permitted`. */
  readonly decided: (what: DecidedWhat, reasons: readonly ReasonInstance['code'][]) => void;
  /** The drift counters could not catch up with the log (they can be rebuilt from it). */
  readonly driftFailed: () => void;
  /** Addresses in answers of the PACS that none of its configured bases explains. */
  readonly urlsUnmapped: (count: number) => void;
  /** Objects of one store request, by what became of them at the gateway. */
  readonly objectsStored: (counts: Readonly<Record<string, number>>) => void;
  readonly caseLogAlarm: (code: string) => void;
  /** A record of who read what: written, put off while the case log is away, or given up. */
  readonly accessRecord: (outcome: 'recorded' | 'delayed' | 'lost') => void;
  /** A look at an AI endpoint, by what it came to; and each time that one was locked because it did not prove its version. */
  readonly endpointProbed: (outcome: 'right' | 'wrong' | 'silent' | 'away') => void;
  readonly endpointLocked: (found: 'call' | 'probe') => void;
  /** A call of an AI endpoint that did not begin, by why. */
  readonly callHeld: (why: 'busy' | 'left-alone' | 'timeout' | 'cancelled') => void;
  /** Something at a sign-in door: counted by outcome, method and code; an alarm by its code. */
  readonly authEvent: (event: AuthMeasure) => void;
  /** All of it as plain values, for another process to show. */
  readonly snapshot: () => Promise<MetricsSnapshot>;
  /** Text in the Prometheus exposition format. */
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Enough for every pattern this gateway serves; a mistake that mints labels ends in `other`. */
const MAX_LABELS = 200;
const OUTCOMES = AUTH_OUTCOMES.filter((outcome) => outcome !== 'alarm');
const CODE = /^[a-z][a-z0-9-]{0,63}$/;
const SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Makes the metrics, in a registry of their own, so that two gateways in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { requests, problems, decisions, drift, unmapped, stored, alarms, ...others } = instruments(registry);
  const { accesses, probes, locks, held, ...identity } = others;
  const route = boundedLabel();
  const alarm = boundedLabel();
  return {
    requestAnswered: (measure) => {
      requests.observe(requestLabels(measure, route), measure.seconds);
      if (measure.problem !== undefined) problems.inc({ code: measure.problem });
    },
    decided: (what, reasons) => {
      for (const reason of reasons.length === 0 ? ['permitted'] : reasons) decisions.inc({ what, reason });
    },
    driftFailed: () => drift.inc(),
    urlsUnmapped: (count) => unmapped.inc(count),
    accessRecord: (outcome) => accesses.inc({ outcome }),
    objectsStored: (counts) => {
      for (const [outcome, count] of Object.entries(counts)) stored.inc({ outcome }, count);
    },
    caseLogAlarm: (code) => alarms.inc({ code: alarm(CODE.test(code) ? code : 'other') }),
    endpointProbed: (outcome) => probes.inc({ outcome }),
    endpointLocked: (found) => locks.inc({ found }),
    callHeld: (why) => held.inc({ why }),
    authEvent: countAuthEvents(identity),
    snapshot: () => registry.getMetricsAsJSON(),
    render: async () => await registry.metrics(),
    contentType: registry.contentType,
  };
}

interface Instruments {
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly problems: Counter<'code'>;
  readonly decisions: Counter<'what' | 'reason'>;
  readonly drift: Counter;
  readonly unmapped: Counter;
  readonly stored: Counter<'outcome'>;
  readonly alarms: Counter<'code'>;
  readonly accesses: Counter<'outcome'>;
  readonly probes: Counter<'outcome'>;
  readonly locks: Counter<'found'>;
  readonly held: Counter<'why'>;
  readonly signIns: Counter<'outcome' | 'method' | 'code'>;
  readonly identityAlarms: Counter<'code'>;
}

function instruments(registry: Registry): Instruments {
  const registers = [registry];
  return {
    ...identityInstruments(registers),
    ...requestInstruments(registers),
    accesses: accessInstrument(registers),
    ...endpointInstruments(registers),
    decisions: new Counter({
      name: 'countersign_decisions_total',
      help: 'Decisions: one under reason "permitted", or one for each reason of a refusal.',
      labelNames: ['what', 'reason'],
      registers,
    }),
    drift: new Counter({
      name: 'countersign_drift_failures_total',
      help: 'Times the drift counters could not catch up with the case log.',
      registers,
    }),
    unmapped: new Counter({
      name: 'countersign_unmapped_urls_total',
      help: 'Addresses in answers of the PACS that no configured base explains; viewers may not reach them.',
      registers,
    }),
    stored: new Counter({
      name: 'countersign_stored_objects_total',
      help: 'Objects sent to be stored: "passed" on to the PACS, or refused by the gateway, by reason.',
      labelNames: ['outcome'],
      registers,
    }),
    alarms: new Counter({
      name: 'countersign_case_log_alarms_total',
      help: 'Alarms of the case log, by code. Any is for a person to look at.',
      labelNames: ['code'],
      registers,
    }),
  };
}

function accessInstrument(registers: Registry[]): Instruments['accesses'] {
  const accesses = new Counter({
    name: 'countersign_access_records_total',
    help: 'Records of who read what: recorded; delayed, because the case log was away; lost. Any lost one is for a person to look at.',
    labelNames: ['outcome'],
    registers,
  });
  // There from the start, so that the first lost one already is a rise from 0.
  for (const outcome of ['recorded', 'delayed', 'lost'] as const) accesses.inc({ outcome }, 0);
  return accesses;
}

function endpointInstruments(registers: Registry[]): Pick<Instruments, 'probes' | 'locks' | 'held'> {
  const locks = new Counter({
    name: 'countersign_endpoint_locks_total',
    help: 'Versions locked at an AI endpoint that did not prove them, by what found it: a call or a probe. Any is for a person to look at.',
    labelNames: ['found'],
    registers,
  });
  // There from the start, so that the first one already is a rise from 0.
  for (const found of ['call', 'probe'] as const) locks.inc({ found }, 0);
  const probes = new Counter({
    name: 'countersign_endpoint_probes_total',
    help: 'Looks at AI endpoints: right, wrong (locked), silent about its version, or away.',
    labelNames: ['outcome'],
    registers,
  });
  const held = new Counter({
    name: 'countersign_ai_calls_held_total',
    help: 'Calls of AI endpoints that did not begin, by why.',
    labelNames: ['why'],
    registers,
  });
  for (const why of ['busy', 'left-alone', 'timeout', 'cancelled'] as const) held.inc({ why }, 0);
  return { probes, locks, held };
}

function requestInstruments(registers: Registry[]): Pick<Instruments, 'requests' | 'problems'> {
  return {
    requests: new Histogram({
      name: 'countersign_request_seconds',
      help: 'Time to answer a request, from its head to the last byte, by route pattern and class of status.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    problems: new Counter({
      name: 'countersign_problems_total',
      help: 'Requests answered with a problem, by its code: too-many-attempts, sessions-unavailable …',
      labelNames: ['code'],
      registers,
    }),
  };
}

function identityInstruments(registers: Registry[]): Pick<Instruments, 'signIns' | 'identityAlarms'> {
  const identityAlarms = new Counter({
    name: 'countersign_identity_alarms_total',
    help: 'Alarms of the sign-in doors, by code. Any is for a person to look at.',
    labelNames: ['code'],
    registers,
  });
  // There from the start, so that the first one of each already is a rise from 0.
  for (const code of ALARM_CODES) identityAlarms.inc({ code }, 0);
  const signIns = new Counter({
    name: 'countersign_sign_ins_total',
    help: 'Sign-ins, refusals, sign-outs and tokens, by how somebody came and why it ended so.',
    labelNames: ['outcome', 'method', 'code'],
    registers,
  });
  return { signIns, identityAlarms };
}

function countAuthEvents({
  signIns,
  identityAlarms,
}: Pick<Instruments, 'signIns' | 'identityAlarms'>): Metrics['authEvent'] {
  const bounded = boundedLabel();
  return ({ outcome, method, code }) => {
    if (outcome === 'alarm') {
      identityAlarms.inc({ code: knownOr(ALARM_CODES, code) });
      return;
    }
    const why = code === undefined ? 'none' : bounded(CODE.test(code) ? code : 'other');
    signIns.inc({ outcome: knownOr(OUTCOMES, outcome), method: knownOr(AUTH_METHODS, method), code: why });
  };
}

function knownOr(words: readonly string[], word: string | undefined): string {
  return word !== undefined && words.includes(word) ? word : 'other';
}

function requestLabels(
  measure: RequestMeasure,
  route: (value: string) => string,
): { readonly method: string; readonly route: string; readonly status: string } {
  const status = `${Math.trunc(measure.status / 100)}xx`;
  return {
    method: METHODS.includes(measure.method) ? measure.method : 'other',
    route: route(measure.route),
    status,
  };
}

/** Lets the first 200 different values through and calls every later one `other`. */
function boundedLabel(): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (!seen.has(value) && seen.size >= MAX_LABELS) return 'other';
    seen.add(value);
    return value;
  };
}
