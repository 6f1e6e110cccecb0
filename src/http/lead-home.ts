import type { RequestHandler } from 'express';
import { arrivalOf } from './listener-arrival.ts';

const READING: readonly string[] = ['GET', 'HEAD'];
/** Doors for people, but for the one that the listener for smart cards is there for, and what programs read. */
const PAGES = /^\/($|(?:me|viewer)(\/|$)|auth\/(?!card$|whoami$))/;

/**
 * Sends a person who is on the listener for smart cards to the public address: forms are only taken from there, so on this one every
 * button would be refused. After a refused card all ways on lead home like this. Programs are served on either.
 */
export function leadHome(publicUrl: string): RequestHandler {
  const { origin } = new URL(publicUrl);
  return (req, res, next) => {
    const isLost = arrivalOf(res) === 'card-listener' && READING.includes(req.method) && PAGES.test(req.path);
    if (!isLost) {
      next();
      return;
    }
    res.setHeader('Cache-Control', 'no-store');
    res.redirect(303, `${origin}${req.originalUrl}`);
  };
}
