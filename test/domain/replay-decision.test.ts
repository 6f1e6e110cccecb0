import { explainDecision } from '../../src/domain/explain-decision.ts';
import type { Question } from '../../src/domain/decision.ts';
import type { EntryFacts, LogEntry } from '../../src/domain/log-entry.ts';
import { replayDecision, type Replay } from '../../src/domain/replay-decision.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { RULES_VERSION } from '../../src/domain/rules-version.ts';
import { decidedEntry, erased, storedEntry } from '../fakes/decided-entry.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRegister,
  aStudy,
  currentEvidence,
  modelName,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  versionString,
  VERSION,
} from '../fakes/register-builder.ts';
import { aQuestion } from './reason-given.ts';

const SUPERVISOR = practitionerId('supervisor');
const register = aRegister({
  practitioners: [aPractitioner(), aPractitioner({ id: SUPERVISOR })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(SUPERVISOR)],
  approvals: [
    anApproval({ mode: 'supervised', supervisor: SUPERVISOR }),
    anApproval({ id: 'approval-2', practitioner: SUPERVISOR }),
  ],
});
const { ageYears: _age, site: _site, ...bare } = aStudy();
const caller = aPrincipal();

function recorded(changes: Partial<Question> = {}, facts: EntryFacts = {}): LogEntry {
  return decidedEntry({ question: aQuestion({ caller, ...changes }), register, at: NOW }, facts);
}

function replayed(entry: LogEntry, snapshot: RegisterSnapshot | undefined = register): Replay {
  const replay = replayDecision(entry, snapshot);
  if (replay === undefined) throw new Error('it holds no decision');
  return replay;
}

describe('a decision of the log, decided again', () => {
  const rows: readonly {
    readonly name: string;
    readonly asked: Partial<Question>;
    readonly result: string;
  }[] = [
    { name: 'permitted, under supervision', asked: {}, result: 'permit' },
    { name: 'refused: a function nobody approved', asked: { function: 'triage' }, result: 'deny' },
    { name: 'the PACS could not say what the study is', asked: { study: undefined }, result: 'deny' },
    { name: 'a study without age and site', asked: { study: bare }, result: 'deny' },
    { name: 'a study that does not fit', asked: { study: aStudy({ ageYears: 12 }) }, result: 'deny' },
    { name: 'with tensors of the caller', asked: { input: 'caller' }, result: 'deny' },
    { name: 'with a text as answer', asked: { wants: 'text' }, result: 'deny' },
    { name: 'with the study as input', asked: { input: 'study' }, result: 'permit' },
    { name: 'a login nobody knows', asked: { caller: aPrincipal({ subject: 'nobody' }) }, result: 'deny' },
    {
      name: 'a token for images only',
      asked: { caller: aPrincipal({ scopes: ['images'] }) },
      result: 'deny',
    },
    { name: 'an unconfirmed session', asked: { caller: aPrincipal({ unconfirmed: true }) }, result: 'deny' },
    { name: 'emergency access', asked: { caller: aPrincipal({ method: 'break-glass' }) }, result: 'deny' },
    { name: 'a session that has ended', asked: { caller: aPrincipal({ expiresAt: NOW }) }, result: 'deny' },
    {
      name: 'what answered is what was asked',
      asked: { attested: { model: 'nodules', version: '3' } },
      result: 'permit',
    },
    {
      name: 'another version answered',
      asked: { attested: { model: 'nodules', version: '4' } },
      result: 'deny',
    },
    {
      name: 'something unspeakable answered',
      asked: { attested: { model: 'a b', version: '3' } },
      result: 'deny',
    },
    { name: 'it does not say what answered', asked: { attested: {} }, result: 'deny' },
    { name: 'a stored result', asked: { function: 'view', madeAt: NOW - 60_000 }, result: 'permit' },
    { name: 'a result from before the release', asked: { function: 'view', madeAt: 0 }, result: 'deny' },
    {
      name: 'a maker nobody knows',
      asked: { function: 'view', model: modelName('unrecognised'), version: versionString('unrecognised') },
      result: 'deny',
    },
  ];
  test.each(rows)('$name -> $result, and the same again', ({ asked, result }) => {
    const replay = replayed(recorded(asked));
    expect(replay).toMatchObject({ kind: 'same', recorded: { result }, differs: [] });
    expect(replay.replayed).toEqual(replay.recorded);
    expect(replay.redecided?.permitted).toBe(result === 'permit');
    expect(replay).not.toHaveProperty('because');
  });

  test('says what the answer stood on', () => {
    expect(replayed(recorded()).recorded).toEqual({
      result: 'permit',
      reasons: [],
      practitioner: 'radiologist',
      supervisor: 'supervisor',
      credential: { id: 'rc-ai', status: 'current' },
      approval: { id: 'approval-1', mode: 'supervised' },
      modelDigest: aModelVersion().digest,
      endpoint: 'nodules@3',
    });
  });

  test('the moment is that of the decision, whatever time it is now', () => {
    const late = decidedEntry({ question: aQuestion({ caller }), register, at: NOW + 9 * 3_600_000 });
    expect(replayed(late)).toMatchObject({ kind: 'same', recorded: { reasons: ['login-too-old'] } });
  });

  test('the order in which reasons were recorded says nothing', () => {
    const { facts } = recorded({ function: 'triage', study: undefined });
    const { decision } = facts;
    if (decision === undefined) throw new Error('no decision');
    const turned = { decision: { ...decision, reasons: decision.reasons.toReversed() } };
    expect(decision.reasons.length).toBeGreaterThan(1);
    expect(replayed(recorded({ function: 'triage', study: undefined }, turned)).kind).toBe('same');
  });
});

