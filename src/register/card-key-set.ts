import type { GatewayDatabase } from '../db/gateway-database.ts';
import { RegisterUnavailable } from '../domain/errors.ts';
import type { CardKeyTimes } from '../domain/card-key-schedule.ts';
import type { Instant } from '../domain/register.ts';

/** The public half of a key. */
export interface PublicHalf extends Pick<CardKeyTimes, 'kid'> {
  /** 32 bytes, base64url. */
  readonly x: string;
}

/** A key of this node, as all nodes show it. */
export interface OwnKey extends PublicHalf, Pick<CardKeyTimes, 'publishedAt' | 'signsFrom'> {}

/** The public halves of every node's keys. All calls throw RegisterUnavailable. */
export interface CardKeySet {
  /** From now on exactly these keys of this node are shown, on all nodes; durable when it resolves. */
  readonly show: (keys: readonly OwnKey[], at: Instant) => Promise<void>;
  /** Those of all nodes, the oldest first. */
  readonly shown: () => Promise<readonly PublicHalf[]>;
}

/** The table `card_key`, in which each node keeps what it shows of its own keys. */
export function createCardKeySet(options: {
  readonly database: GatewayDatabase;
  /** Name of this node. */
  readonly node: string;
}): CardKeySet {
  const { database, node } = options;
  return {
    show: (keys, at) => guarded(() => show(database, { node, keys, at })),
    shown: () =>
      guarded(async () =>
        database
          .selectFrom('card_key')
          .select(['card_key.kid', 'card_key.x'])
          .where('card_key.withdrawn_at', 'is', null)
          .orderBy('card_key.signs_from')
          .orderBy('card_key.kid')
          .execute(),
      ),
  };
}

interface Shown {
  readonly node: string;
  readonly keys: readonly OwnKey[];
  readonly at: Instant;
}

async function show(database: GatewayDatabase, { node, keys, at }: Shown): Promise<void> {
  await database.transaction().execute(async (tables) => {
    for (const { kid, x, publishedAt, signsFrom } of keys) {
      await tables
        .insertInto('card_key')
        .values({ kid, x, node, published_at: publishedAt, signs_from: signsFrom, withdrawn_at: null })
        .onConflict((conflict) => conflict.column('kid').doNothing())
        .execute();
    }
    const kids = keys.map(({ kid }) => kid);
    await tables
      .updateTable('card_key')
      .set({ withdrawn_at: at })
      .where('card_key.node', '=', node)
      .where('card_key.withdrawn_at', 'is', null)
      .$if(kids.length > 0, (query) => query.where('card_key.kid', 'not in', kids))
      .execute();
  });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause: unknown) {
    throw new RegisterUnavailable('The keys of the credential card cannot be read or shown.', cause);
  }
}
