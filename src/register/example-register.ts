import { parseModelName, parsePractitionerId, parseVersion } from '../domain/identifiers.ts';
import type { Policy } from '../domain/policy.ts';
import type {
  Approval,
  Evidence,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
} from '../domain/register.ts';
import { AI_FUNCTIONS, DECLARATION_STATEMENTS, ENDPOINT_FUNCTIONS } from '../domain/words.ts';
import { indexRegister } from './index-register.ts';
import type { PolicyExample } from './policy-examples.ts';

/** ECMAScript knows no later one. */
const LAST: Instant = 8.64e15;
const ID = named(parsePractitionerId('example'));

const BODIES = {
  radiologist: 'GMC',
  registrar: 'GMC',
  radiographer: 'HCPC',
  sonographer: 'HCPC',
  physicist: 'HCPC',
  pharmacist: 'GPhC',
  other: 'none',
} as const satisfies Record<PolicyExample['profession'], Practitioner['professionalBody']>;

/** The person of an example, as the register would hold them. */
export function practitionerOf({ name, profession, band }: PolicyExample): Practitioner {
  return {
    id: ID,
    name,
    profession,
    professionalBody: BODIES[profession],
    ...(band === undefined ? {} : { band }),
    roles: [],
    identities: [{ provider: 'urn:countersign:policy-example', subject: ID }],
    scope: {},
  };
}

/** The evidence of an example, piece by piece. */
export function piecesOf({ evidence }: PolicyExample): readonly Evidence[] {
  const all = evidence.flatMap(
    ({ on, until, stations, units, ...facts }): readonly Omit<Evidence, 'id'>[] => {
      const statements = facts.type === 'annual-declaration' ? { statements: DECLARATION_STATEMENTS } : {};
      const piece = {
        practitioner: ID,
        happenedAt: on,
        ...(until === undefined ? {} : { validUntil: until }),
        attestedBy: 'somebody else',
        ...statements,
        ...facts,
      };
      if (stations !== undefined) return stations.map((station) => ({ ...piece, station }));
      return units === undefined ? [piece] : units.map((unit) => ({ ...piece, unit }));
    },
  );
  return all.map((piece, place) => ({ ...piece, id: `example-${String(place)}` }));
}

/** A released version that serves everything, anywhere, on a simulator, and has no guideline. */
export function exampleVersion(family: string): ModelVersion {
  return {
    model: named(parseModelName('example')),
    version: named(parseVersion('1')),
    family,
    title: 'example',
    vendor: 'example',
    digest: `sha256:${'0'.repeat(64)}`,
    intendedUse: {},
    state: 'released',
    releases: [{ site: '*', from: -LAST }],
    endpoints: ENDPOINT_FUNCTIONS.map((name) => ({
      function: name,
      protocol: 'oip-v2',
      baseUrl: 'http://127.0.0.1:9',
      endpointModel: 'example',
      endpointVersion: '1',
      attestation: 'reply',
      input: 'study',
      simulator: true,
      timeoutMs: 1_000,
    })),
  };
}

/** A register of that one person, with an approval for all of the version. */
export function registerOf(given: {
  readonly policy: Policy;
  readonly example: PolicyExample;
  readonly version: ModelVersion;
  readonly mode: Approval['mode'];
}): RegisterSnapshot {
  const { policy, example, version, mode } = given;
  const approval: Approval = {
    id: 'example',
    practitioner: ID,
    model: version.model,
    version: version.version,
    functions: AI_FUNCTIONS,
    mode,
    from: -LAST,
    until: LAST,
    grantedBy: 'somebody else',
  };
  const contents = {
    practitioners: [practitionerOf(example)],
    evidence: piecesOf(example),
    modelVersions: [version],
    approvals: [approval],
    stopUses: [],
    guidelines: [],
    plans: [],
    acceptanceTests: [],
  };
  return indexRegister(contents, policy, 1);
}

function named<T>(parsed: T | undefined): T {
  if (parsed === undefined) throw new TypeError('the names of an example are well-formed');
  return parsed;
}
