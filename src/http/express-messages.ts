import type { Express } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';

/** Classes of which a server makes its requests and responses. */
export interface MessageClasses {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse<IncomingMessage>;
}

/**
 * Classes for the server of an Express app. Express gives each request and response a prototype of the app's own; of these classes they
 * have it from the start. An object whose prototype is changed is one that the engine knows nothing of any more.
 */
export function messagesOf(app: Express): MessageClasses {
  class Incoming extends IncomingMessage {}
  class Outgoing extends ServerResponse {}
  adopt(app, 'request', Incoming.prototype);
  adopt(app, 'response', Outgoing.prototype);
  return { IncomingMessage: Incoming, ServerResponse: Outgoing };
}

/** Puts an object in the place of the app's prototype, and that one below it. */
function adopt(app: Express, name: 'request' | 'response', prototype: object): void {
  const own: unknown = Reflect.get(app, name);
  if (typeof own !== 'object' || own === null) throw new TypeError(`Express keeps its ${name} elsewhere now`);
  Object.setPrototypeOf(prototype, own);
  Object.assign(app, { [name]: prototype });
}
