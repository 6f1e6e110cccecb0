import fc from 'fast-check';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { caseLogPaths } from '../../../src/caselog/case-log-paths.ts';
import type { LogWriter } from '../../../src/caselog/log-writer.ts';
import { openCheckpoint } from '../../../src/caselog/open-checkpoint.ts';
import { openWriterFromFiles } from '../../../src/caselog/open-writer-from-files.ts';
import { serveWriter } from '../../../src/caselog/serve-writer.ts';
import { stampEntry } from '../../../src/caselog/stamp-entry.ts';
import { verifyCaseLog } from '../../../src/caselog/verify-case-log.ts';
import type { StampedEntry, WriterReply, WriterRequest } from '../../../src/caselog/writer-messages.ts';
import type { EntryDraft } from '../../../src/domain/log-entry.ts';
import { leafHash, nodesOfLeaves, rootAt } from '../../../src/domain/merkle-tree.ts';
import { parseVerifierKey } from '../../../src/domain/signed-note.ts';
import {
  caseId,
  countedBytes,
  draft,
  makeLog,
  manualClock,
  rawDatabase,
  temporaryFolder,
} from './case-log-kit.ts';

const folder = temporaryFolder();
const START: EntryDraft = {
  id: 'node.start',
  kind: 'node.start',
  facts: {},
  personal: {},
  retainClass: 'security',
};

function stamper(): (given: EntryDraft) => StampedEntry {
  const deps = { clock: manualClock(), randomBytes: countedBytes() };
  return (given) => stampEntry(deps, given);
}
const open = (dir: string, stamp = stamper()): LogWriter =>
  openWriterFromFiles({ dir, node: 'n1', boot: 'b1' }, stamp(START));
const seqs = (verdicts: ReturnType<LogWriter['append']>): readonly (number | string)[] =>
  verdicts.map((verdict) => (verdict.ok ? verdict.receipt.seq : verdict.code));
const fault = (kind: string, detail = /./): Error =>
  expect.objectContaining({ name: 'WriterFault', kind, detail: expect.stringMatching(detail) });

test('golden: the bytes of a small log, for good', () => {
  const dir = folder();
  makeLog(dir);
  const writer = open(dir);
  const stamp = stamper();
  writer.append([stamp(draft('a', { caseId: caseId(1), personal: { user: 'alice.osei' } }))], false);
  const { size, note } = writer.signCheckpoint();
  writer.close();
  const database = rawDatabase(dir);
  const rows = database
    .prepare<[], { body: Buffer; leaf: Buffer }>('SELECT body, leaf FROM entry ORDER BY seq')
    .all();
  database.close();
  expect(rows.map(({ body }) => body.toString())).toEqual([
    '{"epoch":1,"id":"node.start:1","kind":"node.start","log":"caselog.test/1","node":"n1","pii":{},"retain":"security","seq":0,"t":{"boot":"b1","clk":"ok","mono":"1000000","wall":1767225600000000},"v":1}',
    '{"case":"c-00000000-0000-4000-8000-000000000001","epoch":1,"function":"triage","id":"a","kind":"case.intent","log":"caselog.test/1","model":{"id":"chest","version":"1.0.0"},"node":"n1","pii":{"user":"hmac-sha256:wcAeLrFZOnBW82Yf4k_OW_M8mTzjl_4jCpJ2H_QbGLY"},"retain":"imaging-record","seq":1,"t":{"boot":"b1","clk":"ok","mono":"1000000","wall":1767225600000000},"v":1}',
  ]);
  expect(rows.map(({ leaf }) => leaf.toString('hex'))).toEqual([
    'afc7f190571ab4e14cb2d5ffab001e0eb22cb7f0b24f15af4c6b88e97ea3a539',
    '271e3db5242ca9d13225165c4a957fa0e65f0837768dea2c945dce825fc093cc',
  ]);
  expect([size, note]).toEqual([
    2,
    'caselog.test/1\n2\nZA/xoFHZ9ZKjzeq8/PB86XDCd70vYX4KCxnEIl/Wou4=\n\n— caselog.test/1 arOyv7gNn15LF7zCNZaLNZ/ZGWRdALKtVjRuPsymuDI2oEyve24DGpEgHiHuyjpIxm7rWJ9TOyqVD7na17Ei/KoplQ8=\n',
  ]);
});

