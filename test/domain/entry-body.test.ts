import fc from 'fast-check';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { commit } from '../../src/domain/commitment.ts';
import {
  buildEntryBody,
  parseEntryBody,
  personalValues,
  readEntry,
  type WriterFacts,
} from '../../src/domain/entry-body.ts';
import { parseCaseId } from '../../src/domain/identifiers.ts';
import { ENTRY_KINDS, PERSONAL_LABELS, RETAIN_CLASSES, type EntryDraft } from '../../src/domain/log-entry.ts';
import { leafHash } from '../../src/domain/merkle-tree.ts';

const CASE = parseCaseId('c-00000000-0000-4000-8000-000000000001');
const SALT = Buffer.alloc(32, 7);

const DRAFT: EntryDraft = {
  id: 'e-1',
  kind: 'case.intent',
  ...(CASE === undefined ? {} : { caseId: CASE }),
  requestId: 'r-1',
  facts: { function: 'triage', model: { id: 'm', version: '1.0.0' }, timing: { endpointMs: 12.5 } },
  personal: { user: 'alice.osei', studyUid: '1.2.3' },
  retainClass: 'imaging-record',
};
const WRITER: WriterFacts = {
  log: 'caselog.test/1',
  seq: 0,
  node: 'n1',
  epoch: 1,
  wallUs: 1_767_225_600_000_001,
  monoNs: '123456789012345678',
  boot: 'b1',
  clk: 'ok',
  salts: { user: SALT, studyUid: SALT },
};
const GOLDEN =
  '{"case":"c-00000000-0000-4000-8000-000000000001","epoch":1,"function":"triage","id":"e-1","kind":"case.intent",' +
  '"log":"caselog.test/1","model":{"id":"m","version":"1.0.0"},"node":"n1","pii":{' +
  '"studyUid":"hmac-sha256:xIORMf5tvFULowXpKybm1KxMUYKOsCNCRbgNtzBQTUY",' +
  '"user":"hmac-sha256:jb43bk5nBGqwD_jsD985ZA933IMLRUPd_e93QCbkryo"},' +
  '"req":"r-1","retain":"imaging-record","seq":0,"t":{"boot":"b1","clk":"ok","mono":"123456789012345678","wall":1767225600000001},' +
  '"timing":{"endpointMs":12.5},"v":1}';

const text = (body: Uint8Array): string => Buffer.from(body).toString('utf8');
const bytes = (value: unknown): Buffer => Buffer.from(canonicalJson(value), 'utf8');
const member = (name: string, value: unknown): Buffer =>
  bytes({ ...(JSON.parse(text(buildEntryBody(DRAFT, WRITER))) as object), [name]: value });

