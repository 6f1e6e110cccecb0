import fc from 'fast-check';
import { foldCase } from '../../src/domain/case-view.ts';
import { driftCells, PERMITTED_OPENINGS } from '../../src/domain/drift-cells.ts';
import { DEFAULT_SCORE_EDGES } from '../../src/domain/drift-score-bin.ts';
import { buildEntryBody, parseEntryBody } from '../../src/domain/entry-body.ts';
import { LOG_BOOK_KINDS } from '../../src/domain/log-book-cases.ts';
import { purposeOfUse, PURPOSES_OF_USE } from '../../src/domain/purpose-of-use.ts';
import type { StudyReader } from '../../src/domain/principal.ts';
import { accessEntry, readerOf, unnamedViewEntry, type StudyAccess } from '../../src/domain/study-access.ts';
import { storedEntry } from '../fakes/decided-entry.ts';
import { caseIdOf } from '../fakes/due-house.ts';
import { aPrincipal, NOW, RADIOLOGIST } from '../fakes/register-builder.ts';

const CASE = caseIdOf(1);
const endpoint = (caseId: string = CASE): StudyReader => ({
  kind: 'study-reader',
  studyInstanceUid: '1.2',
  caseId,
  expiresAt: NOW + 1,
});
const atWork: StudyReader = { ...endpoint(), machine: 'chest-ai' };
const access = (changes: Partial<StudyAccess> = {}): StudyAccess => ({
  caller: aPrincipal(),
  study: '1.2',
  purpose: undefined,
  at: NOW,
  practitioner: 'radiologist',
  ...changes,
});

describe('the purpose a request gives', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['TREAT', 'TREAT'],
    [' etreat ', 'ETREAT'],
    ['HRESCH', 'HRESCH'],
    ['TREAT, HRESCH', 'unrecognised'],
    ['because Mary Madeup is my neighbour', 'unrecognised'],
    ['unrecognised', 'unrecognised'],
    ['constructor', 'unrecognised'],
  ])('%j -> %j', (header, expected) => {
    expect(purposeOfUse(header)).toBe(expected);
  });

  test('is never foreign text', () => {
    const words: readonly unknown[] = [undefined, 'unrecognised', ...PURPOSES_OF_USE];
    fc.assert(fc.property(fc.string(), (header) => words.includes(purposeOfUse(header))));
  });
});

describe('the record of a read', () => {
  test('of a person: session, purpose and login as facts, who and what as personal values', () => {
    const purpose = 'TREAT';
    const entry = accessEntry(access({ purpose, pacs: 'archive', requestId: 'r-1' }));
    expect(entry).toMatchObject({
      kind: 'study.accessed',
      requestId: 'r-1',
      facts: { access: { reader: 'person', at: NOW, purpose, session: 'session-1', pacs: 'archive' } },
      personal: { studyUid: '1.2', subject: RADIOLOGIST, user: 'radiologist' },
      retainClass: 'security',
    });
    expect(entry.facts.auth).toMatchObject({ method: 'saml', assurance: 3 });
    expect(entry.caseId).toBeUndefined();
  });

  test('says nothing that was not said', () => {
    const { facts, personal } = accessEntry(access({ practitioner: undefined, pacs: '' }));
    expect(facts.access).toEqual({ reader: 'person', at: NOW, session: 'session-1' });
    expect(personal).toEqual({ studyUid: '1.2', subject: RADIOLOGIST });
  });

  test('by emergency access says so', () => {
    const { facts } = accessEntry(access({ caller: aPrincipal({ method: 'break-glass' }) }));
    expect(facts).toMatchObject({ access: { emergency: true }, auth: { method: 'break-glass' } });
  });

  test('of an AI endpoint belongs to its case and names nobody', () => {
    const entry = accessEntry(access({ caller: endpoint(), practitioner: 'radiologist' }));
    expect(entry).toMatchObject({ caseId: CASE, facts: { access: { reader: 'ai-endpoint' } } });
    expect(entry.facts.auth).toBeUndefined();
    expect(entry.personal).toEqual({ studyUid: '1.2' });
    expect(readerOf(endpoint())).toBe(CASE);
  });

  test('of an endpoint whose case has no proper name stands without one', () => {
    expect(accessEntry(access({ caller: endpoint('c-1') })).caseId).toBeUndefined();
  });

  test('in the log holds neither study nor person, only commitments', () => {
    const { subject, user, studyUid } = { subject: RADIOLOGIST, user: 'radiologist', studyUid: '1.2.826.99' };
    const salt = Buffer.alloc(32, 1);
    const body = buildEntryBody(accessEntry(access({ study: studyUid })), {
      ...{ log: 'l', seq: 0, node: 'n', epoch: 1, wallUs: 0, monoNs: '0', boot: 'b', clk: 'ok' },
      salts: { subject: salt, user: salt, studyUid: salt },
    });
    const text = Buffer.from(body).toString();
    for (const value of [subject, `"${user}"`, studyUid]) expect(text).not.toContain(value);
    expect(Object.keys(parseEntryBody(body).commitments).toSorted()).toEqual(['studyUid', 'subject', 'user']);
  });
});

