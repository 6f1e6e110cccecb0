import { join } from 'node:path';
import { addMonths } from '../../src/domain/calendar.ts';
import type { EvidenceType } from '../../src/domain/evidence-types.ts';
import {
  parseModelName,
  parsePractitionerId,
  parseStudyUid,
  parseVersion,
  type ModelName,
  type PractitionerId,
  type StudyUid,
  type VersionString,
} from '../../src/domain/identifiers.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type {
  Approval,
  EndpointBinding,
  Evidence,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
} from '../../src/domain/register.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import { DECLARATION_STATEMENTS } from '../../src/domain/words.ts';
import { indexRegister, type RegisterContents } from '../../src/register/index-register.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';

/** The moment the ready-made register is judged at. */
export const NOW: Instant = Date.parse('2026-03-10T09:00:00Z');
export const PROVIDER = 'urn:test:identity-provider';
export const SITE = 'general';
const DAY = 86_400_000;

function known<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`not a well-formed identifier: ${text}`);
  return value;
}

export const practitionerId = (text: string): PractitionerId => known(parsePractitionerId(text), text);
export const modelName = (text: string): ModelName => known(parseModelName(text), text);
export const versionString = (text: string): VersionString => known(parseVersion(text), text);
export const studyUid = (text: string): StudyUid => known(parseStudyUid(text), text);

export const RADIOLOGIST = practitionerId('radiologist');
export const MODEL = modelName('lung-nodule');
export const VERSION = versionString('2.1.0');
const FAMILY = 'lung-ct';

/** The policy that ships, as the gateway itself loads it. */
export function shippedPolicy(): Policy {
  shipped ??= loadPolicy(join(__dirname, '../../config/policy/uk-pathway-2025.yaml'));
  return shipped;
}
let shipped: Policy | undefined;

type Parts = Partial<RegisterContents> & { readonly policy?: Policy; readonly sequence?: number };

/** A snapshot of exactly these records, indexed by the same code as the real register's. */
export function buildSnapshot(parts: Parts): RegisterSnapshot {
  const { policy = shippedPolicy(), sequence = 1, ...records } = parts;
  const people = { practitioners: [], evidence: [], approvals: [] };
  const empty = {
    ...people,
    modelVersions: [],
    stopUses: [],
    guidelines: [],
    plans: [],
    acceptanceTests: [],
  };
  return indexRegister({ ...empty, ...records }, policy, sequence);
}

/** A radiologist whose login is their id. */
export function aPractitioner(changes: Partial<Practitioner> = {}): Practitioner {
  const id = changes.id ?? RADIOLOGIST;
  return {
    id,
    name: 'Dr Rae Radiologist',
    profession: 'radiologist',
    professionalBody: 'GMC',
    registrationNumber: '1234567',
    roles: [],
    identities: [{ provider: PROVIDER, subject: id }],
    scope: {},
    ...changes,
  };
}

/** A radiographer of Band 7. */
export function aRadiographer(changes: Partial<Practitioner> = {}): Practitioner {
  return aPractitioner({
    id: practitionerId('radiographer'),
    name: 'Robin Radiographer',
    profession: 'radiographer',
    professionalBody: 'HCPC',
    registrationNumber: 'RA12345',
    band: 7,
    ...changes,
  });
}

/** A released detector of lung nodules on CT of the chest. */
export function aModelVersion(changes: Partial<ModelVersion> = {}): ModelVersion {
  return {
    model: MODEL,
    version: VERSION,
    family: FAMILY,
    title: 'Lung nodule detector',
    vendor: 'Example Vendor',
    digest: `sha256:${'a'.repeat(64)}`,
    intendedUse: { modalities: ['CT'], bodyParts: ['CHEST'], minAgeYears: 18 },
    state: 'released',
    releases: [{ site: SITE, from: NOW - 30 * DAY }],
    operatingThreshold: 0.5,
    guideline: { id: 'lung-nodules', version: '3' },
    endpoints: [aBinding()],
    ...changes,
  };
}

export function aBinding(changes: Partial<EndpointBinding> = {}): EndpointBinding {
  return {
    function: 'detection',
    protocol: 'oip-v2',
    baseUrl: 'http://127.0.0.1:9',
    endpointModel: 'nodules',
    endpointVersion: '3',
    attestation: 'reply',
    input: 'study',
    simulator: false,
    timeoutMs: 5_000,
    scoreOutput: 'score',
    findingOutput: 'finding',
    findings: ['nodule'],
    ...changes,
  };
}

/** One whose answer is a text and nothing else. */
export function aTextBinding(changes: Partial<EndpointBinding> = {}): EndpointBinding {
  const { scoreOutput: _score, findingOutput: _finding, findings: _findings, ...rest } = aBinding();
  return { ...rest, ...changes };
}

/** One that proves nothing but its name, signed for at its address unless said otherwise. */
export function aNameOnlyBinding(changes: Partial<EndpointBinding> = {}): EndpointBinding {
  const nameOnly = { baseUrl: aBinding().baseUrl, signedBy: RADIOLOGIST };
  return aBinding({ attestation: 'name-only', nameOnly, ...changes });
}

/** The radiologist's own, for detection and for seeing its stored results. */
export function anApproval(changes: Partial<Approval> = {}): Approval {
  return {
    id: 'approval-1',
    practitioner: RADIOLOGIST,
    model: MODEL,
    version: VERSION,
    functions: ['detection', 'view'],
    mode: 'independent',
    from: NOW - 30 * DAY,
    until: NOW + 300 * DAY,
    grantedBy: 'programme-lead',
    ...changes,
  };
}

