import { textOf, type DicomJsonElement, type DicomJsonObject } from './dicom-json.ts';
import { isDetectionReport } from './sop-classes.ts';

/** An algorithm as an object names it; either part may be missing. */
export interface Maker {
  readonly name?: string;
  readonly version?: string;
}

/** How sure it is that AI made an object, and what it says made it; at least one maker, perhaps a nameless one. */
export interface AiMark {
  readonly grade: 'definite' | 'probable' | 'unreadable';
  readonly makers: readonly Maker[];
}

/** Whether the register knows a maker's product by that name. */
export type IsRegisteredProduct = (product: {
  readonly manufacturer?: string;
  readonly modelName?: string;
}) => boolean;

interface Finding {
  readonly grade: 'definite' | 'probable';
  /** Absent where another finding of the same object is bound to name it; empty where the object names nobody. */
  readonly maker?: Maker;
}

const SOP_CLASS_UID = '00080016';
const MANUFACTURER = '00080070';
const MODEL_NAME = '00081090';
const SOFTWARE_VERSIONS = '00181020';
const CODE_VALUE = '00080100';
const CODING_SCHEME = '00080102';
const CONTRIBUTING_EQUIPMENT = '0018A001';
const CONCEPT_NAME = '0040A043';
const TEXT_VALUE = '0040A160';
const CONCEPT_CODE = '0040A168';
const PURPOSE = '0040A170';
const CONTENT = '0040A730';
const SEGMENT_ALGORITHM_IDENTIFICATION = '00620007';
const SEGMENT_ALGORITHM_TYPE = '00620008';
const SEGMENT_ALGORITHM_NAME = '00620009';
const ALGORITHM_VERSION = '00660031';
const ALGORITHM_NAME = '00660036';

/** Deeper than any real report. */
const MAX_DEPTH = 64;

/**
 * Whether AI made an object, read from its metadata (PS3.16 TID 4019 in reports; PS3.3 §10.16 Algorithm Identification;
 * PS3.3 §C.8.20.4 segments; Contributing Equipment). Graded, failing towards AI; undefined: nothing speaks for it.
 * Objects without any mark (a bare secondary capture) are recognised by who stored them, which is not for here.
 */
export function aiMarkOf(
  metadata: DicomJsonObject,
  isRegisteredProduct: IsRegisteredProduct,
): AiMark | undefined {
  const nested = nestedDatasets(metadata);
  if (nested === undefined) return { grade: 'unreadable', makers: [{}] };
  const findings = [
    ...nested.flatMap(macroFindings),
    ...nested.flatMap(segmentFindings),
    ...nested.flatMap(reportFindings),
    ...itemsOf(metadata[CONTRIBUTING_EQUIPMENT]).flatMap((item) =>
      equipmentFindings(item, isRegisteredProduct),
    ),
    ...deviceFindings(metadata, nested),
  ];
  if (findings.length === 0) return undefined;
  const makers = findings.flatMap((finding) => (finding.maker === undefined ? [] : [finding.maker]));
  return {
    grade: findings.some((finding) => finding.grade === 'definite') ? 'definite' : 'probable',
    makers: makers.length === 0 ? [{}] : distinct(makers),
  };
}

/**
 * When an object was made, ms since the epoch: Content, Instance Creation, Series or Study date with its time, in the
 * object's own offset from UTC (0008,0201), else as if in UTC. Undefined when it bears no valid date.
 */
export function madeAtOf(metadata: DicomJsonObject): number | undefined {
  const pairs = [
    ['00080023', '00080033'],
    ['00080012', '00080013'],
    ['00080021', '00080031'],
    ['00080020', '00080030'],
  ] as const;
  for (const [date, time] of pairs) {
    const at = instantOf(textOf(metadata, date), textOf(metadata, time), textOf(metadata, '00080201'));
    if (at !== undefined) return at;
  }
  return undefined;
}

/** The dataset and every item of its sequences; undefined when nested too deeply to be read. */
function nestedDatasets(root: DicomJsonObject): readonly DicomJsonObject[] | undefined {
  const found: DicomJsonObject[] = [];
  let level: readonly DicomJsonObject[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return undefined;
    found.push(...level);
    level = level.flatMap((dataset) => Object.values(dataset).flatMap(itemsOf));
  }
  return found;
}

/** The items of a sequence. */
function itemsOf(element: DicomJsonElement | undefined): readonly DicomJsonObject[] {
  return element?.vr === 'SQ' && Array.isArray(element.Value) ? element.Value.filter(isDataset) : [];
}

function isDataset(value: unknown): value is DicomJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PS3.3 §10.16: name and version are both type 1; one without the other is a broken macro, and still a sign: probable. */
function macroFindings(dataset: DicomJsonObject): readonly Finding[] {
  const name = textOf(dataset, ALGORITHM_NAME);
  const version = textOf(dataset, ALGORITHM_VERSION);
  if (name === undefined && version === undefined) return [];
  const isWhole = name !== undefined && version !== undefined;
  return [{ grade: isWhole ? 'definite' : 'probable', maker: makerOf(name, version) }];
}

