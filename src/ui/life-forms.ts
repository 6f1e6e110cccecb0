import type { ModelFile, PlanView } from '../domain/model-file.ts';
import type { EndpointBinding, RecognitionRule } from '../domain/register.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { sitesText } from './models-page.ts';
import { functionText } from './plain-words.ts';
import { resultChoices } from './register-choices.ts';
import { backToModel, versionFacts } from './stop-forms.ts';

function etagOf({ etag }: ModelFile): FormPage['hidden'] {
  return [{ name: 'etag', value: etag }];
}

/** What a re-validation plan says. */
export function planFields({ operators }: ModelFile): readonly FieldSpec[] {
  return [
    { kind: 'text', name: 'title', label: 'Title', hint: 'Re-validation of 2.2.0, for example.' },
    {
      kind: 'select',
      name: 'operator',
      label: 'Who runs it',
      hint:
        operators.length === 0
          ? 'Nobody else holds a credential by which they could record acceptance tests.'
          : 'They run the tests and record the results. It cannot be you, and they do not sign the release.',
      choices: [
        { value: '', text: 'Choose one' },
        ...operators.map(({ id, name }) => ({ value: id, text: name })),
      ],
    },
    {
      kind: 'lines',
      name: 'studies',
      label: 'Studies',
      hint: 'One Study Instance UID on each line. The operator can run the version on these, and on no others.',
    },
    {
      kind: 'lines',
      name: 'script',
      label: 'Tests',
      hint: 'One test on each line, in the order in which they are run: “Twenty known nodules are found”.',
    },
    {
      kind: 'text',
      name: 'document',
      label: 'Document (optional)',
      hint: 'Where the plan is filed, or its digest: sha256: and 64 hex digits.',
    },
  ];
}

/** The page that approves a re-validation plan. */
export function planPage(file: ModelFile, shown: ShownForm): FormPage {
  const content = {
    back: backToModel(file),
    button: 'Approve the plan',
    hidden: etagOf(file),
    facts: versionFacts(file),
    intro: [
      'With it the version is in acceptance: the operator can run the tests, and nobody else can use it.',
    ],
  };
  return formPage(content, shown);
}

/** How an acceptance test ended. */
export function testFields(): readonly FieldSpec[] {
  return [
    { kind: 'radios', name: 'result', label: 'Result', choices: resultChoices() },
    {
      kind: 'text',
      name: 'note',
      label: 'Note (optional)',
      hint: 'What was seen, without patient details.',
    },
    {
      kind: 'text',
      name: 'document',
      label: 'Document (optional)',
      hint: 'Where the results are filed, or their digest: sha256: and 64 hex digits.',
    },
  ];
}

interface Tested extends ModelFile {
  readonly plan: PlanView;
  readonly item: PlanView['items'][number];
}

/** The page where the result of an acceptance test is recorded. */
export function testPage(tested: Tested, shown: ShownForm): FormPage {
  const { plan, item } = tested;
  const content = {
    back: backToModel(tested),
    button: 'Record the result',
    facts: [
      ...versionFacts(tested),
      { key: 'Plan', value: plan.plan.title },
      { key: 'Test', value: `${item.id}: ${item.title}` },
    ],
    intro: ['A result stays on record. Running the test again is a new result, and the newest counts.'],
  };
  return formPage(content, shown);
}

/** Where a version is released, and on which plan that rests. */
export function releaseFields({ plans }: ModelFile): readonly FieldSpec[] {
  return [
    {
      kind: 'select',
      name: 'plan',
      label: 'Plan that it rests on',
      choices: plans.map(({ plan, isPassed }) => ({
        value: plan.id,
        text: isPassed ? `${plan.title}: every test passed` : `${plan.title}: tests open`,
      })),
    },
    {
      kind: 'text',
      name: 'sites',
      label: 'Sites',
      hint: 'Names of sites with commas between them; * is every site.',
    },
  ];
}

/** The page where a release is signed. */
export function releasePage(file: ModelFile, shown: ShownForm): FormPage {
  const { releases } = file.modelVersion;
  const content = {
    back: backToModel(file),
    button: 'Sign the release',
    hidden: etagOf(file),
    facts: [
      ...versionFacts(file),
      {
        key: 'Released already',
        value: releases.length === 0 ? 'Nowhere' : sitesText(releases.map(({ site }) => site)),
      },
    ],
    intro: [
      'It is then open at these sites to those who are approved for exactly this version. Whoever ran its tests does not sign.',
    ],
  };
  return formPage(content, shown);
}

/** The page that retires a version. */
export function retirePage(file: ModelFile, shown: ShownForm): FormPage {
  const content = {
    back: backToModel(file),
    button: 'Retire it',
    isWarning: true,
    hidden: etagOf(file),
    facts: versionFacts(file),
    intro: [
      'It locks for everybody at once, and cannot be taken back. What was done with it stays on record.',
    ],
  };
  return formPage(content, shown);
}

/** What the register says of a version that can be said anew; addresses and waits of its endpoints. */
export function changeFields({ modelVersion, guidelines }: ModelFile): readonly FieldSpec[] {
  const { title, vendor, recognition = [], guideline, endpoints } = modelVersion;
  return [
    { kind: 'text', name: 'title', label: 'Title', preset: [title] },
    { kind: 'text', name: 'vendor', label: 'Vendor', preset: [vendor] },
    guidelineField(guidelines, guideline),
    {
      kind: 'lines',
      name: 'recognition',
      label: 'How unmarked results are recognised (optional)',
      hint: 'One rule on each line: station=AI1; maker=Example; description=nodule overlay. What a rule names must all match.',
      preset: [recognition.map(ruleLine).join('\n')],
    },
    ...endpoints.flatMap(endpointFields),
  ];
}

/** The guideline that those who use a version acknowledge. */
export function guidelineField(
  guidelines: ModelFile['guidelines'],
  known?: { readonly id: string; readonly version: string },
): FieldSpec {
  const value = known === undefined ? '' : `${known.id}@${known.version}`;
  const choices = guidelines.map(({ id, version, title }) => ({
    value: `${id}@${version}`,
    text: `${title}, version ${version}`,
  }));
  const isListed = choices.some((choice) => choice.value === value);
  return {
    kind: 'select',
    name: 'guideline',
    label: 'Guideline (optional)',
    choices: [
      { value: '', text: 'None' },
      ...choices,
      ...(known === undefined || isListed ? [] : [{ value, text: `${known.id}, version ${known.version}` }]),
    ],
    preset: [value],
  };
}

function ruleLine(rule: RecognitionRule): string {
  return Object.entries(rule)
    .map(([name, text]) => `${name}=${String(text)}`)
    .join('; ');
}

function endpointFields({ function: name, baseUrl, timeoutMs }: EndpointBinding): readonly FieldSpec[] {
  return [
    {
      kind: 'text',
      name: `address-${name}`,
      label: `${functionText(name)}: address of the endpoint`,
      preset: [baseUrl],
    },
    {
      kind: 'number',
      name: `wait-${name}`,
      label: `${functionText(name)}: longest wait in milliseconds`,
      width: 10,
      preset: [String(timeoutMs)],
    },
  ];
}

/** The page that changes what the register says of a version. */
export function changeModelPage(file: ModelFile, shown: ShownForm): FormPage {
  const content = {
    back: backToModel(file),
    button: 'Change the record',
    hidden: etagOf(file),
    facts: versionFacts(file),
    intro: [
      'What the version is stays as it was tested: its digest, its intended use, its functions and its threshold. Another of these is another version.',
    ],
  };
  return formPage(content, shown);
}
