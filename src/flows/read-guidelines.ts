import { offerOf, type ActOffer } from '../domain/act-offer.ts';
import { GatewayError } from '../domain/errors.ts';
import {
  acknowledgedBy,
  guidelineState,
  listGuidelines,
  modelsNaming,
  reviewDueAt,
  type GuidelineFile,
  type GuidelineList,
  type GuidelineVersion,
} from '../domain/guideline-file.ts';
import { reviewsDue } from '../domain/model-list.ts';
import { describePerson, namesIn } from '../domain/profile.ts';
import { guidelineId } from '../domain/record-text.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Guideline } from '../domain/register.ts';
import type { RegisterRecords } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { identifyVisitor, type Visitor, type VisitorDeps } from './register-visitor.ts';

/** What is done about one guideline. */
const ABOUT_ONE: readonly RegisterActName[] = [
  'draft-guideline',
  'comment-on-guideline',
  'sign-guideline',
  'review-guideline',
];

/**
 * Every guideline of the register, and which of them whoever looks is to acknowledge; for everybody in the register.
 * Throws NotIdentified, NotPermitted, RegisterUnavailable.
 */
export async function listAllGuidelines(
  deps: VisitorDeps,
  { evidence }: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<GuidelineList> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  const { register, now } = visitor;
  return {
    now,
    guidelines: listGuidelines(register, wantedOf(visitor), now),
    offers: offersTo(visitor, ['draft-guideline']),
  };
}

/**
 * One guideline with all its versions; for everybody in the register.
 * Throws NotIdentified, NotPermitted, GatewayError('not-found'), RegisterUnavailable.
 */
export async function readGuideline(
  deps: VisitorDeps & { readonly register: Pick<RegisterRecords, 'findAll'> },
  { evidence, id }: { readonly evidence: LoginEvidence; readonly id: string },
  signal: AbortSignal,
): Promise<GuidelineFile> {
  const visitor = await identifyVisitor(deps, evidence, signal);
  const { person, register, now } = visitor;
  const known = register.guidelineVersions(id);
  const records = await deps.register.findAll('guideline', known.map(guidelineId));
  const versions = known.flatMap((guideline): readonly GuidelineVersion[] => {
    const record = records.find((one) => one.id === guidelineId(guideline));
    if (record === undefined) return [];
    return [{ guideline, state: guidelineState(register, guideline, now), etag: record.etag }];
  });
  if (versions.length === 0) {
    throw new GatewayError('not-found', { detail: 'The register holds no such guideline.' });
  }
  return {
    now,
    id,
    versions: versions.toReversed(),
    ...datesOf(visitor, id),
    acknowledged: acknowledgedBy(register, id, now),
    models: modelsNaming(register, id).map(({ model, version }) => `${model} ${version}`),
    viewer: person.id,
    offers: offersTo(visitor, ABOUT_ONE),
    names: namesIn(register, known.flatMap(peopleIn)),
  };
}

function datesOf(
  visitor: Visitor,
  id: string,
): Pick<GuidelineFile, 'review' | 'reviewDueAt' | 'toAcknowledge'> {
  const { register, now } = visitor;
  const review = reviewsDue(register, now).get(id);
  const dueAt = reviewDueAt(register, id, now);
  const wanted = wantedOf(visitor).get(id);
  return {
    ...(review === undefined ? {} : { review }),
    ...(dueAt === undefined ? {} : { reviewDueAt: dueAt }),
    ...(wanted === undefined ? {} : { toAcknowledge: wanted }),
  };
}

/** Versions of guidelines that whoever looks is to acknowledge, by the guideline's id. */
function wantedOf({ register, person, now }: Visitor): ReadonlyMap<string, string> {
  const { guidelinesWanted } = describePerson(register, person, now);
  return new Map(guidelinesWanted.map(({ id, version }) => [id, version]));
}

function peopleIn({ draftedBy, signedBy, reviews, comments }: Guideline): readonly (string | undefined)[] {
  return [draftedBy, signedBy, ...reviews.map(({ by }) => by), ...comments.map(({ by }) => by)];
}

function offersTo(
  { principal, register, now }: Visitor,
  acts: readonly RegisterActName[],
): readonly ActOffer[] {
  return acts.map((act) => offerOf(act, principal, register, now));
}
