import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCaseLog } from './caselog/create-case-log.ts';
import { createSharedCaseLog } from './caselog/create-shared-case-log.ts';
import { openCaseLogReadOnly } from './caselog/open-case-log-read-only.ts';
import { openCaseLog, type CaseLog } from './caselog/open-case-log.ts';
import { openSharedCaseLogReadOnly } from './caselog/open-shared-case-log-read-only.ts';
import { openSharedCaseLog } from './caselog/open-shared-case-log.ts';
import { verifyCaseLog, type CaseLogVerdict } from './caselog/verify-case-log.ts';
import { verifySharedCaseLog } from './caselog/verify-shared-case-log.ts';
import type { Config } from './config.ts';
import {
  openGatewayDatabase,
  openGatewayDatabaseReadOnly,
  type GatewayDatabase,
} from './db/gateway-database.ts';
import { checkPostgres, openPostgres, type Postgres } from './db/open-postgres.ts';
import {
  openSharedGatewayDatabase,
  openSharedGatewayDatabaseReadOnly,
} from './db/open-shared-gateway-database.ts';
import type { CaseLogReader, Clock } from './flows/ports.ts';

type LogOptions = Pick<Parameters<typeof openCaseLog>[0], 'workerFile' | 'node' | 'clock' | 'onAlarm'>;

/** Where register and case log are kept: in the data folder of one node, or in PostgreSQL for several. */
export interface Stores {
  /** For this process to write. Throws CaseLogUnavailable; PostgresRefused, PostgresFault. */
  readonly openLog: (options: LogOptions) => Promise<CaseLog>;
  /** For reading, whether or not gateways write. Throws as above. */
  readonly openLogReadOnly: () => Promise<CaseLogReader & { readonly close: () => void }>;
  /** Throws SqliteRefused; PostgresRefused, PostgresFault. */
  readonly openDatabase: () => Promise<GatewayDatabase>;
  /** For reading, whether or not gateways write; undefined where there is none yet. Throws as above. */
  readonly openDatabaseReadOnly: () => Promise<GatewayDatabase | undefined>;
  /** Whether a register or a case log was ever made there. */
  readonly isMade: () => Promise<boolean>;
  /** `countersign init` only. */
  readonly createDatabase: () => Promise<GatewayDatabase>;
  /** Takes back what `createDatabase` has made, where nothing was there before. */
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
    openLog: (options) => openCaseLog({ ...options, dir, randomBytes: bytes }),
    openLogReadOnly: () => Promise.resolve(openCaseLogReadOnly({ dir })),
    openDatabase: () => openGatewayDatabase(path),
    openDatabaseReadOnly: () =>
      Promise.resolve(existsSync(path) ? openGatewayDatabaseReadOnly(path) : undefined),
    isMade: () => Promise.resolve(existsSync(dir) || existsSync(path)),
    createDatabase: () => openGatewayDatabase(path, { create: true }),
    discardDatabase: () => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
      return Promise.resolve();
    },
    createLog: () => Promise.resolve(createCaseLog({ dir, origin, randomBytes: bytes })),
    verifyLog: (against) => verifyCaseLog({ dir, ...against }),
    close: () => Promise.resolve(),
  };
}

/** Those who read and write the register; each waits for few others. */
const REGISTER_CONNECTIONS = 8;
/** Appends and signatures have connections of their own, so that no search ever holds up a case. */
const APPEND_CONNECTIONS = 2;
const READ_CONNECTIONS = 6;

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
  return {
    openLog: (options) =>
      checked(() => openSharedCaseLog({ ...options, postgres: log, reading, dir, randomBytes: bytes })),
    openLogReadOnly: () =>
      checked(() => Promise.resolve(openSharedCaseLogReadOnly({ postgres: reading, dir }))),
    openDatabase: () => checked(() => openSharedGatewayDatabase(postgres)),
    openDatabaseReadOnly: () => openSharedGatewayDatabaseReadOnly(postgres),
    isMade: async () => existsSync(dir) || (await hasTables(postgres)),
    createDatabase: () => checked(() => openSharedGatewayDatabase(postgres, { create: true })),
    discardDatabase: async () => {
      await postgres.query('drop schema if exists countersign cascade');
    },
    createLog: () => createSharedCaseLog({ postgres: log, dir, origin, randomBytes: bytes }),
    verifyLog: (against) => verifySharedCaseLog({ postgres: reading, dir, ...against }),
    postgres,
    close: async () => {
      await Promise.all([postgres.end(), log.end(), reading.end()]);
    },
  };
}

async function hasTables(postgres: Postgres): Promise<boolean> {
  const { rows } = await postgres.query<{ readonly found: boolean }>(
    `select coalesce(to_regclass('countersign.register_record'), to_regclass('case_log.head')) is not null as found`,
  );
  return rows[0]?.found === true;
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

function bytes(count: number): Uint8Array {
  return randomBytes(count);
}
