import type { LifeStep, ModelFile, PlanView } from '../domain/model-file.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { EndpointBinding, RecognitionRule } from '../domain/register.ts';
import type { ModelState } from '../domain/words.ts';
import { doseUnitText } from './dose-words.ts';
import { proofText, protocolText, resultObjectText } from './endpoint-words.ts';
import { modelHref, sitesText } from './models-page.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import { functionText, type Tag } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { isOpen } from './profile-page.ts';
import { resultText } from './register-choices.ts';
import { actDoneText, modelStateTag, modeWords } from './register-words.ts';
import { stopRow, type StopRow } from './stop-rows.ts';
import { useText } from './use-words.ts';

interface Fact {
  readonly key: string;
  readonly value: string;
}

/** One step of a version's life. */
export interface StepRow {
  readonly tag: Tag;
  readonly isReached: boolean;
  /** Who did what, in words; the reason of a retirement. */
  readonly notes: readonly string[];
}

/** One scripted test and its newest result. */
export interface TestRow {
  readonly id: string;
  readonly title: string;
  readonly tag: Tag;
  readonly said: string;
  readonly recordHref?: string;
}

/** A plan, as the page shows it. */
export interface PlanSection {
  readonly id: string;
  readonly title: string;
  readonly tag: Tag;
  readonly facts: readonly Fact[];
  readonly studies: readonly string[];
  readonly tests: readonly TestRow[];
}

/** The page of a model version. */
export interface ModelPage {
  readonly done?: string;
  readonly state: Tag;
  readonly version: string;
  readonly stops: readonly StopRow[];
  readonly past: readonly StopRow[];
  readonly stopHref?: string;
  readonly holdHref?: string;
  readonly holdHours: number;
  readonly steps: readonly StepRow[];
  readonly facts: readonly Fact[];
  readonly guideline?: WayOut;
  readonly endpoints: readonly { readonly title: string; readonly facts: readonly Fact[] }[];
  readonly recognition: readonly string[];
  readonly plans: readonly PlanSection[];
  readonly approvals: {
    readonly people: number;
    readonly modes: readonly string[];
    /** For those who may look people up. */
    readonly named: readonly WayOut[];
  };
  readonly actions: readonly WayOut[];
  readonly confirm?: WayOut;
}

interface Shown {
  readonly timeZone: string;
  readonly done: RegisterActName | undefined;
  readonly confirm: WayOut | undefined;
}

const LIFE: readonly ModelState[] = ['registered', 'acceptance', 'released', 'retired'];

