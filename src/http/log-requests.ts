import type { Request, RequestHandler, Response } from 'express';
import { isDicomwebTarget, isWadoUriTarget } from '../domain/dicom/dicomweb-resource.ts';
import type { GatewayError, ProblemCode } from '../domain/errors.ts';
import type { Clock } from '../flows/ports.ts';
import type { LogFields, Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createDamper, type Told } from './damp-repeats.ts';
import { problemOf, requestIdOf } from './request-context.ts';

interface Deps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

interface Ready extends Deps {
  readonly damp: (kind: string) => Told;
}

const SWITCHED = 101;
/** A human must act now. */
const ERRORS: readonly ProblemCode[] = [
  'internal',
  'case-log-unavailable',
  'register-unavailable',
  'sessions-unavailable',
];
/** It heals by itself, or the peer's people act. */
const WARNINGS: readonly ProblemCode[] = [
  'ai-locked',
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-bad-answer',
  'model-failed',
  'attestation-mismatch',
  'case-closed',
  'overloaded',
];

/**
 * Writes one line for every request once it is over, and measures it: method, route pattern, status, duration, request
 * id and problem code. Never the path or the query, which hold UIDs and patient identifiers. An ERROR or WARN is told once a minute
 * for each problem code, with its cause; those between are INFO without it, so that nobody can fill the disk while a part is away.
 */
export function logRequests(given: Deps): RequestHandler {
  const deps: Ready = { ...given, damp: createDamper(given.clock) };
  return (req, res, next) => {
    const startedMs = deps.clock.monotonicMs();
    res.once('close', () => {
      writeLine(deps, req, res, deps.clock.monotonicMs() - startedMs);
    });
    next();
  };
}

function writeLine(deps: Ready, req: Request, res: Response, durationMs: number): void {
  const route = routeOf(req);
  const problem = problemOf(res);
  const { level, fields } = saidOf(deps, problem, route);
  deps.metrics.requestAnswered({
    method: req.method,
    route,
    status: res.statusCode,
    seconds: durationMs / 1000,
    ...(problem === undefined ? {} : { problem: problem.code }),
  });
  deps.logger[level](
    {
      requestId: requestIdOf(res),
      method: req.method,
      route,
      status: res.statusCode,
      durationMs: Math.round(durationMs),
      // A WebSocket is no answer that could be cut.
      ...(res.writableFinished || res.statusCode === SWITCHED ? {} : { cut: true }),
      ...fields,
    },
    'request',
  );
}

type Level = 'info' | 'warn' | 'error';

/** An error in full where somebody must look into it; of a refused sign-in what it came from. */
function saidOf(
  { damp }: Ready,
  problem: GatewayError | undefined,
  route: string,
): { readonly level: Level; readonly fields: LogFields } {
  if (problem === undefined) return { level: 'info', fields: {} };
  const { code } = problem;
  const level = levelOf(code);
  if (level === 'info')
    return { level, fields: code === 'sign-in-failed' ? { code, ...causeOf(problem) } : { code } };
  // A mistake of ours at one door must not hide another at the next.
  const told = damp(code === 'internal' ? `${code} ${route}` : code);
  if (!told.inFull) return { level: 'info', fields: { code } };
  return { level, fields: { code, err: problem, ...(told.damped === 0 ? {} : { damped: told.damped }) } };
}

function levelOf(code: ProblemCode): Level {
  if (ERRORS.includes(code)) return 'error';
  return WARNINGS.includes(code) ? 'warn' : 'info';
}

/** Words and codes of a library. Whatever else stands in a message may be somebody's, or a secret. */
const PLAIN_WORDS = /^[A-Za-z_ <,'()-]{1,160}$/;

/** Why a sign-in was refused, for whoever connects an identity provider: in words of the library that found out, where they are safe. */
function causeOf({ cause }: GatewayError): { readonly cause?: string } {
  if (!(cause instanceof Error)) return {};
  return { cause: PLAIN_WORDS.test(cause.message) ? cause.message : cause.name };
}

/** The pattern of the route that answered, as it was registered; `unmatched` where none did. */
function routeOf(req: Request): string {
  // `req.route` is `any` to Express, and absent when no route matched.
  const route: unknown = req.route;
  const path: unknown =
    typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  if (typeof path === 'string') return path;
  // That door takes addresses apart by itself, so Express knows no pattern.
  if (!isDicomwebTarget(req.originalUrl)) return 'unmatched';
  return isWadoUriTarget(req.originalUrl) ? '/wado' : '/dicom-web/*';
}
