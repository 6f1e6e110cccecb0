import { parentPort, workerData } from 'node:worker_threads';
import { openWriterFromFiles } from './open-writer-from-files.ts';
import { serveWriter } from './serve-writer.ts';
import type { WriterSettings } from './writer-messages.ts';

/** Shell of the append thread: everything it does is in serveWriter and openWriterFromFiles. */
function parseSettings(data: unknown): WriterSettings {
  return data as WriterSettings;
}

if (parentPort !== null) {
  const settings = parseSettings(workerData);
  serveWriter(parentPort, (start) => openWriterFromFiles(settings, start));
}
