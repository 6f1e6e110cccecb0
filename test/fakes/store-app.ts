import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import express, { type Express } from 'express';
import { storeObjects, type StoreDeps } from '../../src/flows/store-objects.ts';
import { createDicomwebRoutes } from '../../src/http/dicomweb-routes.ts';
import { createStoreDoor } from '../../src/http/dicomweb-store.ts';
import { handleErrors, handleUnknownRoute } from '../../src/http/error-handler.ts';
import { giveRequestId } from '../../src/http/request-context.ts';
import { startListener, type Listener } from '../../src/http/start-listener.ts';

/** The DICOMweb door by itself, over the real flow; nothing can be read from it. */
function storeApp(deps: StoreDeps, maxBytes?: number): Express {
  const nothing = (): Promise<never> => Promise.reject(new Error('nothing is read here'));
  const flows = { search: nothing, retrieve: nothing };
  const store = createStoreDoor(
    { storeObjects: (input, signal) => storeObjects(deps, input, signal) },
    maxBytes,
  );
  const app = express().disable('x-powered-by').disable('etag');
  app.use(giveRequestId(() => 'request-1'));
  app.use(createDicomwebRoutes({ flows, publicUrl: 'https://gw.example', morePacs: ['second'], store }));
  app.use(handleUnknownRoute(), handleErrors());
  return app;
}

/** The same, listening as in production. */
export async function listenToStore(
  deps: StoreDeps,
  options: { readonly maxBytes?: number; readonly bodyIdleMs?: number } = {},
): Promise<Listener & { readonly port: number }> {
  const { maxBytes, bodyIdleMs } = options;
  const place = { host: '127.0.0.1', port: 0, ...(bodyIdleMs === undefined ? {} : { bodyIdleMs }) };
  const listener = await startListener({ app: storeApp(deps, maxBytes), ...place });
  return { ...listener, port: Number(new URL(listener.url).port) };
}

/** A connection that keeps all it was sent. */
export async function rawConnection(port: number): Promise<{
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves once what came fits, or the connection is closed. */
  readonly until: (pattern: RegExp) => Promise<string>;
}> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')));
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text) && !socket.closed)
      await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return text;
  };
  return { socket, received: () => text, until };
}
