import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCaseLog } from './caselog/create-case-log.ts';
import { createSharedCaseLog } from './caselog/create-shared-case-log.ts';
import { openCaseLogReadOnly } from './caselog/open-case-log-read-only.ts';
import type { CaseLog } from './caselog/assemble-case-log.ts';
import { openCaseLog } from './caselog/open-case-log.ts';
import { openSharedCaseLogReadOnly } from './caselog/open-shared-case-log-read-only.ts';
import { openSharedCaseLog } from './caselog/open-shared-case-log.ts';
import { verifyCaseLog, type CaseLogVerdict } from './caselog/verify-case-log.ts';
import { verifySharedCaseLog } from './caselog/verify-shared-case-log.ts';
import { createRandomStock } from './compose-random.ts';
import type { Config } from './config.ts';
import {
  openGatewayDatabase,
  openGatewayDatabaseReadOnly,
  type GatewayDatabase,
} from './db/gateway-database.ts';
import { emptySharedSchema, readSharedSchema } from './db/shared-schema.ts';
import { takeAdvisoryLock } from './db/advisory-lock.ts';
import { openGatewayDatabaseLater } from './db/open-gateway-database-later.ts';
import { checkPostgres, openPostgres, type Postgres } from './db/open-postgres.ts';
import {
  openSharedGatewayDatabase,
  openSharedGatewayDatabaseReadOnly,
} from './db/open-shared-gateway-database.ts';
import { GatewayError } from './domain/errors.ts';
import type { CaseLogReader, Clock } from './flows/ports.ts';

type LogOptions = Pick<Parameters<typeof openCaseLog>[0], 'workerFile' | 'node' | 'clock' | 'onAlarm'> &
  Pick<Parameters<typeof openSharedCaseLog>[0], 'opensLater'>;

/** For a node that shows images though the database that it shares is away. */
interface Later {
  /** Told why the database is not open yet: once while the reason stays the same. */
  readonly onFailure: (error: unknown) => void;
}

/** Where register and case log are kept: in the data folder of one node, or in PostgreSQL for several. */
export interface Stores {
  /** For this process to write. Throws CaseLogUnavailable. */
  readonly openLog: (options: LogOptions) => Promise<CaseLog>;
  /** For reading, whether or not gateways write. Throws as above. */
  readonly openLogReadOnly: () => Promise<CaseLogReader & { readonly close: () => void }>;
  /** Throws SqliteRefused; PostgresRefused, and PostgresFault where it may not be opened later. */
  readonly openDatabase: (later?: Later) => Promise<GatewayDatabase>;
  /** For reading, whether or not gateways write; undefined where there is none yet. Throws as above. */
  readonly openDatabaseReadOnly: () => Promise<GatewayDatabase | undefined>;
  /** Does the work of `countersign init`, one at a time. Throws GatewayError('conflict') where a register or a case log was made before. */
  readonly making: <T>(work: () => Promise<T>) => Promise<T>;
  /** `countersign init` only. */
  readonly createDatabase: () => Promise<GatewayDatabase>;
  /** Takes back what `createDatabase` has made; within `making` only, where nothing of use was there before. */
  readonly discardDatabase: () => Promise<void>;
  /** `countersign init` only; resolves to the public key. */
  readonly createLog: () => Promise<{ readonly vkey: string }>;
  readonly verifyLog: (against: {
    readonly vkey?: string;
    readonly oldCheckpoint?: string;
  }) => Promise<CaseLogVerdict>;
  /** The server that nodes share; absent where there is one node. */
  readonly postgres?: Postgres;
  /** What belongs to all that was opened here; to be closed after it. */
  readonly close: () => Promise<void>;
}

interface Watching {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onWarn: (message: string) => void;
}

/** What a config says of it. Opens nothing yet. */
export function storesOf(config: Config, watching: Watching): Stores {
  return config.postgres === undefined ? ownStores(config) : sharedStores(config, config.postgres, watching);
}

/** Folder of the case log, or of its keys and its newest checkpoint. */
export function logFolderOf(dataDir: string): string {
  return join(dataDir, 'case-log');
}

/** File of the register and all else that one node keeps for itself. */
function databaseFileOf(dataDir: string): string {
  return join(dataDir, 'gateway.sqlite');
}

function ownStores({ dataDir, caseLog: { origin } }: Config): Stores {
  const dir = logFolderOf(dataDir);
  const path = databaseFileOf(dataDir);
  return {
    openLog: (options) => openCaseLog({ ...options, dir, randomBytes: createRandomStock() }),
    openLogReadOnly: () => Promise.resolve(openCaseLogReadOnly({ dir })),
    openDatabase: () => openGatewayDatabase(path),
    openDatabaseReadOnly: () =>
      Promise.resolve(existsSync(path) ? openGatewayDatabaseReadOnly(path) : undefined),
    making: async (work) => {
      if (existsSync(dir) || existsSync(path)) throw madeBefore(dataDir);
      return await work();
    },
    createDatabase: () => openGatewayDatabase(path, { create: true }),
    discardDatabase: () => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
      return Promise.resolve();
    },
    createLog: () => Promise.resolve(createCaseLog({ dir, origin, randomBytes: keyBytes })),
    verifyLog: (against) => verifyCaseLog({ dir, ...against }),
    close: () => Promise.resolve(),
  };
}

