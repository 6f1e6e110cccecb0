import type { OipDatatype } from './oip-tensor.ts';

/** A tensor whose elements stand behind the JSON, little-endian and row-major (binary tensor data extension). */
export interface RawTensor {
  readonly name: string;
  readonly datatype: OipDatatype;
  readonly shape: readonly number[];
  /** `binary_data_size`, bytes. */
  readonly size: number;
}

/** Bytes of one element. Elements of BYTES say their own length, in four bytes before them. */
const ELEMENT_BYTES: Readonly<Record<OipDatatype, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 4,
};
const LENGTH_BYTES = 4;
/** Of a tensor that is looked at: a score, a finding, a few doses. */
const MAX_HELD_BYTES = 4096;

/** What is wrong with a tensor's size, as the end of a sentence that begins with its name; undefined when it can be right. */
export function rawTensorFault({ datatype, shape, size }: RawTensor): string | undefined {
  const count = elementCount(shape);
  const least = count * ELEMENT_BYTES[datatype];
  if (!Number.isSafeInteger(least)) return 'has a shape beyond all memory';
  const fits = datatype === 'BYTES' && count > 0 ? size >= least : size === least;
  return fits ? undefined : 'has not as many bytes as its shape and datatype say';
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Looks at raw tensors as they pass by, in the declared order. */
export interface RawWalk {
  /** What is wrong with these bytes, in a sentence; undefined while all is sound. */
  readonly take: (bytes: Uint8Array) => string | undefined;
  /** What is missing once no more come. */
  readonly end: () => string | undefined;
  /** The first elements of a tensor that was to be looked at, as many as were held. A text that is no UTF-8 is undefined. */
  readonly elements: (name: string) => readonly unknown[];
}

interface Place {
  readonly tensor: RawTensor;
  readonly elements: ElementCheck;
  left: number;
  /** The bytes it begins with, as many as are looked at. */
  begins: Uint8Array;
}

/** Begins at the first byte of the first tensor. `lookedAt`: names of tensors whose first elements are wanted. */
export function walkRawTensors(tensors: readonly RawTensor[], lookedAt: readonly string[] = []): RawWalk {
  const places = tensors.map((tensor): Place => ({
    tensor,
    elements: tensor.datatype === 'BYTES' ? checkTexts(elementCount(tensor.shape)) : NO_CHECK,
    left: tensor.size,
    begins: new Uint8Array(),
  }));
  let at = 0;
  const take = (bytes: Uint8Array): string | undefined => {
    let rest = bytes;
    for (let place = places[at]; place !== undefined; place = places[(at += 1)]) {
      const part = rest.subarray(0, place.left);
      rest = rest.subarray(part.length);
      const fault = passThrough(place, part, lookedAt);
      if (fault !== undefined) return `${place.tensor.name} ${fault}.`;
      if (place.left > 0) return undefined;
    }
    return rest.length === 0 ? undefined : 'There are more bytes than the tensors take.';
  };
  return {
    take,
    end: () => take(new Uint8Array()) ?? (at < places.length ? 'The tensors end too early.' : undefined),
    elements: (name) => {
      const place = places.find(({ tensor }) => tensor.name === name);
      return place === undefined ? [] : heldElements(place.tensor, place.begins);
    },
  };
}

function passThrough(place: Place, part: Uint8Array, lookedAt: readonly string[]): string | undefined {
  const wanted = MAX_HELD_BYTES - place.begins.length;
  if (wanted > 0 && lookedAt.includes(place.tensor.name)) {
    place.begins = Uint8Array.from([...place.begins, ...part.subarray(0, wanted)]);
  }
  place.left -= part.length;
  return place.elements.take(part) ?? (place.left === 0 ? place.elements.end() : undefined);
}

interface ElementCheck {
  readonly take: (bytes: Uint8Array) => string | undefined;
  readonly end: () => string | undefined;
}

/** Elements of one size fit where the sizes do. */
const NO_CHECK: ElementCheck = { take: () => undefined, end: () => undefined };
const UNEVEN = 'has elements whose lengths do not add up';

/** Adds up the lengths that stand before the elements of BYTES, wherever the pieces are cut. */
function checkTexts(count: number): ElementCheck {
  const state = { seen: 0, prefix: 0, prefixBytes: 0, elementLeft: 0 };
  const take = (bytes: Uint8Array): string | undefined => {
    let at = 0;
    while (at < bytes.length) {
      const step = Math.min(state.elementLeft, bytes.length - at);
      state.elementLeft -= step;
      at += step;
      const byte = step > 0 ? undefined : bytes[at];
      if (byte === undefined) continue;
      at += 1;
      readPrefix(state, byte);
      if (state.seen > count) return UNEVEN;
    }
    return undefined;
  };
  const isEven = (): boolean => state.seen === count && state.prefixBytes === 0 && state.elementLeft === 0;
  return { take, end: () => (isEven() ? undefined : UNEVEN) };
}

function readPrefix(
  state: { seen: number; prefix: number; prefixBytes: number; elementLeft: number },
  byte: number,
): void {
  state.prefix += byte * 256 ** state.prefixBytes;
  state.prefixBytes += 1;
  if (state.prefixBytes < LENGTH_BYTES) return;
  state.elementLeft = state.prefix;
  state.seen += 1;
  state.prefix = 0;
  state.prefixBytes = 0;
}

/** Reads one element from its bytes. */
const READERS: Readonly<Record<Exclude<OipDatatype, 'BYTES'>, (view: DataView) => unknown>> = {
  BOOL: (view) => view.getUint8(0) !== 0,
  UINT8: (view) => view.getUint8(0),
  UINT16: (view) => view.getUint16(0, true),
  UINT32: (view) => view.getUint32(0, true),
  UINT64: (view) => Number(view.getBigUint64(0, true)),
  INT8: (view) => view.getInt8(0),
  INT16: (view) => view.getInt16(0, true),
  INT32: (view) => view.getInt32(0, true),
  INT64: (view) => Number(view.getBigInt64(0, true)),
  FP16: (view) => halfPrecision(view.getUint16(0, true)),
  FP32: (view) => view.getFloat32(0, true),
  FP64: (view) => view.getFloat64(0, true),
};

function heldElements({ datatype }: RawTensor, begins: Uint8Array): readonly unknown[] {
  const view = new DataView(begins.buffer, 0, begins.length);
  return datatype === 'BYTES' ? heldTexts(view) : heldNumbers(view, datatype);
}

function heldNumbers(view: DataView, datatype: Exclude<OipDatatype, 'BYTES'>): readonly unknown[] {
  const size = ELEMENT_BYTES[datatype];
  const count = Math.floor(view.byteLength / size);
  return Array.from({ length: count }, (_, at) =>
    READERS[datatype](new DataView(view.buffer, at * size, size)),
  );
}

function heldTexts(view: DataView): readonly unknown[] {
  const texts: unknown[] = [];
  for (let at = 0; at + LENGTH_BYTES <= view.byteLength;) {
    const from = at + LENGTH_BYTES;
    at = from + view.getUint32(at, true);
    if (at <= view.byteLength) texts.push(textOf(new Uint8Array(view.buffer, from, at - from)));
  }
  return texts;
}

/** Undefined where it is no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Bytes that are no text name no finding.
    return undefined;
  }
}

/** IEEE 754 binary16. */
function halfPrecision(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
