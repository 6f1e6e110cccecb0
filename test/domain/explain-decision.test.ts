import type { Question } from '../../src/domain/decision.ts';
import { explainDecision, type DecisionExplanation } from '../../src/domain/explain-decision.ts';
import type { EntryFacts, LogEntry } from '../../src/domain/log-entry.ts';
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
  MODEL,
  modelName,
  NOW,
  practitionerId,
  RADIOLOGIST,
  shippedPolicy,
  versionString,
  VERSION,
} from '../fakes/register-builder.ts';
import { aQuestion } from './reason-given.ts';

const SUPERVISOR = practitionerId('supervisor');
const DAY = 86_400_000;
const parts = {
  practitioners: [aPractitioner(), aPractitioner({ id: SUPERVISOR, name: 'Dr Sam Supervisor' })],
  evidence: [...currentEvidence(RADIOLOGIST), ...currentEvidence(SUPERVISOR)],
  modelVersions: [
    aModelVersion({
      releases: [
        { site: 'general', from: NOW - DAY, signedBy: SUPERVISOR },
        { site: '*', from: NOW - DAY, until: NOW },
        { site: 'elsewhere', from: NOW - DAY },
        { site: 'general', from: NOW + DAY },
      ],
      retiredAt: NOW + 90 * DAY,
    }),
  ],
  approvals: [
    anApproval({ mode: 'supervised', supervisor: SUPERVISOR, planStudies: ['1.2.3'] }),
    anApproval({ id: 'approval-2', practitioner: SUPERVISOR }),
  ],
};
const register = aRegister(parts);

function recorded(changes: Partial<Question> = {}, facts: EntryFacts = {}): LogEntry {
  return decidedEntry({ question: aQuestion(changes), register, at: NOW }, facts);
}

function explained(entry: LogEntry, then: RegisterSnapshot | undefined = register): DecisionExplanation {
  const explanation = explainDecision(entry, entry, then);
  if (explanation === undefined) throw new Error('it holds no decision');
  return explanation;
}

