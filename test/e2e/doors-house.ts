import type { ServerResponse } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  gatewayConfig,
  GATEWAY_ENTITY_ID,
  IDENTITY_PROVIDER_ENTITY_ID,
} from '../../fixtures/sandbox/gateway-config.ts';
import { startIdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { startSandboxPacs } from '../../fixtures/sandbox/pacs.ts';
import { SANDBOX_CAST } from '../../fixtures/sandbox/sandbox-cast.ts';
import { sandboxPolicyText, sandboxRegister } from '../../fixtures/sandbox/sandbox-register.ts';
import { makeStudies, type SyntheticStudy } from '../../fixtures/sandbox/synthetic-studies.ts';
import { importRegister, initGateway, signProposal } from '../../src/compose-offline.ts';
import { startGateway } from '../../src/compose.ts';
import type { Config } from '../../src/config.ts';
import { freePorts } from '../fakes/free-port.ts';
import {
  json,
  startScriptedEndpoint,
  type ReceivedCall,
  type ScriptedEndpoint,
} from '../fakes/scripted-endpoint.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import { PROJECT } from './command-line.ts';

/** What only an AI answer holds here; found anywhere else, something leaked. */
export const AI_FINDING = 'finding-that-must-not-leak';
export const AI_SCORE = 0.987_125;
const ADMINISTRATORS = ['first.admin', 'second.admin'] as const;
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A whole gateway in this process, with an endpoint that counts who calls it. */
export interface DoorsHouse {
  readonly url: string;
  readonly endpoint: ScriptedEndpoint;
  readonly cookieOf: (username: string) => Promise<string>;
  /** Proposes a register file and signs it by both administrators, by the command line's own functions. */
  readonly importSigned: (file: { readonly text: string; readonly name: string }) => Promise<void>;
  /** Stops the gateway and starts it anew, on the same data. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface HouseOptions {
  /** Where people reach the gateway, when something stands in front of it. */
  readonly publicUrl?: string;
  /** Where they reach the identity provider, likewise. */
  readonly ssoUrlOf?: (provider: { readonly url: string }) => string;
  /** What the PACS holds, made from the sandbox's studies. */
  readonly holds?: (studies: readonly SyntheticStudy[]) => readonly SyntheticStudy[];
  /** The config to start with, made from the sandbox's. */
  readonly adapt?: (config: Config, folder: string) => Config;
}

/** Answers as the registered models do, for the version that was asked for. */
export function answerSoundly(res: ServerResponse, call: ReceivedCall): void {
  const [, model, version] = /models\/([^/]+)\/versions\/([^/]+)/.exec(call.url) ?? [];
  json(res, {
    model_name: model,
    model_version: version,
    outputs: [
      { name: 'score', shape: [1], datatype: 'FP64', data: [AI_SCORE] },
      { name: 'finding', shape: [1], datatype: 'BYTES', data: [AI_FINDING] },
      { name: 'text', shape: [1], datatype: 'BYTES', data: [AI_FINDING] },
    ],
  });
}

/** Builds the sandbox's house with an endpoint of our own in place of the real one. */
export async function buildDoorsHouse(options: HouseOptions = {}): Promise<DoorsHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-doors-'));
  const place = {
    sourceRoot: join(PROJECT, 'src'),
    workerFile: join(PROJECT, 'src/caselog/append-worker.ts'),
  };
  const ports = await freePorts();
  const url = `http://127.0.0.1:${String(ports.gateway)}`;
  const {
    publicUrl = url,
    ssoUrlOf = (provider) => `${provider.url}/sso`,
    adapt = (plain) => plain,
    holds = (studies) => studies,
  } = options;
  const endpoint = await startScriptedEndpoint();
  endpoint.answer(answerSoundly);
  const pacs = await startSandboxPacs({ port: 0, studies: holds(makeStudies({ madeOn: new Date() })) });
  const idp = await startIdentityProvider({
    port: 0,
    entityId: IDENTITY_PROVIDER_ENTITY_ID,
    users: SANDBOX_CAST,
    serviceProviders: [{ entityId: GATEWAY_ENTITY_ID, acsUrls: [`${publicUrl}/auth/saml/sandbox/acs`] }],
  });
  const policyFile = join(folder, 'policy.yaml');
  const basePolicy = readFileSync(join(PROJECT, 'config/policy/uk-pathway-2025.yaml'), 'utf8');
  writeFileSync(policyFile, sandboxPolicyText(basePolicy));
  const house = {
    dataDir: join(folder, 'data'),
    policyFile,
    ports,
    pacsUrl: pacs.url,
    identityProvider: { ...idp, ssoUrl: ssoUrlOf(idp) },
  };
  const plain: Config = { ...gatewayConfig(house), logLevel: 'error', publicUrl };
  const config = adapt(plain, folder);
  await initGateway(config, ADMINISTRATORS, join(folder, 'keys'));
  const register = sandboxRegister({
    now: Date.now(),
    endpoints: { ocrUrl: endpoint.baseUrl, drafterUrl: endpoint.baseUrl },
    digests: {
      'burned-in-text@1.0.0': DIGEST,
      'burned-in-text@2.0.0': DIGEST,
      'template-drafter@1.0.0': DIGEST,
    },
  });
  const file = { text: JSON.stringify(register), name: 'register.json' };
  const importSigned: DoorsHouse['importSigned'] = async (given) => {
    const { digest } = await importRegister(config, place, given);
    for (const administrator of ADMINISTRATORS) {
      const privateKeyPem = readFileSync(join(folder, 'keys', `${administrator}.pem`), 'utf8');
      await signProposal(config, place, { digest, administrator, privateKeyPem });
    }
  };
  await importSigned(file);
  let gateway = await startGateway(config, place);
  return {
    url,
    endpoint,
    importSigned,
    cookieOf: async (username) => {
      const password = SANDBOX_CAST.find((one) => one.username === username)?.password ?? '';
      return (await signIn({ gatewayUrl: url, username, password })).cookie;
    },
    restart: async () => {
      await gateway.close();
      gateway = await startGateway(config, place);
    },
    close: async () => {
      await gateway.close();
      await Promise.all([pacs.close(), endpoint.close(), idp.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