describe('the name of the record', () => {
  const id = (changes: Partial<StudyAccess> = {}): string => accessEntry(access(changes)).id;

  test.each<readonly [string, Partial<StudyAccess>]>([
    ['another request', { requestId: 'r-2' }],
    ['another moment', { at: NOW + 1 }],
    ['another copy of the study', { pacs: 'archive' }],
    ['a login that is someone’s meanwhile', { practitioner: 'somebody' }],
    ['a session that was confirmed meanwhile', { caller: aPrincipal({ unconfirmed: true }) }],
  ])('is the same for %s', (_name, changes) => {
    expect(id(changes)).toBe(id());
  });

  test.each<readonly [string, Partial<StudyAccess>]>([
    ['another session', { caller: aPrincipal({ sessionRef: 'session-2' }) }],
    ['another study', { study: '1.3' }],
    ['another purpose', { purpose: 'TREAT' }],
    ['a case of the session’s name', { caller: endpoint('session-1') }],
  ])('is another for %s', (_name, changes) => {
    expect(id(changes)).not.toBe(id());
  });
});

describe('a read in the log', () => {
  const dayOf = (): string => '2026-03-10';
  const readers = fc.constantFrom(aPrincipal(), aPrincipal({ method: 'break-glass' }), endpoint(), atWork);
  const purposes = fc.constantFrom(undefined, 'unrecognised' as const, ...PURPOSES_OF_USE);

  test('is counted nowhere', () => {
    fc.assert(
      fc.property(readers, purposes, (caller, purpose) => {
        const entry = storedEntry(accessEntry(access({ caller, purpose })));
        expect(driftCells(entry, { dayOf, scoreEdges: DEFAULT_SCORE_EDGES })).toEqual([]);
      }),
    );
  });

  test('names the machine that performs a workitem, and none for a token', () => {
    expect(accessEntry(access({ caller: atWork })).facts.performer).toBe('chest-ai');
    expect(accessEntry(access({ caller: endpoint() })).facts).not.toHaveProperty('performer');
  });

  test('changes nothing of its case but the list of its entries', () => {
    const opening = storedEntry({
      id: 'i',
      kind: 'case.intent',
      caseId: CASE,
      facts: { function: 'triage', model: { id: 'm', version: '1' } },
      personal: {},
      retainClass: 'imaging-record',
    });
    const read = storedEntry(accessEntry(access({ caller: atWork })), 1);
    const { entries, ...view } = foldCase([read, opening]) ?? { entries: [] };
    const { entries: _alone, ...alone } = foldCase([opening]) ?? { entries: [] };
    expect(view).toEqual(alone);
    expect(entries.map(({ kind }) => kind)).toEqual(['case.intent', 'study.accessed']);
    const kinds: readonly string[] = [...LOG_BOOK_KINDS, ...PERMITTED_OPENINGS];
    expect(kinds).not.toContain('study.accessed');
  });
});

describe('that a person sees a result which nobody has named', () => {
  const view = {
    caller: aPrincipal(),
    study: '1.2',
    sopInstanceUid: '1.2.3',
    at: NOW,
    requestId: 'r',
    practitioner: 'radiologist',
  };

  test('is an access to the study, apart from that to its images, once for a session', () => {
    const entry = unnamedViewEntry(view);
    expect(entry).toMatchObject({
      kind: 'study.accessed',
      requestId: 'r',
      facts: { access: { reader: 'person', at: NOW, session: view.caller.sessionRef, unnamedResult: true } },
      personal: { studyUid: '1.2', resultSop: '1.2.3', subject: view.caller.subject, user: 'radiologist' },
    });
    expect(entry.id).not.toBe(accessEntry(access()).id);
    expect(unnamedViewEntry({ ...view, sopInstanceUid: '1.2.4', at: NOW + 1 }).id).toBe(entry.id);
    for (const other of [{ study: '1.3' }, { caller: aPrincipal({ sessionRef: 'other' }) }])
      expect(unnamedViewEntry({ ...view, ...other }).id).not.toBe(entry.id);
  });

  test('names nobody whom the register does not', () => {
    expect(unnamedViewEntry({ ...view, practitioner: undefined }).personal).not.toHaveProperty('user');
  });

  test('is no case, counts for nothing, and the log takes it', () => {
    const entry = storedEntry(unnamedViewEntry(view), 0);
    expect(entry).not.toHaveProperty('caseId');
    expect(foldCase([entry])).toBeUndefined();
  });
});
