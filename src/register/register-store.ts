import type { GatewayDatabase } from '../db/gateway-database.ts';
import { createProposalStore, type ProposalStore } from './proposal-store.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';

/** The register's tables. */
export interface RegisterStore {
  readonly records: RecordStore;
  readonly proposals: ProposalStore;
}

/** The register's tables behind small sets of calls: rows in, rows out; what they mean is for the callers. */
export function createRegisterStore(database: GatewayDatabase): RegisterStore {
  return { records: createRecordStore(database), proposals: createProposalStore(database) };
}
