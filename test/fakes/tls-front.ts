import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';

/** A proxy that ends TLS in front of something that speaks http on this machine, as a load balancer would. */
export interface TlsFront {
  readonly port: number;
  /** From now on it passes everything on to this port. */
  readonly passTo: (port: number) => void;
  readonly close: () => Promise<void>;
}

/** Starts it on a free port of 127.0.0.1 with a certificate of its own. */
export async function startTlsFront(): Promise<TlsFront> {
  const pair = makeKeyPair('127.0.0.1');
  let target = 0;
  const server = createServer({ key: pair.privateKeyPem, cert: pair.certificatePem }, (req, res) => {
    const { method, url, headers } = req;
    const onward = request({ host: '127.0.0.1', port: target, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    passTo: (next) => {
      target = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