describe('buildEntryBody', () => {
  test('golden bytes: canonical JSON with commitments for personal values', () => {
    expect(text(buildEntryBody(DRAFT, WRITER))).toBe(GOLDEN);
  });

  test('no personal value stands in the body', () => {
    const body = text(buildEntryBody(DRAFT, WRITER));
    expect(body).not.toContain('alice');
    expect(body).not.toContain('1.2.3"');
    expect(parseEntryBody(Buffer.from(body)).commitments).toEqual({
      user: commit('user', 'alice.osei', SALT),
      studyUid: commit('studyUid', '1.2.3', SALT),
    });
  });

  test('exactly 60 KiB pass, one byte more is a clear error', () => {
    const draft = (length: number): EntryDraft => ({ ...DRAFT, facts: { err: 'x'.repeat(length) } });
    const room = 61_440 - buildEntryBody(draft(0), WRITER).length;
    expect(buildEntryBody(draft(room), WRITER)).toHaveLength(61_440);
    expect(() => buildEntryBody(draft(room + 1), WRITER)).toThrow(
      expect.objectContaining({ code: 'payload-too-large', detail: expect.stringContaining('61441 bytes') }),
    );
  });

  test('bytes count, not characters', () => {
    expect(() => buildEntryBody({ ...DRAFT, facts: { err: '€'.repeat(25_000) } }, WRITER)).toThrow(
      expect.objectContaining({ code: 'payload-too-large' }),
    );
  });

  test.each<
    [string, Partial<Record<keyof EntryDraft, unknown>>, Partial<Record<keyof WriterFacts, unknown>>]
  >([
    ['an empty id', { id: '' }, {}],
    ['an id that is no text', { id: 7 }, {}],
    ['an unknown kind', { kind: 'case.closed' }, {}],
    ['an unknown class', { retainClass: 'forever' }, {}],
    ['a fact with a name of the envelope', { facts: { seq: 1 } }, {}],
    ['facts that are not JSON', { facts: { timing: { a: NaN } } }, {}],
    ['a personal value that is no text', { personal: { user: 7 } }, {}],
    ['no salt for a personal value', {}, { salts: { user: SALT } }],
    ['a short salt', {}, { salts: { user: SALT, studyUid: Buffer.alloc(16) } }],
    ['a time that is not whole', {}, { wallUs: 1.5 }],
    ['a negative seq', {}, { seq: -1 }],
  ])('refuses %s', (_name, draft, writer) => {
    // What a caller without types could hand over.
    expect(() =>
      buildEntryBody({ ...DRAFT, ...draft } as EntryDraft, { ...WRITER, ...writer } as WriterFacts),
    ).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('personal values come in one order', () => {
    const personal = { resultSop: '4', user: '2', patientId: '1' };
    expect(personalValues({ personal }).map(({ label }) => label)).toEqual([
      'patientId',
      'user',
      'resultSop',
    ]);
  });
});

describe('parseEntryBody', () => {
  test('gives back what was written', () => {
    const body = buildEntryBody({ ...DRAFT, intent: 'e-0' }, WRITER);
    expect(parseEntryBody(body)).toMatchObject({
      log: 'caselog.test/1',
      seq: 0,
      id: 'e-1',
      kind: 'case.intent',
      caseId: CASE,
      intent: 'e-0',
      requestId: 'r-1',
      node: 'n1',
      epoch: 1,
      wallUs: 1_767_225_600_000_001,
      monoNs: '123456789012345678',
      boot: 'b1',
      clk: 'ok',
      retainClass: 'imaging-record',
      facts: DRAFT.facts,
    });
  });

  test('an entry as flows read it', () => {
    const body = buildEntryBody({ ...DRAFT, intent: 'e-0' }, WRITER);
    const leaf = leafHash(body);
    expect(readEntry({ body, leaf, personal: { user: 'alice.osei' } })).toEqual({
      seq: 0,
      node: WRITER.node,
      boot: WRITER.boot,
      id: 'e-1',
      kind: 'case.intent',
      caseId: CASE,
      intent: 'e-0',
      wallUs: 1_767_225_600_000_001,
      facts: DRAFT.facts,
      personal: { user: 'alice.osei' },
      leaf: Buffer.from(leaf).toString('hex'),
      body,
    });
    const bare = buildEntryBody(
      { id: 'x', kind: 'node.stop', facts: {}, personal: {}, retainClass: 'security' },
      WRITER,
    );
    const entry = readEntry({ body: bare, leaf: leafHash(bare), personal: {} });
    expect(Object.keys(entry).sort()).toEqual([
      'body',
      'boot',
      'facts',
      'id',
      'kind',
      'leaf',
      'node',
      'personal',
      'seq',
      'wallUs',
    ]);
  });

  test.each<[string, Uint8Array, Uint8Array]>([
    ['other bytes than its leaf was made of', Buffer.from(GOLDEN), leafHash(Buffer.from(`${GOLDEN} `))],
    ['no leaf', Buffer.from(GOLDEN), Buffer.alloc(0)],
    ['a body that is none', Buffer.from('[]'), leafHash(Buffer.from('[]'))],
  ])('flows read no entry with %s', (_name, body, leaf) => {
    const read = (): unknown => readEntry({ body, leaf, personal: {} });
    expect(read).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test.each<[string, Uint8Array]>([
    ['no JSON', Buffer.from('{')],
    ['nothing', Buffer.alloc(0)],
    ['an array', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['a space', Buffer.from(`${GOLDEN} `)],
    ['members in another order', Buffer.from(`{"v":1,${GOLDEN.slice(1, -7)}}`)],
    ['a doubled member', Buffer.from(`${GOLDEN.slice(0, -1)},"v":1}`)],
    ['bytes that are not UTF-8', Buffer.from(GOLDEN.replace('"r-1"', '"r\u00ff"'), 'latin1')],
    ['a byte order mark', Buffer.from(`\ufeff${GOLDEN}`)],
    ['a lone surrogate', Buffer.from(GOLDEN.replace('"r-1"', String.raw`"\ud800"`))],
    ['another format', member('v', 2)],
    ['no log', member('log', undefined)],
    ['a seq that is text', member('seq', '0')],
    ['a negative seq', member('seq', -1)],
    ['an unknown kind', member('kind', 'case.closed')],
    ['a case that is no text', member('case', 1)],
    ['a reference that is no text', member('ref', { intent: 1 })],
    ['a request that is no text', member('req', null)],
    ['no node', member('node', undefined)],
    ['a fraction of an epoch', member('epoch', 0.5)],
    ['no time', member('t', undefined)],
    ['an unknown clock state', member('t', { boot: 'b', clk: 'bad', mono: '1', wall: 1 })],
    ['an unknown class', member('retain', 'forever')],
    ['no commitments', member('pii', undefined)],
    ['a commitment that is no text', member('pii', { user: 1 })],
  ])('rejects %s', (_name, body) => {
    expect(() => parseEntryBody(body)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('property: every draft comes back as it was', () => {
    const words = fc.string({ unit: 'grapheme', minLength: 1 });
    const draft = fc.record({
      id: words,
      kind: fc.constantFrom(...ENTRY_KINDS),
      facts: fc.record({
        err: words,
        timing: fc.dictionary(words, fc.double({ noNaN: true, noDefaultInfinity: true })),
      }),
      personal: fc.dictionary(fc.constantFrom(...PERSONAL_LABELS), fc.string({ unit: 'grapheme' })),
      retainClass: fc.constantFrom(...RETAIN_CLASSES),
    });
    const salts = Object.fromEntries(PERSONAL_LABELS.map((label) => [label, SALT]));
    fc.assert(
      fc.property(draft, fc.maxSafeNat(), fc.maxSafeInteger(), (given, seq, wallUs) => {
        const back = parseEntryBody(buildEntryBody(given, { ...WRITER, seq, wallUs, salts }));
        expect(back).toMatchObject({
          id: given.id,
          kind: given.kind,
          retainClass: given.retainClass,
          seq,
          wallUs,
        });
        // Minus zero is written as 0 (RFC 8785 §3.2.2.3), and compares equal to it.
        expect(JSON.stringify(back.facts.err)).toBe(JSON.stringify(given.facts.err));
        expect(canonicalJson(back.facts)).toBe(canonicalJson(given.facts));
        expect(Object.keys(back.commitments).sort()).toEqual(Object.keys(given.personal).sort());
      }),
    );
  });
});
