import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { freePort } from '../fakes/free-port.ts';
import { findBinary } from '../fakes/real-server.ts';
import { PERSON } from './dicomweb-house.ts';
import { NGINX, RELAY } from './dicomweb-lines.ts';
import { startServer, type Program } from './dicomweb-process.ts';

export const MELLON_ENTITY_ID = 'https://mellon.bench.example/metadata';

export interface Peer extends Program {
  readonly url: string;
  /** A session, where the peer asks for one. */
  readonly cookie: string;
}

const MODULES_FOLDER = '/usr/lib/apache2/modules';
const MODULES = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'auth_mellon',
  'proxy',
  'proxy_http',
  'socache_shmcb',
];

const FRAME_BUFFERS = 'proxy_buffers 20 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 512k;';

function answersAt(url: string): () => Promise<boolean> {
  return () =>
    fetch(url, { redirect: 'manual' }).then(
      async (answer) => {
        await answer.body?.cancel();
        return true;
      },
      () => false,
    );
}

/** Proxies that ask nobody who they are, by name, as far as they are on the PATH. */
export async function startPlainProxies(
  folder: string,
  upstream: string,
): Promise<readonly (readonly [string, Peer])[]> {
  const started: (readonly [string, Peer])[] = [];
  const [nginx, haproxy] = [findBinary('nginx'), findBinary('haproxy')];
  if (nginx !== undefined) {
    const large = { folder: join(folder, 'nginx-big'), upstream, buffers: FRAME_BUFFERS };
    started.push(
      [NGINX, await startNginx(nginx, { folder: join(folder, 'nginx'), upstream, buffers: '' })],
      ['nginx, frame buffers', await startNginx(nginx, large)],
    );
  }
  if (haproxy !== undefined)
    started.push([RELAY, await startRelay(haproxy, { folder: join(folder, 'relay'), upstream })]);
  return started;
}

