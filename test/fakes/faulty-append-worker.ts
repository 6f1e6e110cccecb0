import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { caseLogPaths } from '../../src/caselog/case-log-paths.ts';
import { openLogWriter } from '../../src/caselog/log-writer.ts';
import { serveWriter } from '../../src/caselog/serve-writer.ts';
import { readSigningKey } from '../../src/caselog/signing-key.ts';
import type { WriterRequest, WriterSettings } from '../../src/caselog/writer-messages.ts';
import { openSqlite } from '../../src/db/open-sqlite.ts';

/**
 * The append thread with a disk that a test can fill: while a file `full` lies in the log's folder, the database may not
 * grow; the ballast is worth a few pages. A file `die` makes it end at the next append, in the middle of everything;
 * `die-after` once it has written and before it answers.
 */
function parseSettings(data: unknown): WriterSettings {
  return data as WriterSettings;
}

const RESERVE_PAGES = 32;
const NO_LIMIT = 4_294_967_294;
const settings = parseSettings(workerData);
const paths = caseLogPaths(settings.dir);
const flag = (name: string): boolean => existsSync(join(settings.dir, name));
const database = openSqlite(paths.database, { mustExist: true });
const limit = (pages: number): unknown => database.pragma(`max_page_count = ${pages}`);
const pages = (): number => Number(database.pragma('page_count', { simple: true }));
let isFree = false;

const ballast = {
  free: () => {
    isFree = true;
    limit(pages() + RESERVE_PAGES);
  },
  setAside: () => {
    if (flag('full')) return false;
    isFree = false;
    limit(NO_LIMIT);
    return true;
  },
};

parentPort?.on('message', (request: WriterRequest) => {
  if (request.do !== 'append') return;
  if (flag('die')) process.exit(1);
  // As on a real disk, what is there already can be used up to the last page.
  if (flag('full') && !isFree) limit(pages());
});
if (parentPort !== null) {
  const port = parentPort;
  serveWriter(
    {
      on: (event, listener) => port.on(event, listener),
      postMessage: (reply) => {
        if (flag('die-after') && reply.ok && Array.isArray(reply.value)) process.exit(1);
        port.postMessage(reply);
      },
    },
    (start) =>
      openLogWriter(
        {
          database,
          signer: readSigningKey(paths.signingKey),
          highestSigned: paths.highestSigned,
          ballast,
          settings,
        },
        start,
      ),
  );
}
