import type { Selectable, SelectQueryBuilder } from 'kysely';
import type { GatewayDatabase, GatewayTables } from '../db/gateway-database.ts';
import type { Consent } from '../domain/register-proposal.ts';
import type { Administrator } from './administrator-keys.ts';
import { guarded } from './guarded.ts';
import type { Proposal } from './proposal.ts';
import {
  addConsent,
  addProposal,
  addSignature,
  markBegun,
  markWithdrawn,
  takeMarkBack,
} from './proposal-writes.ts';

export interface StoredProposal {
  readonly digest: string;
  readonly body: string;
  readonly proposedAt: number;
  readonly startedAt: number | undefined;
  readonly appliedAt: number | undefined;
  readonly withdrawnAt: number | undefined;
  /** Sequence of the first of its records, once it is begun; undefined where an earlier release began it. */
  readonly firstSequence: number | undefined;
}

export interface StoredSignature {
  readonly proposal: string;
  readonly administrator: string;
  readonly signature: string;
}

/** Who has agreed to a proposal, as it is written down. */
export interface StoredAgreement {
  readonly signatures: readonly StoredSignature[];
  /** In the order in which they were given. */
  readonly consents: readonly Consent[];
}

/** Rows of proposals and of who agreed to them, in and out. All calls throw RegisterUnavailable when the database fails. */
export interface ProposalStore {
  readonly administrators: () => Promise<readonly Administrator[]>;
  readonly addAdministrators: (administrators: readonly Administrator[], at: number) => Promise<void>;
  readonly find: (digest: string) => Promise<StoredProposal | undefined>;
  /** Neither applied nor withdrawn, oldest first. */
  readonly open: () => Promise<readonly StoredProposal[]>;
  /** Begun and not applied: one at most. */
  readonly begun: () => Promise<StoredProposal | undefined>;
  /** All that are applied at one moment, and the newest sequence then; 0 before the first. */
  readonly applied: () => Promise<{ readonly digests: readonly string[]; readonly newest: number }>;
  readonly agreementTo: (digest: string) => Promise<StoredAgreement>;
  /** Who agreed to any of these, by name, sorted. */
  readonly peopleBehind: (digests: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** With the consent of whoever proposes it, if it takes people. Left as it is where it is there already. */
  readonly add: (proposal: Proposal, at: number, by?: Consent) => Promise<void>;
  readonly addSignature: (signature: StoredSignature, at: number) => Promise<void>;
  /** Once for each person. */
  readonly addConsent: (digest: string, by: Consent) => Promise<void>;
  /**
   * Marks it as begun while no other is begun and not applied, and the register's tables are at that sequence. From then on no other can
   * be, on any node, until it is applied. Resolves to whether it is marked.
   */
  readonly markBegun: (digest: string, at: number, sequence: number) => Promise<boolean>;
  /** Takes exactly this mark away, so that the proposal waits again; one that is applied or marked anew stays as it is. */
  readonly takeBack: (begun: Pick<StoredProposal, 'digest' | 'startedAt'>) => Promise<void>;
  /** Leaves it unmarked where it is begun. */
  readonly markWithdrawn: (digest: string, at: number) => Promise<void>;
}

/** The tables of proposals, signatures, consents and administrators behind a small set of calls. */
export function createProposalStore(database: GatewayDatabase): ProposalStore {
  return {
    ...administratorCalls(database),
    find: (digest) =>
      guarded(async () => {
        const row = await proposalsIn(database)
          .where('register_proposal.digest', '=', digest)
          .executeTakeFirst();
        return row === undefined ? undefined : toProposal(row);
      }),
    open: () =>
      guarded(async () => {
        const rows = await openIn(database).execute();
        return rows.map(toProposal);
      }),
    begun: () =>
      guarded(async () => {
        const row = await openIn(database)
          .where('register_proposal.started_at', 'is not', null)
          .executeTakeFirst();
        return row === undefined ? undefined : toProposal(row);
      }),
    applied: () => guarded(() => applied(database)),
    agreementTo: (digest) => guarded(() => agreementTo(database, digest)),
    peopleBehind: (digests) => guarded(() => peopleBehind(database, digests)),
    add: (proposal, at, by) => guarded(() => addProposal(database, { proposal, at, by })),
    addSignature: (signature, at) => guarded(() => addSignature(database, signature, at)),
    addConsent: (digest, by) => guarded(() => addConsent(database, digest, by)),
    markBegun: (digest, at, sequence) => guarded(() => markBegun(database, { digest, at, sequence })),
    takeBack: (begun) => guarded(() => takeMarkBack(database, begun)),
    markWithdrawn: (digest, at) => guarded(() => markWithdrawn(database, digest, at)),
  };
}

function administratorCalls(
  database: GatewayDatabase,
): Pick<ProposalStore, 'administrators' | 'addAdministrators'> {
  return {
    administrators: () =>
      guarded(async () => {
        const rows = await database
          .selectFrom('administrator')
          .select(['administrator.name', 'administrator.public_key'])
          .orderBy('administrator.name')
          .execute();
        return rows.map(({ name, public_key }) => ({ name, publicKeyPem: public_key }));
      }),
    addAdministrators: (administrators, at) =>
      guarded(async () => {
        const rows = administrators.map(({ name, publicKeyPem }) => ({
          name,
          public_key: publicKeyPem,
          named_at: at,
        }));
        await database.insertInto('administrator').values(rows).execute();
      }),
  };
}

const COLUMNS = [
  'register_proposal.digest',
  'register_proposal.body',
  'register_proposal.proposed_at',
  'register_proposal.started_at',
  'register_proposal.applied_at',
  'register_proposal.withdrawn_at',
  'register_proposal.first_sequence',
] as const;
type ProposalRow = Pick<
  Selectable<GatewayTables['register_proposal']>,
  'digest' | 'body' | 'proposed_at' | 'started_at' | 'applied_at' | 'withdrawn_at' | 'first_sequence'
>;

function proposalsIn(
  database: GatewayDatabase,
): SelectQueryBuilder<GatewayTables, 'register_proposal', ProposalRow> {
  return database.selectFrom('register_proposal').select(COLUMNS);
}

function openIn(database: GatewayDatabase): ReturnType<typeof proposalsIn> {
  return proposalsIn(database)
    .where('register_proposal.applied_at', 'is', null)
    .where('register_proposal.withdrawn_at', 'is', null)
    .orderBy('register_proposal.proposed_at')
    .orderBy('register_proposal.digest');
}

/** In one statement, so that both are of one moment. */
async function applied(database: GatewayDatabase): ReturnType<ProposalStore['applied']> {
  const rows = await database
    .selectFrom('register_proposal')
    .select((build) => [
      'register_proposal.digest',
      build
        .selectFrom('register_record')
        .select(({ fn }) => fn.max<number | null>('register_record.sequence').as('newest'))
        .as('newest'),
    ])
    .where('register_proposal.applied_at', 'is not', null)
    .execute();
  return { digests: rows.map(({ digest }) => digest), newest: rows[0]?.newest ?? 0 };
}

function toProposal(row: ProposalRow): StoredProposal {
  return {
    digest: row.digest,
    body: row.body,
    proposedAt: row.proposed_at,
    startedAt: row.started_at ?? undefined,
    appliedAt: row.applied_at ?? undefined,
    withdrawnAt: row.withdrawn_at ?? undefined,
    firstSequence: row.first_sequence ?? undefined,
  };
}

async function agreementTo(database: GatewayDatabase, digest: string): Promise<StoredAgreement> {
  const signatures = await database
    .selectFrom('register_signature')
    .select([
      'register_signature.proposal',
      'register_signature.administrator',
      'register_signature.signature',
    ])
    .where('register_signature.proposal', '=', digest)
    .orderBy('register_signature.administrator')
    .execute();
  const consents = await database
    .selectFrom('register_consent')
    .selectAll()
    .where('register_consent.proposal', '=', digest)
    .orderBy('register_consent.place')
    .execute();
  return { signatures, consents: consents.map(parseConsent) };
}

/** What was written here was a consent, and the columns are strict. */
function parseConsent(row: GatewayTables['register_consent']): Consent {
  return {
    practitioner: row.practitioner as Consent['practitioner'],
    method: row.method,
    assurance: row.assurance as Consent['assurance'],
    authenticatedAt: row.authenticated_at,
    at: row.given_at,
  };
}

async function peopleBehind(
  database: GatewayDatabase,
  digests: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (digests.length === 0) return new Map();
  const signers = await database
    .selectFrom('register_signature')
    .select(['register_signature.proposal', 'register_signature.administrator as name'])
    .where('register_signature.proposal', 'in', digests)
    .execute();
  const others = await database
    .selectFrom('register_consent')
    .select(['register_consent.proposal', 'register_consent.practitioner as name'])
    .where('register_consent.proposal', 'in', digests)
    .execute();
  const behind = Map.groupBy([...signers, ...others], ({ proposal }) => proposal);
  return new Map([...behind].map(([digest, rows]) => [digest, rows.map(({ name }) => name).toSorted()]));
}