interface EvidencePlan {
  readonly type: EvidenceType;
  /** Calendar months before now. */
  readonly monthsAgo: number;
  readonly count?: number;
  readonly facts?: Partial<Evidence>;
}

const ENTRY: readonly EvidencePlan[] = [
  { type: 'registration', monthsAgo: 60, facts: { validUntil: NOW + 200 * DAY } },
  { type: 'frcr', monthsAgo: 72 },
  { type: 'hcpc-experience', monthsAgo: 72, facts: { score: 4 } },
  { type: 'irmer-knowledge', monthsAgo: 40 },
  { type: 'portfolio', monthsAgo: 40 },
  { type: 'entry-clearance', monthsAgo: 40 },
];

const AWARD: readonly EvidencePlan[] = [
  { type: 'exam-ai-literacy', monthsAgo: 39, facts: { score: 85 } },
  { type: 'reflective-plan', monthsAgo: 39 },
  { type: 'simulator-fortnight', monthsAgo: 38 },
  { type: 'log-book-case', monthsAgo: 37, count: 50 },
  { type: 'mini-cex', monthsAgo: 37 },
  { type: 'dops', monthsAgo: 37 },
  { type: 'osce-high-stakes-rcr', monthsAgo: 36, count: 3 },
  {
    type: 'osce-high-stakes-caldicott',
    monthsAgo: 36,
    count: 3,
    facts: { attestedBy: 'Caldicott Guardian' },
  },
];

const CONTINUING: readonly EvidencePlan[] = [
  { type: 'annual-declaration', monthsAgo: 6 },
  { type: 'cpd', monthsAgo: 5, facts: { credits: 20 } },
  { type: 'cpd', monthsAgo: 4, facts: { credits: 10, modelFamily: FAMILY } },
  { type: 'active-practice', monthsAgo: 1 },
  { type: 'audit-led', monthsAgo: 1 },
  { type: 'board-minutes', monthsAgo: 1 },
  { type: 'anomaly-log', monthsAgo: 1 },
  { type: 'usage-log', monthsAgo: 1 },
  { type: 'guideline-acknowledgement', monthsAgo: 1, facts: { guideline: 'lung-nodules@3' } },
];

function piecesOf(practitioner: PractitionerId, plans: readonly EvidencePlan[]): readonly Evidence[] {
  return plans.flatMap(({ type, monthsAgo, count = 1, facts }, place) =>
    Array.from({ length: count }, (_, piece): Evidence => ({
      id: `${practitioner}-${type}-${String(monthsAgo)}-${String(place)}-${String(piece)}`,
      practitioner,
      type,
      happenedAt: addMonths(NOW, -monthsAgo) + piece * 60_000,
      attestedBy: 'assessor',
      ...numbered(type, piece + 1),
      ...facts,
    })),
  );
}

/** Log-book cases follow each other, an OSCE has stations, and a declaration says all of it. */
function numbered(type: EvidenceType, number: number): Partial<Evidence> {
  if (type === 'log-book-case') return { ordinal: number };
  if (type === 'annual-declaration') return { statements: DECLARATION_STATEMENTS };
  return type.startsWith('osce-high-stakes') ? { station: number } : {};
}

/** What somebody has who has just been cleared to enter the pathway. */
export function entryEvidence(practitioner: PractitionerId): readonly Evidence[] {
  return piecesOf(practitioner, ENTRY);
}

/** Everything that makes a credential of this scheme current at NOW, with the guideline of the ready-made model read. */
export function currentEvidence(
  practitioner: PractitionerId,
  scheme: 'rc-ai' | 'ai-operator' = 'rc-ai',
): readonly Evidence[] {
  const award: EvidencePlan = { type: 'award', monthsAgo: 36, facts: { scheme } };
  return piecesOf(practitioner, [...ENTRY, ...AWARD, award, ...CONTINUING]);
}

/** The study's context as the PACS tells it: a chest CT of an adult at the ready-made site. */
export function aStudy(changes: Partial<StudyContext> = {}): StudyContext {
  return {
    studyInstanceUid: studyUid('1.2.826.0.1.99.1'),
    modalities: ['CT'],
    bodyParts: ['CHEST'],
    descriptions: [],
    ageYears: 57,
    sex: 'F',
    sopClassUids: ['1.2.840.10008.5.1.4.1.1.2'],
    instanceCount: 12,
    manufacturer: 'Example Tomography',
    site: SITE,
    simulator: false,
    identifying: { patientId: 'P-1' },
    ...changes,
  };
}

/** Somebody who showed a smart card five minutes ago. */
export function aPrincipal(changes: Partial<Principal> = {}): Principal {
  return {
    kind: 'person',
    provider: PROVIDER,
    subject: RADIOLOGIST,
    method: 'saml',
    assurance: 3,
    authenticatedAt: NOW - 300_000,
    expiresAt: NOW + 8 * 3_600_000,
    sessionRef: 'session-1',
    ...changes,
  };
}

/**
 * A small register at NOW: an RC-AI radiologist whose credential is current, one released model version, and the approval
 * that unlocks it. Parts that are given take the place of the ready-made ones.
 */
export function aRegister(changes: Parts = {}): RegisterSnapshot {
  return buildSnapshot({
    practitioners: [aPractitioner()],
    evidence: currentEvidence(RADIOLOGIST),
    modelVersions: [aModelVersion()],
    approvals: [anApproval()],
    ...changes,
  });
}