/** nginx as a plain proxy, access log on; `buffers` as its documentation has them, or given. */
export async function startNginx(
  binary: string,
  {
    folder,
    upstream,
    buffers,
  }: { readonly folder: string; readonly upstream: string; readonly buffers: string },
): Promise<Peer> {
  mkdirSync(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const text = `
daemon off; worker_processes 2; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi; keepalive_requests 1000000;
  upstream pacs { server ${new URL(upstream).host}; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${String(port)};
    location / { proxy_pass http://pacs; proxy_http_version 1.1; proxy_set_header Connection ""; ${buffers} } }
}`;
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  const words = [binary, '-c', file, '-e', `${folder}/error.log`];
  return { ...(await startServer(words, `${folder}/out.log`, answersAt(url))), url, cookie: '' };
}

/** HAProxy as a relay of bytes, which knows nothing of HTTP, without a log. */
async function startRelay(
  binary: string,
  { folder, upstream }: { readonly folder: string; readonly upstream: string },
): Promise<Peer> {
  mkdirSync(folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const text = `
global
  nbthread 2
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:${String(port)}
  server pacs ${new URL(upstream).host}
`;
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  const words = [binary, '-f', file, '-db'];
  // It closes what it cannot pass on, so it is there when the PACS answers through it.
  return {
    ...(await startServer(words, `${folder}/out.log`, answersAt(`${url}/dicom-web/studies`))),
    url,
    cookie: '',
  };
}

/** Apache with mod_auth_mellon in front of its proxy, its access log on, and somebody signed in by SAML. */
export async function startMellon(
  binary: string,
  {
    folder,
    upstream,
    idp,
  }: { readonly folder: string; readonly upstream: string; readonly idp: IdentityProvider },
): Promise<Peer> {
  mkdirSync(folder);
  const port = await mellonPort();
  const url = `http://127.0.0.1:${String(port)}`;
  writeMellonFiles(folder, url, idp);
  const load = MODULES.map((name) => `LoadModule ${name}_module ${MODULES_FOLDER}/mod_${name}.so`).join('\n');
  const text = `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ServerName 127.0.0.1
Listen 127.0.0.1:${String(port)}
${load}
User www-data
Group www-data
ErrorLog ${folder}/error.log
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog ${folder}/access.log common
KeepAlive On
MaxKeepAliveRequests 0
MellonLockFile ${folder}/mellon.lock
<Location />
  Require valid-user
  AuthType Mellon
  MellonEnable auth
  MellonSecureCookie Off
  MellonEndpointPath /mellon
  MellonSPPrivateKeyFile ${folder}/sp.key
  MellonSPCertFile ${folder}/sp.crt
  MellonSPMetadataFile ${folder}/sp.xml
  MellonIdPMetadataFile ${folder}/idp.xml
</Location>
ProxyPass /mellon !
ProxyPass / ${upstream}/ keepalive=On
`;
  const file = join(folder, 'apache.conf');
  writeFileSync(file, text);
  // Its children are another user's, when it is started by root.
  chmodSync(join(folder, '..'), 0o711);
  const program = await startServer(
    [binary, '-f', file, '-DFOREGROUND'],
    `${folder}/out.log`,
    answersAt(url),
  );
  try {
    return { ...program, url, cookie: await mellonSession(url) };
  } catch (error: unknown) {
    await program.stop();
    throw error;
  }
}

let chosenPort: number | undefined;
/** Known before Apache runs: the identity provider answers only addresses it was told of. */
export async function mellonPort(): Promise<number> {
  chosenPort ??= await freePort();
  return chosenPort;
}

function writeMellonFiles(folder: string, url: string, idp: IdentityProvider): void {
  const { privateKeyPem, certificatePem } = makeKeyPair('mellon');
  const bare = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '');
  const key = (pem: string): string =>
    `<KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`;
  const entity = (id: string, role: string): string =>
    `<EntityDescriptor entityID="${id}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${role}</EntityDescriptor>`;
  const PROTOCOL = 'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"';
  const binding = 'urn:oasis:names:tc:SAML:2.0:bindings:';
  const sp = `<SPSSODescriptor ${PROTOCOL}>${key(certificatePem)}<AssertionConsumerService Binding="${binding}HTTP-POST" Location="${url}/mellon/postResponse" index="0"/></SPSSODescriptor>`;
  const provider = `<IDPSSODescriptor ${PROTOCOL}>${key(idp.certificatePem)}<SingleSignOnService Binding="${binding}HTTP-Redirect" Location="${idp.ssoUrl}"/></IDPSSODescriptor>`;
  writeFileSync(join(folder, 'sp.key'), privateKeyPem);
  writeFileSync(join(folder, 'sp.crt'), certificatePem);
  writeFileSync(join(folder, 'sp.xml'), entity(MELLON_ENTITY_ID, sp));
  writeFileSync(join(folder, 'idp.xml'), entity(idp.entityId, provider));
}

/** As a browser without script: the door, the identity provider's form, its answer posted back. Gives the session's cookie. */
async function mellonSession(url: string): Promise<string> {
  const asked = await fetch(`${url}/dicom-web/studies`, { redirect: 'manual' });
  const login = await fetch(asked.headers.get('location') ?? '', { redirect: 'manual' });
  const fields = await identityProviderSays(login.headers.get('location') ?? '');
  const finished = await fetch(`${url}/mellon/postResponse`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { cookie: cookieOf(asked) ?? cookieOf(login) ?? '' },
    redirect: 'manual',
  });
  const cookie = cookieOf(finished) ?? '';
  const check = await fetch(`${url}/dicom-web/studies`, { headers: { cookie }, redirect: 'manual' });
  if (check.status === 200) return cookie;
  throw new Error(`mod_auth_mellon lets nobody in: ${String(finished.status)} ${await finished.text()}`);
}

/** The fields of the form that carries its answer back. */
async function identityProviderSays(ssoUrl: string): Promise<[string, string][]> {
  const { username = '', password = '' } = PERSON ?? {};
  const body = new URLSearchParams({ username, password });
  const page = await (await fetch(ssoUrl, { method: 'POST', body })).text();
  return [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&').replaceAll('&#39;', "'")],
  );
}

function cookieOf(answer: Response): string | undefined {
  return answer.headers.getSetCookie().at(-1)?.split(';', 1)[0];
}
