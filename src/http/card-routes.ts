import type { Request, Response, Router } from 'express';
import type { SignedCard } from '../flows/read-card.ts';
import { cardPage } from '../ui/card-page.ts';
import { abortSignalOf } from './abort-signal.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';
import { frameOf, openPage, sendPage, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { asGatewayError, sendProblem } from './problem.ts';
import { requestIdOf } from './request-context.ts';

type ApiDeps = Pick<AppDeps, 'flows'>;
type Handler = (req: Request, res: Response) => Promise<void>;

const JWT = 'application/jwt';
const JSON_TYPE = 'application/json';
const HTML = 'text/html';
/** Shorter than a key is shown before it signs. */
const KEYS_MAX_AGE_SECONDS = 3_600;

/** Adds the credential card to the API, and the keys by which anybody can check one. */
export function addCardApi(router: Router, deps: ApiDeps): void {
  addRoute(router, '/api/me/card', { get: [getCardJson(deps)] });
  addRoute(router, '/.well-known/jwks.json', { get: [getKeys(deps)] });
}

/** Adds the credential card as a page that a person can show; programs that ask for it there get the signed token. */
export function addCardPage(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/card', { get: [getCard(deps)] });
}

/** What a program says nothing about is the token, for that is what the card is; a browser always names HTML. */
function getCard(deps: PageDeps): Handler {
  return async (req, res) => {
    res.setHeader('Vary', 'Accept');
    const wanted = req.accepts([JWT, JSON_TYPE, HTML]);
    if (wanted === HTML) {
      await sendCardPage(deps, req, res);
      return;
    }
    try {
      const signed = await readCard(deps, req, res);
      if (wanted === JSON_TYPE) sendCard(res, signed);
      else sendToken(res, signed);
    } catch (error: unknown) {
      // Why not leave it to the edge: on a page's address it would send a program to the sign-in page.
      sendProblem(res, asGatewayError(error), requestIdOf(res));
    }
  };
}

async function sendCardPage(deps: PageDeps, req: Request, res: Response): Promise<void> {
  const context = await openPage(deps, req, res);
  parseInput(noQuery, req.query);
  const { evidence, signal } = context;
  const { card } = await deps.flows.readCard({ evidence }, signal);
  const model = cardPage({ card, timeZone: deps.timeZone });
  sendPage(deps, res, 'card', {
    frame: frameOf(deps, context, { title: 'Credential card', section: 'card' }),
    model,
  });
}

function getCardJson(deps: ApiDeps): Handler {
  return async (req, res) => sendCard(res, await readCard(deps, req, res));
}

async function readCard({ flows }: ApiDeps, req: Request, res: Response): Promise<SignedCard> {
  parseInput(noQuery, req.query);
  return await flows.readCard({ evidence: liftLoginEvidence(req) }, abortSignalOf(req, res));
}

function sendCard(res: Response, { token, claims, card }: SignedCard): void {
  res.setHeader('Cache-Control', 'no-store');
  res.json({ token, expiresAt: new Date(card.expiresAt * 1_000).toISOString(), claims });
}

function sendToken(res: Response, { token }: SignedCard): void {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', JWT);
  res.end(token);
}

/** RFC 7517 §5, §8.5.2. */
function getKeys({ flows }: ApiDeps): Handler {
  return async (req, res) => {
    parseInput(noQuery, req.query);
    const keys = await flows.readCardKeys();
    res.setHeader('Cache-Control', `public, max-age=${String(KEYS_MAX_AGE_SECONDS)}`);
    res.setHeader('Content-Type', 'application/jwk-set+json');
    res.end(JSON.stringify(keys));
  };
}
