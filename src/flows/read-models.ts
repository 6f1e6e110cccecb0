import { offerOf, type ActOffer } from '../domain/act-offer.ts';
import { GatewayError } from '../domain/errors.ts';
import type { ModelName, VersionString } from '../domain/identifiers.ts';
import { currentGuideline } from '../domain/current-guideline.ts';
import { mayReadPeople } from '../domain/may-read-people.ts';
import {
  approvalsInForce,
  guidelinesToName,
  isStopping,
  knownSites,
  offerInLife,
  plansOf,
  possibleOperators,
  stopsOf,
  type LifeStep,
  type ModelFile,
} from '../domain/model-file.ts';
import { listVersions, type ModelList } from '../domain/model-list.ts';
import { isToBeSigned } from '../domain/name-only-signature.ts';
import { namesIn } from '../domain/profile.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Guideline, ModelVersion, StopUse } from '../domain/register.ts';
import { MODEL_STATES } from '../domain/words.ts';
import type { RegisterRecord, RegisterRecords } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyVisitor, type Visitor, type VisitorDeps } from './register-visitor.ts';

type Deps = VisitorDeps & { readonly register: Pick<RegisterRecords, 'find' | 'historyOf'> };

/** What is done about one version. */
const ABOUT_ONE: readonly RegisterActName[] = [
  'stop-use',
  'hold-model',
  'lift-stop-use',
  'approve-plan',
  'record-acceptance-test',
  'release-model',
  'sign-name-only',
  'change-model',
  'retire-model',
];

/**
 * Every model version of the register, and every stop-use in force; for everybody in the register.
 * Throws NotIdentified, NotPermitted, RegisterUnavailable.
 */
export async function listModelVersions(
  deps: VisitorDeps,
  { evidence }: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<ModelList> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  const { register, now } = visitor;
  const listed = listVersions(register, now);
  return {
    now,
    ...listed,
    offers: offersTo(visitor, ['register-model', 'stop-use', 'hold-model', 'lift-stop-use']),
    names: namesIn(
      register,
      listed.stops.map(({ by }) => by),
    ),
  };
}

interface VersionInput {
  readonly evidence: LoginEvidence;
  readonly model: ModelName;
  readonly version: VersionString;
}

/**
 * Everything about one version: its life, its plans and their tests, its stop-uses, and who may do what about it; for everybody in
 * the register. Throws NotIdentified, NotPermitted, GatewayError('not-found'), RegisterUnavailable.
 */
export async function readModelVersion(
  deps: Deps,
  { evidence, model, version }: VersionInput,
  signal: AbortSignal,
): Promise<ModelFile> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  const known = visitor.register.modelVersion(model, version);
  const id = `${model}@${version}`;
  const record = known === undefined ? undefined : await deps.register.find('model-version', id);
  if (known === undefined || record === undefined) {
    throw new GatewayError('not-found', { detail: 'The register holds no such model version.' });
  }
  const steps = stepsOf(await deps.register.historyOf('model-version', id));
  return { ...fileOf(visitor, known), etag: record.etag, ...named(visitor, known, steps) };
}

function fileOf(visitor: Visitor, known: ModelVersion): Omit<ModelFile, 'etag' | 'steps' | 'names'> {
  const { person, register, now } = visitor;
  const offers = offersTo(visitor, ABOUT_ONE).map((offer) => offerInLife(offer, known));
  const isApprover = offers.some(({ act, reasons }) => act === 'approve-plan' && reasons.length === 0);
  return {
    now,
    modelVersion: known,
    ...guidelineOf(visitor, known),
    plans: plansOf(register, known, person.id),
    stops: stopsOf(register, known, now),
    approvals: approvalsInForce(register, known, now),
    operators: isApprover ? possibleOperators(register, person.id, now) : [],
    guidelines: guidelinesToName(register, now),
    toSign: known.endpoints.filter(isToBeSigned),
    sites: knownSites(register),
    holdHours: register.policy.holdHours,
    mayReadPeople: mayReadPeople(person, register, now),
    offers,
  };
}

function guidelineOf(
  { register, now }: Visitor,
  { guideline }: ModelVersion,
): { readonly guideline?: Guideline } {
  const current = guideline === undefined ? undefined : currentGuideline(register, guideline.id, now);
  return current === undefined ? {} : { guideline: current };
}

/** The names of all who did something about the version, and of those who are approved for whoever may look them up. */
function named(
  { person, register, now }: Visitor,
  known: ModelVersion,
  steps: readonly LifeStep[],
): Pick<ModelFile, 'steps' | 'names'> {
  const approved = mayReadPeople(person, register, now) ? approvalsInForce(register, known, now) : [];
  const plans = plansOf(register, known, person.id);
  const mentioned = [
    ...steps.flatMap(({ by }) => by),
    ...known.releases.map(({ signedBy }) => signedBy),
    ...known.endpoints.map(({ nameOnly }) => nameOnly?.signedBy),
    ...plans.flatMap(({ plan, items }) => [
      plan.operator,
      plan.approvedBy,
      ...items.map(({ newest }) => newest?.recordedBy),
    ]),
    ...stopsOf(register, known, now).flatMap(({ stop }) => [stop.by, ...(stop.liftedBy ?? [])]),
    ...approved.map(({ practitioner }) => practitioner),
  ];
  return { steps, names: namesIn(register, mentioned) };
}

/** When each state was first written, and by whom. */
function stepsOf(history: readonly RegisterRecord[]): readonly LifeStep[] {
  return MODEL_STATES.flatMap((state) => {
    const first = history.find(({ record }) => record?.['state'] === state);
    return first === undefined ? [] : [{ state, at: first.recordedAt, by: first.by }];
  });
}

/** A stop-use as it stands, and whether whoever looks may lift it. */
export interface StopFile {
  readonly stop: StopUse;
  readonly isInForce: boolean;
  readonly etag: string;
  readonly names: Readonly<Record<string, string>>;
  readonly offers: readonly ActOffer[];
}

/**
 * One stop-use or hold; for everybody in the register.
 * Throws NotIdentified, NotPermitted, GatewayError('not-found'), RegisterUnavailable.
 */
export async function readStopUse(
  deps: Deps,
  { evidence, id }: { readonly evidence: LoginEvidence; readonly id: string },
  signal: AbortSignal,
): Promise<StopFile> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  const { register, now } = visitor;
  const stop = register.stopUses().find((one) => one.id === id);
  const record = stop === undefined ? undefined : await deps.register.find('stop-use', id);
  if (stop === undefined || record === undefined) {
    throw new GatewayError('not-found', { detail: 'The register holds no such stop-use.' });
  }
  return {
    stop,
    isInForce: isStopping(stop, now),
    etag: record.etag,
    names: namesIn(register, [stop.by]),
    offers: offersTo(visitor, ['lift-stop-use']),
  };
}

function offersTo(
  { principal, register, now }: Visitor,
  acts: readonly RegisterActName[],
): readonly ActOffer[] {
  return acts.map((act) => offerOf(act, principal, register, now));
}

/** What the form that registers a version chooses from. */
export interface ModelChoices {
  readonly guidelines: readonly Guideline[];
  readonly offers: readonly ActOffer[];
}

/** What a new version can name; for everybody in the register. Throws NotIdentified, NotPermitted, RegisterUnavailable. */
export async function readModelChoices(
  deps: VisitorDeps,
  { evidence }: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<ModelChoices> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  return {
    guidelines: guidelinesToName(visitor.register, visitor.now),
    offers: offersTo(visitor, ['register-model']),
  };
}
