import type { GatewayDatabase } from '../db/gateway-database.ts';
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

/** Keeps a consent; the same person's again changes nothing. */
export async function addConsent(database: GatewayDatabase, digest: string, by: Consent): Promise<void> {
  const { practitioner, method, assurance, authenticatedAt, at } = by;
  await database
    .insertInto('register_consent')
    .values({
      proposal: digest,
      practitioner,
      method,
      assurance,
      authenticated_at: authenticatedAt,
      given_at: at,
    })
    .onConflict((conflict) => conflict.columns(['proposal', 'practitioner']).doNothing())
    .execute();
}

/** Marks a proposal as begun, unless another one is: one statement, so that two cannot both be. */
export async function markBegun(database: GatewayDatabase, digest: string, at: number): Promise<void> {
  await database
    .updateTable('register_proposal')
    .set({ started_at: at })
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
