import type { Evidence, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aRadiographer,
  buildSnapshot,
  currentEvidence,
  entryEvidence,
  modelName,
  NOW,
  practitionerId,
  versionString,
} from './register-builder.ts';

const DAY = 86_400_000;
const IDP = 'urn:example:idp';
const login = (subject: string): Practitioner['identities'] => [{ provider: IDP, subject }];

export const LEAD = practitionerId('alice.osei');
export const DIRECTOR = practitionerId('fiona.grant');
export const RADIOGRAPHER = practitionerId('ben.adeyemi');
export const HOLDER = practitionerId('chris.rc');
export const SUSPENDED = practitionerId('dana.held');
export const NEXT = versionString('2.2.0');
const MODEL = modelName('lung-nodule');

/** Everybody whom the pages meet. */
export const PEOPLE: readonly Practitioner[] = [
  aPractitioner({
    id: LEAD,
    name: 'Alice Osei',
    roles: ['programme-lead', 'auditor'],
    identities: login('alice.osei'),
  }),
  aPractitioner({
    id: DIRECTOR,
    name: 'Fiona Grant',
    roles: ['clinical-director'],
    identities: login('fiona.grant'),
  }),
  aRadiographer({
    id: RADIOGRAPHER,
    name: 'Ben Adéyemi',
    identities: login('ben.adeyemi'),
    scope: { modalities: ['CT', 'MR'], bodyParts: ['CHEST'], populations: ['adult'] },
  }),
  aPractitioner({ id: HOLDER, name: 'Chris Rowe', identities: login('chris.rc') }),
  aPractitioner({
    id: SUSPENDED,
    name: 'Dana Held',
    practiceLevel: 'consultant',
    identities: [],
  }),
];

function suspension(): Evidence {
  return {
    id: 'E-suspension',
    practitioner: SUSPENDED,
    type: 'suspension',
    happenedAt: NOW - 3 * DAY,
    attestedBy: DIRECTOR,
    recordedBy: DIRECTOR,
    note: 'Incident 12 is being looked into.',
  };
}

const TRAINEE: readonly Evidence[] = [
  ...entryEvidence(RADIOGRAPHER),
  ...Array.from({ length: 12 }, (_, place): Evidence => ({
    id: `E-case-${String(place + 1)}`,
    practitioner: RADIOGRAPHER,
    type: 'log-book-case',
    happenedAt: NOW - (30 - place) * DAY,
    attestedBy: LEAD,
    recordedBy: LEAD,
    ordinal: place + 1,
    result: 'pass',
    // The last was signed off from the log-book; those before were on paper.
    ...(place === 11 ? { caseId: 'c-12' } : {}),
  })),
  {
    id: 'E-exam',
    practitioner: RADIOGRAPHER,
    type: 'exam-ai-literacy',
    happenedAt: NOW - 60 * DAY,
    attestedBy: 'NHS Digital Academy',
    score: 72,
    document: `sha256:${'b'.repeat(64)}`,
  },
  {
    id: 'E-dops',
    practitioner: RADIOGRAPHER,
    type: 'dops',
    happenedAt: NOW - 10 * DAY,
    attestedBy: LEAD,
    result: 'fail',
  },
];

let known: RegisterSnapshot | undefined;

/** A small Trust: a lead, a director, a radiographer in training, a radiologist in force, and one who is suspended. Made once. */
export function peopleRegister(): RegisterSnapshot {
  return (known ??= smallTrust());
}

function smallTrust(): RegisterSnapshot {
  return buildSnapshot({
    sequence: 41,
    practitioners: PEOPLE,
    evidence: [
      ...currentEvidence(LEAD),
      ...TRAINEE,
      ...currentEvidence(HOLDER).filter(({ type }) => type !== 'guideline-acknowledgement'),
      ...currentEvidence(SUSPENDED),
      suspension(),
    ],
    modelVersions: [
      aModelVersion(),
      aModelVersion({ version: NEXT, state: 'acceptance', releases: [] }),
      aModelVersion({
        model: modelName('old-model'),
        state: 'retired',
        releases: [],
        retiredAt: NOW - DAY,
        title: 'An old model',
      }),
    ],
    approvals: [
      anApproval({ practitioner: HOLDER, grantedBy: LEAD }),
      anApproval({
        id: 'A-supervised',
        practitioner: RADIOGRAPHER,
        mode: 'supervised',
        supervisor: HOLDER,
        grantedBy: LEAD,
        functions: ['detection', 'view'],
        until: NOW + 20 * DAY,
      }),
      anApproval({
        id: 'A-over',
        practitioner: RADIOGRAPHER,
        mode: 'sandbox',
        grantedBy: LEAD,
        from: NOW - 200 * DAY,
        until: NOW - 100 * DAY,
        endedBecause: 'The course is over.',
      }),
      anApproval({ id: 'A-later', practitioner: HOLDER, version: NEXT, from: NOW + DAY, grantedBy: LEAD }),
    ],
    guidelines: [
      {
        id: 'lung-nodules',
        version: '4',
        title: 'AI for lung nodules',
        digest: `sha256:${'c'.repeat(64)}`,
        href: 'https://intranet.example/lung-nodules-4.pdf',
        links: [{ title: 'NICE HTE12', href: 'https://www.nice.org.uk/guidance/hte12' }],
        draftedBy: LEAD,
        draftedAt: NOW - 20 * DAY,
        signedBy: HOLDER,
        signedAt: NOW - 10 * DAY,
        effectiveFrom: NOW - 5 * DAY,
        reviews: [],
        comments: [],
      },
    ],
    plans: [
      {
        id: 'plan-1',
        model: MODEL,
        version: NEXT,
        title: 'Re-validation of 2.2.0',
        studies: ['1.2.826.0.1.99.1'],
        script: [{ id: 'T1', title: 'Twenty known nodules' }],
        operator: RADIOGRAPHER,
        approvedBy: HOLDER,
        approvedAt: NOW - 4 * DAY,
      },
    ],
  });
}
