import { PostgresFault, type Postgres, type PostgresConnection } from '../db/open-postgres.ts';
import { SQLSTATE, WriterFault } from './writer-fault.ts';

/**
 * Does something in one transaction, on a connection of its own: committed and durable when it resolves. Throws what `act` throws,
 * and nothing of it stands then; a PostgresFault of the commit itself leaves open whether it does.
 */
export async function inTransaction<T>(
  postgres: Pick<Postgres, 'connect'>,
  begin: string,
  act: (connection: PostgresConnection) => Promise<T>,
): Promise<T> {
  const connection = await postgres.connect();
  const work = commitWork(connection, begin, act);
  await work.catch(async (error: unknown) => {
    // A connection that is lost, or does not answer, is closed, and the server rolls back by itself.
    if (!isLost(error)) await connection.query('rollback').catch(() => undefined);
  });
  connection.release();
  return await work;
}

async function commitWork<T>(
  connection: PostgresConnection,
  begin: string,
  act: (connection: PostgresConnection) => Promise<T>,
): Promise<T> {
  await connection.query(begin);
  const result = await act(connection);
  const { command }: { readonly command: string } = await connection.query('commit');
  // What PostgreSQL says to the commit of a transaction in which a statement had failed.
  if (command !== 'COMMIT')
    throw new WriterFault('fatal', 'The case log was not written: it was rolled back.');
  return result;
}

function isLost(error: unknown): boolean {
  return error instanceof PostgresFault && !SQLSTATE.test(error.code);
}
