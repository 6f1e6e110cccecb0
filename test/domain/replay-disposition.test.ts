import { decisionFacts, loginFacts } from '../../src/domain/case-facts.ts';
import { decideDisposition } from '../../src/domain/decide-disposition.ts';
import type { EntryFacts, LogEntry } from '../../src/domain/log-entry.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { replayDecision } from '../../src/domain/replay-decision.ts';
import { decidedEntry, erased, storedEntry } from '../fakes/decided-entry.ts';
import {
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aRegister,
  currentEvidence,
  NOW,
  practitionerId,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';
import { aQuestion } from './reason-given.ts';

const SUPERVISOR = practitionerId('supervisor');
const caller = aPrincipal();
const register = aRegister({
  practitioners: [aPractitioner(), aPractitioner({ id: SUPERVISOR })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(SUPERVISOR)],
  approvals: [
    anApproval({ mode: 'supervised', supervisor: SUPERVISOR }),
    anApproval({ id: 'approval-2', practitioner: SUPERVISOR }),
  ],
});

describe('a disposition, decided again', () => {
  const opening = decidedEntry({ question: aQuestion({ caller }), register, at: NOW });
  function said(by: Principal = caller): LogEntry {
    const disposition = 'accepted';
    const question = { caller: by, disposition, caseOwner: RADIOLOGIST, supervisor: SUPERVISOR } as const;
    const { practitioner, ...decided } = decideDisposition(question, register, NOW);
    return storedEntry({
      id: 'd-1',
      kind: 'case.disposition',
      facts: {
        ...opening.facts,
        auth: loginFacts(by),
        decision: decisionFacts({ ...decided, at: NOW, registerSequence: 1 }),
        human: { disposition },
      },
      personal: { subject: by.subject, ...(practitioner === undefined ? {} : { user: practitioner.id }) },
      retainClass: 'imaging-record',
    });
  }

  test.each([
    { name: 'the case’s own practitioner', by: caller, result: 'permit' },
    { name: 'their supervisor', by: aPrincipal({ subject: SUPERVISOR }), result: 'permit' },
    { name: 'somebody nobody knows', by: aPrincipal({ subject: 'nobody' }), result: 'deny' },
    { name: 'without a card', by: aPrincipal({ assurance: 2 }), result: 'deny' },
  ])('$name -> $result, and the same again', ({ by, result }) => {
    const replay = replayDecision(said(by), register, opening);
    expect(replay).toMatchObject({ kind: 'same', recorded: { result } });
    expect(replay?.recorded).not.toHaveProperty('modelDigest');
  });

  test('of a case of somebody else -> different', () => {
    const theirs = storedEntry({
      ...opening,
      personal: { ...opening.personal, user: 'x', supervisor: 'y' },
      retainClass: 'register',
    });
    expect(replayDecision(said(), register, theirs)).toMatchObject({
      kind: 'different',
      replayed: { reasons: ['case-of-another'] },
    });
    const nobodys = storedEntry({ ...opening, personal: {}, retainClass: 'imaging-record' });
    expect(replayDecision(said(), register, nobodys)).toMatchObject({ kind: 'different' });
  });

  test('by whoever reviewed what an operator prepared -> the same, as long as the opening says what was asked', () => {
    const OPERATOR = practitionerId('operator');
    const both = aRegister({
      practitioners: [aPractitioner(), aRadiographer({ id: OPERATOR })],
      evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(OPERATOR, 'ai-operator')],
      approvals: [anApproval()],
    });
    const { facts } = opening;
    const openedBy = (more: Partial<EntryFacts>): LogEntry =>
      storedEntry({
        ...opening,
        facts: { ...facts, ...more },
        personal: { user: OPERATOR },
        retainClass: 'imaging-record',
      });
    const entry = storedEntry({
      ...said(),
      facts: {
        ...said().facts,
        decision: decisionFacts({ permitted: true, reasons: [], at: NOW, registerSequence: 1 }),
      },
      retainClass: 'imaging-record',
    });
    expect(replayDecision(entry, both, openedBy({}))).toMatchObject({ kind: 'same' });
    for (const name of ['function', 'model'] as const) {
      const { [name]: _left, ...rest } = facts;
      const without = storedEntry({ ...openedBy({}), facts: rest, retainClass: 'imaging-record' });
      expect(replayDecision(entry, both, without)).toMatchObject({ kind: 'different' });
    }
  });

  test.each([
    { name: 'who said it', entry: erased(said(), 'user'), first: opening, labels: ['user'] },
    { name: 'whose case it was', entry: said(), first: erased(opening, 'user'), labels: ['user'] },
  ])('$name was erased -> unreplayable', ({ entry, first, labels }) => {
    expect(replayDecision(entry, register, first)).toMatchObject({
      kind: 'unreplayable',
      because: { code: 'erased', labels },
    });
  });

  test.each<{ readonly name: string; readonly left: keyof EntryFacts }>([
    { name: 'what was said', left: 'human' },
    { name: 'how they had signed in', left: 'auth' },
  ])('$name was not recorded -> unreplayable', ({ left }) => {
    const { [left]: _left, ...facts } = said().facts;
    const entry = storedEntry({ ...said(), facts, retainClass: 'imaging-record' });
    expect(replayDecision(entry, register, opening)).toMatchObject({ because: { code: 'not-recorded' } });
  });
});
