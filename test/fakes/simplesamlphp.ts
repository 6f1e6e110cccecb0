import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { makeKeyPair, type KeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { freePort } from './free-port.ts';
import { findBinary } from './real-server.ts';

/** A real identity provider, as Debian packages it, in a folder of its own. */
export interface SimpleSamlPhp {
  readonly url: string;
  readonly entityId: string;
  readonly ssoUrl: string;
  /** Takes logout messages, by redirect and by POST. */
  readonly sloUrl: string;
  readonly metadataUrl: string;
  /** Signs the person out who opens it. */
  readonly signOutUrl: string;
  readonly certificatePem: string;
  /** Ends it by its process id and removes its folder. */
  readonly close: () => Promise<void>;
}

interface SimpleSamlPhpOptions {
  readonly entityId: string;
  /** Passwords by username; the username is also the NameID. */
  readonly users: Readonly<Record<string, string>>;
  /** Said of everybody who signs in. */
  readonly authnContextClassRef: string;
  /** How sign-outs go, both ways. */
  readonly sloBinding: 'HTTP-Redirect' | 'HTTP-POST';
  /** The one service provider it knows. */
  readonly serviceProvider: {
    readonly entityId: string;
    readonly acsUrl: string;
    readonly sloUrl: string;
    readonly certificatePem: string;
  };
}

const WWW = '/usr/share/simplesamlphp/www';
const START_TIMEOUT_MS = 10_000;
const TRIES = 3;
const POLL_MS = 50;

/** What is missing for it here, if anything. */
export const missingSimpleSamlPhp = (): string | undefined =>
  existsSync(join(WWW, 'saml2/idp/SSOService.php')) ? undefined : 'SimpleSAMLphp';

/** Starts SimpleSAMLphp under PHP's own web server on a free loopback port. */
export async function startSimpleSamlPhp(options: SimpleSamlPhpOptions): Promise<SimpleSamlPhp> {
  const php = findBinary('php');
  if (php === undefined) throw new Error('php is not installed');
  const keyPair = makeKeyPair('SimpleSAMLphp');
  // A port that was free a moment ago can be taken by now: then another is tried.
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'simplesamlphp-'));
    const port = await freePort();
    const url = `http://localhost:${String(port)}`;
    await writeFolder(folder, url, { ...options, keyPair });
    const child = launch(php, folder, port);
    const close = (): Promise<void> => end(child, folder);
    if (await answers(`${url}/saml2/idp/metadata.php`, child))
      return addresses(options, { url, keyPair, close });
    await close();
    if (attempt === TRIES) throw new Error('SimpleSAMLphp does not start');
  }
}

function addresses(
  { entityId }: SimpleSamlPhpOptions,
  started: { readonly url: string; readonly keyPair: KeyPair; readonly close: () => Promise<void> },
): SimpleSamlPhp {
  const { url, keyPair, close } = started;
  return {
    url,
    entityId,
    ssoUrl: `${url}/saml2/idp/SSOService.php`,
    sloUrl: `${url}/saml2/idp/SingleLogoutService.php`,
    metadataUrl: `${url}/saml2/idp/metadata.php`,
    signOutUrl: `${url}/saml2/idp/initSLO.php?RelayState=${encodeURIComponent(`${url}/`)}`,
    certificatePem: keyPair.certificatePem,
    close,
  };
}

function launch(php: string, folder: string, port: number): ChildProcess {
  const args = [
    '-d',
    `session.save_path=${join(folder, 'sessions')}`,
    '-S',
    `127.0.0.1:${String(port)}`,
    '-t',
    WWW,
  ];
  const env = { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: join(folder, 'config') };
  return spawn(php, args, { cwd: folder, stdio: 'ignore', env });
}

/** Asked until its deadline, or until the process is gone. */
async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const status = await fetch(url).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
}

