/** Enough for two full tiles. */
export const ENTRIES = 600;
/** An entry with a case and personal values, below the first tile. */
export const SEQ = 17;
export const WHERE = {
  entry: `seq = ${SEQ}`,
  pii: `seq = ${SEQ} AND label = 'user'`,
  tile: 'level = 1 AND idx = 1',
  checkpoint: 'size = 602',
  head: '1',
};
export type Table = keyof typeof WHERE;

/** Changes one byte of a value: text and bytes in the middle, numbers by one in their lowest byte. */
export function changeByte(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (value === null) return 'c-1';
  const bytes = Buffer.from(value as string);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return typeof value === 'string' ? bytes.toString('latin1') : bytes;
}

export const PLACES: Readonly<Record<Table, Readonly<Record<string, string>>>> = {
  entry: {
    // Seq 18 is taken, so the row moves to the end: what the table makes of a changed key is told below.
    id: 'entry 17 column id',
    kind: 'entry 17 column kind',
    case_id: 'entry 17 column case_id',
    wall_us: 'entry 17 column wall_us',
    body: 'entry 17 column body',
    leaf: 'entry 17 column leaf',
    seq: 'entry 9017 column seq',
  },
  pii: {
    seq: 'pii 9017 user column seq',
    label: 'pii 17 usdr column seq or label',
    value: 'pii 17 user column value or salt',
    salt: 'pii 17 user column value or salt',
    retain_class: 'pii 17 user column retain_class',
  },
  tile: {
    level: 'tile level 2 index 1 column level or idx',
    idx: 'tile level 1 index 2 column level or idx',
    hash: 'tile level 1 index 1 column hash',
  },
  checkpoint: { size: 'checkpoint 603 column size', note: 'checkpoint 602 column note' },
  head: { size: 'head column size', root: 'head column root', epoch: 'head column epoch' },
};

/** Columns that key a row: by one they would hit a neighbour. */
export const FAR = 9_000;

/** One case for each column. */
export const MUTATIONS = Object.entries(PLACES).flatMap(([table, columns]) =>
  Object.entries(columns).map(([column, place]) => ({ table: table as Table, column, place })),
);
