import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { SignInChoice } from '../../src/identity/door-deps.ts';
import { createSessionDoors, type SessionDoorOptions } from '../../src/identity/session-doors.ts';
import { createPages } from '../../src/ui/create-pages.ts';
import { edgeApp, edgeDoors, PUBLIC_URL, SOURCE_ROOT } from './edge-app.ts';
import { ALICE, type SessionsHouse } from './sessions-house.ts';

export const SAML: SignInChoice = {
  id: 'trust',
  title: 'Trust',
  kind: 'saml',
  href: '/auth/saml/trust/login',
};

const pages = createPages({ sourceRoot: SOURCE_ROOT });

/** The public app with the real doors out of a session over this house; everything else is fake. */
export function sessionDoorsApp(house: SessionsHouse, options: Partial<SessionDoorOptions> = {}): Express {
  const session = createSessionDoors(
    { sessions: house.sessions, onEvent: (event) => house.events.push(event) },
    {
      choices: [SAML],
      choiceOf: (provider) => (provider === ALICE.provider ? SAML : undefined),
      ...options,
    },
  );
  return edgeApp({ pages, doors: edgeDoors({ session }) });
}

/** A form sent by one of our own pages, from the browser that holds this session. */
export function postFrom(app: Express, path: string, token?: string): Test {
  const call = request(app).post(path).set('Origin', PUBLIC_URL);
  return token === undefined ? call : call.set('Cookie', `${SESSION_COOKIE}=${token}`);
}

/** What was told, in words. */
export function toldBy(house: SessionsHouse): readonly string[] {
  return house.events.map(({ outcome, code = '' }) => `${outcome} ${code}`.trim());
}