describe('a batch', () => {
  test('is one transaction: a refused entry is left out, the others are in order', () => {
    const dir = folder();
    makeLog(dir);
    const writer = open(dir);
    const stamp = stamper();
    const given = [
      stamp(draft('a')),
      stamp(draft('too large', { facts: { err: 'x'.repeat(70_000) } })),
      stamp(draft('b')),
      stamp(draft('a')),
      { ...stamp(draft('no salts')), salts: {} },
      // What a caller without types could hand over.
      stamp({ ...draft('no facts'), facts: null } as unknown as EntryDraft),
      stamp(draft('c')),
    ];
    expect(seqs(writer.append(given, false))).toEqual([
      1,
      'payload-too-large',
      2,
      1,
      'internal',
      'internal',
      3,
    ]);
    writer.close();
  });

  test('an id that already names something else is refused, so that nothing seems recorded that is not', () => {
    const dir = folder();
    makeLog(dir);
    const writer = open(dir);
    const stamp = stamper();
    writer.append([stamp(draft('a', { caseId: caseId(1) }))], false);
    const others = [
      draft('a', { caseId: caseId(2) }),
      draft('a'),
      draft('a', { caseId: caseId(1), kind: 'case.outcome' }),
      draft('a', { caseId: caseId(1) }),
    ];
    expect(seqs(writer.append(others.map(stamp), false))).toEqual(['conflict', 'conflict', 'conflict', 1]);
    writer.close();
  });

  test('with nothing new moves nothing', () => {
    const dir = folder();
    makeLog(dir);
    const writer = open(dir);
    expect(seqs(writer.append([], false))).toEqual([]);
    expect(writer.opened()).toEqual({ size: 1, epoch: 1 });
    writer.close();
  });
});

