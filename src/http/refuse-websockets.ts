import type { RequestHandler } from 'express';
import { parseWorkitemTarget } from '../domain/dicom/workitem-resource.ts';
import { BadRequest, GatewayError } from '../domain/errors.ts';
import { asksForWebSocket } from './take-upgrades.ts';

/**
 * Refuses a request for a WebSocket where there is none: to answer it like any other would leave its sender to guess what went
 * wrong. Passes BadRequest on.
 */
export function refuseWebSockets(): RequestHandler {
  return (req, _res, next) => {
    if (!asksForWebSocket(req) || isOfWorkitems(req.originalUrl)) next();
    else
      next(
        new BadRequest('No WebSocket is served at this address. Events: /dicom-web/subscribers/{AE title}.'),
      );
  };
}

/** That door says itself what is wrong. */
function isOfWorkitems(target: string): boolean {
  try {
    return parseWorkitemTarget(target)?.resource.kind === 'channel';
  } catch (error: unknown) {
    return error instanceof GatewayError;
  }
}
