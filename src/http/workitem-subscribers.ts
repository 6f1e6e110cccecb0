import type { Request, Response } from 'express';
import { BadRequest } from '../domain/errors.ts';
import type { LoginEvidence } from '../flows/ports.ts';
import type { Flows } from './app-deps.ts';
import { sendNothing } from './send-workitems.ts';
import type { ChannelDoor } from './workitem-channel.ts';

/** Flows of those who are told of changes to workitems. */
export type SubscriberFlows = Pick<
  Flows,
  'subscribeToWorkitems' | 'unsubscribeFromWorkitems' | 'suspendSubscription' | 'openWorkitemChannel'
>;

/** A request about subscriptions or their channel. */
interface Asking {
  readonly flows: SubscriberFlows;
  /** The service, as it names itself. */
  readonly baseUrl: string;
  readonly channels: ChannelDoor;
  readonly req: Request;
  readonly res: Response;
  readonly query: string;
  readonly base: { readonly evidence: LoginEvidence; readonly requestId: string };
  readonly signal: AbortSignal;
}

type Answer = (asking: Asking) => Promise<void>;

/** Of what, and under which AE title. */
interface Subscription {
  readonly of: string;
  readonly aet: string;
}

/** Answers at `/workitems/{uid}/subscribers/{aet}`. */
export function subscriptionAnswers({ of, aet }: Subscription): Readonly<Record<'POST' | 'DELETE', Answer>> {
  return {
    POST: async ({ flows, baseUrl, res, query, base: { evidence }, signal }) => {
      await flows.subscribeToWorkitems({ evidence, of, aet, query }, signal);
      // PS3.18 §11.10.3: the address of the channel. Of http and https this makes ws and wss.
      res.setHeader('Content-Location', `${baseUrl.replace(/^http/, 'ws')}/subscribers/${aet}`);
      sendNothing(res, 201);
    },
    DELETE: async ({ flows, res, base: { evidence }, signal }) => {
      await flows.unsubscribeFromWorkitems({ evidence, of, aet }, signal);
      sendNothing(res, 200);
    },
  };
}

/** Answers at `/workitems/{uid}/subscribers/{aet}/suspend`. */
export function suspensionAnswers({ of, aet }: Subscription): Readonly<Record<'POST', Answer>> {
  return {
    POST: async ({ flows, res, base: { evidence }, signal }) => {
      await flows.suspendSubscription({ evidence, of, aet }, signal);
      sendNothing(res, 200);
    },
  };
}

/** Answers at `/subscribers/{aet}`. */
export function channelAnswers(aet: string): Readonly<Record<'GET', Answer>> {
  return {
    GET: async ({ flows, channels, req, res, query, base: { evidence }, signal }) => {
      if (query !== '') throw new BadRequest('The address of a channel has no query.');
      await channels.open(flows, { req, res, aet, evidence, signal });
    },
  };
}