describe('faults', () => {
  test('a stale head: compare and swap refuses, the transaction is undone, the writer is done for', () => {
    const dir = folder();
    makeLog(dir);
    const writer = open(dir);
    const stamp = stamper();
    const other = rawDatabase(dir);
    other.exec('UPDATE head SET epoch = 2');
    expect(() => writer.append([stamp(draft('a'))], false)).toThrow(fault('fatal', /taken over/));
    expect(other.prepare('SELECT count(*) FROM entry').pluck().get()).toBe(1);
    other.exec('UPDATE head SET epoch = 1');
    expect(() => writer.append([stamp(draft('a'))], false)).toThrow(fault('fatal', /taken over/));
    expect(() => writer.signCheckpoint()).toThrow(fault('fatal', /taken over/));
    other.close();
    writer.close();
  });

  test.each([
    ['a head that moved on', 'UPDATE head SET size = 9', /taken over/],
    ['a root that is not ours', "UPDATE head SET root = x'00'", /taken over/],
    ['no head', 'DELETE FROM head', /taken over/],
    [
      'another note for this size',
      "INSERT INTO checkpoint (size, note) VALUES (1, 'x')",
      /Something else was signed/,
    ],
  ])('%s is never signed over', (_name, sql, detail) => {
    const dir = folder();
    makeLog(dir);
    const writer = open(dir);
    const other = rawDatabase(dir);
    other.exec(sql);
    other.close();
    expect(() => writer.signCheckpoint()).toThrow(fault('fatal', detail));
    writer.close();
  });

  test('a second place that cannot be written withholds the checkpoint, and it is kept there the next time', () => {
    const dir = folder();
    const vkey = makeLog(dir);
    const writer = open(dir);
    mkdirSync(`${caseLogPaths(dir).highestSigned}.${process.pid}.next`);
    expect(() => writer.signCheckpoint()).toThrow(fault('fatal', /EISDIR/));
    writer.close();
    rmSync(`${caseLogPaths(dir).highestSigned}.${process.pid}.next`, { recursive: true });
    const next = open(dir);
    const { note } = next.signCheckpoint();
    expect(openCheckpoint(note, parseVerifierKey(vkey))).toMatchObject({ ok: true, checkpoint: { size: 2 } });
    next.close();
  });

  test.each([
    ['a checkpoint of another log in the second place', 'highestSigned', 'x\n', /second place/],
    ['no signing key', 'signingKey', '', /signing key is damaged/],
    ['no database', 'database', 'x'.repeat(5000), /cannot be written \(/],
  ] as const)('opening with %s', (_name, file, content, detail) => {
    const dir = folder();
    makeLog(dir);
    writeFileSync(caseLogPaths(dir)[file], content);
    expect(() => open(dir)).toThrow(fault('fatal', detail));
  });

  test.each([
    ['the second place missing', 'highestSigned', /second place .* missing/],
    ['the signing key missing', 'signingKey', /cannot be read/],
    ['the database missing', 'database', /cannot be written/],
  ] as const)('opening with %s', (_name, file, detail) => {
    const dir = folder();
    makeLog(dir);
    rmSync(caseLogPaths(dir)[file]);
    expect(() => open(dir)).toThrow(fault('fatal', detail));
  });
});

test('property: whatever is appended, in whatever batches, with restarts in between, the whole log holds', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('append' as const), n: fc.integer({ min: 1, max: 90 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ do: 'sign' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const dir = folder();
      const vkey = makeLog(dir);
      const stamp = stamper();
      let writer = open(dir, stamp);
      let count = 0;
      for (const next of steps) {
        if (next.do === 'append') {
          const batch = Array.from({ length: next.n }, () => stamp(draft(`e${(count += 1)}`)));
          expect(writer.append(batch, false).every(({ ok }) => ok)).toBe(true);
        } else if (next.do === 'sign') {
          writer.signCheckpoint();
        } else {
          writer.close();
          writer = open(dir, stamp);
        }
        expect(await verifyCaseLog({ dir, vkey })).toMatchObject({ ok: true, size: writer.opened().size });
      }
      writer.close();
      const database = rawDatabase(dir);
      const leaves = database
        .prepare<[], Buffer>('SELECT body FROM entry ORDER BY seq')
        .pluck()
        .all()
        .map(leafHash);
      const root = database.prepare<[], Buffer>('SELECT root FROM head').pluck().get();
      database.close();
      expect(root?.toString('hex')).toBe(
        Buffer.from(rootAt(nodesOfLeaves(leaves), leaves.length)).toString('hex'),
      );
    }),
    { numRuns: 15 },
  );
});

test('the thread serves a writer: open, append, sign, close, each answered under its own number', () => {
  const dir = folder();
  makeLog(dir);
  const stamp = stamper();
  const replies: WriterReply[] = [];
  let say: (request: WriterRequest) => void = () => undefined;
  serveWriter(
    { on: (_event, listener) => (say = listener), postMessage: (reply) => replies.push(reply) },
    (start) => openWriterFromFiles({ dir, node: 'n1', boot: 'b1' }, start),
  );
  say({ call: 1, do: 'open', start: stamp(START) });
  say({ call: 2, do: 'append', entries: [stamp(draft('a'))], reserved: false });
  say({ call: 3, do: 'checkpoint' });
  say({ call: 4, do: 'close' });
  say({ call: 5, do: 'checkpoint' });
  expect(replies).toMatchObject([
    { call: 1, ok: true, value: { size: 1, epoch: 1 } },
    { call: 2, ok: true, value: [{ ok: true, receipt: { seq: 1, id: 'a' } }] },
    { call: 3, ok: true, value: { size: 2 } },
    { call: 4, ok: true, value: null },
    { call: 5, ok: false, kind: 'fatal' },
  ]);
});
