import { sql, type Kysely } from 'kysely';

/**
 * What several nodes need to change one register: the order of consents, which no clock of theirs can tell; one change begun at a
 * time, and each for one place of the sequence; and every node's keys of the credential card.
 */
export async function shareRegister(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS: readonly string[] = [
  `drop trigger register_consent_no_update`,
  // SQLite wants a default for a column that is added; nothing is written without a place.
  `alter table register_consent add column place integer not null default 0`,
  `update register_consent set place = (
     select count(*) from register_consent as earlier
     where earlier.proposal = register_consent.proposal
       and (earlier.given_at, earlier.practitioner) <= (register_consent.given_at, register_consent.practitioner))`,
  `create unique index register_consent_by_place on register_consent (proposal, place)`,
  `create trigger register_consent_no_update before update on register_consent begin select raise(abort, 'consents are append-only'); end`,
  `alter table register_proposal add column first_sequence integer`,
  `create unique index register_proposal_by_first_sequence on register_proposal (first_sequence)`,
  `create unique index register_proposal_begun on register_proposal ((applied_at is null))
     where started_at is not null and applied_at is null and withdrawn_at is null`,
  `create table card_key (
     kid text primary key, x text not null, node text not null, published_at integer not null, signs_from integer not null,
     withdrawn_at integer) strict`,
];
