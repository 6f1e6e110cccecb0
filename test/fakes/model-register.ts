import type { Guideline, ModelVersion, Practitioner, RegisterSnapshot } from '../../src/domain/register.ts';
import type { RegisterContents } from '../../src/register/index-register.ts';
import {
  aBinding,
  aModelVersion,
  anApproval,
  aPractitioner,
  aRadiographer,
  buildSnapshot,
  currentEvidence,
  modelName,
  NOW,
  practitionerId,
  versionString,
} from './register-builder.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const login = (subject: string): Practitioner['identities'] => [{ provider: 'urn:example:idp', subject }];

export const LEAD = practitionerId('alice.osei');
/** Responsible Clinicians. */
export const RC = practitionerId('chris.rowe');
export const RC_TWO = practitionerId('dana.ito');
/** Runs the plan. */
export const OPERATOR = practitionerId('ben.adeyemi');
export const STAFF = practitionerId('eve.staff');
export const NEXT = versionString('2.2.0');
const REGISTERED = versionString('3.0.0');

const PEOPLE: readonly Practitioner[] = [
  aPractitioner({
    id: LEAD,
    name: 'Alice Osei',
    profession: 'other',
    professionalBody: 'none',
    roles: ['programme-lead'],
    identities: login(LEAD),
  }),
  aPractitioner({ id: RC, name: 'Chris Rowe', identities: login(RC) }),
  aPractitioner({ id: RC_TWO, name: 'Dana Ito', identities: login(RC_TWO) }),
  aRadiographer({ id: OPERATOR, name: 'Ben Adéyemi', identities: login(OPERATOR) }),
  aPractitioner({
    id: STAFF,
    name: 'Eve Staff',
    profession: 'other',
    professionalBody: 'none',
    identities: login(STAFF),
  }),
];

const SIGNED: Partial<Guideline> = {
  signedBy: RC_TWO,
  signedAt: NOW - 400 * DAY,
  effectiveFrom: NOW - 390 * DAY,
};

/** A draft, where nothing else is said. */
export function guideline(changes: Partial<Guideline> = {}): Guideline {
  return {
    id: 'lung-nodules',
    version: '3',
    title: 'AI for lung nodules',
    digest: `sha256:${'c'.repeat(64)}`,
    href: 'https://intranet.example/lung-nodules.pdf',
    links: [{ title: 'NICE HTE12', href: 'https://www.nice.org.uk/guidance/hte12' }],
    draftedBy: RC,
    draftedAt: NOW - 420 * DAY,
    reviews: [],
    comments: [],
    ...changes,
  };
}

export const RELEASED: ModelVersion = aModelVersion({
  udi: '(01)05012345678900',
  riskClass: 'IIa',
  marking: 'UKCA',
  recognition: [{ station: 'AI1', maker: 'Example Vendor' }],
  releases: [{ site: 'general', from: NOW - 30 * DAY, signedBy: RC, plan: 'P-old' }],
});

/** A released version, one in acceptance whose tests are half done, one registered, one retired; and three stop-uses. */
export function modelContents(): Partial<RegisterContents> {
  return {
    practitioners: PEOPLE,
    evidence: [
      ...currentEvidence(RC),
      ...currentEvidence(RC_TWO),
      ...currentEvidence(OPERATOR, 'ai-operator').filter(({ type }) => type !== 'guideline-acknowledgement'),
    ],
    modelVersions: [
      RELEASED,
      aModelVersion({ version: NEXT, state: 'acceptance', releases: [] }),
      aModelVersion({
        version: REGISTERED,
        state: 'registered',
        releases: [],
        guideline: { id: 'none-yet', version: '1' },
      }),
      aModelVersion({
        model: modelName('fracture'),
        family: 'bone-xr',
        title: 'Fracture finder',
        state: 'retired',
        releases: [],
        retiredAt: NOW - DAY,
        retiredBecause: 'The vendor withdrew it.',
        intendedUse: {},
        endpoints: [
          aBinding({
            attestation: 'name-only',
            nameOnly: { baseUrl: aBinding().baseUrl, signedBy: RC },
            input: 'caller',
            simulator: true,
            operatingThreshold: 0.4,
          }),
        ],
      }),
    ],
    approvals: [
      anApproval({ id: 'A-1', practitioner: RC, grantedBy: LEAD }),
      anApproval({ id: 'A-2', practitioner: OPERATOR, grantedBy: LEAD, mode: 'supervised', supervisor: RC }),
      anApproval({ id: 'A-over', practitioner: RC_TWO, grantedBy: LEAD, until: NOW - DAY }),
    ],
    stopUses: [
      {
        id: 'S-family',
        family: 'lung-ct',
        site: 'north',
        from: NOW - HOUR,
        reason: 'Wrong side shown.',
        by: RC,
      },
      {
        id: 'S-hold',
        model: RELEASED.model,
        version: NEXT,
        from: NOW - HOUR,
        until: NOW + 3 * HOUR,
        reason: 'Blank overlays.',
        by: OPERATOR,
      },
      {
        id: 'S-lifted',
        model: RELEASED.model,
        from: NOW - 20 * DAY,
        liftedAt: NOW - 19 * DAY,
        liftedBy: [RC, LEAD],
        liftedBecause: 'The vendor put it right.',
        reason: 'Server moved.',
        by: RC_TWO,
      },
    ],
    guidelines: [
      guideline({
        ...SIGNED,
        reviews: [{ by: RC, at: NOW - 390 * DAY, outcome: 'It stands as it is.' }],
        comments: [{ by: OPERATOR, at: NOW - 380 * DAY, text: 'Works on the late shift.' }],
      }),
      guideline({ version: '4', draftedAt: NOW - 2 * DAY }),
    ],
    plans: [
      {
        id: 'P-next',
        model: RELEASED.model,
        version: NEXT,
        title: 'Re-validation of 2.2.0',
        studies: ['1.2.826.0.1.99.1', '1.2.826.0.1.99.2'],
        script: [
          { id: 'T1', title: 'Twenty known nodules' },
          { id: 'T2', title: 'A chest without findings' },
          { id: 'T3', title: 'A study of a child is refused' },
        ],
        operator: OPERATOR,
        approvedBy: RC,
        approvedAt: NOW - 4 * DAY,
        document: 'Q-Pulse 4711',
      },
    ],
    acceptanceTests: [
      {
        id: 'R-1',
        plan: 'P-next',
        item: 'T1',
        result: 'fail',
        recordedBy: OPERATOR,
        happenedAt: NOW - 3 * DAY,
        note: 'Nineteen of twenty.',
      },
      {
        id: 'R-2',
        plan: 'P-next',
        item: 'T1',
        result: 'pass',
        recordedBy: OPERATOR,
        happenedAt: NOW - 2 * DAY,
      },
      {
        id: 'R-3',
        plan: 'P-next',
        item: 'T2',
        result: 'fail',
        recordedBy: OPERATOR,
        happenedAt: NOW - 2 * DAY,
      },
    ],
  };
}

/** Made once: most tests change nothing. */
let unchanged: RegisterSnapshot | undefined;

/** The same as a register, with some of its records in other words. */
export function modelRegister(changes?: Partial<RegisterContents>): RegisterSnapshot {
  if (changes === undefined) return (unchanged ??= modelRegister({}));
  return buildSnapshot({ sequence: 41, ...modelContents(), ...changes });
}