describe('an answer that is not what the register says', () => {
  const STOPPED = aRegister({ stopUses: [{ id: 's', from: NOW - 1, reason: 'drift', by: 'somebody' }] });
  const decision = { result: 'permit', at: NOW, registerSeq: 1, rules: RULES_VERSION, reasons: [] } as const;
  const model = recorded().facts.model ?? { id: MODEL, version: VERSION };
  test.each<{ readonly name: string; readonly facts: EntryFacts; readonly differs: readonly string[] }>([
    {
      name: 'another reason',
      facts: { decision: { ...decision, reasons: ['stop-use'] } },
      differs: ['reasons'],
    },
    { name: 'denied', facts: { decision: { ...decision, result: 'deny' } }, differs: ['result'] },
    {
      name: 'another moment',
      facts: { decision: { ...decision, at: 0 } },
      differs: ['result', 'reasons', 'credential'],
    },
    { name: 'another approval', facts: { approval: { id: 'a', mode: 'supervised' } }, differs: ['approval'] },
    {
      name: 'another standing',
      facts: { credential: { id: 'rc-ai', status: 'lapsed' } },
      differs: ['credential'],
    },
    { name: 'another digest', facts: { model: { ...model, digest: 'sha256:0' } }, differs: ['modelDigest'] },
    { name: 'another endpoint', facts: { model: { ...model, endpoint: 'x@1' } }, differs: ['endpoint'] },
  ])('recorded: $name -> different in $differs', ({ facts, differs }) => {
    const replay = replayed(recorded({}, facts));
    expect(replay.kind).toBe('different');
    expect(replay.differs).toEqual(differs);
    expect(replay).not.toHaveProperty('because');
  });

  test('recorded: other people -> different in both', () => {
    const entry = recorded();
    const other = storedEntry({
      ...entry,
      personal: { ...entry.personal, user: 'x', supervisor: 'y' },
      retainClass: 'register',
    });
    expect(replayed(other)).toMatchObject({ kind: 'different', differs: ['practitioner', 'supervisor'] });
  });

  test('another register -> different, and says what it would have been', () => {
    const replay = replayed(recorded(), STOPPED);
    expect(replay).toMatchObject({ kind: 'different', replayed: { result: 'deny', reasons: ['stop-use'] } });
    expect(replay.redecided?.reasons[0]?.text).toContain('drift');
  });
});

