import type { ExpressionBuilder, ExpressionWrapper } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import { isUniqueViolation } from '../db/unique-violation.ts';
import type { Consent } from '../domain/register-proposal.ts';
import type { Proposal } from './proposal.ts';

interface NewProposal {
  readonly proposal: Proposal;
  readonly at: number;
  readonly by: Consent | undefined;
}

/** Keeps a proposal and the consent of whoever makes it, both or neither; what is there already stays as it is. */
export async function addProposal(
  database: GatewayDatabase,
  { proposal, at, by }: NewProposal,
): Promise<void> {
  const { digest, body, act, people } = proposal;
  await database.transaction().execute(async (tables) => {
    await tables
      .insertInto('register_proposal')
      .values({
        digest,
        body,
        act,
        people,
        proposed_at: at,
        started_at: null,
        applied_at: null,
        withdrawn_at: null,
      })
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .execute();
    if (by !== undefined) await addConsent(tables, digest, by);
  });
}

/** Keeps a signature; the same administrator's again changes nothing. */
export async function addSignature(
  database: GatewayDatabase,
  signature: { readonly proposal: string; readonly administrator: string; readonly signature: string },
  at: number,
): Promise<void> {
  await database
    .insertInto('register_signature')
    .values({ ...signature, signed_at: at })
    .onConflict((conflict) => conflict.columns(['proposal', 'administrator']).doNothing())
    .execute();
}

/** Keeps a consent behind those that are there; the same person's again changes nothing. */
export async function addConsent(database: GatewayDatabase, digest: string, by: Consent): Promise<void> {
  const { practitioner, method, assurance, authenticatedAt, at } = by;
  const ofProposal = database.selectFrom('register_consent').where('register_consent.proposal', '=', digest);
  for (;;) {
    const { count } = await ofProposal
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    await database
      .insertInto('register_consent')
      .values({
        proposal: digest,
        practitioner,
        method,
        assurance,
        authenticated_at: authenticatedAt,
        given_at: at,
        place: count + 1,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const own = ofProposal.select('register_consent.place').where('practitioner', '=', practitioner);
    // Somebody else's, given at the same moment, may have taken the place.
    if ((await own.executeTakeFirst()) !== undefined) return;
  }
}

interface Mark {
  readonly digest: string;
  readonly at: number;
  /** How far the register has come that the proposal was held against. */
  readonly sequence: number;
}

/**
 * Marks a proposal as begun, unless another one is, or the register has gone on: one statement, and of two that are carried out at once
 * only one finds its place in the sequence free. Resolves to whether it is marked.
 */
export async function markBegun(database: GatewayDatabase, { digest, at, sequence }: Mark): Promise<boolean> {
  try {
    const { numUpdatedRows } = await database
      .updateTable('register_proposal')
      .set({ started_at: at, first_sequence: sequence + 1 })
      .where('register_proposal.digest', '=', digest)
      .where('register_proposal.started_at', 'is', null)
      .where('register_proposal.withdrawn_at', 'is', null)
      .where((build) =>
        build.not(
          build.exists(
            build
              .selectFrom('register_proposal as other')
              .select('other.digest')
              .where('other.started_at', 'is not', null)
              .where('other.applied_at', 'is', null)
              .where('other.withdrawn_at', 'is', null),
          ),
        ),
      )
      .where((build) => build(newestSequence(build), '=', sequence))
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  } catch (error: unknown) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

function newestSequence(
  build: ExpressionBuilder<GatewayTables, 'register_proposal'>,
): ExpressionWrapper<GatewayTables, 'register_proposal', number | null> {
  const newest = build
    .selectFrom('register_record')
    .select((record) => record.fn.max('register_record.sequence').as('newest'));
  return build.fn.coalesce(newest, build.val(0));
}

/** Takes away the mark that was set at that moment, where it still stands and nothing came of it. */
export async function takeMarkBack(
  database: GatewayDatabase,
  { digest, startedAt = 0 }: { readonly digest: string; readonly startedAt: number | undefined },
): Promise<void> {
  await database
    .updateTable('register_proposal')
    .set({ started_at: null, first_sequence: null })
    .where('register_proposal.digest', '=', digest)
    .where('register_proposal.started_at', '=', startedAt)
    .where('register_proposal.applied_at', 'is', null)
    .execute();
}

/** Marks a proposal as taken back, unless it is begun. */
export async function markWithdrawn(database: GatewayDatabase, digest: string, at: number): Promise<void> {
  await database
    .updateTable('register_proposal')
    .set({ withdrawn_at: at })
    .where('register_proposal.digest', '=', digest)
    .where('register_proposal.started_at', 'is', null)
    .where('register_proposal.withdrawn_at', 'is', null)
    .execute();
}
