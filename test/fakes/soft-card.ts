import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSoftCardFiles } from './soft-card-files.ts';

/** Of the person on every card made here. */
export const SOFT_CARD_UID = '555036632103';
/** Programs that a suite with soft cards needs; the engine of libengine-pkcs11-openssl is no program. */
export const SOFT_CARD_BINARIES = ['softhsm2-util', 'pkcs11-tool', 'openssl', 'curl'] as const;

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const PIN = '1234';
const PERSON = `/C=GB/O=nhs/serialNumber=${SOFT_CARD_UID}/CN=Sam Smith`;
const LIFETIME_MS = 7 * 24 * 60 * 60_000;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Authority = 'root' | 'issuer';

/** What a client of the card listener holds out. */
export interface HeldOut {
  /** Name of a certificate made here. Absent: what stands on the card itself. */
  readonly certificate?: string;
  /** Name of a key in a file. Absent: the key on the card. */
  readonly keyFile?: string;
  readonly pin?: string;
}

/** A certification authority, a card with a key that cannot leave it, and a browser that uses it; all of Debian's programs. */
export interface SoftCards {
  readonly folder: string;
  readonly path: (file: string) => string;
  readonly text: (file: string) => string;
  /** Certificate for the key on the card, under this name, of this kind of extension. */
  readonly issue: (name: string, options?: IssueOptions) => Promise<void>;
  /** A key in a file, and its certificate. */
  readonly issueToFile: (name: string, options?: IssueOptions) => Promise<void>;
  /** An authority with the name of the issuer, and another key. */
  readonly makeRogue: () => Promise<void>;
  /** Writes into the issuer’s index: revoked, or valid (which only OCSP asks for). */
  readonly record: (certificate: string, as: 'revoke' | 'valid') => Promise<void>;
  /** Writes the list of an authority; ends in a week unless told otherwise. */
  readonly publishCrl: (authority: Authority, endsAt?: number) => Promise<void>;
  /** curl with a certificate: `undefined` for none. */
  readonly curl: (held: HeldOut | undefined, args: readonly string[]) => Promise<Ran>;
  readonly openssl: (args: readonly string[], input?: string) => Promise<Ran>;
  readonly close: () => void;
}

interface IssueOptions {
  readonly as?: 'card' | 'software' | 'server';
  readonly days?: number;
  readonly by?: 'issuer' | 'rogue';
}