/**
 * A segment drawn by an algorithm. Its type says so, and an identification or a name beside it leaves no doubt: an
 * identification counts even where it names nobody. One that gives a name is found as a macro and names the maker. Viewers
 * stamp SEMIAUTOMATIC on hand-drawn segments too, so that counts only together with either, and as probable.
 */
function segmentFindings(dataset: DicomJsonObject): readonly Finding[] {
  const type = textOf(dataset, SEGMENT_ALGORITHM_TYPE);
  const name = textOf(dataset, SEGMENT_ALGORITHM_NAME);
  const identification = dataset[SEGMENT_ALGORITHM_IDENTIFICATION];
  const isIdentified = identification !== undefined || name !== undefined;
  const maker = itemsOf(identification).some(hasAlgorithmName) ? {} : { maker: makerOf(name, undefined) };
  if (type === 'AUTOMATIC') return [{ grade: isIdentified ? 'definite' : 'probable', ...maker }];
  return type === 'SEMIAUTOMATIC' && isIdentified ? [{ grade: 'probable', ...maker }] : [];
}

function hasAlgorithmName(item: DicomJsonObject): boolean {
  return textOf(item, ALGORITHM_NAME) !== undefined;
}

/** TID 4019: Algorithm Name and Algorithm Version stand side by side below what they made. */
function reportFindings(dataset: DicomJsonObject): readonly Finding[] {
  const children = itemsOf(dataset[CONTENT]);
  const names = textsNamed(children, '111001');
  if (names.length === 0) return [];
  const versions = textsNamed(children, '111003');
  const arePaired = versions.length === names.length;
  return names.map((name, place): Finding => {
    return { grade: 'definite', maker: makerOf(name, arePaired ? versions[place] : undefined) };
  });
}

function textsNamed(items: readonly DicomJsonObject[], concept: string): readonly string[] {
  return items
    .filter((item) => isCoded(item[CONCEPT_NAME], concept))
    .map((item) => textOf(item, TEXT_VALUE) ?? '');
}

/** CID 7005 has no code for AI; `processing equipment` is also what any workstation writes, so the name must be known. */
function equipmentFindings(
  item: DicomJsonObject,
  isRegisteredProduct: IsRegisteredProduct,
): readonly Finding[] {
  if (!isCoded(item[PURPOSE], '109102')) return [];
  const manufacturer = textOf(item, MANUFACTURER);
  const modelName = textOf(item, MODEL_NAME);
  const product = {
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(modelName === undefined ? {} : { modelName }),
  };
  if (!isRegisteredProduct(product)) return [];
  return [{ grade: 'probable', maker: makerOf(modelName, textOf(item, SOFTWARE_VERSIONS)) }];
}

/** A report whose only observer is a device (TID 1002), or whose class says computer-aided detection. */
function deviceFindings(root: DicomJsonObject, nested: readonly DicomJsonObject[]): readonly Finding[] {
  const observers = nested.filter((item) => isCoded(item[CONCEPT_NAME], '121005'));
  const hasDevice = observers.some((item) => isCoded(item[CONCEPT_CODE], '121007'));
  const hasPerson = observers.some((item) => isCoded(item[CONCEPT_CODE], '121006'));
  const isDetection = isDetectionReport(textOf(root, SOP_CLASS_UID) ?? '');
  return (hasDevice && !hasPerson) || isDetection ? [{ grade: 'probable' }] : [];
}

function isCoded(element: DicomJsonElement | undefined, value: string): boolean {
  return itemsOf(element).some(
    (code) => textOf(code, CODE_VALUE) === value && textOf(code, CODING_SCHEME) === 'DCM',
  );
}

function makerOf(name: string | undefined, version: string | undefined): Maker {
  return { ...(name ? { name } : {}), ...(version ? { version } : {}) };
}

function distinct(makers: readonly Maker[]): readonly Maker[] {
  return [...new Map(makers.map((maker) => [JSON.stringify([maker.name, maker.version]), maker])).values()];
}

/** PS3.5 §6.2 DA, TM (parts from the right may be missing) and the offset of (0008,0201). */
const DATE = /^(\d{4})(\d{2})(\d{2})$/;
const TIME = /^(\d{2})(\d{2})?(\d{2})?/;
const OFFSET = /^([+-]\d{2})(\d{2})$/;

function instantOf(
  date: string | undefined,
  time: string | undefined,
  offset: string | undefined,
): number | undefined {
  if (date === undefined || !DATE.test(date)) return undefined;
  const zone = offset !== undefined && OFFSET.test(offset) ? offset.replace(OFFSET, '$1:$2') : 'Z';
  const at = Date.parse(`${date.replace(DATE, '$1-$2-$3')}T${clockOf(time ?? '')}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

function clockOf(time: string): string {
  const [, hours = '00', minutes = '00', seconds = '00'] = TIME.exec(time) ?? [];
  return `${hours}:${minutes}:${seconds}`;
}
