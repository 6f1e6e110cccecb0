import { BadRequest } from '../errors.ts';
import {
  parseModelName,
  parseVersion,
  type ModelName,
  type SopInstanceUid,
  type StudyUid,
  type VersionString,
} from '../identifiers.ts';
import { ENDPOINT_FUNCTIONS, type EndpointFunction } from '../words.ts';
import { textOf, type DicomJsonElement, type DicomJsonObject } from './dicom-json.ts';
import { itemsOf } from './parse-workitem.ts';
import { checkPlaces, mainTaskNamedBy, studyNamedBy } from './workitem-about.ts';
import { WORKITEM_TAGS as TAGS } from './workitem-tags.ts';
import { everyElement, onlyTextOf } from './workitem-walk.ts';

/** What a workitem asks for: one exact version on one study. */
export interface AskedWork {
  readonly model: ModelName;
  readonly version: VersionString;
  /** Absent where it names none, which is enough for a version of one function. */
  readonly function?: EndpointFunction;
  readonly study: StudyUid;
  /** The workitem that it is a part of. */
  readonly mainTask?: SopInstanceUid;
}

/** Concepts by which a Scheduled Processing Parameter says it: two of DICOM's own (PS3.16 TID 4019), one of ours. */
const CONCEPTS = {
  name: { value: '111001', scheme: 'DCM' },
  version: { value: '111003', scheme: 'DCM' },
  function: { value: 'function', scheme: '99CSIGN' },
} as const;

/** Required by PS3.4 Table CC.2.5-3 of whoever creates a workitem, and by what words they are told. */
const REQUIRED = [
  [TAGS.priority, 'Scheduled Procedure Step Priority (0074,1200)'],
  [TAGS.label, 'Procedure Step Label (0074,1204)'],
  [TAGS.worklistLabel, 'Worklist Label (0074,1202)'],
  [TAGS.scheduledStart, 'Scheduled Procedure Step Start DateTime (0040,4005)'],
  [TAGS.inputReadiness, 'Input Readiness State (0040,4041)'],
] as const;
const WORDS: Readonly<Record<string, readonly string[]>> = {
  [TAGS.priority]: ['HIGH', 'MEDIUM', 'LOW'],
  [TAGS.inputReadiness]: ['INCOMPLETE', 'UNAVAILABLE', 'READY'],
};
/** Named in the address, or given by the gateway. */
const NOT_GIVEN = [
  [TAGS.affectedSopInstanceUid, 'Affected SOP Instance UID (0000,1000)'],
  [TAGS.sopInstanceUid, 'SOP Instance UID (0008,0018)'],
  [TAGS.transactionUid, 'Transaction UID (0008,1195)'],
] as const;

/**
 * What is asked for by a workitem that is to be created. Which version: by two text items of Scheduled Processing Parameters (0074,1210),
 * because the code of a workitem has 16 characters, and no version is told by its first 16.
 * Throws BadRequest that names everything that is missing or may not be there.
 */
export function workAskedBy(dataset: DicomJsonObject): AskedWork {
  checkCreation(dataset);
  checkPlaces(dataset);
  const mainTask = mainTaskNamedBy(dataset);
  return {
    ...versionNamedBy(dataset),
    study: studyNamedBy(dataset),
    ...(mainTask === undefined ? {} : { mainTask }),
  };
}

/** The version that a workitem names, and the function where it names one. Throws BadRequest. */
export function versionNamedBy(dataset: DicomJsonObject): Omit<AskedWork, 'study' | 'mainTask'> {
  const model = parseModelName(parameter(dataset, 'name') ?? '');
  const version = parseVersion(parameter(dataset, 'version') ?? '');
  if (model === undefined || version === undefined) throw noVersion();
  const wanted = functionOf(dataset);
  return { model, version, ...(wanted === undefined ? {} : { function: wanted }) };
}

