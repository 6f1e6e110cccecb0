import { classificationEntry, classificationOf } from '../../src/domain/classification-entry.ts';
import { decideClassification } from '../../src/domain/decide-classification.ts';
import { buildEntryBody } from '../../src/domain/entry-body.ts';
import type { EntryDraft, LogEntry } from '../../src/domain/log-entry.ts';
import { parseVerdict, saidOf, type SaidOfResult } from '../../src/domain/result-verdict.ts';
import {
  aModelVersion,
  aPrincipal,
  aRegister,
  MODEL,
  NOW,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid, studyUid } from '../fakes/uids.ts';

const object = {
  study: studyUid('1.7'),
  series: seriesUid('1.7.1'),
  sopInstanceUid: sopInstanceUid('1.7.1.1'),
};
const caller = aPrincipal();
const decision = decideClassification({ caller, to: 'classify' }, aRegister(), NOW);
const OF: SaidOfResult = { verdict: 'ai-of', model: MODEL, version: VERSION };
type Given = Parameters<typeof classificationEntry>[0];
const draft = (changes: Partial<Given> = {}): EntryDraft =>
  classificationEntry({
    object,
    said: OF,
    replaces: undefined,
    caller,
    decision,
    modelVersion: aModelVersion(),
    requestId: 'r-1',
    ...changes,
  });
const asRead = ({ id, kind, facts, personal }: EntryDraft, changes: Partial<LogEntry> = {}): LogEntry => ({
  seq: 5,
  id,
  kind,
  node: 'n',
  boot: 'b',
  wallUs: NOW * 1000 + 999,
  facts,
  personal,
  leaf: '',
  body: new Uint8Array(),
  ...changes,
});

test.each([
  ['a version, with a reason', { reason: 'The vendor says so' }],
  ['no AI', { said: { verdict: 'not-ai' } as const, modelVersion: undefined }],
  ['AI of no known version', { said: { verdict: 'ai-unknown' } as const, modelVersion: undefined }],
  ['a version that has left the register since', { modelVersion: undefined }],
])('what an entry says is read back as it was said: %s', (_name, changes: Partial<Given>) => {
  const entry = draft(changes);
  const { reason, said = OF } = changes;
  expect(classificationOf(asRead(entry))).toEqual({
    ...object,
    entry: entry.id,
    seq: 5,
    said,
    practitioner: RADIOLOGIST,
    saidAt: NOW,
    ...(reason === undefined ? {} : { reason }),
  });
});

test('an entry holds who, how signed in, which object and version; of the person and the object only as personal values', () => {
  const entry = draft();
  expect(entry).toMatchObject({
    kind: 'result.classified',
    requestId: 'r-1',
    facts: {
      auth: { method: caller.method, assurance: caller.assurance },
      decision: { result: 'permit', at: NOW },
      model: { id: MODEL, version: VERSION, digest: aModelVersion().digest },
      classified: { verdict: 'ai-of' },
    },
    personal: {
      studyUid: '1.7',
      seriesUid: '1.7.1',
      resultSop: '1.7.1.1',
      subject: caller.subject,
      user: RADIOLOGIST,
    },
  });
  const salts = Object.fromEntries(Object.keys(entry.personal).map((label) => [label, new Uint8Array(32)]));
  const writer = {
    log: 'l',
    seq: 0,
    node: 'n',
    epoch: 1,
    wallUs: 1,
    monoNs: '1',
    boot: 'b',
    clk: 'ok',
    salts,
  } as const;
  const body = Buffer.from(buildEntryBody(entry, writer)).toString();
  for (const value of ['1.7.1', `"${caller.subject}"`]) expect(body).not.toContain(value);
});

test('two who answer the same state have one id; another state or object has another', () => {
  const first = classificationOf(asRead(draft()));
  const one = draft({ said: { verdict: 'not-ai' }, caller: aPrincipal({ sessionRef: 'other' }) });
  expect(one.id).toBe(draft().id);
  const after = draft({ replaces: first });
  expect(after.id).not.toBe(draft().id);
  expect(after.facts.classified?.replaces).toBe('ai-of');
  const other = { ...object, sopInstanceUid: sopInstanceUid('1.7.1.2') };
  expect(draft({ object: other }).id).not.toBe(draft().id);
});

test('nobody who is not in the register is named', () => {
  const { practitioner: _practitioner, ...nobodys } = decision;
  expect(draft({ decision: nobodys }).personal).not.toHaveProperty('user');
});

test('a NUL in a reason on record, which PostgreSQL does not take, keeps no word from its row', () => {
  expect(classificationOf(asRead(draft({ reason: 'seen\0it' })))).toMatchObject({ reason: 'seen\uFFFDit' });
});

test.each<[string, Partial<LogEntry>]>([
  ['of another kind', { kind: 'study.accessed' }],
  ['without a verdict', { facts: {} }],
  ['of a version that is not named', { facts: { classified: { verdict: 'ai-of' } } }],
  ['whose object was erased', { personal: { user: RADIOLOGIST } }],
  ['whose series was erased', { personal: { user: RADIOLOGIST, studyUid: '1', resultSop: '1' } }],
  ['whose person was erased', { personal: { studyUid: '1', seriesUid: '1', resultSop: '1' } }],
])('an entry %s says nothing', (_name, changes) => {
  expect(classificationOf(asRead(draft(), changes))).toBeUndefined();
});

test.each([
  ['ai-of', { model: MODEL, version: VERSION }, true],
  ['ai-of', { model: MODEL }, false],
  ['ai-of', { version: VERSION }, false],
  ['not-ai', {}, true],
  ['not-ai', { model: MODEL }, false],
  ['ai-unknown', { version: VERSION }, false],
] as const)('%s with %j goes together: %s', (verdict, madeBy, isGood) => {
  expect(saidOf(verdict, madeBy) !== undefined).toBe(isGood);
});

test.each(['ai', '', undefined, 3, 'AI-OF'])('%p is no verdict', (text) => {
  expect(parseVerdict(text)).toBeUndefined();
});