async function writeFolder(
  folder: string,
  url: string,
  options: SimpleSamlPhpOptions & { readonly keyPair: KeyPair },
): Promise<void> {
  for (const name of ['config', 'metadata', 'cert', 'sessions', 'log', 'tmp', 'data'])
    await mkdir(join(folder, name), { recursive: true });
  const files: Readonly<Record<string, string>> = {
    'config/config.php': variable('config', config(folder, url)),
    'config/authsources.php': variable('config', authSources(options)),
    'metadata/saml20-idp-hosted.php': variable('metadata', { [options.entityId]: hosted(options) }),
    'metadata/saml20-sp-remote.php': variable('metadata', {
      [options.serviceProvider.entityId]: remote(options),
    }),
    'cert/idp.key': options.keyPair.privateKeyPem,
    'cert/idp.crt': options.keyPair.certificatePem,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

type PhpValue = string | number | boolean | { readonly [key: string]: PhpValue };

function config(folder: string, url: string): PhpValue {
  return {
    baseurlpath: `${url}/`,
    certdir: join(folder, 'cert/'),
    loggingdir: join(folder, 'log/'),
    datadir: join(folder, 'data/'),
    tempdir: join(folder, 'tmp'),
    metadatadir: join(folder, 'metadata/'),
    secretsalt: 'for tests only, on loopback',
    timezone: 'UTC',
    'enable.saml20-idp': true,
    'module.enable': { exampleauth: true, core: true, saml: true },
    'session.cookie.secure': false,
    'session.cookie.samesite': 'Lax',
    'session.phpsession.savepath': join(folder, 'sessions'),
    'store.type': 'phpsession',
    'logging.handler': 'file',
    'logging.level': 7,
    'metadata.sources': { '0': { type: 'flatfile' } },
    'admin.checkforupdates': false,
  };
}

function authSources({ users }: SimpleSamlPhpOptions): PhpValue {
  const people = Object.entries(users).map(
    ([name, password]) => [`${name}:${password}`, { uid: name }] as const,
  );
  return { users: { '0': 'exampleauth:UserPass', ...Object.fromEntries(people) } };
}

function hosted({ authnContextClassRef, sloBinding }: SimpleSamlPhpOptions): PhpValue {
  const nameId = {
    class: 'saml:AttributeNameID',
    attribute: 'uid',
    Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  };
  return {
    host: '__DEFAULT__',
    privatekey: 'idp.key',
    certificate: 'idp.crt',
    auth: 'users',
    'saml20.sign.response': true,
    'saml20.sign.assertion': true,
    'sign.logout': true,
    'validate.logout': true,
    'redirect.validate': true,
    'signature.algorithm': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    SingleLogoutServiceBinding: { '0': bindingOf(sloBinding) },
    NameIDFormat: nameId.Format,
    authproc: {
      '3': nameId,
      '90': { class: 'saml:AuthnContextClassRef', AuthnContextClassRef: authnContextClassRef },
    },
  };
}

function remote({ serviceProvider, sloBinding }: SimpleSamlPhpOptions): PhpValue {
  const { acsUrl, sloUrl, certificatePem } = serviceProvider;
  return {
    AssertionConsumerService: acsUrl,
    SingleLogoutService: { '0': { Binding: bindingOf(sloBinding), Location: sloUrl } },
    NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    certData: certificatePem.replace(/-----[A-Z ]+-----|\s/g, ''),
  };
}

function bindingOf(binding: SimpleSamlPhpOptions['sloBinding']): string {
  return `urn:oasis:names:tc:SAML:2.0:bindings:${binding}`;
}

function variable(name: string, value: PhpValue): string {
  const entries = typeof value === 'object' ? Object.entries(value) : [];
  const lines = entries.map(([key, one]) => `$${name}[${phpText(key)}] = ${php(one)};`);
  return `<?php\n$${name} = [];\n${lines.join('\n')}\n`;
}

function php(value: PhpValue): string {
  if (typeof value === 'string') return phpText(value);
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).map(
    ([key, one]) => `${/^\d+$/.test(key) ? key : phpText(key)} => ${php(one)}`,
  );
  return `[${entries.join(', ')}]`;
}

function phpText(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
