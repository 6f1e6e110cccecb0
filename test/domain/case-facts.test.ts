import { caseFacts, casePersonal, type CaseSubject } from '../../src/domain/case-facts.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { RULES_VERSION } from '../../src/domain/rules-version.ts';
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
  PROVIDER,
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
const LOGIN = {
  method: 'saml',
  assurance: 3,
  at: NOW - 300_000,
  provider: PROVIDER,
  expiresAt: NOW + 28_800_000,
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
    const call = { protocol: 'oip-v2', inputFrom: 'caller', inputDigest: 'sha256:1' } as const;
    const subject = { ...BLIND, study: aStudy(), ...call };
    expect(caseFacts(subject, PERMITTED)).toEqual({
      function: 'detection',
      site: 'general',
      irmerDuty: 'practitioner',
      study: {
        modality: ['CT'],
        bodyPart: ['CHEST'],
        age: '40-64',
        sopClasses: ['1.2.840.10008.5.1.4.1.1.2'],
        instances: 12,
        simulator: false,
        inputDigest: 'sha256:1',
        inputFrom: 'caller',
        inputVerified: false,
        slice: { maker: 'Example Tomography', sex: 'F', ageBand: '40-64' },
      },
      auth: LOGIN,
      asked: { input: 'caller', protocol: 'oip-v2' },
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
      decision: { result: 'permit', reasons: [], at: NOW, registerSeq: 8, rules: RULES_VERSION },
    });
  });

  test('work that a machine fetches is proved by nothing', () => {
    const { model } = caseFacts({ ...BLIND, study: aStudy(), inputFrom: 'study' }, PERMITTED);
    expect(model).not.toHaveProperty('attestation');
  });

  test('a call for a text and nothing else', () => {
    expect(caseFacts({ ...BLIND, protocol: 'oip-v2', wants: 'text' }, REFUSED).asked).toEqual({
      protocol: 'oip-v2',
      wants: 'text',
    });
  });

  test('refused, and the PACS could not say what the study is', () => {
    expect(caseFacts(BLIND, REFUSED)).toEqual({
      function: 'detection',
      auth: LOGIN,
      model: { id: 'lung-nodule', version: '2.1.0' },
      policy: POLICY,
      decision: {
        result: 'deny',
        reasons: ['identity-unmapped', 'approval-missing'],
        at: NOW,
        registerSeq: 7,
        rules: RULES_VERSION,
      },
    });
  });

  test('the moment is the one decided for, not that of writing', () => {
    const decided = { ...REFUSED, at: NOW - 40_000 };
    expect(caseFacts(BLIND, decided).decision?.at).toBe(NOW - 40_000);
  });

  test('what limits the sign-in: the scopes of a token, and that it could not be confirmed', () => {
    const caller = aPrincipal({ scopes: ['images'], unconfirmed: true });
    expect(caseFacts({ ...BLIND, caller }, REFUSED).auth).toEqual({
      ...LOGIN,
      scopes: ['images'],
      unconfirmed: true,
    });
  });

  test.each([
    {
      name: 'says both',
      attested: { model: 'nodules', version: '3' },
      kept: { model: 'nodules', version: '3' },
    },
    { name: 'says its name only', attested: { model: 'nodules' }, kept: { model: 'nodules' } },
    { name: 'says nothing', attested: {}, kept: {} },
    {
      name: 'says what could be anybody',
      attested: { model: 'SMITH^JANE', version: 'x'.repeat(65) },
      kept: { model: '(unreadable)', version: '(unreadable)' },
    },
  ])('an endpoint that $name', ({ attested, kept }) => {
    expect(caseFacts({ ...BLIND, attested }, REFUSED).asked).toEqual({ attested: kept });
  });

  test('when a stored result was made', () => {
    expect(caseFacts({ ...BLIND, madeAt: NOW - 9 }, REFUSED).asked).toEqual({ madeAt: NOW - 9 });
  });

  test('what the PACS leaves out is counted as unknown', () => {
    const { site: _site, sex: _sex, manufacturer: _maker, ageYears: _age, ...study } = aStudy();
    const facts = caseFacts({ ...BLIND, study, inputFrom: 'study' }, REFUSED);
    expect(facts).not.toHaveProperty('site');
    expect(facts.study).toMatchObject({
      age: 'unknown',
      inputVerified: true,
      slice: { maker: 'unknown', sex: 'unknown', ageBand: 'unknown' },
    });
  });

  test('where no input is asked for, as in viewing, the case says nothing of it', () => {
    expect(caseFacts({ ...BLIND, study: aStudy() }, REFUSED).study).not.toHaveProperty('inputFrom');
  });

  test.each([
    { person: aPractitioner(), duty: 'practitioner' },
    { person: aRadiographer(), duty: 'operator' },
    { person: aPractitioner({ profession: 'physicist' }), duty: undefined },
  ])('the IR(ME)R duty of a $person.profession is $duty', ({ person, duty }) => {
    expect(caseFacts(BLIND, { ...REFUSED, practitioner: person }).irmerDuty).toBe(duty);
  });

  test('an approval without a supervisor names none; a version without a UDI neither', () => {
    const facts = caseFacts(BLIND, {
      ...PERMITTED,
      approval: anApproval(),
      modelVersion: aModelVersion(),
    });
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
      age: '57',
    });
    const { ageYears: _age, ...ageless } = aStudy({ identifying: {} });
    expect(casePersonal({ ...BLIND, study: ageless }, REFUSED)).toEqual({
      studyUid: '1.2.3',
      subject: 'radiologist',
    });
    expect(casePersonal(BLIND, REFUSED)).toEqual({ studyUid: '1.2.3', subject: 'radiologist' });
  });
});