function checkCreation(dataset: DicomJsonObject): void {
  const missing = REQUIRED.filter(([tag]) => !isGiven(dataset, tag)).map(([, name]) => name);
  const surplus = NOT_GIVEN.filter(([tag]) => textOf(dataset, tag) !== undefined).map(([, name]) => name);
  const state = textOf(dataset, TAGS.state) === 'SCHEDULED' ? [] : ['state (0074,1000) SCHEDULED'];
  const faults = [
    ...sentence('The workitem lacks', [...state, ...missing]),
    ...sentence('It may not hold', surplus),
  ];
  if (faults.length > 0) throw new BadRequest(faults.join(' '));
}

function isGiven(dataset: DicomJsonObject, tag: string): boolean {
  const text = textOf(dataset, tag);
  return text !== undefined && (WORDS[tag]?.includes(text) ?? true);
}

function sentence(start: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${start}: ${names.join(', ')}.`];
}

/** Elements in which a code can stand: short, long, or as a URN. */
const CODE_TAGS: readonly string[] = [TAGS.codeValue, '00080119', '00080120'];
const PARAMETER_TAGS: readonly string[] = [TAGS.valueType, TAGS.conceptName, TAGS.textValue];

/**
 * The text under a concept; undefined where the concept is nowhere named. It is named once in all of the dataset, in one spelling, with one
 * value: given twice or otherwise, who decides and who performs could read different ones. Throws BadRequest.
 */
function parameter(dataset: DicomJsonObject, concept: keyof typeof CONCEPTS): string | undefined {
  const wanted = CONCEPTS[concept];
  const named = everyElement(dataset).filter(({ tag, element }) => namesCode(tag, element, wanted.value));
  if (named.length === 0) return undefined;
  const found = itemsOf(dataset, TAGS.parameters).flatMap((item) => textUnder(item, wanted) ?? []);
  const [only] = found;
  if (only === undefined || named.length > 1) throw noVersion();
  return only;
}

function namesCode(tag: string, { Value: values = [] }: DicomJsonElement, code: string): boolean {
  if (!CODE_TAGS.includes(tag)) return false;
  return values.some(
    (value) => value === Number(code) || (typeof value === 'string' && isCode(value.trim(), code)),
  );
}

/** By itself, or at the end of a URN. */
function isCode(text: string, code: string): boolean {
  return text === code || (text.endsWith(code) && /[^0-9A-Za-z]$/.test(text.slice(0, -code.length)));
}

/** The text of a parameter that is nothing but one text under this concept. */
function textUnder(
  item: DicomJsonObject,
  { value, scheme }: { readonly value: string; readonly scheme: string },
): string | undefined {
  const [concept, ...others] = itemsOf(item, TAGS.conceptName);
  const isPlain = Object.keys(item).every((tag) => PARAMETER_TAGS.includes(tag));
  if (concept === undefined || others.length > 0 || !isPlain) return undefined;
  const isNamed = only(concept, TAGS.codeValue) === value && only(concept, TAGS.codingScheme) === scheme;
  return isNamed && only(item, TAGS.valueType) === 'TEXT' ? only(item, TAGS.textValue) : undefined;
}

function only(dataset: DicomJsonObject, tag: string): string | undefined {
  const found = dataset[tag];
  return found === undefined ? undefined : onlyTextOf(found);
}

function noVersion(): BadRequest {
  return new BadRequest(
    'A workitem here asks for one exact AI model version, and for nothing else. Name it in Scheduled Processing Parameters (0074,1210): a TEXT item (111001, DCM) with its name, and one (111003, DCM) with its version, each once and with one value.',
  );
}

function functionOf(dataset: DicomJsonObject): EndpointFunction | undefined {
  const text = parameter(dataset, 'function');
  if (text === undefined) return undefined;
  const known = ENDPOINT_FUNCTIONS.find((name) => name === text);
  if (known !== undefined) return known;
  throw new BadRequest(`There is no such function. Those there are: ${ENDPOINT_FUNCTIONS.join(', ')}.`);
}
