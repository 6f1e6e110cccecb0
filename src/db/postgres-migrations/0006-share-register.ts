import { sql, type Kysely } from 'kysely';

/** The twin of the migration of the same name for SQLite. */
export async function shareRegisterOnPostgres(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `alter table register_consent disable trigger register_consent_no_update`,
  `alter table register_consent add column place bigint not null default 0`,
  `update register_consent set place = (
     select count(*) from register_consent as earlier
     where earlier.proposal = register_consent.proposal
       and (earlier.given_at, earlier.practitioner) <= (register_consent.given_at, register_consent.practitioner))`,
  `create unique index register_consent_by_place on register_consent (proposal, place)`,
  `alter table register_consent enable trigger register_consent_no_update`,
  `alter table register_proposal add column first_sequence bigint`,
  `create unique index register_proposal_by_first_sequence on register_proposal (first_sequence)`,
  `create unique index register_proposal_begun on register_proposal ((applied_at is null))
     where started_at is not null and applied_at is null and withdrawn_at is null`,
  `create table card_key (
     kid text collate "C" primary key, x text collate "C" not null, node text collate "C" not null,
     published_at bigint not null, signs_from bigint not null, withdrawn_at bigint)`,
];
