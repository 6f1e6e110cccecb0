import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** The connection ends in the middle. */
  readonly isCutOff?: boolean;
}

/** A real web server on loopback that gives one document to everybody. */
export interface DocumentServer {
  readonly url: string;
  answer: Answer;
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

export async function startDocumentServer(): Promise<DocumentServer> {
  let count = 0;
  const server = createServer((_req, res) => {
    count += 1;
    const { status = 200, headers = {}, body, isCutOff = false } = served.answer;
    res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) + (isCutOff ? 10 : 0) });
    if (!isCutOff) res.end(body);
    else res.write(body, () => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const served: DocumentServer = {
    url: `http://127.0.0.1:${port}/metadata`,
    answer: { body: '' },
    requests: () => count,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return served;
}
