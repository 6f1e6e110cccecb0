import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { IdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { SANDBOX_CAST } from '../../fixtures/sandbox/sandbox-cast.ts';
import { sandboxRegister } from '../../fixtures/sandbox/sandbox-register.ts';
import { freePort } from '../fakes/free-port.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import { runNode, startServer, type Program } from './dicomweb-process.ts';

export const ENTITY_ID = 'https://countersign.bench.example/auth/saml';
export const IDP_ENTITY_ID = 'https://idp.bench.example/metadata';
export const PERSON = SANDBOX_CAST[0];
const PROJECT = resolve(import.meta.dirname, '..', '..');
const MAIN = process.env['COUNTERSIGN_MAIN'] ?? 'src/main.ts';
const CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const ADMINISTRATORS = ['first.admin', 'second.admin'] as const;
const DIGEST = `sha256:${'0'.repeat(64)}`;

interface HouseOptions {
  readonly folder: string;
  readonly port: number;
  readonly upstream: string;
  readonly idp: IdentityProvider;
  /** Words for Node in front of the program, e.g. a profiler's. */
  readonly nodeWords?: readonly string[];
  /** Further words for `serve`. */
  readonly serveWords?: readonly string[];
  /** Where the register's versions answer; nowhere when absent. */
  readonly endpointUrl?: string;
  /** Further blocks of the config. */
  readonly blocks?: Readonly<Record<string, unknown>>;
}

/** A gateway as a Trust runs one: set up by its commands, with a register, embedded stores, its log on, and somebody signed in. */
export async function startHouse(options: HouseOptions): Promise<Program & { readonly cookie: string }> {
  const { folder, port, nodeWords = [], serveWords = [] } = options;
  const configFile = join(folder, 'gateway.yaml');
  await writeConfig(configFile, options);
  await setUp(folder, configFile, options.endpointUrl);
  const url = `http://127.0.0.1:${String(port)}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/health/live`).then(
      (answer) => answer.ok,
      () => false,
    );
  const serve = ['serve', '--config', configFile, ...serveWords];
  const words = [process.execPath, ...nodeWords, join(PROJECT, MAIN), ...serve];
  const program = await startServer(words, join(folder, 'gateway.log'), isReady);
  try {
    const { username = '', password = '' } = PERSON ?? {};
    const { cookie } = await signIn({ gatewayUrl: url, username, password });
    return { ...program, cookie };
  } catch (error: unknown) {
    await program.stop();
    throw error;
  }
}

async function writeConfig(file: string, { port, upstream, idp, blocks }: HouseOptions): Promise<void> {
  const certificate = `${file}.idp.crt`;
  writeFileSync(certificate, idp.certificatePem);
  const host = '127.0.0.1';
  const config = {
    publicUrl: `http://${host}:${String(port)}`,
    listen: { host, port },
    admin: { host, port: await freePort() },
    dataDir: './data',
    node: 'gateway-1',
    timeZone: 'Europe/London',
    logLevel: 'info',
    policyFile: join(PROJECT, 'config/policy/uk-pathway-2025.yaml'),
    caseLog: { origin: 'caselog.bench.example/2026-1' },
    identity: {
      entityId: ENTITY_ID,
      sessions: { idleMinutes: 30, absoluteHours: 12 },
      providers: [
        {
          id: 'trust',
          title: 'Trust sign-in',
          entityId: idp.entityId,
          ssoUrl: idp.ssoUrl,
          certificateFiles: [certificate],
          assurance: { [`${CONTEXT}SmartcardPKI`]: 3, [`${CONTEXT}MobileTwoFactorContract`]: 2 },
          clockSkewSeconds: 30,
        },
      ],
    },
    pacs: {
      dicomwebUrl: `${upstream}/dicom-web`,
      simulator: false,
      firstByteTimeoutSeconds: 30,
      idleTimeoutSeconds: 60,
      contextCacheSeconds: 30,
    },
    sites: [{ site: 'sandbox-general', when: {} }],
    ai: { maxAnswerMebibytes: 16, maxRequestMebibytes: 16 },
    stopGraceSeconds: 1,
    ...blocks,
  };
  writeFileSync(file, stringify(config));
}

async function setUp(folder: string, configFile: string, endpointUrl = 'http://127.0.0.1:9'): Promise<void> {
  const endpoints = { ocrUrl: endpointUrl, drafterUrl: endpointUrl };
  const digests = {
    'burned-in-text@1.0.0': DIGEST,
    'burned-in-text@2.0.0': DIGEST,
    'template-drafter@1.0.0': DIGEST,
  };
  const register = sandboxRegister({ now: Date.now(), endpoints, digests });
  const registerFile = join(folder, 'register.json');
  writeFileSync(
    registerFile,
    JSON.stringify(register).replaceAll('urn:countersign:sandbox:identity-provider', IDP_ENTITY_ID),
  );
  const keys = join(folder, 'keys');
  mkdirSync(keys);
  const [first, second] = ADMINISTRATORS;
  const config = ['--config', configFile];
  const run = (...words: readonly string[]): Promise<string> =>
    runNode([join(PROJECT, MAIN), ...words], folder);
  await run('init', ...config, '--admin', first, '--admin', second, '--keys', keys);
  const proposed = await run('register', 'import', registerFile, ...config);
  const digest = /^proposal (sha256:[0-9a-f]{64})$/m.exec(proposed)?.[1] ?? '';
  for (const name of ADMINISTRATORS)
    await run('register', 'sign', digest, '--admin', name, '--key', join(keys, `${name}.pem`), ...config);
}