/** Turns what the register knows of a version into what the template shows. */
export function modelPage(file: ModelFile, { timeZone, done, confirm }: Shown): ModelPage {
  const { modelVersion, names, offers, stops } = file;
  const mayLift = isOpen(offers, 'lift-stop-use');
  const rows = stops.map(({ stop, isInForce }) => stopRow(stop, { names, timeZone, isInForce, mayLift }));
  const here = modelHref(modelVersion);
  return {
    ...(done === undefined ? {} : { done: actDoneText(done) }),
    state: modelStateTag(modelVersion.state),
    version: `${modelVersion.model} ${modelVersion.version}`,
    stops: rows.filter(({ isInForce }) => isInForce),
    past: rows.filter(({ isInForce }) => !isInForce),
    ...(isOpen(offers, 'stop-use') ? { stopHref: `${here}/stop` } : {}),
    ...(isOpen(offers, 'hold-model') ? { holdHref: `${here}/hold` } : {}),
    holdHours: file.holdHours,
    steps: LIFE.map((state) => stepRow(state, file, timeZone)),
    facts: modelFacts(file),
    ...guidelineWay(file),
    endpoints: modelVersion.endpoints.map((endpoint) => endpointRow(endpoint, names)),
    recognition: (modelVersion.recognition ?? []).map(recognitionText),
    plans: file.plans.map((plan) => planSection(plan, file, timeZone)),
    approvals: approvalsOf(file),
    actions: actionsOf(file),
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function stepRow(state: ModelState, file: ModelFile, timeZone: string): StepRow {
  const step = file.steps.find((one) => one.state === state);
  const tag =
    step === undefined ? { ...modelStateTag(state), colour: 'grey' as const } : modelStateTag(state);
  return {
    tag,
    isReached: step !== undefined,
    notes: step === undefined ? [] : notesOf(step, file, timeZone),
  };
}

function notesOf({ state, at, by }: LifeStep, file: ModelFile, timeZone: string): readonly string[] {
  const { modelVersion, names } = file;
  const moment = (ms: number): string => momentOfMilliseconds(ms, timeZone).text;
  const who = by.map((id) => names[id] ?? id).join(', ');
  const first = `${moment(at)}${who === '' ? '' : `, by ${who}`}`;
  if (state === 'released') {
    const releases = modelVersion.releases.map(({ site, from, until, signedBy }) => {
      const signed = signedBy === undefined ? '' : `, signed by ${names[signedBy] ?? signedBy}`;
      const end = until === undefined ? '' : ` until ${moment(until)}`;
      return `${sitesText([site])}: from ${moment(from)}${end}${signed}`;
    });
    return releases.length === 0 ? [first] : releases;
  }
  const because = state === 'retired' ? modelVersion.retiredBecause : undefined;
  return [first, ...(because === undefined ? [] : [because])];
}

function modelFacts({ modelVersion }: ModelFile): readonly Fact[] {
  const { family, vendor, digest, udi, riskClass, marking, intendedUse, operatingThreshold } = modelVersion;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Family', family],
    ['Vendor', vendor],
    ['Intended use', useText(intendedUse)],
    [
      'Class and marking',
      [riskClass && `Class ${riskClass}`, marking].filter(Boolean).join(', ') || undefined,
    ],
    ['UDI', udi],
    ['Digest of the weights', digest],
    ['Operating threshold', operatingThreshold === undefined ? undefined : String(operatingThreshold)],
  ];
  return rows.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

function guidelineWay({ modelVersion, guideline }: ModelFile): { readonly guideline?: WayOut } {
  const wanted = modelVersion.guideline;
  if (wanted === undefined) return {};
  const title = guideline?.title ?? wanted.id;
  const version = guideline?.version ?? wanted.version;
  return {
    guideline: {
      text: `${title}, version ${version}`,
      href: `/me/guidelines/${encodeURIComponent(wanted.id)}`,
    },
  };
}

/** Who signed for an endpoint that proves no version, where it is now. */
function signedFacts(
  { attestation, nameOnly, baseUrl }: EndpointBinding,
  names: ModelFile['names'],
): readonly { readonly key: string; readonly value: string }[] {
  if (attestation !== 'name-only') return [];
  const by = nameOnly?.baseUrl === baseUrl ? nameOnly.signedBy : undefined;
  return [{ key: 'Signed for', value: by === undefined ? 'By nobody yet: it is locked' : (names[by] ?? by) }];
}

function endpointRow(endpoint: EndpointBinding, names: ModelFile['names']): ModelPage['endpoints'][number] {
  const { endpointModel, endpointVersion, attestation, operatingThreshold } = endpoint;
  return {
    title: functionText(endpoint.function),
    facts: [
      { key: 'The endpoint’s own name', value: `${endpointModel} ${endpointVersion}` },
      { key: 'Protocol', value: protocolText(endpoint.protocol) },
      { key: 'Address', value: endpoint.baseUrl },
      { key: 'Proof of version', value: proofText(attestation) },
      ...signedFacts(endpoint, names),
      { key: 'Input', value: endpoint.input === 'study' ? 'The study' : 'What the caller sends' },
      { key: 'Longest wait', value: `${endpoint.timeoutMs / 1000} s` },
      ...(operatingThreshold === undefined
        ? []
        : [{ key: 'Operating threshold', value: String(operatingThreshold) }]),
      ...dosesFact(endpoint),
      ...(endpoint.writes === undefined
        ? []
        : [{ key: 'Stored in the PACS', value: resultObjectText(endpoint.writes) }]),
      ...(endpoint.simulator ? [{ key: 'Simulator', value: 'Yes' }] : []),
    ],
  };
}

function dosesFact({ doseOutputs }: EndpointBinding): readonly Fact[] {
  if (doseOutputs === undefined) return [];
  const texts = doseOutputs.map(
    ({ output, quantity, unit }) => `${output}: ${quantity} in ${doseUnitText(unit)}`,
  );
  return [{ key: 'Recommends doses', value: texts.join(', ') }];
}

/** A rule by which a vendor's unmarked results are recognised, in words. */
function recognitionText({ station, maker, description }: RecognitionRule): string {
  const parts = [
    station === undefined ? [] : [`station ${station}`],
    maker === undefined ? [] : [`maker ${maker}`],
    description === undefined ? [] : [`words of the description: ${description}`],
  ];
  return parts.flat().join(' and ');
}

const PASSED: Tag = { text: 'Every test passed', colour: 'green' };
const OPEN: Tag = { text: 'Tests open', colour: 'blue' };
const NO_RESULT: Tag = { text: 'No result yet', colour: 'grey' };

function planSection(view: PlanView, file: ModelFile, timeZone: string): PlanSection {
  const { plan, items, isPassed, isToRun } = view;
  const { names, offers, modelVersion } = file;
  const named = (id: string): string => names[id] ?? id;
  const mayRecord = isToRun && isOpen(offers, 'record-acceptance-test');
  const at = momentOfMilliseconds(plan.approvedAt, timeZone).text;
  const href = (item: string): string =>
    `${modelHref(modelVersion)}/plans/${encodeURIComponent(plan.id)}/tests/${encodeURIComponent(item)}`;
  return {
    id: plan.id,
    title: plan.title,
    tag: isPassed ? PASSED : OPEN,
    facts: [
      { key: 'Approved', value: `${at}, by ${named(plan.approvedBy)}` },
      { key: 'Operator', value: named(plan.operator) },
      ...(plan.document === undefined ? [] : [{ key: 'Document', value: plan.document }]),
    ],
    studies: plan.studies,
    tests: items.map((item) => ({
      ...testRow(item, named, (ms) => momentOfMilliseconds(ms, timeZone)),
      ...(mayRecord ? { recordHref: href(item.id) } : {}),
    })),
  };
}

function testRow(
  { id, title, newest }: PlanView['items'][number],
  named: (id: string) => string,
  moment: (ms: number) => Moment,
): TestRow {
  if (newest === undefined) return { id, title, tag: NO_RESULT, said: '' };
  const { result, recordedBy, happenedAt, note } = newest;
  const tag: Tag = { text: resultText(result), colour: result === 'pass' ? 'green' : 'red' };
  const said = `${moment(happenedAt).text}, ${named(recordedBy)}${note === undefined ? '' : `: ${note}`}`;
  return { id, title, tag, said };
}

function approvalsOf({ approvals, names, mayReadPeople }: ModelFile): ModelPage['approvals'] {
  const people = [...new Set(approvals.map(({ practitioner }) => practitioner))];
  const modes = [...Map.groupBy(approvals, ({ mode }) => mode)].map(
    ([mode, same]) =>
      `${modeWords(mode).text}: ${new Set(same.map(({ practitioner }) => practitioner)).size}`,
  );
  const named = mayReadPeople
    ? people.map((id) => ({ text: names[id] ?? id, href: `/me/register/people/${id}` }))
    : [];
  return {
    people: people.length,
    modes,
    named: named.toSorted((a, b) => Number(a.text > b.text) - Number(a.text < b.text)),
  };
}

const ACTIONS: readonly { readonly act: RegisterActName; readonly text: string; readonly path: string }[] = [
  { act: 'approve-plan', text: 'Approve a re-validation plan', path: '/plan' },
  { act: 'release-model', text: 'Sign the release', path: '/release' },
  { act: 'sign-name-only', text: 'Sign for an endpoint', path: '/sign-name-only' },
  { act: 'change-model', text: 'Change the record', path: '/change' },
  { act: 'retire-model', text: 'Retire it', path: '/retire' },
];

/** Nobody is sent to sign a release that cannot be signed, or for an endpoint that wants no signature. */
function actionsOf({ offers, plans, toSign, modelVersion }: ModelFile): readonly WayOut[] {
  const isReleasable = plans.some(({ isPassed, isTester }) => isPassed && !isTester);
  return ACTIONS.filter(({ act }) => isOpen(offers, act))
    .filter(({ act }) => act !== 'release-model' || isReleasable)
    .filter(({ act }) => act !== 'sign-name-only' || toSign.length > 0)
    .map(({ text, path }) => ({ text, href: `${modelHref(modelVersion)}${path}` }));
}