describe('what cannot be decided again', () => {
  test.each([
    { labels: ['subject'] as const },
    { labels: ['user', 'supervisor'] as const },
    { labels: ['studyUid', 'age'] as const },
  ])('$labels erased -> says which', ({ labels }) => {
    const replay = replayed(erased(recorded(), ...labels));
    expect(replay).toMatchObject({ kind: 'unreplayable', because: { code: 'erased', labels }, differs: [] });
    expect(replay).not.toHaveProperty('replayed');
    expect(replay.recorded.result).toBe('permit');
  });

  test('what no decision looks at may be erased', () => {
    expect(replayed(erased(recorded(), 'patientId')).kind).toBe('same');
    expect(replayed(erased(recorded({ study: undefined }), 'studyUid')).kind).toBe('same');
  });

  const { facts } = recorded();
  const { auth, study, decision } = facts;
  if (auth === undefined || study === undefined || decision === undefined)
    throw new Error('not a whole case');
  const { provider: _provider, ...anonymous } = auth;
  const { expiresAt: _end, ...endless } = auth;
  const { rules: _rules, ...ruleless } = decision;
  const { simulator: _simulator, ...undeclared } = study;
  const without = (name: keyof EntryFacts): LogEntry => {
    const { [name]: _left, ...rest } = facts;
    return storedEntry({ ...recorded(), facts: rest, retainClass: 'imaging-record' });
  };
  const named = (...labels: readonly ('subject' | 'studyUid' | 'age')[]): LogEntry => {
    const entry = erased(recorded(), ...labels);
    return storedEntry({ ...entry, retainClass: 'imaging-record' });
  };
  test.each<{ readonly name: string; readonly entry: LogEntry }>([
    { name: 'before rules were', entry: recorded({}, { decision: ruleless }) },
    { name: 'without a sign-in', entry: without('auth') },
    { name: 'without who named the person', entry: recorded({}, { auth: anonymous }) },
    { name: 'without the end of the session', entry: recorded({}, { auth: endless }) },
    {
      name: 'by a way to sign in that this release does not know',
      entry: recorded({}, { auth: { ...auth, method: 'runes' } }),
    },
    { name: 'without the place apart', entry: recorded({}, { study: undeclared }) },
    { name: 'without a function', entry: without('function') },
    { name: 'without a model', entry: without('model') },
    { name: 'of a model that can be none', entry: recorded({}, { model: { id: 'm', version: 'latest' } }) },
    { name: 'that never named a subject', entry: named('subject') },
    { name: 'that never named a study', entry: named('studyUid') },
    { name: 'that never kept the age', entry: named('age') },
  ])('recorded $name -> not recorded', ({ entry }) => {
    expect(replayed(entry)).toMatchObject({ kind: 'unreplayable', because: { code: 'not-recorded' } });
  });

  test('the register or the policy of then is not to be had', () => {
    expect(replayDecision(recorded(), undefined)).toMatchObject({
      kind: 'unreplayable',
      because: { code: 'register-gone' },
    });
  });

  test('the policy of then cannot be read by this release -> names it', () => {
    const because = { code: 'policy-unreadable', policy: 'sha256:then' } as const;
    expect(replayDecision(recorded(), because)).toMatchObject({ kind: 'unreplayable', because, differs: [] });
    const explanation = explainDecision(recorded(), recorded(), because);
    expect(explanation?.replay.text).toContain('cannot read the text of the policy of then, sha256:then.');
    expect(explanation).not.toHaveProperty('stood');
  });

  test('other rules -> says so, and still shows what they say', () => {
    const entry = recorded({}, { decision: { ...decision, rules: RULES_VERSION + 1 } });
    expect(replayed(entry)).toMatchObject({
      kind: 'unreplayable',
      because: { code: 'other-rules', recorded: RULES_VERSION + 1, here: RULES_VERSION },
      replayed: { result: 'permit' },
      redecided: { permitted: true },
    });
    expect(replayed(erased(entry, 'subject'))).toMatchObject({ because: { code: 'erased' } });
  });

  test('an entry without a decision has nothing to replay', () => {
    expect(replayDecision(without('decision'), register)).toBeUndefined();
  });
});
