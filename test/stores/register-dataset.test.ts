import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decide } from '../../src/domain/decide.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { auditRegister } from '../../src/register/audit-register.ts';
import { checkRecords } from '../../src/register/check-records.ts';
import { createLiveRegister } from '../../src/register/live-register.ts';
import { parseTyped } from '../../src/register/parse-record.ts';
import { RECORD_SCHEMAS } from '../../src/register/register-schema.ts';
import { DATASET_NOW, DATASET_PROVIDER, datasetChanges } from '../bench/dataset-records.ts';
import { buildRegisterDataset, openRegisterDataset } from '../bench/register-dataset.ts';
import { aPrincipal, aStudy, shippedPolicy } from '../fakes/register-builder.ts';

const SIZE = { people: 40, versions: 300, approvals: 400, evidence: 40 * 150 };
const changes = [...datasetChanges(SIZE)];

/** Of the approvals, how many let their person detect something now. */
function permittedShare(register: RegisterSnapshot): number {
  const approvals = register.practitioners().flatMap(({ id }) => register.approvalsOf(id));
  const permitted = approvals.filter(({ practitioner, model, version }) => {
    const caller = aPrincipal({
      provider: DATASET_PROVIDER,
      subject: practitioner,
      authenticatedAt: DATASET_NOW - 60_000,
    });
    const question = { caller, function: 'detection', model, version, study: aStudy() } as const;
    return decide({ ...question, input: 'study' }, register, DATASET_NOW).permitted;
  });
  return permitted.length / approvals.length;
}

describe('the register of a whole Trust, made up for measuring', () => {
  test('keeps to every schema and every check', () => {
    for (const change of changes) {
      const record = 'record' in change ? change.record : undefined;
      expect(RECORD_SCHEMAS[change.kind].safeParse(record).error?.issues).toBeUndefined();
    }
    const typed = changes.map(parseTyped).filter((change) => change !== undefined);
    const policy = shippedPolicy();
    const live = createLiveRegister(policy);
    expect(checkRecords({ changes: typed, live, policy, now: DATASET_NOW })).toEqual([]);
  });

  test('loads from its tables as it was written, and most people may do what they are approved for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-dataset-'));
    const path = join(folder, 'register.sqlite');
    await buildRegisterDataset(path, SIZE);
    const opened = await openRegisterDataset(path);
    expect(opened.register.state()).toMatchObject({ ok: true });
    const snapshot = opened.register.snapshot();
    expect(snapshot.sequence).toBe(changes.length);
    expect(snapshot.practitioners()).toHaveLength(SIZE.people);
    expect(permittedShare(snapshot)).toBeGreaterThan(0.8);
    expect(permittedShare(snapshot)).toBeLessThan(1);
    expect(await auditRegister(opened.database)).toBeUndefined();
    await opened.close();
    rmSync(folder, { recursive: true });
  });
});