/** Those who read and write the register; each waits for few others. */
const REGISTER_CONNECTIONS = 8;
/** Appends and signatures have connections of their own, so that no search ever holds up a case. */
const APPEND_CONNECTIONS = 2;
const READ_CONNECTIONS = 6;
/** How often a node looks for the database that was away when it started. */
const TRY_AGAIN_MS = 1_000;

function sharedStores(
  { dataDir, caseLog: { origin } }: Config,
  settings: NonNullable<Config['postgres']>,
  watching: Watching,
): Stores {
  const dir = logFolderOf(dataDir);
  const postgres = pool(settings, watching, 'countersign', REGISTER_CONNECTIONS);
  const log = pool(settings, watching, 'case_log', APPEND_CONNECTIONS);
  const reading = pool(settings, watching, 'case_log', READ_CONNECTIONS);
  const checked = async <T>(open: () => Promise<T>): Promise<T> => {
    await checkPostgres(postgres);
    return await open();
  };
  const open = (): Promise<GatewayDatabase> => checked(() => openSharedGatewayDatabase(postgres));
  let stop = (): Promise<void> => Promise.resolve();
  return {
    openLog: (options) =>
      openSharedCaseLog({ ...options, postgres: log, reading, dir, randomBytes: createRandomStock() }),
    openLogReadOnly: () =>
      checked(() => Promise.resolve(openSharedCaseLogReadOnly({ postgres: reading, dir }))),
    openDatabase: async (later) => {
      if (later === undefined) return await open();
      const opened = await openGatewayDatabaseLater({ postgres, open, tryEveryMs: TRY_AGAIN_MS, ...later });
      ({ stop } = opened);
      return opened.database;
    },
    openDatabaseReadOnly: () => openSharedGatewayDatabaseReadOnly(postgres),
    making: (work) => makeAlone(postgres, dir, work),
    createDatabase: () => checked(() => openSharedGatewayDatabase(postgres, { create: true })),
    discardDatabase: () => emptySharedSchema(postgres),
    createLog: () => createSharedCaseLog({ postgres: log, dir, origin, randomBytes: keyBytes }),
    verifyLog: (against) => verifySharedCaseLog({ postgres: reading, dir, ...against }),
    postgres,
    close: async () => {
      await stop();
      await Promise.all([postgres.end(), log.end(), reading.end()]);
    },
  };
}

function madeBefore(where: string): GatewayError {
  return new GatewayError('conflict', {
    detail: `${where} holds a case log or a register already. \`init\` is done once.`,
  });
}

/** Two at once would take each other's work away. What an `init` that was cut off has left is no register: nobody is in it. */
async function makeAlone<T>(postgres: Postgres, dir: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeAdvisoryLock(postgres, { name: 'init' });
  if (lock === undefined) {
    throw new GatewayError('conflict', { detail: 'Another `init` is at work on this database.' });
  }
  try {
    await refuseMade(postgres, dir);
    return await work();
  } finally {
    await lock.release();
  }
}

async function refuseMade(postgres: Postgres, dir: string): Promise<void> {
  const { log, register, others } = await readSharedSchema(postgres);
  // The log is made last, with keys beside the folder until it is confirmed: an attempt of ours goes on from there.
  const isLogMade = log && !existsSync(`${dir}.making`);
  if (isLogMade || existsSync(dir)) throw madeBefore('The data folder, or the database,');
  if (others) {
    throw new GatewayError('conflict', {
      detail:
        'The schema `countersign` of this database holds tables of somebody else. Name a database of its own.',
    });
  }
  if (register === 'used') throw madeBefore('The database');
  if (register === 'empty') await emptySharedSchema(postgres);
}

function pool(
  { url, plain, username, passwordFile, caFile }: NonNullable<Config['postgres']>,
  { clock, onWarn }: Watching,
  schema: 'countersign' | 'case_log',
  maxConnections: number,
): Postgres {
  return openPostgres({
    url,
    username,
    tls: plain !== true,
    schema,
    maxConnections,
    ...(passwordFile === undefined ? {} : { password: passwordFile.text.trim() }),
    ...(caFile === undefined ? {} : { caPem: caFile.text }),
    onWarn,
    monotonicMs: clock.monotonicMs,
  });
}

/** What a key is made of lies in no stock. */
function keyBytes(count: number): Uint8Array {
  return randomBytes(count);
}
