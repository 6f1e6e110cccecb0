import type { ModelFile } from '../domain/model-file.ts';
import type { StopUse } from '../domain/register.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { modelHref } from './models-page.ts';
import { momentOfMilliseconds } from './plain-time.ts';
import type { WayOut } from './problem-page.ts';
import { targetText } from './stop-rows.ts';

const EVERY_SITE = '';

/** The way back to a version's page. */
export function backToModel({ modelVersion }: Pick<ModelFile, 'modelVersion'>): WayOut {
  const { title, version } = modelVersion;
  return { text: `Back to ${title} ${version}`, href: modelHref(modelVersion) };
}

/** What a form of a version says about which it is. */
export function versionFacts({ modelVersion }: Pick<ModelFile, 'modelVersion'>): FormPage['facts'] {
  const { title, model, version } = modelVersion;
  return [{ key: 'Model', value: `${title}, ${model} ${version}` }];
}

const REASON: FieldSpec = {
  kind: 'text',
  name: 'reason',
  label: 'Reason',
  hint: 'In a sentence, without patient details. Everybody in the register can read it.',
};

/** Why something is done to a version. */
export function modelReasonFields(): readonly FieldSpec[] {
  return [REASON];
}

/** What is stopped or held: the version, its family, or everything at a site; and where. */
export function stopFields({ modelVersion, sites }: ModelFile): readonly FieldSpec[] {
  const { model, version, family } = modelVersion;
  return [
    REASON,
    {
      kind: 'radios',
      name: 'target',
      label: 'What',
      choices: [
        { value: 'version', text: `Only this version: ${model} ${version}` },
        { value: 'model', text: `Every version of ${model}` },
        { value: 'family', text: `Every version of the family ${family}` },
        { value: 'site', text: 'Every model at a site', hint: 'Choose the site below.' },
      ],
      preset: ['version'],
    },
    {
      kind: 'select',
      name: 'site',
      label: 'Where',
      choices: [
        { value: EVERY_SITE, text: 'At every site' },
        ...sites.map((site) => ({ value: site, text: `Only at ${site}` })),
      ],
    },
  ];
}

const AT_ONCE =
  'It is in force at once, on every node, and results of calls that are running are withheld. Images stay open.';

/** The page that stops the use of a model. */
export function stopPage(file: ModelFile, shown: ShownForm): FormPage {
  const content = {
    back: backToModel(file),
    button: 'Stop its use now',
    isWarning: true,
    facts: versionFacts(file),
    intro: [AT_ONCE, 'Two people with smart cards lift it again.'],
  };
  return formPage(content, shown);
}

/** The page that holds a model for some hours. */
export function holdPage(file: ModelFile, shown: ShownForm): FormPage {
  const content = {
    back: backToModel(file),
    button: `Hold it for ${file.holdHours} hours`,
    isWarning: true,
    facts: versionFacts(file),
    intro: [
      AT_ONCE,
      `It ends by itself after ${file.holdHours} hours. Tell a Responsible Clinician for AI, who can stop its use for good; you cannot hold the same again straight after.`,
    ],
  };
  return formPage(content, shown);
}

interface Lifted {
  readonly stop: StopUse;
  readonly etag: string;
  readonly names: Readonly<Record<string, string>>;
}

/** The page that lifts a stop-use or a hold. */
export function liftStopPage({ stop, etag, names }: Lifted, timeZone: string, shown: ShownForm): FormPage {
  const content = {
    back: { text: 'Back to the model versions', href: '/me/register/models' },
    button: 'Lift it',
    hidden: [{ name: 'etag', value: etag }],
    facts: [
      { key: 'Stopped', value: targetText(stop) },
      { key: 'Since', value: momentOfMilliseconds(stop.from, timeZone).text },
      ...(stop.until === undefined
        ? []
        : [{ key: 'Ends by itself', value: momentOfMilliseconds(stop.until, timeZone).text }]),
      { key: 'By', value: names[stop.by] ?? stop.by },
      { key: 'Reason', value: stop.reason },
    ],
    intro: ['Whatever else locks the model still does. Two people with smart cards lift a stop-use.'],
  };
  return formPage(content, shown);
}
