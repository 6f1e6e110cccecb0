import type { GatewayDatabase } from '../db/gateway-database.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import type { Administrator } from './administrator-keys.ts';
import type { Proposal } from './proposal.ts';

/** A row of the register, newest last. */
export interface StoredRecord {
  readonly sequence: number;
  readonly kind: string;
  readonly id: string;
  readonly body: string;
  readonly digest: string;
  readonly proposal: string;
}

export interface StoredProposal {
  readonly digest: string;
  readonly body: string;
  readonly startedAt: number | undefined;
  readonly appliedAt: number | undefined;
}

interface StoredSignature {
  readonly proposal: string;
  readonly administrator: string;
  readonly signature: string;
}

/** All that the register's tables hold, read at one moment. */
export interface StoredRegister {
  readonly administrators: readonly Administrator[];
  readonly proposals: readonly StoredProposal[];
  readonly signatures: readonly StoredSignature[];
  readonly records: readonly StoredRecord[];
}

/** Rows in, rows out; what they mean is for the callers. All calls throw RegisterUnavailable when the database fails. */
export interface RegisterStore {
  readonly read: () => Promise<StoredRegister>;
  readonly addAdministrators: (administrators: readonly Administrator[], at: number) => Promise<void>;
  readonly addProposal: (proposal: Proposal, at: number) => Promise<void>;
  readonly addSignature: (signature: StoredSignature, at: number) => Promise<void>;
  /** Leaves it unmarked when another proposal is started and not applied: one statement, so that two cannot both be. */
  readonly markStarted: (digest: string, at: number) => Promise<void>;
  /** Everything or nothing: records that continue the sequence, and the proposal as applied. Nothing where it is applied already. */
  readonly writeRecords: (
    proposal: Proposal,
    rows: readonly { readonly sequence: number; readonly logSeq: number }[],
    at: number,
  ) => Promise<void>;
}

/** SQLite takes 32,766 parameters in one statement; eight a row. */
const ROWS_A_STATEMENT = 500;

/** The register's tables behind a small set of calls. */
export function createRegisterStore(database: GatewayDatabase): RegisterStore {
  return {
    read: () => guarded(() => readAll(database)),
    addAdministrators: (administrators, at) =>
      guarded(async () => {
        const rows = administrators.map(({ name, publicKeyPem }) => ({
          name,
          public_key: publicKeyPem,
          named_at: at,
        }));
        await database.insertInto('administrator').values(rows).execute();
      }),
    addProposal: (proposal, at) => guarded(() => addProposal(database, proposal, at)),
    addSignature: (signature, at) => guarded(() => addSignature(database, signature, at)),
    markStarted: (digest, at) => guarded(() => markStarted(database, digest, at)),
    writeRecords: (proposal, rows, at) => guarded(() => writeAll(database, { proposal, rows, at })),
  };
}

async function addProposal(database: GatewayDatabase, { digest, body }: Proposal, at: number): Promise<void> {
  await database
    .insertInto('register_proposal')
    .values({ digest, body, proposed_at: at, started_at: null, applied_at: null })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .execute();
}

async function addSignature(
  database: GatewayDatabase,
  signature: StoredSignature,
  at: number,
): Promise<void> {
  await database
    .insertInto('register_signature')
    .values({ ...signature, signed_at: at })
    .onConflict((conflict) => conflict.columns(['proposal', 'administrator']).doNothing())
    .execute();
}

async function markStarted(database: GatewayDatabase, digest: string, at: number): Promise<void> {
  await database
    .updateTable('register_proposal')
    .set({ started_at: at })
    .where('register_proposal.digest', '=', digest)
    .where('register_proposal.started_at', 'is', null)
    .where((build) =>
      build.not(
        build.exists(
          build
            .selectFrom('register_proposal as other')
            .select('other.digest')
            .where('other.started_at', 'is not', null)
            .where('other.applied_at', 'is', null),
        ),
      ),
    )
    .execute();
}

async function readAll(database: GatewayDatabase): Promise<StoredRegister> {
  return await database.transaction().execute(async (tables): Promise<StoredRegister> => {
    const administrators = await tables.selectFrom('administrator').selectAll().orderBy('name').execute();
    const proposals = await tables.selectFrom('register_proposal').selectAll().execute();
    const signatures = await tables
      .selectFrom('register_signature')
      .select(['proposal', 'administrator', 'signature'])
      .orderBy('administrator')
      .execute();
    const records = await tables
      .selectFrom('register_record')
      .select(['sequence', 'kind', 'id', 'body', 'digest', 'proposal'])
      .orderBy('sequence')
      .execute();
    return {
      administrators: administrators.map(({ name, public_key }) => ({ name, publicKeyPem: public_key })),
      proposals: proposals.map(({ digest, body, started_at, applied_at }) => ({
        digest,
        body,
        startedAt: started_at ?? undefined,
        appliedAt: applied_at ?? undefined,
      })),
      signatures,
      records,
    };
  });
}

interface Write {
  readonly proposal: Proposal;
  readonly rows: readonly { readonly sequence: number; readonly logSeq: number }[];
  readonly at: number;
}

async function writeAll(database: GatewayDatabase, { proposal, rows, at }: Write): Promise<void> {
  const values = rows.flatMap(({ sequence, logSeq }, place) => {
    const written = proposal.changes[place];
    if (written === undefined) return [];
    const { change, body, digest } = written;
    const { kind, id } = change;
    return [
      { sequence, kind, id, body, digest, proposal: proposal.digest, log_seq: logSeq, recorded_at: at },
    ];
  });
  await database.transaction().execute(async (tables) => {
    const marked = await tables
      .updateTable('register_proposal')
      .set({ applied_at: at })
      .where('register_proposal.digest', '=', proposal.digest)
      .where('register_proposal.applied_at', 'is', null)
      .executeTakeFirst();
    if (marked.numUpdatedRows === 0n) return;
    for (let first = 0; first < values.length; first += ROWS_A_STATEMENT) {
      await tables
        .insertInto('register_record')
        .values(values.slice(first, first + ROWS_A_STATEMENT))
        .execute();
    }
  });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause: unknown) {
    throw new RegisterUnavailable('The register’s database cannot be used.', cause);
  }
}
