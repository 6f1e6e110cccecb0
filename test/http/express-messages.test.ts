import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { messagesOf } from '../../src/http/express-messages.ts';

function parsePort(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  return (address as AddressInfo).port;
}

test('requests and responses are made as the app wants them, so none is changed', async () => {
  const app = express();
  const classes = messagesOf(app);
  const changed: boolean[] = [];
  app.use((req, res) => {
    changed.push(Object.getPrototypeOf(req) !== classes.IncomingMessage.prototype);
    changed.push(Object.getPrototypeOf(res) !== classes.ServerResponse.prototype);
    changed.push(!(req instanceof IncomingMessage && res instanceof ServerResponse));
    res.status(202).json({ path: req.path, app: req.app === app });
  });
  const made: boolean[] = [];
  const server = createServer(classes, (req, res) => {
    made.push(Object.getPrototypeOf(req) === classes.IncomingMessage.prototype);
    made.push(Object.getPrototypeOf(res) === classes.ServerResponse.prototype);
    app(req, res);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const answer = await fetch(`http://127.0.0.1:${String(parsePort(server.address()))}/here`);
  expect([answer.status, await answer.json()]).toEqual([202, { path: '/here', app: true }]);
  expect([made, changed]).toEqual([
    [true, true],
    [false, false, false],
  ]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('an Express that keeps them elsewhere is told at the start', () => {
  const app = Object.assign(express(), { request: undefined });
  expect(() => messagesOf(app)).toThrow('elsewhere');
});