describe('what stood', () => {
  test('people, credential with all it asks for, approval, model and releases, as they were', () => {
    const { stood } = explained(recorded());
    expect(stood).toMatchObject({
      practitioner: { id: 'radiologist', name: 'Dr Rae Radiologist', profession: 'radiologist' },
      supervisor: { id: 'supervisor', name: 'Dr Sam Supervisor' },
      model: {
        title: 'Lung nodule detector',
        family: 'lung-ct',
        state: 'released',
        retiredAt: NOW + 90 * DAY,
        releases: [{ site: 'general', from: NOW - DAY, signedBy: 'supervisor' }],
      },
      stopUses: [],
    });
    expect(stood?.approval).toEqual({
      id: 'approval-1',
      functions: ['detection', 'view'],
      mode: 'supervised',
      from: NOW - 30 * DAY,
      until: NOW + 300 * DAY,
      grantedBy: 'programme-lead',
      supervisor: 'supervisor',
    });
    expect(stood?.credentials.map(({ id, status }) => [id, status])).toEqual([['rc-ai', 'current']]);
    const requirements = stood?.credentials[0]?.requirements ?? [];
    expect(requirements.length).toBeGreaterThan(10);
    expect(requirements.every(({ met, source }) => met && source !== '')).toBe(true);
    expect(requirements.filter(({ family }) => family === 'lung-ct').length).toBeGreaterThan(0);
    expect(requirements.some(({ metUntil }) => (metUntil ?? 0) > NOW)).toBe(true);
  });

  test('a supervisor that nobody knows any more is named by id only', () => {
    const then = aRegister({ ...parts, practitioners: [aPractitioner()] });
    const { stood } = explained(recorded(), then);
    expect(stood?.approval?.supervisor).toBe('supervisor');
    expect(stood).not.toHaveProperty('supervisor');
  });

  test('whoever nobody knows has no standing, and an unknown model none either', () => {
    const { stood } = explained(
      recorded({ caller: aPrincipal({ subject: 'nobody' }), model: modelName('other') }),
    );
    expect(stood).toEqual({ credentials: [], stopUses: [] });
  });

  test('a function that is no duty of theirs rests on no credential', () => {
    const bare = aRegister({ ...parts, policy: { ...shippedPolicy(), duties: [] } });
    expect(explained(recorded(), bare).stood?.credentials).toEqual([]);
  });

  const stop = { from: NOW - DAY, reason: 'drift', by: 'somebody' };
  test.each([
    { id: 'everything', ...stop },
    { id: 'this version', ...stop, model: MODEL, version: VERSION },
    { id: 'its family', ...stop, family: 'lung-ct' },
    { id: 'this site', ...stop, site: 'general' },
    { id: 'lifted later', ...stop, liftedAt: NOW + 1 },
    { id: 'dated ahead', ...stop, from: NOW + 1 },
  ])('a stop-use of $id touched it', (one) => {
    expect(explained(recorded(), aRegister({ ...parts, stopUses: [one] })).stood?.stopUses).toEqual([one]);
  });

  test.each([
    { id: 'another model', ...stop, model: modelName('other') },
    { id: 'another version', ...stop, version: versionString('9.9') },
    { id: 'another family', ...stop, family: 'brain' },
    { id: 'another site', ...stop, site: 'elsewhere' },
    { id: 'lifted by then', ...stop, liftedAt: NOW },
    { id: 'run out by then', ...stop, until: NOW },
  ])('a stop-use of $id did not touch it', (one) => {
    expect(explained(recorded(), aRegister({ ...parts, stopUses: [one] })).stood?.stopUses).toEqual([]);
  });

  test('where the site is not known any stop-use of a site touches', () => {
    const { site: _site, ...nowhere } = aStudy();
    const then = aRegister({ ...parts, stopUses: [{ id: 's', ...stop, site: 'elsewhere' }] });
    expect(explained(recorded({ study: nowhere }), then).stood?.stopUses).toHaveLength(1);
  });

  test('a disposition rests on the credentials that would do for it, and on no model', () => {
    const opening = recorded();
    const said = storedEntry({
      id: 'd',
      kind: 'case.disposition',
      facts: { ...opening.facts, human: { disposition: 'accepted' } },
      personal: { user: RADIOLOGIST, subject: RADIOLOGIST },
      retainClass: 'imaging-record',
    });
    const then = aRegister({ ...parts, stopUses: [{ id: 's', ...stop }] });
    const explanation = explainDecision(said, opening, then);
    expect(explanation?.question).toBe('May Dr Rae Radiologist mark the result of this case as accepted?');
    expect(explanation?.stood?.credentials.map(({ id }) => id)).toEqual(['rc-ai']);
    expect(explanation?.stood?.stopUses).toEqual([]);
    expect(explanation?.stood).not.toHaveProperty('model');
    expect(explanation?.replay.kind).toBe('same');
  });
});

describe('the question in one sentence', () => {
  test.each<{ readonly entry: LogEntry; readonly text: string }>([
    {
      entry: recorded(),
      text: 'May Dr Rae Radiologist have detection by lung-nodule 2.1.0 on a study (CT, chest) at general?',
    },
    {
      entry: recorded({ function: 'view' }),
      text: 'May Dr Rae Radiologist see what lung-nodule 2.1.0 made of a study (CT, chest) at general?',
    },
    {
      entry: { ...recorded({ function: 'report-draft' }), kind: 'case.outcome' },
      text: 'May the result of report draft by lung-nodule 2.1.0 on a study (CT, chest) at general be let out to Dr Rae Radiologist?',
    },
    {
      entry: { ...recorded({ study: undefined }), kind: 'case.release' },
      text: 'May the result of detection by lung-nodule 2.1.0 on a study that the PACS could not describe be let out to Dr Rae Radiologist?',
    },
    {
      entry: erased(recorded({ study: blank() }), 'subject'),
      text: 'May radiologist have detection by lung-nodule 2.1.0 on a study from a site that is not known?',
    },
    {
      entry: erased(recorded(), 'subject', 'user'),
      text: 'May whoever had signed in have detection by lung-nodule 2.1.0 on a study (CT, chest) at general?',
    },
    {
      entry: bare(),
      text: 'May radiologist have an unknown function by an unknown model on a study that the PACS could not describe?',
    },
  ])('$text', ({ entry, text }) => {
    expect(explained(entry).question).toBe(text);
  });
});

function blank(): Question['study'] {
  const { site: _site, ...study } = aStudy({ modalities: [], bodyParts: [] });
  return study;
}

/** A decision about which nothing else is on record. */
function bare(): LogEntry {
  const entry = recorded();
  const { decision } = entry.facts;
  return storedEntry({
    ...entry,
    facts: decision === undefined ? {} : { decision },
    retainClass: 'imaging-record',
  });
}

