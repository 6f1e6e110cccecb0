/** Row shapes of the case log's database, for reading through the query builder. */
export interface CaseLogTables {
  entry: {
    seq: number;
    id: string;
    kind: string;
    case_id: string | null;
    wall_us: number;
    body: Uint8Array;
    leaf: Uint8Array;
  };
  pii: { seq: number; label: string; value: string; salt: Uint8Array; retain_class: string };
  tile: { level: number; idx: number; hash: Uint8Array };
  checkpoint: { size: number; note: string };
  head: { size: number; root: Uint8Array; epoch: number };
}
