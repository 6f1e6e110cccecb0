import type { Orientation } from '../domain/dicom/series-facts.ts';
import type { Guideline } from '../domain/register.ts';
import type {
  Attestation,
  EndpointFunction,
  InputSource,
  Marking,
  Protocol,
  ResultObjectKind,
  RiskClass,
} from '../domain/words.ts';
import { proofText, protocolText, resultObjectText } from './endpoint-words.ts';
import { formPage, type Choice, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { guidelineField } from './life-forms.ts';
import { functionText } from './plain-words.ts';

const CLASSES: Readonly<Record<RiskClass, string>> = {
  I: 'Class I',
  IIa: 'Class IIa',
  IIb: 'Class IIb',
  III: 'Class III',
};
const MARKINGS: Readonly<Record<Marking, string>> = { UKCA: 'UKCA', CE: 'CE', UKNI: 'UKNI', none: 'None' };
const SERVED: readonly EndpointFunction[] = [
  'triage',
  'detection',
  'segmentation',
  'quantification',
  'report-draft',
  'record-query',
  'prescribing-suggestion',
  'protocol-recommendation',
  'quality-check',
];

const CODES = 'Codes with commas between them; empty where the vendor states no limit.';

/** What there is to choose from. */
interface Offered {
  readonly guidelines: readonly Guideline[];
  readonly protocols: readonly Protocol[];
  readonly proofs: readonly Attestation[];
  /** The kinds of proof that endpoints of each dialect have. */
  readonly proofsOf: Readonly<Record<Protocol, readonly Attestation[]>>;
  readonly objects: readonly ResultObjectKind[];
}

/** What a version says of itself when it is registered. */
export function registrationFields(offered: Offered): readonly FieldSpec[] {
  return [
    ...identityFields(),
    ...useFields(),
    ...endpointFields(offered),
    ...outputFields(offered),
    ...safetyFields(offered.guidelines),
  ];
}

function text(name: string, label: string, more: Partial<FieldSpec> = {}): FieldSpec {
  return { kind: 'text', name, label, ...more };
}

function identityFields(): readonly FieldSpec[] {
  return [
    text('title', 'Title', { hint: 'As people know it: “Lung nodule detector”.' }),
    text('model', 'Model', { hint: 'Its name in the register, the same for all its versions: lung-nodule.' }),
    text('version', 'Exact version', { width: 20, hint: '2.1.0, for example; never “latest”.' }),
    text('family', 'Family', { hint: 'Models that are learned together: CPD counts for a family.' }),
    text('vendor', 'Vendor'),
    text('digest', 'Digest of the weights', {
      hint: 'As the vendor ships them: sha256: and 64 hex digits.',
    }),
    text('udi', 'UDI (optional)'),
    select('riskClass', 'Class (optional)', [NOT_STATED, ...choicesOf(CLASSES)]),
    select('marking', 'Marking (optional)', [NOT_STATED, ...choicesOf(MARKINGS)]),
  ];
}

const NOT_STATED: Choice = { value: '', text: 'Not stated' };

function select(name: string, label: string, choices: readonly Choice[]): FieldSpec {
  return { kind: 'select', name, label, choices };
}

function useFields(): readonly FieldSpec[] {
  return [
    text('modalities', 'Intended use: modalities (optional)', { hint: CODES }),
    text('bodyParts', 'Intended use: body parts (optional)', { hint: CODES }),
    { kind: 'number', name: 'minAgeYears', label: 'Intended use: from years of age (optional)', width: 5 },
    { kind: 'number', name: 'maxAgeYears', label: 'Intended use: under years of age (optional)', width: 5 },
    ...seriesFields(),
  ];
}

const DIRECTIONS: Readonly<Record<Orientation, string>> = {
  axial: 'Axial',
  coronal: 'Coronal',
  sagittal: 'Sagittal',
};
const REFUSED: readonly Choice[] = [NOT_STATED, { value: 'refuse', text: 'Are none of its use' }];

/** Held against the images in the PACS before each call; a version that states none of these costs the PACS nothing more. */
function seriesFields(): readonly FieldSpec[] {
  const measure = (name: string, label: string): FieldSpec => ({ kind: 'number', name, label, width: 5 });
  return [
    measure('minSliceThicknessMm', 'Intended use: slices from millimetres (optional)'),
    measure('maxSliceThicknessMm', 'Intended use: slices up to millimetres (optional)'),
    measure('minKvp', 'Intended use: from kilovolts (optional)'),
    measure('maxKvp', 'Intended use: up to kilovolts (optional)'),
    {
      kind: 'checkboxes',
      name: 'orientations',
      label: 'Intended use: orientation (optional)',
      hint: 'None where the vendor states no limit.',
      choices: choicesOf(DIRECTIONS),
    },
    select('burnedInAnnotation', 'Intended use: images with burned-in text (optional)', REFUSED),
    select('derivedImages', 'Intended use: images made of others (optional)', REFUSED),
  ];
}

const INPUTS: Readonly<Record<InputSource, string>> = {
  study: 'The study, read through the gateway',
  caller: 'What the caller sends',
};

const ONE = { value: '', text: 'Choose one' };

function endpointFields(offered: Offered): readonly FieldSpec[] {
  return [
    select('function', 'Function', [ONE, ...SERVED.map((value) => ({ value, text: functionText(value) }))]),
    select('protocol', 'Protocol in which it is called', [
      ONE,
      ...offered.protocols.map((value) => ({ value, text: protocolText(value) })),
    ]),
    text('baseUrl', 'Address of the endpoint', { hint: 'Without a slash at its end.' }),
    text('endpointModel', 'The endpoint’s own name for the model', { width: 20 }),
    text('endpointVersion', 'The endpoint’s own name for the version', { width: 20 }),
    {
      kind: 'radios',
      name: 'attestation',
      label: 'How it proves which version answered',
      choices: proofChoices(offered),
    },
    text('attestedChecksum', 'Checksum that it gives of its weights (optional)', {
      hint: 'Where a checksum proves the version, and it is not the digest of the weights.',
    }),
    {
      kind: 'radios',
      name: 'input',
      label: 'What it works on',
      choices: choicesOf(INPUTS),
      preset: ['study'],
    },
    {
      kind: 'number',
      name: 'timeoutMs',
      label: 'Longest wait in milliseconds',
      width: 10,
      preset: ['30000'],
    },
  ];
}

/** Each kind of proof, with the dialects that have it. */
function proofChoices({ protocols, proofs, proofsOf }: Offered): readonly Choice[] {
  return proofs.map((value) => {
    const having = protocols.filter((protocol) => proofsOf[protocol].includes(value));
    return { value, text: proofText(value), hint: `With ${having.map(protocolText).join(', ')}.` };
  });
}

/** What the gateway reads in its answers, and makes of them. */
function outputFields({ objects }: Offered): readonly FieldSpec[] {
  return [
    text('scoreOutput', 'Output that carries the score (optional)', { width: 20 }),
    text('findingOutput', 'Output that carries the finding (optional)', { width: 20 }),
    text('findings', 'Words that it can report as its finding (optional)', {
      hint: 'With commas between them. No others go into the case log.',
    }),
    text('doseOutputs', 'Outputs that recommend a dose (optional)', {
      hint: 'Output, quantity and unit, with commas between several: “ctdi CTDIvol mGy, dlp DLP mGy.cm”. They are held against the local reference levels; what recommends a protocol names one at least.',
    }),
    select('writes', 'Object that the gateway makes of its results, and stores in the PACS (optional)', [
      { value: '', text: 'None' },
      ...objects.map((value) => ({ value, text: resultObjectText(value) })),
    ]),
  ];
}

function safetyFields(guidelines: readonly Guideline[]): readonly FieldSpec[] {
  return [
    {
      kind: 'number',
      name: 'operatingThreshold',
      label: 'Operating threshold (optional)',
      hint: 'A score at or above counts as positive.',
      width: 10,
    },
    guidelineField(guidelines),
  ];
}

function choicesOf(words: Readonly<Record<string, string>>): readonly Choice[] {
  return Object.entries(words).map(([value, text]) => ({ value, text }));
}

/** The page where a version is registered. */
export function registrationPage(shown: ShownForm): FormPage {
  const content = {
    back: { text: 'Back to the model versions', href: '/me/register/models' },
    button: 'Register the version',
    intro: [
      'Nobody can use a version that is only registered: its plan is approved, its tests are passed and its release is signed first.',
      'This form takes one endpoint. A version with several is registered from a file, or by the programming interface.',
    ],
  };
  return formPage(content, shown);
}
