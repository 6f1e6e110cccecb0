import type { Request, Response, Router } from 'express';
import type { SeenSealed, WaitingForCoSignature } from '../flows/co-sign-result.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute } from './add-route.ts';
import { caseParams, noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { coSignBody, coSignParams } from './co-sign-schemas.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { parseInput } from './parse-input.ts';
import { readJson } from './read-body.ts';
import { requestIdOf } from './request-context.ts';

type Deps = Pick<AppDeps, 'flows' | 'limits'>;
type Handler = (req: Request, res: Response) => Promise<void>;
type Json = Readonly<Record<string, unknown>>;

/** A word, a digest and a sentence. */
const MAX_BODY_BYTES = 16 * 1024;

/** Adds what waits for a second signature, the answer to it, and the result once it is signed. */
export function addCoSignApi(router: Router, deps: Deps): void {
  const body = readJson(Math.min(MAX_BODY_BYTES, deps.limits.maxBodyBytes));
  addRoute(router, '/api/co-sign', { get: [getWaiting(deps)] });
  addRoute(router, '/api/co-sign/:id', { get: [getSealed(deps)], post: [...body, postAnswer(deps)] });
  addRoute(router, '/api/cases/:id/result', { get: [getResult(deps)] });
}

function getWaiting({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const input = { evidence: liftLoginEvidence(req) };
    const waiting = await flows.listForCoSignature(input, abortSignalOf(req, res));
    sendJson(res, { waiting: waiting.map(waitingAnswer) });
  };
}

function getSealed({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { id } = parseInput(coSignParams, req.params);
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), caseId: id };
    const seen = await flows.readForCoSignature(input, abortSignalOf(req, res));
    res.setHeader('Case-Id', id);
    sendJson(res, seenAnswer(seen));
  };
}

function postAnswer({ flows }: Deps): Handler {
  return async (req, res) => {
    const { id } = parseInput(coSignParams, req.params);
    const { answer, digest, reason } = parseInput(coSignBody, req.body);
    const who = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), caseId: id };
    await flows.answerForCoSignature({ ...who, answer, digest, words: reason }, abortSignalOf(req, res));
    res.status(201).setHeader('Case-Id', id);
    sendJson(res, { caseId: id, answer });
  };
}

function getResult({ flows }: Deps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const { id } = parseInput(caseParams, req.params);
    const input = { evidence: liftLoginEvidence(req), requestId: requestIdOf(res), caseId: id };
    const { body, expiresAt, ...rest } = await flows.readCoSignedResult(input, abortSignalOf(req, res));
    res.setHeader('Case-Id', id);
    sendJson(res, { ...rest, expiresAt: isoOf(expiresAt), result: body });
  };
}

function waitingAnswer({ askerName, sealedAt, expiresAt, ...rest }: WaitingForCoSignature): Json {
  const { caseId, function: fn, model, version, digest } = rest;
  const named = { caseId, function: fn, model, version, digest, askedBy: askerName };
  return { ...named, sealedAt: isoOf(sealedAt), expiresAt: isoOf(expiresAt) };
}

function seenAnswer(seen: SeenSealed): Json {
  const { modalities, bodyParts, ageYears, sex } = seen.context;
  return {
    ...waitingAnswer(seen),
    studyInstanceUid: seen.study,
    modality: modalities,
    bodyPart: bodyParts,
    ...(ageYears === undefined ? {} : { ageYears }),
    ...(sex === undefined ? {} : { sex }),
    result: seen.body,
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function sendJson(res: Response, body: unknown): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json(body);
}
