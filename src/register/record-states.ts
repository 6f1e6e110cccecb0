/** One record through time: its newest state, and those before it. */
export interface Entry<T> {
  newest: State<T>;
}

interface State<T> {
  /** Undefined where it was taken back. */
  readonly value: T | undefined;
  /** The sequence from which on it holds. */
  readonly from: number;
  readonly before: State<T> | undefined;
}

/** What a record said at a sequence; undefined where it did not stand. */
function stateAt<T>({ newest }: Entry<T>, at: number): T | undefined {
  let state: State<T> | undefined = newest;
  while (state !== undefined && state.from > at) state = state.before;
  return state?.value;
}

/** All records of a kind, each through time. */
export interface RecordStates<T> {
  /** From a sequence on a record says this, or is taken back; gives what it said before. */
  readonly put: (id: string, value: T | undefined, sequence: number) => T | undefined;
  readonly at: (id: string, sequence: number) => T | undefined;
  readonly newest: (id: string) => T | undefined;
  /** The sequence that last changed the record of an id; 0 for none. */
  readonly lastTouched: (id: string) => number;
  /** Every record that stands, with its id. */
  readonly standing: () => Iterable<readonly [id: string, value: T]>;
}

/** No records yet. Each grouping hears of every change, and finds records by what they say. */
export function createRecordStates<T>(groups: readonly Grouping<T>[]): RecordStates<T> {
  const entries = new Map<string, Entry<T>>();
  return {
    put: (id, value, sequence) => {
      const known = entries.get(id);
      const before = known?.newest;
      const newest = { value, from: sequence, before };
      const entry = known ?? { newest };
      entry.newest = newest;
      if (known === undefined) entries.set(id, entry);
      for (const group of groups) group.note(entry, before?.value, value, sequence);
      return before?.value;
    },
    at: (id, sequence) => {
      const entry = entries.get(id);
      return entry === undefined ? undefined : stateAt(entry, sequence);
    },
    newest: (id) => entries.get(id)?.newest.value,
    lastTouched: (id) => entries.get(id)?.newest.from ?? 0,
    standing: function* () {
      for (const [id, { newest }] of entries) if (newest.value !== undefined) yield [id, newest.value];
    },
  };
}

/** Records found by what they say. A path is a list of names: model, version, person. */
export interface Grouping<T> {
  /** Frozen; in the order in which the records first came. */
  readonly of: (path: readonly string[], at: number) => readonly T[];
  /** A record said one thing, and from a sequence on says another. */
  readonly note: (entry: Entry<T>, before: T | undefined, now: T | undefined, sequence: number) => void;
}

interface Node<T> {
  below: Map<string, Node<T>> | undefined;
  /** Everything that ever belonged here. */
  members: Entry<T>[] | undefined;
  /** What belongs here since `changedAt`; undefined until somebody asks. */
  current: readonly T[] | undefined;
  changedAt: number;
}

const NONE: readonly never[] = Object.freeze([]);

/**
 * Records by the paths that `pathsOf` gives each. A group that has not changed since costs a look-up for each name of its path,
 * and no more; what it said earlier is worked out anew.
 */
export function createGrouping<T>(pathsOf: (value: T) => readonly (readonly string[])[]): Grouping<T> {
  const root: Node<T> = emptyNode();
  const belongs = (value: T | undefined, path: readonly string[]): value is T =>
    value !== undefined && pathsOf(value).some((other) => isSamePath(other, path));
  const gather = ({ members = [] }: Node<T>, path: readonly string[], at: number): readonly T[] =>
    Object.freeze(
      members.map((entry) => stateAt(entry, at)).filter((value): value is T => belongs(value, path)),
    );
  return {
    of: (path, at) => {
      const node = nodeAt(root, path);
      if (node === undefined) return NONE;
      if (at < node.changedAt) return gather(node, path, at);
      node.current ??= gather(node, path, at);
      return node.current;
    },
    note: (entry, before, now, sequence) => {
      for (const path of before === undefined ? NONE : pathsOf(before)) {
        join(madeNode(root, path), entry, sequence);
      }
      for (const path of now === undefined ? NONE : pathsOf(now)) join(madeNode(root, path), entry, sequence);
    },
  };
}

function emptyNode<T>(): Node<T> {
  return { below: undefined, members: undefined, current: undefined, changedAt: 0 };
}

function nodeAt<T>(root: Node<T>, path: readonly string[]): Node<T> | undefined {
  let node: Node<T> | undefined = root;
  for (const name of path) node = node?.below?.get(name);
  return node;
}

function madeNode<T>(root: Node<T>, path: readonly string[]): Node<T> {
  let node = root;
  for (const name of path) {
    node.below ??= new Map();
    let next = node.below.get(name);
    if (next === undefined) {
      next = emptyNode();
      node.below.set(name, next);
    }
    node = next;
  }
  return node;
}

function join<T>(node: Node<T>, entry: Entry<T>, sequence: number): void {
  node.current = undefined;
  node.changedAt = sequence;
  // Most groups have one member: a list that has grown once has room for many.
  if (node.members === undefined) node.members = [entry];
  else if (!isMember(node.members, entry)) node.members.push(entry);
}

/** A record that is new can only have come just now. */
function isMember<T>(members: readonly Entry<T>[], entry: Entry<T>): boolean {
  return members.at(-1) === entry || (entry.newest.before !== undefined && members.includes(entry));
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, place) => name === b[place]);
}
