/** What a proxy in Node usually is: undici's request, piped. Prints its port. Run by dicomweb.bench.ts, with the upstream's origin. */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2] ?? '', { connections: 64, pipelining: 1 });
const server = createServer((req, res) => {
  pool
    .request({ path: req.url ?? '/', method: 'GET', headers: { accept: req.headers.accept ?? '*/*' } })
    .then(
      (answer) => {
        const { 'content-type': type = '', 'content-length': length = '' } = answer.headers;
        res.writeHead(answer.statusCode, { 'content-type': String(type), 'content-length': String(length) });
        // Whoever left in the meantime wants nothing.
        if (res.destroyed) answer.body.on('error', () => undefined).destroy();
        else pipeline(answer.body, res, () => undefined);
      },
      () => res.writeHead(502).end(),
    );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening ${String(typeof address === 'object' ? address?.port : 0)}`);
});
