import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startIdentityProvider } from '../../fixtures/sandbox/identity-provider.ts';
import { SANDBOX_CAST } from '../../fixtures/sandbox/sandbox-cast.ts';
import { freePort } from '../fakes/free-port.ts';
import { startPostgres } from '../fakes/postgres-server.ts';
import { startRedis } from '../fakes/redis-server.ts';
import { ENTITY_ID, IDP_ENTITY_ID, startHouse } from './dicomweb-house.ts';

/** A gateway with somebody signed in. */
export interface Door {
  readonly url: string;
  readonly cookie: string;
  readonly pid: number;
}

/** Gateways over one PostgreSQL and one Redis, each with a database and keys of its own. */
export interface SharedHouses {
  readonly start: (name: string, ...serveWords: readonly string[]) => Promise<Door>;
  readonly stop: () => Promise<void>;
}

/** Starts both servers. Throws where one of them is not installed. */
export async function startSharedHouses(folder: string, upstream: string): Promise<SharedHouses> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const stops: (() => Promise<void>)[] = [postgres.close, redis.close];
  return {
    start: async (name, ...serveWords) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${String(port)}`;
      const idp = await startIdentityProvider({
        port: 0,
        entityId: IDP_ENTITY_ID,
        users: SANDBOX_CAST,
        serviceProviders: [{ entityId: ENTITY_ID, acsUrls: [`${url}/auth/saml/trust/acs`] }],
      });
      stops.push(idp.close);
      const own = join(folder, name);
      mkdirSync(own);
      const blocks = {
        postgres: { url: await postgres.createDatabase(), username: 'countersign', plain: true },
        redis: { url: redis.url, keyPrefix: name },
      };
      const started = await startHouse({ folder: own, port, upstream, idp, serveWords, blocks });
      stops.push(started.stop);
      return { ...started, url };
    },
    stop: async () => {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}
