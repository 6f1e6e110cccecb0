import { caseFacts, casePersonal, type CaseSubject } from '../../src/domain/case-facts.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aPrincipal,
  aRadiographer,
  aStudy,
  MODEL,
  NOW,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';

const POLICY = { id: 'uk-pathway-2025', version: '1', digest: 'sha256:0' };
const REFUSED: Decision = {
  permitted: false,
  reasons: [reasonOf('identity-unmapped'), reasonOf('approval-missing')],
  at: NOW,
  registerSequence: 7,
  policy: POLICY,
};
const PERMITTED: Decision = {
  permitted: true,
  reasons: [],
  at: NOW,
  registerSequence: 8,
  policy: POLICY,
  practitioner: aPractitioner(),
  modelVersion: aModelVersion({ udi: '(01)0123' }),
  binding: aBinding(),
  credential: { id: 'rc-ai', status: 'current' },
  approval: anApproval({ mode: 'supervised', supervisor: RADIOLOGIST }),
};
const BLIND: CaseSubject = {
  caller: aPrincipal(),
  function: 'detection',
  model: MODEL,
  version: VERSION,
  study: undefined,
  studyInstanceUid: '1.2.3',
};

describe('what a case says when it is opened', () => {
  test('permitted: who (coarsely), on what, with which model, on which grounds', () => {
    const subject = { ...BLIND, study: aStudy(), inputFrom: 'caller', inputDigest: 'sha256:1' } as const;
    expect(caseFacts(subject, PERMITTED, NOW)).toEqual({
      function: 'detection',
      site: 'general',
      irmerDuty: 'practitioner',
      study: {
        modality: ['CT'],
        bodyPart: ['CHEST'],
        age: '40-64',
        sopClasses: ['1.2.840.10008.5.1.4.1.1.2'],
        instances: 12,
        inputDigest: 'sha256:1',
        inputFrom: 'caller',
        inputVerified: false,
        slice: { maker: 'Example Tomography', sex: 'F', ageBand: '40-64' },
      },
      auth: { method: 'saml', assurance: 3, at: NOW - 300_000 },
      credential: { id: 'rc-ai', status: 'current' },
      approval: { id: 'approval-1', mode: 'supervised' },
      model: {
        id: 'lung-nodule',
        version: '2.1.0',
        family: 'lung-ct',
        digest: `sha256:${'a'.repeat(64)}`,
        udi: '(01)0123',
        attestation: 'reply',
        endpoint: 'nodules@3',
      },
      policy: POLICY,
      decision: { result: 'permit', reasons: [], at: NOW, registerSeq: 8 },
    });
  });

  test('refused, and the PACS could not say what the study is', () => {
    expect(caseFacts(BLIND, REFUSED, NOW)).toEqual({
      function: 'detection',
      auth: { method: 'saml', assurance: 3, at: NOW - 300_000 },
      model: { id: 'lung-nodule', version: '2.1.0' },
      policy: POLICY,
      decision: {
        result: 'deny',
        reasons: ['identity-unmapped', 'approval-missing'],
        at: NOW,
        registerSeq: 7,
      },
    });
  });

  test('what the PACS leaves out is counted as unknown', () => {
    const { site: _site, sex: _sex, manufacturer: _maker, ageYears: _age, ...study } = aStudy();
    const facts = caseFacts({ ...BLIND, study, inputFrom: 'study' }, REFUSED, NOW);
    expect(facts).not.toHaveProperty('site');
    expect(facts.study).toMatchObject({
      age: 'unknown',
      inputVerified: true,
      slice: { maker: 'unknown', sex: 'unknown', ageBand: 'unknown' },
    });
  });

  test('where no input is asked for, as in viewing, the case says nothing of it', () => {
    expect(caseFacts({ ...BLIND, study: aStudy() }, REFUSED, NOW).study).not.toHaveProperty('inputFrom');
  });

  test.each([
    { person: aPractitioner(), duty: 'practitioner' },
    { person: aRadiographer(), duty: 'operator' },
    { person: aPractitioner({ profession: 'physicist' }), duty: undefined },
  ])('the IR(ME)R duty of a $person.profession is $duty', ({ person, duty }) => {
    expect(caseFacts(BLIND, { ...REFUSED, practitioner: person }, NOW).irmerDuty).toBe(duty);
  });

  test('an approval without a supervisor names none; a version without a UDI neither', () => {
    const facts = caseFacts(
      BLIND,
      { ...PERMITTED, approval: anApproval(), modelVersion: aModelVersion() },
      NOW,
    );
    expect(facts.approval).toEqual({ id: 'approval-1', mode: 'independent' });
    expect(facts.model).not.toHaveProperty('udi');
  });

  test('personal values stand apart', () => {
    const study = aStudy({ identifying: { patientId: 'P-1', accessionNumber: 'A-1' } });
    expect(casePersonal({ ...BLIND, study }, PERMITTED)).toEqual({
      supervisor: 'radiologist',
      studyUid: '1.2.3',
      subject: 'radiologist',
      user: 'radiologist',
      patientId: 'P-1',
      accession: 'A-1',
    });
    expect(casePersonal({ ...BLIND, study: aStudy({ identifying: {} }) }, REFUSED)).toEqual({
      studyUid: '1.2.3',
      subject: 'radiologist',
    });
    expect(casePersonal(BLIND, REFUSED)).toEqual({ studyUid: '1.2.3', subject: 'radiologist' });
  });
});
