/**
 * An algorithm as a file names it: by the Algorithm Identification Macro (PS3.3 §10.16) or in a report (PS3.16 TID 4019). A name or a
 * version that cannot be told to belong to another stands by itself.
 */
export interface NamedAlgorithm {
  readonly name?: string;
  readonly version?: string;
  /** Stands for those beyond what is kept: so many were named that nobody can tell whose it is. It has no name and no version. */
  readonly isUntold?: true;
}

/** Picks the algorithms out of what a walk over a file meets, item by item. */
export interface AlgorithmCatch {
  /** An item of the sequence with that tag begins. */
  readonly beginItem: (sequence: number) => void;
  /** The innermost item is over. */
  readonly endItem: () => void;
  /** A value of the innermost item, or of the dataset itself where there is none; one of ALGORITHM_TAGS. */
  readonly note: (tag: number, value: string) => void;
  /** Those of every item that is over, and of the dataset as far as it has been read; each once. */
  readonly all: () => readonly NamedAlgorithm[];
}

interface Scope {
  /** Tag of the sequence that the item stands in; undefined for the dataset. */
  readonly sequence: number | undefined;
  readonly values: Map<number, string[]>;
  /** Codes of its concept name, by the DICOM coding scheme. */
  readonly concepts: string[];
  /** Said by the content items right below. */
  readonly names: string[];
  readonly versions: string[];
}

const CODE_VALUE = 0x0008_0100;
const CODING_SCHEME = 0x0008_0102;
const CONCEPT_NAME = 0x0040_a043;
const TEXT_VALUE = 0x0040_a160;
const CONTENT = 0x0040_a730;
const ALGORITHM_VERSION = 0x0066_0031;
const ALGORITHM_NAME = 0x0066_0036;
/** Values that name an algorithm or say what another value means; none of them is ever a sequence. */
export const ALGORITHM_TAGS: readonly number[] = [
  CODE_VALUE,
  CODING_SCHEME,
  TEXT_VALUE,
  ALGORITHM_VERSION,
  ALGORITHM_NAME,
];
const NAME_CODE = '111001';
const VERSION_CODE = '111003';
/** Nobody's results name as many different ones, nor in one item as many at all. */
const MAX_ALGORITHMS = 64;
const UNTOLD: NamedAlgorithm = { isUntold: true };

/** A catch that has met nothing. Its memory is bounded for each level of nesting. */
export function createAlgorithmCatch(): AlgorithmCatch {
  const root = newScope(undefined);
  const inner: Scope[] = [];
  const found = new Map<string, NamedAlgorithm>();
  const top = (): Scope => inner.at(-1) ?? root;
  return {
    beginItem: (sequence) => void inner.push(newScope(sequence)),
    endItem: () => {
      for (const scope of inner.splice(-1)) {
        tellParent(scope, top());
        addAll(found, namedIn(scope));
      }
    },
    note: (tag, value) => {
      const values = top().values.get(tag) ?? [];
      addTo(values, value.trim());
      top().values.set(tag, values);
    },
    all: () => {
      const all = new Map(found);
      addAll(all, namedIn(root));
      return [...all.values()];
    },
  };
}

function newScope(sequence: number | undefined): Scope {
  return { sequence, values: new Map(), concepts: [], names: [], versions: [] };
}

/** A code says what its content item means; a content item says something of what it stands below. */
function tellParent(scope: Scope, parent: Scope): void {
  if (scope.sequence === CONCEPT_NAME) addEach(parent.concepts, codesOf(scope));
  if (scope.sequence !== CONTENT) return;
  const texts = scope.values.get(TEXT_VALUE) ?? [];
  if (scope.concepts.includes(NAME_CODE)) addEach(parent.names, texts);
  if (scope.concepts.includes(VERSION_CODE)) addEach(parent.versions, texts);
}

/** Those of the DICOM coding scheme. */
function codesOf({ values }: Scope): readonly string[] {
  const isOfDicom = values.get(CODING_SCHEME)?.includes('DCM') === true;
  return (isOfDicom ? values.get(CODE_VALUE) : undefined) ?? [];
}

function addEach(values: string[], more: readonly string[]): void {
  for (const value of more) addTo(values, value);
}

function addTo(values: string[], value: string): void {
  // One more than counts: so a list shows that it was too long.
  if (values.length <= MAX_ALGORITHMS) values.push(value);
}

function addAll(found: Map<string, NamedAlgorithm>, more: readonly NamedAlgorithm[]): void {
  for (const one of more) {
    const key = keyOf(one);
    if (found.size < MAX_ALGORITHMS) found.set(key, one);
    else if (!found.has(key)) found.set(keyOf(UNTOLD), UNTOLD);
  }
}

function keyOf({ name, version }: NamedAlgorithm): string {
  return JSON.stringify([name, version]);
}

function namedIn({ values, names, versions }: Scope): readonly NamedAlgorithm[] {
  return [
    ...paired(values.get(ALGORITHM_NAME) ?? [], values.get(ALGORITHM_VERSION) ?? []),
    ...paired(names, versions),
  ];
}

/**
 * Side by side where there are as many of one as of the other; else nobody can tell which belongs to which. Of a list that was cut off
 * nobody can tell either.
 */
function paired(names: readonly string[], versions: readonly string[]): readonly NamedAlgorithm[] {
  if (Math.max(names.length, versions.length) > MAX_ALGORITHMS) return [UNTOLD];
  if (names.length === versions.length)
    return names.flatMap((name, at) => versions.slice(at, at + 1).flatMap((version) => named(name, version)));
  return [...names.flatMap((name) => named(name, '')), ...versions.flatMap((version) => named('', version))];
}

/** What is empty says nothing. */
function named(name: string, version: string): readonly NamedAlgorithm[] {
  if (name === '' && version === '') return [];
  return [{ ...(name === '' ? {} : { name }), ...(version === '' ? {} : { version }) }];
}
