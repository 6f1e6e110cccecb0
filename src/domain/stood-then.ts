import { describeStanding, type SchemeStanding } from './describe-standing.ts';
import type { PractitionerId } from './identifiers.ts';
import type { LogEntry } from './log-entry.ts';
import { isStopping } from './model-file.ts';
import type { Redecided } from './replay-decision.ts';
import type {
  Approval,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
  Release,
  StopUse,
} from './register.ts';
import type { CredentialStatus, ModelState, Profession } from './words.ts';

/** The records that a decision rested on, as the register had them then. */
export interface StoodThen {
  readonly practitioner?: PersonThen & { readonly profession: Profession };
  /** The credential that counted; for a disposition, each that would have done. */
  readonly credentials: readonly CredentialThen[];
  readonly approval?: Omit<Approval, 'practitioner' | 'model' | 'version' | 'planStudies'>;
  readonly supervisor?: PersonThen;
  readonly model?: ModelThen;
  /** Those that were in force and touched it. */
  readonly stopUses: readonly StopUse[];
}

interface PersonThen {
  readonly id: PractitionerId;
  readonly name: string;
}

interface CredentialThen {
  readonly id: string;
  readonly title: string;
  readonly status: CredentialStatus;
  readonly requirements: readonly {
    readonly title: string;
    readonly part: SchemeStanding['requirements'][number]['part'];
    readonly met: boolean;
    readonly metUntil?: Instant;
    readonly family?: string;
    /** The sentence of the pathway it comes from. */
    readonly source: string;
  }[];
}

interface ModelThen extends Pick<ModelVersion, 'title' | 'family' | 'digest'> {
  readonly state: ModelState;
  readonly retiredAt?: Instant;
  /** For the site of the study, begun and not ended. */
  readonly releases: readonly Release[];
}

interface Matter {
  readonly entry: LogEntry;
  readonly redecided: Redecided;
  readonly register: RegisterSnapshot;
  readonly at: Instant;
}

/** What an entry's decision rested on, from the register as it stood. */
export function stoodThen(matter: Matter): StoodThen {
  const { register, entry } = matter;
  const { practitioner, approval, modelVersion } = matter.redecided;
  const isDisposition = entry.kind === 'case.disposition';
  return {
    ...(practitioner === undefined ? {} : peopleThen(practitioner)),
    credentials: practitioner === undefined ? [] : credentialsThen(practitioner, matter),
    ...(approval === undefined ? {} : approvalThen(approval, register)),
    ...(modelVersion === undefined ? {} : { model: modelThen(modelVersion, matter) }),
    stopUses: isDisposition ? [] : register.stopUses().filter((stop) => isTouched(stop, matter)),
  };
}

function peopleThen({ id, name, profession }: Practitioner): Pick<StoodThen, 'practitioner'> {
  return { practitioner: { id, name, profession } };
}

/** The studies of an acceptance plan stay out: they would name patients. */
function approvalThen(
  { practitioner: _person, model: _model, version: _version, planStudies: _studies, ...approval }: Approval,
  register: RegisterSnapshot,
): Pick<StoodThen, 'approval' | 'supervisor'> {
  const known = approval.supervisor === undefined ? undefined : register.practitioner(approval.supervisor);
  if (known === undefined) return { approval };
  return { approval, supervisor: { id: known.id, name: known.name } };
}

function credentialsThen(practitioner: Practitioner, matter: Matter): readonly CredentialThen[] {
  const { register, at, redecided } = matter;
  const family = redecided.modelVersion?.family;
  const asked = { register, practitioner, now: at, ...(family === undefined ? {} : { modelFamily: family }) };
  const counted = countedCredentials(matter);
  return describeStanding(asked)
    .filter(({ scheme }) => counted.includes(scheme.id))
    .map(credentialThen);
}

function countedCredentials({ entry, register, redecided }: Matter): readonly string[] {
  const disposition = entry.facts.human?.disposition;
  const duty = register.policy.dispositions.find((one) => one.disposition === disposition);
  if (duty !== undefined) return duty.credentials;
  return redecided.credential === undefined ? [] : [redecided.credential.id];
}

function credentialThen({ scheme, status, requirements }: SchemeStanding): CredentialThen {
  return {
    id: scheme.id,
    title: scheme.title,
    status,
    requirements: requirements.map(({ requirement, part, met, metUntil, family }) => ({
      title: requirement.title,
      part,
      met,
      ...(metUntil === undefined ? {} : { metUntil }),
      ...(family === undefined ? {} : { family }),
      source: requirement.source,
    })),
  };
}

function modelThen(known: ModelVersion, { entry, at }: Matter): ModelThen {
  const { title, family, digest, state, retiredAt, releases } = known;
  const { site } = entry.facts;
  return {
    title,
    family,
    digest,
    state,
    ...(retiredAt === undefined ? {} : { retiredAt }),
    releases: releases.filter((one) => one.site === '*' || one.site === site).filter((one) => isOn(one, at)),
  };
}

function isOn(
  { from, until = Infinity }: { readonly from: Instant; readonly until?: Instant },
  at: Instant,
): boolean {
  return from <= at && at < until;
}

/** As `decide` has it: what a stop-use leaves open matches everything, and so does a site that is not known. */
function isTouched(stop: StopUse, { entry, redecided, at }: Matter): boolean {
  const { model, site, function: fn } = entry.facts;
  const binding = redecided.modelVersion?.endpoints.find((one) => one.function === fn);
  const pairs: readonly (readonly [wanted: string | undefined, actual: string | undefined])[] = [
    [stop.model, model?.id],
    [stop.version, model?.version],
    [stop.family, redecided.modelVersion?.family],
    [site === undefined ? undefined : stop.site, site],
    [stop.endpoint, binding?.baseUrl],
  ];
  return pairs.every(([wanted, actual]) => wanted === undefined || wanted === actual) && isStopping(stop, at);
}
