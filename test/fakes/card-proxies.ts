import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** What a proxy in front of the gateway asks for cards with; paths of PEM files. */
export interface ProxyFiles {
  readonly certificate: string;
  readonly key: string;
  /** Certificate and key in one. */
  readonly both: string;
  readonly cas: string;
  readonly crls: string;
}

export interface CardProxy {
  readonly url: string;
  /** The same proxy, by a way on which nobody thought of the headers. */
  readonly carelessUrl: string;
  readonly close: () => Promise<void>;
}

interface ProxyOptions {
  readonly binary: string;
  readonly gatewayUrl: string;
  readonly secret: string;
  readonly files: ProxyFiles;
}

const DEADLINE_MS = 15_000;

/** A real nginx, set as docs/operations/identity.md says; and one server whose location sets a header of its own and inherits none. */
export async function startNginx(options: ProxyOptions): Promise<CardProxy> {
  const { gatewayUrl, secret, files } = options;
  const [careful, careless] = [await freePort(), await freePort()];
  const server = (port: number, location: string): string => `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${files.certificate};
    ssl_certificate_key ${files.key};
    ssl_client_certificate ${files.cas};
    ssl_crl ${files.crls};
    ssl_verify_client optional;
    ssl_verify_depth 3;
    ssl_session_tickets off;
    ssl_session_cache off;
    proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;
    proxy_set_header X-SSL-Client-Verify $ssl_client_verify;
    proxy_set_header X-Countersign-Hop-Secret "${secret}";
    proxy_set_header Client-Cert "";
    proxy_set_header X-Forwarded-For $remote_addr;
    location / { ${location} proxy_pass ${gatewayUrl}; }
  }`;
  const text = (folder: string): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${server(careful, '')}
  ${server(careless, 'proxy_set_header X-Real-IP $remote_addr;')}
}
`;
  const args = (folder: string): readonly string[] => [
    '-p',
    folder,
    '-e',
    'stderr',
    '-c',
    join(folder, 'conf'),
  ];
  return start(options.binary, { text, args, ports: [careful, careless] });
}

/** A real HAProxy, set as docs/operations/identity.md says; and one frontend that only passes on. */
export async function startHaproxy(options: ProxyOptions): Promise<CardProxy> {
  const { gatewayUrl, secret, files } = options;
  const [careful, careless] = [await freePort(), await freePort()];
  const bind = (port: number): string =>
    `bind 127.0.0.1:${port} ssl crt ${files.both} ca-file ${files.cas} crl-file ${files.crls} verify optional no-tls-tickets`;
  const text = (): string => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend careful
  ${bind(careful)}
  http-request del-header Client-Cert
  http-request del-header Client-Cert-Chain
  http-request set-header Client-Cert :%[ssl_c_der,base64]: if { ssl_c_used 1 } { ssl_c_verify 0 }
  http-request set-header X-Countersign-Hop-Secret "${secret}"
  http-request set-header X-Forwarded-For %[src]
  default_backend gateway
frontend careless
  ${bind(careless)}
  http-request set-header X-Forwarded-For %[src]
  default_backend gateway
backend gateway
  server one ${new URL(gatewayUrl).host}
`;
  const args = (folder: string): readonly string[] => ['-db', '-f', join(folder, 'conf')];
  return start(options.binary, { text, args, ports: [careful, careless] });
}

async function start(
  binary: string,
  how: {
    readonly text: (folder: string) => string;
    readonly args: (folder: string) => readonly string[];
    readonly ports: readonly [number, number];
  },
): Promise<CardProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'card-proxy-'));
  writeFileSync(join(folder, 'conf'), how.text(folder));
  const child = spawn(binary, how.args(folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const close = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const port of how.ports) {
    if (await answersAt(port, child)) continue;
    await close();
    throw new Error(`${binary} does not start: ${said}`);
  }
  const [url, carelessUrl] = how.ports.map((port) => `https://127.0.0.1:${port}`);
  return { url: url ?? '', carelessUrl: carelessUrl ?? '', close };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Asks until somebody listens, the process is gone, or time is up. */
async function answersAt(port: number, child: ChildProcess): Promise<boolean> {
  const until = Date.now() + DEADLINE_MS;
  while (Date.now() < until && child.exitCode === null) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => setImmediate(() => resolve(false)));
    });
    if (isThere) return true;
  }
  return false;
}
