import { createServer } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import { GatewayError } from '../../src/domain/errors.ts';
import { handleChatErrors } from '../../src/http/chat-problem.ts';
import { handleMonaiErrors } from '../../src/http/monai-problem.ts';
import { handleOipErrors } from '../../src/http/oip-problem.ts';
import { problemOf } from '../../src/http/request-context.ts';
import { handleTorchserveErrors } from '../../src/http/torchserve-problem.ts';

const HANDLERS: readonly (readonly [string, () => ErrorRequestHandler])[] = [
  ['Open Inference Protocol', handleOipErrors],
  ['chat', handleChatErrors],
  ['MONAI Label', handleMonaiErrors],
  ['TorchServe', handleTorchserveErrors],
];

test.each(HANDLERS)('%s: an answer that has begun is cut, and its problem noted', async (_, handler) => {
  const error = new GatewayError('upstream-timeout', { detail: 'Too late.' });
  const noted: unknown[] = [];
  const app = express();
  app.get('/', (_req, res, next) => {
    res.once('close', () => noted.push(problemOf(res)));
    res.setHeader('Content-Length', '10');
    res.write('half');
    next(error);
  });
  app.use(handler());
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    const read = fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    await expect(read).rejects.toThrow();
    expect(noted).toEqual([error]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
