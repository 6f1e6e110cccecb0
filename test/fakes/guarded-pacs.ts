import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A PACS that lets in only whoever shows what it wants, and remembers what it was shown. */
export interface GuardedPacs {
  /** DICOMweb base. */
  readonly url: string;
  /** Every request that came, let in or not. */
  readonly seen: readonly Pick<IncomingMessage, 'url' | 'headers' | 'rawHeaders'>[];
  readonly close: () => Promise<void>;
}

interface Options {
  /** Who answers those that are let in, `http://host:port`; without it they get an empty list. */
  readonly origin?: string;
  /** The one Authorization header that opens; anything but none closes when it is absent. */
  readonly authorization?: string;
  /** PEM: its own certificate with its key, and who must have issued that of a caller. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** Starts it on a free port of 127.0.0.1. */
export async function startGuardedPacs(options: Options = {}): Promise<GuardedPacs> {
  const seen: Pick<IncomingMessage, 'url' | 'headers' | 'rawHeaders'>[] = [];
  const listener: RequestListener = (req, res) => {
    const { url, headers, rawHeaders } = req;
    seen.push({ url, headers, rawHeaders });
    if (headers.authorization !== options.authorization) {
      res.writeHead(401, { 'www-authenticate': 'Basic realm="PACS"' }).end();
      return;
    }
    if (options.origin === undefined) {
      res.writeHead(200, { 'content-type': 'application/dicom+json' }).end('[]');
      return;
    }
    const onward = request(options.origin, { path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    onward.end();
  };
  const { tls } = options;
  const server: Server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}/dicom-web`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
