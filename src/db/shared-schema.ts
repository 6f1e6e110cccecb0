import type { Postgres } from './open-postgres.ts';

/** What a database holds of a gateway that nodes share. */
interface SharedSchema {
  /** Whether it holds the tables of a case log. */
  readonly log: boolean;
  /** Of the register's tables: whether they are there, and hold a record. */
  readonly register: 'none' | 'empty' | 'used';
  /** In the place of the register's tables stand those of somebody else. */
  readonly others: boolean;
}

interface Found {
  readonly log: boolean;
  readonly register: boolean;
  readonly any: boolean;
}

/** Looks without making anything. Throws PostgresFault. */
export async function readSharedSchema(postgres: Pick<Postgres, 'query'>): Promise<SharedSchema> {
  const { rows } = await postgres.query<Found>(
    `select to_regclass('case_log.head') is not null as log, to_regclass('countersign.register_record') is not null as register,
            exists (select 1 from pg_tables where pg_tables.schemaname = 'countersign') as any`,
  );
  const [{ log, register, any } = { log: true, register: false, any: true }] = rows;
  if (!register) return { log, register: 'none', others: any };
  const used = await postgres.query('select 1 from countersign.register_record limit 1');
  return { log, register: used.rows.length > 0 ? 'used' : 'empty', others: false };
}

/** Takes away every table of the register. The schema itself stays: a database's owner may have made it for us. Throws PostgresFault. */
export async function emptySharedSchema(postgres: Pick<Postgres, 'query'>): Promise<void> {
  await postgres.query(`do $$
    declare thing record;
    begin
      for thing in select tablename from pg_tables where schemaname = 'countersign' loop
        execute format('drop table countersign.%I cascade', thing.tablename);
      end loop;
      for thing in select oid::regprocedure as name from pg_proc where pronamespace = to_regnamespace('countersign') loop
        execute format('drop function %s cascade', thing.name);
      end loop;
    end $$`);
}
