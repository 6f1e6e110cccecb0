import type { Express } from 'express';
import request from 'supertest';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { createTurns } from '../../src/domain/turns.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { exportCsv } from '../../src/flows/export-csv.ts';
import { importCsv } from '../../src/flows/import-csv.ts';
import { listPendingActs } from '../../src/flows/list-acts.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import { readProposal } from '../../src/flows/read-proposal.ts';
import { readRegisterPage, readRegisterRecord } from '../../src/flows/read-register.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { createCsvTables } from '../../src/register/create-csv-tables.ts';
import type { Register } from '../../src/register/open-register.ts';
import type { RegisterFile } from '../../src/register/register-schema.ts';
import { edgeApp } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';
import { createFixedIdentity } from './fixed-identity.ts';
import { aPrincipal, NOW, shippedPolicy } from './register-builder.ts';
import { aRegisterFile, createRegisterHouse, type RegisterHouse } from './register-house.ts';

const PROVIDER = 'urn:test:identity-provider';
const person = (id: string, roles: RegisterFile['practitioners'][number]['roles']) =>
  ({
    id,
    name: `Dr ${id}`,
    profession: 'other',
    professionalBody: 'none',
    roles,
    identities: [{ provider: PROVIDER, subject: id }],
    scope: {},
  }) as const;

/** The real register and the real flows behind the edge, with people who are signed in by their id as the session. */
export interface RegisterApiHouse {
  readonly house: RegisterHouse;
  readonly register: Register;
  readonly app: Express;
  readonly get: (who: string, path: string) => request.Test;
  readonly post: (who: string, path: string) => request.Test;
  /** Does an act as somebody, with this If-Match. */
  readonly act: (who: string, act: object, etag?: string) => request.Test;
  readonly sendTable: (who: string, kind: string, text: string, isDryRun?: boolean) => request.Test;
}

/** Everybody may comment on guidelines here, so that an act of one person changes a record that others change too. */
function policyOfHouse(): Policy {
  const policy = shippedPolicy();
  const acts = policy.acts.map((rule) =>
    rule.act === 'comment-on-guideline' ? { ...rule, roles: ['programme-lead' as const] } : rule,
  );
  return { ...policy, acts };
}

/** A house whose register holds the usual file, a guideline, and people with duties around it. */
export async function createRegisterApiHouse(): Promise<RegisterApiHouse> {
  const house = await createRegisterHouse();
  const file = aRegisterFile();
  await house.applied(
    JSON.stringify({
      ...file,
      practitioners: [
        ...file.practitioners,
        person('other-lead', ['programme-lead']),
        person('director', ['clinical-director']),
        person('auditor', ['auditor']),
        person('nobody', []),
      ],
      guidelines: [
        {
          id: 'lung',
          version: '1',
          title: 'Lung nodules',
          digest: `sha256:${'c'.repeat(64)}`,
          links: [],
          draftedBy: 'radiologist',
          draftedAt: '2026-01-01',
          reviews: [],
          comments: [],
        },
      ],
    }),
  );
  const register = await house.reopen(policyOfHouse());
  const app = edgeApp({
    flows: { ...fakeFlows(), ...bind(house, register) },
    limits: { maxBodyBytes: 64 * 1024 * 1024 },
  });
  const cookie = (who: string): string => `${SESSION_COOKIE}=${who}`;
  const get = (who: string, path: string): request.Test => request(app).get(path).set('cookie', cookie(who));
  const post = (who: string, path: string): request.Test =>
    request(app).post(path).set('cookie', cookie(who));
  return {
    house,
    register,
    app,
    get,
    post,
    act: (who, act, etag) => {
      const asked = post(who, '/api/register/acts');
      return (etag === undefined ? asked : asked.set('if-match', etag)).send(act);
    },
    sendTable: (who, kind, text, isDryRun = false) =>
      post(who, `/api/register/import/${kind}.csv?dry-run=${isDryRun}`).type('text/csv').send(text),
  };
}

function bind({ caseLog }: RegisterHouse, register: Register): Partial<Flows> {
  const names = ['lead', 'other-lead', 'director', 'auditor', 'radiologist', 'nobody', 'stranger'];
  const people = names.map((subject): [string, Principal] => [
    subject,
    aPrincipal({ provider: PROVIDER, subject }),
  ]);
  let count = 0;
  const deps = {
    identity: createFixedIdentity({
      ...Object.fromEntries(people),
      'images-only': aPrincipal({ provider: PROVIDER, subject: 'lead', scopes: ['images'] }),
      'lead-by-password': aPrincipal({ provider: PROVIDER, subject: 'lead', assurance: 1 }),
    }),
    register,
    caseLog,
    caseLogReader: caseLog,
    clock: { nowMs: () => NOW, monotonicMs: () => 0 },
    ids: {
      newId: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
      newCaseId: () => {
        throw new Error('no case is opened here');
      },
    },
    turns: createTurns(),
    tables: createCsvTables(),
  };
  return {
    performAct: (input, signal) => performAct(deps, input, signal),
    confirmAct: (input, signal) => confirmAct(deps, input, signal),
    withdrawAct: (input, signal) => withdrawAct(deps, input, signal),
    listPendingActs: (input, signal) => listPendingActs(deps, input, signal),
    readProposal: (input, signal) => readProposal(deps, input, signal),
    readRegisterPage: (input, signal) => readRegisterPage(deps, input, signal),
    readRegisterRecord: (input, signal) => readRegisterRecord(deps, input, signal),
    importCsv: (input, signal) => importCsv(deps, input, signal),
    exportCsv: (input, signal) => exportCsv(deps, input, signal),
  };
}
