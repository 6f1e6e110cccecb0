import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as othersTurn, setTimeout as pause } from 'node:timers/promises';
import type { Nodes } from './compose-nodes.ts';
import type { Config } from './config.ts';
import type { GatewayDatabase } from './db/gateway-database.ts';
import { createDailyRound } from './flows/daily-round.ts';
import { makeFeed, readFeed, readFeedState, revokeFeed } from './flows/keep-calendar-feed.ts';
import { listFallingDue } from './flows/list-falling-due.ts';
import type { CardKeys } from './flows/ports-card.ts';
import type { FeedTokens, NoticeBook } from './flows/ports-due.ts';
import type { CaseLogAppender, Clock, RegisterReader } from './flows/ports.ts';
import { readCard, readCardKeys } from './flows/read-card.ts';
import { exportLogBook, listSupervised, readLogBook, type LogBookDeps } from './flows/read-log-book.ts';
import { rotateCardKeys } from './flows/rotate-card-keys.ts';
import { sendNotices } from './flows/send-notices.ts';
import { signLogBookCase } from './flows/sign-log-book-case.ts';
import type { Flows } from './http/app-deps.ts';
import { createCardKeySet } from './register/card-key-set.ts';
import { openCardKeys } from './register/card-keys.ts';
import { createFeedTokens } from './register/feed-tokens.ts';
import { createNoticeBook } from './register/notice-book.ts';
import type { Logger } from './telemetry/logger.ts';
import { createDocumentClient } from './upstreams/document-client.ts';
import { createWebhookClient } from './upstreams/webhook-client.ts';

/** What due dates and credential cards are kept in. */
export interface DueParts {
  readonly cardKeys: CardKeys;
  readonly feedTokens: FeedTokens;
  readonly noticeBook: NoticeBook;
}

const HOUR_MS = 3_600_000;

/** Opens what due dates and credential cards are kept in. */
export function openDueParts(needs: {
  readonly config: Config;
  readonly database: GatewayDatabase;
  readonly logger: Logger;
}): DueParts {
  const { config, database, logger } = needs;
  const isShared = config.postgres !== undefined;
  return {
    cardKeys: openCardKeys({
      path: join(config.dataDir, 'card-keys.json'),
      keyDays: config.card.keyDays,
      ...(isShared ? { keySet: createCardKeySet({ database, node: config.node }) } : {}),
      onWarn: (sentence) => logger.warn({}, sentence),
    }),
    feedTokens: createFeedTokens({ database, randomBytes: (count) => randomBytes(count) }),
    noticeBook: createNoticeBook(database),
  };
}

type DueFlows =
  | 'listFallingDue'
  | 'readFeedState'
  | 'makeFeed'
  | 'revokeFeed'
  | 'readFeed'
  | 'readCard'
  | 'readCardKeys'
  | 'readLogBook'
  | 'exportLogBook'
  | 'listSupervised'
  | 'signLogBookCase';

/** Flows of due dates, credential card and log-book, with what they need. */
export function bindDueFlows(
  config: Config,
  given: LogBookDeps & DueParts & { readonly performAct: Flows['performAct'] },
): Pick<Flows, DueFlows> {
  const { publicUrl, timeZone, pacs } = config;
  const sites = [...new Set(config.sites.map(({ site }) => site))];
  const deps = {
    ...given,
    publicUrl,
    timeZone,
    sites,
    simulator: pacs.simulator,
    othersTurn: () => othersTurn(),
  };
  return {
    listFallingDue: (input, signal) => listFallingDue(deps, input, signal),
    readFeedState: (input, signal) => readFeedState(deps, input, signal),
    makeFeed: (input, signal) => makeFeed(deps, input, signal),
    revokeFeed: (input, signal) => revokeFeed(deps, input, signal),
    readFeed: (input) => readFeed(deps, input),
    readCard: (input, signal) => readCard(deps, input, signal),
    readCardKeys: () => readCardKeys(deps),
    readLogBook: (input, signal) => readLogBook(deps, input, signal),
    exportLogBook: (input, signal) => exportLogBook(deps, input, signal),
    listSupervised: (input, signal) => listSupervised(deps, input, signal),
    signLogBookCase: (input, signal) => signLogBookCase(deps, input, signal),
  };
}

interface Keeping extends DueParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly register: RegisterReader;
  readonly caseLog: CaseLogAppender;
  readonly clock: Clock;
  readonly nodes: Pick<Nodes, 'aloneAtNotices'>;
}

/**
 * What runs without being asked: the keys of the card are looked at at the start and each hour; notices go out at the start and once a
 * day, and each hour again while they cannot. Nobody waits for the notices. Resolves to what stops it.
 */
export async function keepDue(keeping: Keeping): Promise<() => Promise<void>> {
  const notices = startNotices(keeping);
  await lookAtKeys(keeping);
  void notices.round();
  const hourly = setInterval(() => {
    void lookAtKeys(keeping);
    void notices.round();
  }, HOUR_MS);
  return async () => {
    clearInterval(hourly);
    await notices.stop();
  };
}

async function lookAtKeys(keeping: Keeping): Promise<void> {
  const { logger } = keeping;
  try {
    const changes = await rotateCardKeys(keeping);
    if (changes > 0) logger.info({ changes }, 'the keys of the credential card have changed');
  } catch (error: unknown) {
    // The next hour tries again; until then the present key goes on signing, a day before its time is over.
    logger.warn({ err: error }, 'the keys of the credential card could not be changed');
  }
}

interface Notices {
  readonly round: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

function startNotices({ config, logger, clock, register, noticeBook, nodes }: Keeping): Notices {
  const { notices, publicUrl } = config;
  if (notices === undefined) return { round: () => Promise.resolve(), stop: () => Promise.resolve() };
  const { webhookUrl, secretFile, caFile } = notices;
  const client = createDocumentClient(caFile === undefined ? {} : { authoritiesPem: [caFile.text] });
  const stopping = new AbortController();
  const noticeReceiver = createWebhookClient({
    fetcher: client,
    url: webhookUrl,
    secret: secretFile.text.trim(),
    pause: (ms, signal) => pause(ms, undefined, { signal, ref: false }),
  });
  const deps = { register, noticeBook, noticeReceiver, clock, publicUrl, othersTurn: () => othersTurn() };
  const round = createDailyRound({
    clock,
    work: () => nodes.aloneAtNotices((lost) => sendNotices(deps, AbortSignal.any([stopping.signal, lost]))),
    onFailure: (error) => {
      if (!stopping.signal.aborted)
        logger.warn({ err: error }, 'what falls due could not be told; the next hour tries again');
    },
  });
  return {
    round,
    stop: async () => {
      stopping.abort();
      await client.close();
    },
  };
}