describe('why', () => {
  test('in the words of the replay, which has dates and details', () => {
    const then = aRegister({ ...parts, approvals: [anApproval({ until: NOW - DAY })] });
    const entry = decidedEntry({ question: aQuestion(), register: then, at: NOW });
    expect(explained(entry, then).reasons.map(({ text }) => text)).toEqual([
      expect.stringContaining('9 March 2026'),
    ]);
  });

  test('else in plain words for each code, and none for a code of a later release', () => {
    const { decision } = recorded().facts;
    if (decision === undefined) throw new Error('no decision');
    const reasons = ['approval-missing', 'from-the-future'];
    const entry = recorded({}, { decision: { ...decision, result: 'deny', reasons } });
    const explanation = explained(entry);
    expect(explanation.reasons.map(({ code }) => code)).toEqual(['approval-missing']);
    expect(explanation.reasons[0]?.text).toContain('lung-nodule 2.1.0');
    expect(explanation.answer.reasons).toEqual(reasons);
    const { reasons: plain } = explained(
      storedEntry({ ...bare(), facts: { decision: { ...decision, reasons } }, retainClass: 'register' }),
    );
    expect(plain[0]?.text).not.toContain('lung-nodule');
  });
});

describe('what it looked at, and what came of it', () => {
  test('sign-in, place, study without what tells patients apart, input, attestation, age of a result', () => {
    const entry = recorded({ input: 'study', attested: { model: 'nodules' }, madeAt: NOW - 9 });
    expect(explained(entry).asked).toEqual({
      login: { method: 'saml', assurance: 3, at: NOW - 300_000 },
      site: 'general',
      study: { modality: ['CT'], bodyPart: ['CHEST'], age: '40-64', simulator: false },
      input: 'study',
      attested: { model: 'nodules' },
      madeAt: NOW - 9,
    });
  });

  test('nothing, where an earlier release recorded nothing', () => {
    expect(explained(bare()).asked).toEqual({});
    const { study } = recorded().facts;
    if (study === undefined) throw new Error('no study');
    const { simulator: _simulator, ...older } = study;
    expect(explained(recorded({}, { study: older })).asked.study).not.toHaveProperty('simulator');
  });

  test('what became of the result', () => {
    const entry = recorded({}, { release: { action: 'withheld', reasons: [] }, err: 'timeout' });
    expect(explained(entry)).toMatchObject({ release: 'withheld', err: 'timeout' });
    expect(explained(recorded())).not.toHaveProperty('release');
  });

  test('policy and place of the register', () => {
    const { id, version, digest } = register.policy;
    expect(explained(recorded())).toMatchObject({ registerSequence: 1, policy: { id, version, digest } });
    expect(explained(bare())).not.toHaveProperty('policy');
  });
});

describe('whether it is so again, in a sentence', () => {
  const { decision } = recorded().facts;
  if (decision === undefined) throw new Error('no decision');
  test.each<{ readonly entry: LogEntry; readonly says: string }>([
    { entry: recorded(), says: 'it comes out the same.' },
    {
      entry: recorded({}, { decision: { ...decision, result: 'deny' } }),
      says: 'it comes out otherwise: the answer.',
    },
    { entry: erased(recorded(), 'studyUid', 'age'), says: 'this was erased: the study, the patient’s age.' },
    { entry: bare(), says: 'did not record all that was asked.' },
    {
      entry: recorded({}, { decision: { ...decision, rules: RULES_VERSION + 1 } }),
      says: `by version ${String(RULES_VERSION + 1)} of the rules, and this release has version ${String(RULES_VERSION)}`,
    },
  ])('$says', ({ entry, says }) => {
    expect(explained(entry).replay.text).toContain(says);
  });

  test('the register of then is gone', () => {
    const explanation = explainDecision(recorded(), recorded(), undefined);
    expect(explanation?.replay).toMatchObject({ kind: 'unreplayable', because: { code: 'register-gone' } });
    expect(explanation?.replay.text).toContain('does not reach back so far');
    expect(explanation).not.toHaveProperty('stood');
  });

  test('an entry without a decision has nothing to explain', () => {
    const { decision: _decision, ...facts } = recorded().facts;
    const entry = storedEntry({ ...recorded(), facts, retainClass: 'imaging-record' });
    expect(explainDecision(entry, entry, register)).toBeUndefined();
  });
});
