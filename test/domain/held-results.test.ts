import type { CaseId } from '../../src/domain/identifiers.ts';
import { heldByCase, heldForPerson, type HeldResult } from '../../src/domain/held-results.ts';
import type { EntryDraft, EntryFacts, LogEntry } from '../../src/domain/log-entry.ts';
import { deliveredEntry, failedDeliveryEntry, unsolicitedEntry } from '../../src/domain/result-case.ts';
import { ACCEPTING_DISPOSITIONS, DISPOSITIONS, type Disposition } from '../../src/domain/words.ts';
import { storedEntry } from '../fakes/decided-entry.ts';
import { MODEL, practitionerId, RADIOLOGIST, VERSION } from '../fakes/register-builder.ts';
import { CASE, intentOn } from '../fakes/result-files.ts';
import { sopInstanceUid, studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2');
const SUPERVISOR = practitionerId('supervisor');
const WORK = {
  machine: 'chest-ai',
  modelVersion: { model: MODEL, version: VERSION },
  studyInstanceUid: STUDY,
  study: undefined,
  first: sopInstanceUid('1.2.3'),
  requestId: 'r-1',
};
const MADE: EntryFacts = { model: { id: MODEL, version: VERSION } };
const RELEASED: EntryFacts = { release: { action: 'released', reasons: [] } };

const inCase = (kind: EntryDraft['kind'], facts: EntryFacts, caseId: CaseId = CASE): EntryDraft => ({
  id: kind,
  kind,
  caseId,
  facts,
  personal: {},
  retainClass: 'imaging-record',
});
const intent = intentOn(STUDY, { personal: { studyUid: STUDY, user: RADIOLOGIST, supervisor: SUPERVISOR } });
const released = inCase('case.outcome', RELEASED);
const SECOND = sopInstanceUid('1.2.4');
const bytesOf = (bytes: string) => ({ before: `sha256:${bytes}`, after: `sha256:${bytes}` });
const delivered = (bytes = 'a', first = WORK.first): EntryDraft =>
  deliveredEntry({ ...WORK, first }, CASE, [bytesOf(bytes)]);
const ofTwo = deliveredEntry(WORK, CASE, [bytesOf('a'), bytesOf('b')]);
const erased: EntryDraft = { ...delivered(), personal: {} };
const notStored = failedDeliveryEntry(WORK, CASE, 'not-stored');
const unsolicited = unsolicitedEntry(WORK);
const say = (disposition: Disposition): EntryDraft =>
  inCase('case.disposition', { ...MADE, function: 'detection', human: { disposition } });
/** Of a look at stored results, which is a case of its own. */
const sayOfLook = (disposition: Disposition, facts: EntryFacts = MADE): EntryDraft =>
  inCase('case.disposition', { function: 'view', ...facts, human: { disposition } });

/** In the order in which they came. */
const logOf = (...drafts: readonly EntryDraft[]): readonly LogEntry[] =>
  drafts.map((draft, seq) => storedEntry({ ...draft, id: `e-${String(seq)}` }, seq));
const heldIn = (...drafts: readonly EntryDraft[]): HeldResult | undefined => {
  const all = logOf(...drafts);
  const isOfCase = ({ kind, facts }: LogEntry): boolean =>
    kind !== 'case.disposition' || facts.function !== 'view';
  // In any order: the places in the log count.
  return heldByCase(
    all.filter(isOfCase).toReversed(),
    all.filter(({ kind }) => kind === 'case.disposition'),
  );
};

const BY_CASE: HeldResult = { by: 'case', caseOwner: RADIOLOGIST, supervisor: SUPERVISOR };
const BY_ANYBODY: HeldResult = { by: 'whoever-looks' };
const BY_NOBODY: HeldResult = { by: 'nobody' };
const BY_TEST: HeldResult = { by: 'test' };

interface Row {
  readonly name: string;
  readonly log: readonly EntryDraft[];
  readonly held: HeldResult | undefined;
}

describe('a case that somebody asked for', () => {
  const asked = [intent, released, delivered()];
  const rows: readonly Row[] = [
    { name: 'without an answer', log: asked, held: BY_CASE },
    { name: 'accepted, then overridden', log: [...asked, say('accepted'), say('overridden')], held: BY_CASE },
    { name: 'overridden, then edited', log: [...asked, say('overridden'), say('edited')], held: undefined },
    {
      name: 'accepted before it was stored',
      log: [intent, released, say('accepted'), delivered()],
      held: BY_CASE,
    },
    { name: 'accepted, and stored again', log: [...asked, say('accepted'), delivered()], held: undefined },
    {
      name: 'stored anew and accepted, then stored again as it was at first',
      log: [...asked, say('overridden'), delivered('b'), say('accepted'), delivered()],
      held: BY_CASE,
    },
    {
      name: 'of two objects, accepted, and the first stored again',
      log: [...asked, delivered('b', SECOND), say('accepted'), delivered(), delivered('b', SECOND)],
      held: undefined,
    },
    {
      name: 'accepted, then some of what came together stored anew, and all again as it was',
      log: [intent, released, ofTwo, say('accepted'), delivered('b'), say('accepted'), ofTwo],
      held: BY_CASE,
    },
    {
      name: 'of which one came after both, accepted, and both again as they were',
      log: [intent, released, delivered(), ofTwo, say('accepted'), delivered()],
      held: BY_CASE,
    },
    {
      name: 'accepted, for which nothing was delivered',
      log: [intent, released, say('accepted')],
      held: undefined,
    },
    {
      name: 'accepted and stored again, of which the objects were erased',
      log: [intent, released, erased, say('accepted'), erased],
      held: undefined,
    },
    {
      name: 'accepted, and the same two again',
      log: [intent, released, ofTwo, say('edited'), ofTwo],
      held: undefined,
    },
    {
      name: 'accepted, then something else stored',
      log: [...asked, say('accepted'), delivered('b')],
      held: BY_CASE,
    },
    {
      name: 'accepted, then a request that broke off',
      log: [...asked, say('accepted'), notStored],
      held: BY_CASE,
    },
    { name: 'that runs still', log: [intent, delivered()], held: BY_NOBODY },
    { name: 'never finished', log: [intent, delivered(), inCase('case.orphan', {})], held: BY_NOBODY },
    {
      name: 'withheld after it was accepted',
      log: [
        ...asked,
        say('accepted'),
        inCase('case.release', { release: { action: 'withheld', reasons: [] } }),
      ],
      held: BY_NOBODY,
    },
    {
      name: 'where only a look at it was answered',
      log: [...asked, sayOfLook('accepted')],
      held: { ...BY_CASE, isAcceptedByLook: true },
    },
    {
      name: 'accepted by a look, and flagged in the case since',
      log: [...asked, sayOfLook('accepted'), say('flagged')],
      held: BY_CASE,
    },
    {
      name: 'ignored in the case, and accepted by a look since',
      log: [...asked, say('ignored'), sayOfLook('accepted')],
      held: { ...BY_CASE, isAcceptedByLook: true },
    },
    {
      name: 'accepted by a look before it was stored',
      log: [intent, released, sayOfLook('accepted'), delivered()],
      held: BY_CASE,
    },
    { name: 'whose people were erased', log: [intentOn(STUDY), released, delivered()], held: { by: 'case' } },
    {
      name: 'that is a run of an acceptance test',
      log: [
        { ...intent, facts: { ...MADE, approval: { id: 'p', mode: 'acceptance' } } },
        released,
        delivered(),
      ],
      held: BY_TEST,
    },
    {
      name: 'with a disposition that says nothing',
      log: [...asked, inCase('case.disposition', {})],
      held: BY_CASE,
    },
    { name: 'that is not on record', log: [], held: BY_NOBODY },
  ];
  test.each(rows)('$name', ({ log, held }) => {
    expect(heldIn(...log)).toEqual(held);
  });

  test.each(DISPOSITIONS)('with the last word “%s”', (disposition) => {
    const held = ACCEPTING_DISPOSITIONS.includes(disposition) ? undefined : BY_CASE;
    expect(heldIn(...asked, say(disposition))).toEqual(held);
    expect(heldIn(...asked, say('accepted'), say('ignored'), say(disposition))).toEqual(held);
  });
});

describe('a case that nobody asked for', () => {
  const stored = [unsolicited, delivered()];
  const other: EntryFacts = { model: { id: MODEL, version: '9.9' } };
  const rows: readonly Row[] = [
    { name: 'without an answer', log: stored, held: BY_ANYBODY },
    { name: 'accepted by whoever looked', log: [...stored, sayOfLook('accepted')], held: undefined },
    { name: 'edited by whoever looked', log: [...stored, sayOfLook('edited')], held: undefined },
    {
      name: 'flagged since',
      log: [...stored, sayOfLook('accepted'), sayOfLook('flagged')],
      held: BY_ANYBODY,
    },
    {
      name: 'of which another version was accepted',
      log: [...stored, sayOfLook('accepted', other)],
      held: BY_ANYBODY,
    },
    {
      name: 'of which another model was accepted',
      log: [...stored, sayOfLook('accepted', { model: { id: 'another', version: VERSION } })],
      held: BY_ANYBODY,
    },
    { name: 'where a call was accepted', log: [...stored, say('accepted')], held: BY_ANYBODY },
    { name: 'stored after the last look', log: [sayOfLook('accepted'), ...stored], held: BY_ANYBODY },
    {
      name: 'of an acceptance test',
      log: [unsolicitedEntry({ ...WORK, plan: 'plan-1' }), delivered()],
      held: BY_TEST,
    },
  ];
  test.each(rows)('$name', ({ log, held }) => {
    expect(heldIn(...log)).toEqual(held);
  });
});

test.each<[string, HeldResult, string | undefined, string]>([
  ['of their own case', BY_CASE, RADIOLOGIST, 'caller'],
  ['of a case that they supervise', BY_CASE, SUPERVISOR, 'caller'],
  ['of somebody else’s case', BY_CASE, 'other', 'another'],
  ['of a case, to somebody who is in no register', { by: 'case' }, undefined, 'another'],
  ['that nobody asked for', BY_ANYBODY, 'other', 'caller'],
  ['that cannot be answered', BY_NOBODY, RADIOLOGIST, 'nobody'],
  ['of an acceptance test', BY_TEST, RADIOLOGIST, 'nobody'],
])('a result %s', (_name, held, person, expected) => {
  expect(heldForPerson(held, person === undefined ? undefined : practitionerId(person))).toBe(expected);
});
