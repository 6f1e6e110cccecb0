import type { GatewayDatabase } from '../../db/gateway-database.ts';
import type { Clock } from '../../flows/ports.ts';
import { guardStore } from './guard-store.ts';
import type { IdentityStores } from './identity-stores.ts';
import { createMemoryRates } from './memory-rates.ts';
import { createSqliteSessions } from './sqlite-sessions.ts';
import { createSqliteTransactions } from './sqlite-transactions.ts';

/** The embedded store: one process, one folder. Attempts are counted in memory, for a restart forgives them. */
export function createSqliteStores(database: GatewayDatabase, clock: Clock): IdentityStores {
  return {
    transactions: createSqliteTransactions(database, clock.nowMs),
    sessions: createSqliteSessions(database, clock.nowMs),
    rates: createMemoryRates(clock.monotonicMs),
    isWell: async () => {
      try {
        await guardStore(() =>
          database.selectFrom('login_session').select('login_session.token_hash').limit(1).execute(),
        );
        return true;
      } catch {
        return false;
      }
    },
  };
}
