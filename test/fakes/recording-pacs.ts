import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What reached a PACS: the request line's target as it was written, and the headers. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface RecordingPacs {
  readonly dicomwebUrl: string;
  /** Every request since the last call, in order. */
  readonly taken: () => readonly RecordedRequest[];
  readonly close: () => Promise<void>;
}

/** What a PACS says that stored something: a list of references (PS3.18 §10.5.3.2). */
const STORED = '{"00081199":{"vr":"SQ","Value":[]}}';

/** A PACS below `/dicom-web` that keeps what it is asked, answers every question with an empty list, and takes what it is sent. */
export async function startRecordingPacs(): Promise<RecordingPacs> {
  const kept: RecordedRequest[] = [];
  const server = createServer((req, res) => {
    kept.push({ method: req.method ?? '', target: req.url ?? '', headers: req.headers });
    req.resume().once('end', () => {
      res
        .writeHead(200, { 'Content-Type': 'application/dicom+json' })
        .end(req.method === 'POST' ? STORED : '[]');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    dicomwebUrl: `http://127.0.0.1:${String(port)}/dicom-web`,
    taken: () => kept.splice(0),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
