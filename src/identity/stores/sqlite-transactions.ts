import type { GatewayDatabase } from '../../db/gateway-database.ts';
import { guardStore } from './guard-store.ts';
import type { Transaction, TransactionStore } from './identity-stores.ts';
import { MAX_PENDING, tooManyPending } from './pending-limit.ts';
import { parseTransactionText, transactionText } from './stored-values.ts';

/** Sign-ins under way, in the table `login_transaction`. Expired ones are removed as new ones come. */
export function createSqliteTransactions(database: GatewayDatabase, nowMs: () => number): TransactionStore {
  return {
    save: (transaction) => guardStore(() => save(database, transaction, nowMs())),
    find: (kind, provider, id) =>
      guardStore(async () => {
        const row = await database
          .selectFrom('login_transaction')
          .select('login_transaction.body')
          .where('login_transaction.kind', '=', kind)
          .where('login_transaction.provider', '=', provider)
          .where('login_transaction.id', '=', id)
          .where('login_transaction.expires_at', '>', nowMs())
          .executeTakeFirst();
        return row === undefined ? undefined : parseTransactionText(row.body);
      }),
    take: (kind, provider, id) =>
      guardStore(async () => {
        const row = await database
          .deleteFrom('login_transaction')
          .where('login_transaction.kind', '=', kind)
          .where('login_transaction.provider', '=', provider)
          .where('login_transaction.id', '=', id)
          .returning(['login_transaction.body', 'login_transaction.expires_at'])
          .executeTakeFirst();
        return row === undefined || row.expires_at <= nowMs() ? undefined : parseTransactionText(row.body);
      }),
  };
}

async function save(database: GatewayDatabase, transaction: Transaction, nowMs: number): Promise<void> {
  await database.deleteFrom('login_transaction').where('login_transaction.expires_at', '<=', nowMs).execute();
  const { pending } = await database
    .selectFrom('login_transaction')
    .select((eb) => eb.fn.countAll<number>().as('pending'))
    .executeTakeFirstOrThrow();
  if (pending >= MAX_PENDING) throw tooManyPending();
  const { kind, provider, id, expiresAt } = transaction;
  const row = { kind, provider, id, body: transactionText(transaction), expires_at: expiresAt };
  await database.insertInto('login_transaction').values(row).execute();
}
