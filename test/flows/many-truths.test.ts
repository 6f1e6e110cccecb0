import type { EntryDraft } from '../../src/domain/log-entry.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import { readCaseEntries } from '../../src/flows/read-case-entries.ts';
import { recordTruth, type GivenTruth } from '../../src/flows/record-truth.ts';
import { createMemoryCaseLog } from '../fakes/memory-case-log.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { aRegister, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';
import { CASE, intentOn } from '../fakes/result-files.ts';
import { studyUid } from '../fakes/uids.ts';

const STUDY = '1.2.3';
const ENDED: Partial<EntryDraft> = {
  id: 'end',
  kind: 'case.outcome',
  intent: 'intent-1',
  facts: { release: { action: 'released', reasons: [] } },
};

async function logWithCase(): Promise<ReturnType<typeof createMemoryCaseLog>> {
  const log = createMemoryCaseLog();
  await log.append(intentOn(STUDY, { personal: { studyUid: STUDY, user: RADIOLOGIST } }));
  await log.append(intentOn(STUDY, ENDED));
  return log;
}

/** As a machine that reports what was found. */
async function send(
  log: ReturnType<typeof createMemoryCaseLog>,
  rows: AsyncIterable<GivenTruth>,
): ReturnType<typeof recordTruth> {
  const machine = { kind: 'machine', id: 'lims', purpose: 'truth', models: [], proof: 'key' } as const;
  const deps = {
    identity: createFixedIdentity({ key: machine }),
    register: { snapshot: () => aRegister() },
    caseLog: log,
    caseLogReader: log,
    drift: { count: () => undefined },
    clock: { nowMs: () => NOW },
  };
  const input = { evidence: { bearerToken: 'key' }, requestId: 'r-1', rows };
  return await recordTruth(deps, input, new AbortController().signal);
}

test('a case with more entries than are read still is whose it was, and what it came to', async () => {
  const log = await logWithCase();
  const all = [...log.all()];
  const [opening] = all;
  if (opening === undefined) throw new Error('no entries');
  for (let seq = all.length; seq < 10_100; seq += 1) {
    const said = { source: 'report', verdict: 'positive' } as const;
    all.push({
      ...opening,
      seq,
      id: `t-${String(seq)}`,
      kind: 'case.truth',
      facts: { truth: said },
      personal: { user: 'reporter' },
    });
  }
  all.reverse();
  const reader = {
    entries: async ({ kinds, beforeSeq = Infinity, limit }: Parameters<typeof log.entries>[0]) =>
      all.filter((entry) => entry.seq < beforeSeq && (kinds?.includes(entry.kind) ?? true)).slice(0, limit),
  };
  const view = foldCase(await readCaseEntries({ caseLogReader: reader }, CASE));
  expect(view).toMatchObject({ practitioner: RADIOLOGIST, state: 'released', studyInstanceUid: STUDY });
});

test('one case takes so many truths and no more, and says so', async () => {
  const log = await logWithCase();
  async function* rows(): AsyncGenerator<GivenTruth> {
    for (let row = 1; row <= 300; row += 1) {
      const truth = { study: studyUid(STUDY), source: 'report', verdict: 'positive' } as const;
      yield await Promise.resolve({ row, truth: { ...truth, code: `RID${String(row)}` } });
    }
  }
  const told = await send(log, rows());
  expect(told.filter(({ outcome }) => outcome === 'recorded')).toHaveLength(200);
  expect(told[200]).toEqual({
    row: 201,
    outcome: 'faulty',
    message: 'is about a case that has 200 of them already',
  });
  expect(log.all()).toHaveLength(202);
});

test('however many have looked at a study, the case of whoever asked for the result is reached', async () => {
  const log = await logWithCase();
  for (let at = 0; at < 450; at += 1) {
    const looked = aCaseId(100 + at);
    await log.append(intentOn(STUDY, { id: `look-${String(at)}`, kind: 'case.viewed', caseId: looked }));
  }
  async function* rows(): AsyncGenerator<GivenTruth> {
    const truth = { study: studyUid(STUDY), source: 'report', verdict: 'positive' } as const;
    yield await Promise.resolve({ row: 1, truth });
  }
  await send(log, rows());
  const truths = log.all().filter(({ kind }) => kind === 'case.truth');
  expect(truths).toHaveLength(451);
  expect(truths.map(({ caseId }) => caseId)).toContain(CASE);
});
