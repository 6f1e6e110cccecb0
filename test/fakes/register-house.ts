import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayDatabase, type GatewayDatabase } from '../../src/db/gateway-database.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { Instant } from '../../src/domain/register.ts';
import { proposeRegister } from '../../src/flows/propose-register.ts';
import { readRegisterHead } from '../../src/flows/read-register-head.ts';
import { signRegister } from '../../src/flows/sign-register.ts';
import {
  makeAdministratorKey,
  signProposalDigest,
  type Administrator,
} from '../../src/register/administrator-keys.ts';
import { openRegister, type Register } from '../../src/register/open-register.ts';
import type { RegisterFile } from '../../src/register/register-schema.ts';
import { createMemoryCaseLog, type MemoryCaseLog } from './memory-case-log.ts';
import { NOW, shippedPolicy } from './register-builder.ts';

/** A register on a real database in a folder of its own, with two administrators who have keys. */
export interface RegisterHouse {
  readonly folder: string;
  readonly database: GatewayDatabase;
  readonly register: Register;
  readonly administrators: readonly [Administrator, Administrator];
  /** A signature of one of them, by their real key. */
  readonly signatureOf: (administrator: string, digest: string) => string;
  readonly caseLog: MemoryCaseLog;
  readonly propose: (text?: string) => Promise<RegisterProposal>;
  /** Signs by the flow, so that the second signature applies it. */
  readonly sign: (administrator: string, digest: string) => Promise<RegisterProposal>;
  /** Proposed, signed by both, in force. */
  readonly applied: (text?: string) => Promise<RegisterProposal>;
  /** The same file opened anew, as after a restart. */
  readonly reopen: (policy?: Policy, now?: Instant) => Promise<Register>;
  readonly close: () => Promise<void>;
}

export async function createRegisterHouse(): Promise<RegisterHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-register-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const keyFile = (name: string): string => join(folder, `${name}.pem`);
  const administrators = [
    makeAdministratorKey('ada', keyFile('ada')),
    makeAdministratorKey('bo', keyFile('bo')),
  ] as const;
  const caseLog = createMemoryCaseLog();
  const open = (policy: Policy = shippedPolicy(), now = NOW): Promise<Register> =>
    openRegister({
      database,
      policy,
      clock: { nowMs: () => now, monotonicMs: () => 0 },
      logged: () => readRegisterHead({ caseLogReader: caseLog }),
    });
  const register = await open();
  await register.nameAdministrators(administrators);
  const signatureOf = (name: string, digest: string): string =>
    signProposalDigest(digest, readFileSync(keyFile(name), 'utf8'));
  const propose = (text = JSON.stringify(aRegisterFile())): Promise<RegisterProposal> =>
    proposeRegister({ register }, { text, name: 'import.json' });
  const sign = (administrator: string, digest: string): Promise<RegisterProposal> =>
    signRegister(
      { register, caseLog, caseLogReader: caseLog },
      { digest, administrator, signature: signatureOf(administrator, digest) },
    );
  return {
    folder,
    database,
    register,
    administrators,
    signatureOf,
    caseLog,
    propose,
    sign,
    applied: async (text) => {
      const { digest } = await propose(text);
      await sign('ada', digest);
      return await sign('bo', digest);
    },
    reopen: open,
    close: async () => {
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const BASE: RegisterFile = {
  practitioners: [
    {
      id: 'radiologist',
      name: 'Dr Rae Radiologist',
      profession: 'radiologist',
      professionalBody: 'GMC',
      registrationNumber: '1234567',
      roles: [],
      identities: [{ provider: 'urn:test:identity-provider', subject: 'radiologist' }],
      scope: {},
    },
    {
      id: 'lead',
      name: 'Dr Lee Lead',
      profession: 'radiologist',
      professionalBody: 'GMC',
      registrationNumber: '1234568',
      roles: ['programme-lead'],
      identities: [{ provider: 'urn:test:identity-provider', subject: 'lead' }],
      scope: {},
    },
  ],
  evidence: [
    {
      id: 'E-1',
      practitioner: 'radiologist',
      type: 'registration',
      happenedAt: '2020-01-01',
      validUntil: '2027-01-01',
      attestedBy: 'GMC',
    },
  ],
  modelVersions: [
    {
      model: 'lung-nodule',
      version: '2.1.0',
      family: 'lung-ct',
      title: 'Lung nodule detector',
      vendor: 'Example Vendor',
      digest: `sha256:${'a'.repeat(64)}`,
      intendedUse: { modalities: ['CT'] },
      state: 'released',
      releases: [{ site: 'general', from: '2026-01-01' }],
      endpoints: [
        {
          function: 'detection',
          protocol: 'oip-v2',
          baseUrl: 'http://127.0.0.1:9',
          endpointModel: 'nodules',
          endpointVersion: '3',
          attestation: 'reply',
          input: 'study',
          simulator: false,
          timeoutMs: 5_000,
        },
      ],
    },
  ],
  approvals: [
    {
      id: 'A-1',
      practitioner: 'radiologist',
      model: 'lung-nodule',
      version: '2.1.0',
      functions: ['detection', 'view'],
      mode: 'independent',
      from: '2026-02-01',
      until: '2027-02-01T09:00:00Z',
      grantedBy: 'lead',
    },
  ],
  stopUses: [],
  guidelines: [],
  plans: [],
  acceptanceTests: [],
  removals: [],
};

/** An import file that is good, with some sections in other words. */
export function aRegisterFile(changes: Partial<RegisterFile> = {}): RegisterFile {
  return { ...BASE, ...changes };
}

/** A file with these sections and nothing else. */
export function onlySections(sections: Partial<RegisterFile>): string {
  return JSON.stringify(sections);
}
