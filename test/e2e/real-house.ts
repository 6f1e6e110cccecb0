import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startAiEndpoint, type AiEndpoint } from '../../fixtures/sandbox/ai-endpoint.ts';
import { startIdentityProvider, type IdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { SANDBOX_CAST } from '../../fixtures/sandbox/sandbox-cast.ts';
import type { SandboxPorts } from '../../fixtures/sandbox/sandbox-ports.ts';
import { sandboxRegister } from '../../fixtures/sandbox/sandbox-register.ts';
import { freePorts } from '../fakes/free-port.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { countersign, PROJECT, startProgram, type Ran, type Running } from './command-line.ts';

/** The identity provider of an imaginary Trust: the gateway refuses the sandbox's own. */
const IDP_ENTITY_ID = 'https://idp.example.nhs.uk/metadata';
const ENTITY_ID = 'https://countersign.example.nhs.uk/auth/saml';
const CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const ADMINISTRATORS = ['first.admin', 'second.admin'] as const;

/** A gateway set up by its command line, with a real PACS, a real AI endpoint and an identity provider around it. */
export interface RealHouse {
  readonly url: string;
  readonly adminUrl: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly vkey: string;
  readonly orthanc: OrthancServer;
  readonly passwordOf: (username: string) => string;
  /** Starts it (again), with further words for `serve`; resolves when it listens. */
  readonly serve: (...words: readonly string[]) => Promise<Running>;
  /** Ends everything but what `serve` started, and removes the folder. */
  readonly close: () => Promise<void>;
}

/**
 * Sets a house up as a Trust would: init, import, two signatures; with further blocks in its config, and with another endpoint than the
 * sandbox's where one is given. Rejects with what a command said when one fails.
 */
export async function buildRealHouse(
  files: readonly Uint8Array[],
  blocks: Readonly<Record<string, unknown>> = {},
  endpointUrl?: string,
): Promise<RealHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-house-'));
  const ports = await freePorts();
  const url = `http://127.0.0.1:${String(ports.gateway)}`;
  const [orthanc, endpoint, idp] = await Promise.all([
    startOrthanc({ files }),
    startAiEndpoint({ port: 0 }),
    startIdentityProvider({
      port: 0,
      entityId: IDP_ENTITY_ID,
      users: SANDBOX_CAST,
      serviceProviders: [{ entityId: ENTITY_ID, acsUrls: [`${url}/auth/saml/trust/acs`] }],
    }),
  ]);
  const close = async (): Promise<void> => {
    await Promise.all([orthanc.close(), endpoint.close(), idp.close()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const configFile = join(folder, 'gateway.yaml');
    writeConfig(configFile, { url, ports, orthanc, idp, blocks });
    const vkey = await setUp(folder, configFile, { ...endpoint, url: endpointUrl ?? endpoint.url });
    return {
      url,
      adminUrl: `http://127.0.0.1:${String(ports.admin)}`,
      dataDir: join(folder, 'data'),
      configFile,
      vkey,
      orthanc,
      passwordOf: (name) => SANDBOX_CAST.find(({ username }) => username === name)?.password ?? '',
      serve: (...words) =>
        startProgram(
          ['src/main.ts', 'serve', '--config', configFile, ...words],
          /^countersign listening (\S+)$/,
        ),
      close,
    };
  } catch (error: unknown) {
    await close();
    throw error;
  }
}

interface Around {
  readonly url: string;
  readonly ports: SandboxPorts;
  readonly orthanc: OrthancServer;
  readonly idp: IdentityProvider;
  readonly blocks: Readonly<Record<string, unknown>>;
}

function writeConfig(file: string, { url, ports, orthanc, idp, blocks }: Around): void {
  const certificate = `${file}.idp.crt`;
  writeFileSync(certificate, idp.certificatePem);
  const host = '127.0.0.1';
  const config = {
    publicUrl: url,
    listen: { host, port: ports.gateway },
    admin: { host, port: ports.admin },
    dataDir: './data',
    node: 'gateway-1',
    timeZone: 'Europe/London',
    logLevel: 'info',
    policyFile: join(PROJECT, 'config/policy/uk-pathway-2025.yaml'),
    caseLog: { origin: 'caselog.rx1.general/2026-1' },
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
      dicomwebUrl: orthanc.dicomwebUrl,
      simulator: false,
      firstByteTimeoutSeconds: 30,
      idleTimeoutSeconds: 60,
      contextCacheSeconds: 30,
    },
    // Everything else in the PACS, real files included, counts for one site.
    sites: [
      { site: 'sandbox-general', when: { institutionName: 'Sandbox General Hospital' } },
      { site: 'sandbox-general', when: {} },
    ],
    ai: { maxAnswerMebibytes: 16, maxRequestMebibytes: 16 },
    stopGraceSeconds: 5,
    ...blocks,
  };
  writeFileSync(file, stringify(config));
}

/** The cast of the sandbox, known to this Trust's identity provider instead. */
async function setUp(
  folder: string,
  configFile: string,
  endpoint: Pick<AiEndpoint, 'url' | 'digests'>,
): Promise<string> {
  const register = sandboxRegister({
    now: Date.now(),
    endpoints: { ocrUrl: endpoint.url, drafterUrl: endpoint.url },
    digests: endpoint.digests,
  });
  const registerFile = join(folder, 'register.json');
  const text = JSON.stringify(register).replaceAll(
    'urn:countersign:sandbox:identity-provider',
    IDP_ENTITY_ID,
  );
  writeFileSync(registerFile, text);
  mkdirSync(join(folder, 'keys'));
  const [first, second] = ADMINISTRATORS;
  const config = ['--config', configFile];
  const said = must(
    await countersign('init', ...config, '--admin', first, '--admin', second, '--keys', join(folder, 'keys')),
  );
  must(await countersign('check-config', ...config));
  const proposed = must(await countersign('register', 'import', registerFile, ...config));
  const digest = /^proposal (sha256:[0-9a-f]{64})$/m.exec(proposed)?.[1] ?? '';
  for (const name of ADMINISTRATORS) {
    const key = join(folder, 'keys', `${name}.pem`);
    must(await countersign('register', 'sign', digest, '--admin', name, '--key', key, ...config));
  }
  const vkey = /^ {2}(caselog\S+\+\S+)$/m.exec(said)?.[1] ?? '';
  expect(readFileSync(join(folder, 'data/case-log/verifier-key'), 'utf8').trim()).toBe(vkey);
  return vkey;
}

function must({ code, out, err }: Ran): string {
  if (code !== 0) throw new Error(`countersign ended with ${String(code)}:\n${out}${err}`);
  return out;
}
