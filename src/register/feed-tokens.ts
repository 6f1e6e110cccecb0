import { createHash } from 'node:crypto';
import type { GatewayDatabase } from '../db/gateway-database.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import { parsePractitionerId, type PractitionerId } from '../domain/identifiers.ts';
import type { FeedTokens } from '../flows/ports-due.ts';

interface Options {
  readonly database: GatewayDatabase;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** 256 bits cannot be guessed, so a plain hash at rest is enough. */
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Secrets of calendar addresses, in the table `feed_token`. Looking one up by its hash tells nothing through time. */
export function createFeedTokens({ database, randomBytes }: Options): FeedTokens {
  return {
    issue: (owner, at) =>
      guarded(async () => {
        const token = Buffer.from(randomBytes(TOKEN_BYTES)).toString('base64url');
        const row = { token_hash: hashOf(token), made_at: at };
        await database
          .insertInto('feed_token')
          .values({ practitioner: owner, ...row })
          .onConflict((conflict) => conflict.column('practitioner').doUpdateSet(row))
          .execute();
        return token;
      }),
    revoke: (owner) =>
      guarded(async () => {
        const query = database.deleteFrom('feed_token').where('feed_token.practitioner', '=', owner);
        return (await query.executeTakeFirst()).numDeletedRows > 0n;
      }),
    ownerOf: (token) => guarded(() => ownerOf(database, token)),
    madeAt: (owner) =>
      guarded(async () => {
        const query = database.selectFrom('feed_token').select('feed_token.made_at');
        return (await query.where('feed_token.practitioner', '=', owner).executeTakeFirst())?.made_at;
      }),
  };
}

async function ownerOf(database: GatewayDatabase, token: string): Promise<PractitionerId | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const query = database.selectFrom('feed_token').select('feed_token.practitioner');
  const row = await query.where('feed_token.token_hash', '=', hashOf(token)).executeTakeFirst();
  return row === undefined ? undefined : parsePractitionerId(row.practitioner);
}

function hashOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause: unknown) {
    throw new RegisterUnavailable('The addresses of calendars cannot be read or written.', cause);
  }
}