/** Makes root, issuer, their lists, a card called `smith`, and a certificate for servers. */
export async function makeSoftCards(): Promise<SoftCards> {
  const folder = mkdtempSync(join(tmpdir(), 'soft-card-'));
  const path = (file: string): string => join(folder, file);
  writeSoftCardFiles(folder, SOFT_CARD_UID);
  const env = {
    ...process.env,
    SOFTHSM2_CONF: path('softhsm2.conf'),
    PKCS11_MODULE_PATH: MODULE,
  };
  const run = (
    program: string,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
    input = '',
  ): Promise<Ran> => runProgram(program, args, { cwd: folder, env: { ...env, ...more }, input });
  const must = async (
    program: string,
    args: readonly string[],
    more?: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const { code, stderr } = await run(program, args, more);
    if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}: ${stderr}`);
  };
  const sign = (
    name: string,
    options: IssueOptions & { readonly extensions?: string; readonly ca?: string } = {},
  ): Promise<void> => {
    const { days = 365, by = 'issuer', as = 'card', extensions = as, ca = by } = options;
    return must('openssl', [
      ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, '-days', String(days)],
      ...['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial'],
      ...['-extfile', 'extensions.cnf', '-extensions', extensions],
    ]);
  };
  const publishCrl: SoftCards['publishCrl'] = (authority, endsAt = Date.now() + LIFETIME_MS) =>
    must('openssl', [
      ...['ca', '-config', 'ca.cnf', '-name', authority, '-keyfile', `${authority}.key`],
      ...['-cert', `${authority}.crt`, '-gencrl', '-out', `${authority}.crl`],
      ...[
        '-crl_lastupdate',
        opensslTime(Date.now() - 2 * LIFETIME_MS),
        '-crl_nextupdate',
        opensslTime(endsAt),
      ],
    ]);
  const issue: SoftCards['issue'] = async (name, options) => {
    const key = `pkcs11:token=smith;object=auth;type=private;pin-value=${PIN}`;
    // The system's OpenSSL config would load providers that the engine does not get along with.
    await must(
      'openssl',
      [
        'req',
        '-new',
        '-engine',
        'pkcs11',
        '-keyform',
        'engine',
        '-key',
        key,
        '-subj',
        PERSON,
        '-out',
        `${name}.csr`,
      ],
      { OPENSSL_CONF: '/dev/null' },
    );
    await sign(name, options);
  };
  const issueToFile: SoftCards['issueToFile'] = async (name, options) => {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    await must('openssl', ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', PERSON, ...out]);
    await sign(name, options);
  };
  const selfSigned = (name: string, subject: string): Promise<void> =>
    must('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650', '-subj', subject],
      ...[
        '-addext',
        'keyUsage=critical,keyCertSign,cRLSign',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
      ],
    ]);

  await selfSigned('root', '/CN=Test Card Root');
  await must('openssl', [
    ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Test Card Issuer'],
    ...['-keyout', 'issuer.key', '-out', 'issuer.csr'],
  ]);
  await sign('issuer', { extensions: 'issuer', ca: 'root' });
  await Promise.all([publishCrl('root'), publishCrl('issuer'), issueToFile('server', { as: 'server' })]);
  const hsm = ['--module', MODULE, '--token-label', 'smith', '--login', '--pin', PIN];
  await must('softhsm2-util', [
    '--init-token',
    '--free',
    '--label',
    'smith',
    '--so-pin',
    '87654321',
    '--pin',
    PIN,
  ]);
  await must('pkcs11-tool', [
    ...hsm,
    '--keypairgen',
    '--key-type',
    'rsa:2048',
    '--id',
    '01',
    '--label',
    'auth',
  ]);
  await issue('smith');
  await must('openssl', ['x509', '-in', 'smith.crt', '-outform', 'der', '-out', 'smith.der']);
  await must('pkcs11-tool', [
    ...hsm,
    '--write-object',
    'smith.der',
    '--type',
    'cert',
    '--id',
    '01',
    '--label',
    'auth',
  ]);
  return {
    folder,
    path,
    text: (file) => readFileSync(path(file), 'utf8'),
    issue,
    issueToFile,
    makeRogue: () => selfSigned('rogue', '/CN=Test Card Issuer'),
    record: (certificate, as) =>
      must('openssl', [
        ...['ca', '-config', 'ca.cnf', '-name', 'issuer', '-keyfile', 'issuer.key', '-cert', 'issuer.crt'],
        ...[`-${as}`, `${certificate}.crt`],
      ]),
    publishCrl,
    curl: (held, args) => {
      const pin = held?.pin ?? PIN;
      writeFileSync(path(`pin-${pin}`), pin);
      return run('curl', [
        '--silent',
        '--show-error',
        '--cacert',
        'root.crt',
        ...heldOut(held, path(`pin-${pin}`)),
        ...args,
      ]);
    },
    openssl: (args, input) => run('openssl', args, {}, input),
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function heldOut(held: HeldOut | undefined, pinFile: string): readonly string[] {
  if (held === undefined) return [];
  const { certificate, keyFile } = held;
  const key =
    keyFile === undefined
      ? [
          '--engine',
          'pkcs11',
          '--key-type',
          'ENG',
          '--key',
          `pkcs11:token=smith;object=auth;type=private;pin-source=file:${pinFile}`,
        ]
      : ['--key', `${keyFile}.key`];
  return certificate === undefined
    ? [...key, '--cert-type', 'ENG', '--cert', 'pkcs11:token=smith;object=auth;type=cert']
    : [...key, '--cert', `${certificate}.crt`];
}

function opensslTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, '');
}

/** Never blocks: the gateway under test runs in this process. */
function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly input: string },
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { cwd, env, timeout: 20_000, maxBuffer: 8 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
    // A program that reads nothing may be gone before this is written.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
