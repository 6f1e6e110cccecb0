import type { ApprovalChoices, CarryOver, VersionChoice } from '../domain/approval-choices.ts';
import { dayInput, dayText, lastDayText } from './day-words.ts';
import { formPage, type Choice, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { functionText } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { modeChoices, modeWords, modelStateTag } from './register-words.ts';
import { backTo } from './standing-forms.ts';

/** A page where one thing is chosen before a form is shown. */
export interface ChoosePage {
  readonly back: WayOut;
  readonly intro: readonly string[];
  readonly label: string;
  readonly choices: readonly Choice[];
  /** What is said where there is nothing to choose. */
  readonly nothing: string;
  readonly action: string;
  readonly faults: readonly { readonly field: string; readonly text: string }[];
}

type Chosen = NonNullable<ApprovalChoices['chosen']>;

/** The page where the model version of an approval is chosen. */
export function chooseVersionPage(
  { practitioner, versions }: ApprovalChoices,
  faults: ChoosePage['faults'],
): ChoosePage {
  return {
    back: backTo(practitioner),
    intro: [`${practitioner.name} is approved for one exact version at a time.`],
    label: 'Model version',
    choices: versions.map(versionChoice),
    nothing: 'The register holds no model version yet.',
    action: `/me/register/people/${practitioner.id}/approve`,
    faults,
  };
}

function versionChoice({ model, version, title, state }: VersionChoice): Choice {
  const stage = state === 'released' ? '' : ` – ${modelStateTag(state).text.toLowerCase()}`;
  return { value: `${model}@${version}`, text: `${title}, ${model} ${version}${stage}` };
}

/** What an approval for the chosen version says. */
export function approvalFields({ now, chosen }: ApprovalChoices): readonly FieldSpec[] {
  if (chosen === undefined) return [];
  const { functions, supervisors, plans } = chosen;
  return [
    {
      kind: 'checkboxes',
      name: 'functions',
      label: 'Functions',
      choices: functions.map((value) => ({ value, text: functionText(value) })),
    },
    { kind: 'radios', name: 'mode', label: 'How far it goes', choices: modeChoices() },
    {
      kind: 'select',
      name: 'supervisor',
      label: 'Supervisor (only where it is supervised)',
      hint:
        supervisors.length === 0
          ? 'Nobody holds an independent approval for this version yet.'
          : 'Who holds an independent approval for this version, and for which functions.',
      choices: [
        { value: '', text: 'None' },
        ...supervisors.map((one) => ({
          value: one.id,
          text: `${one.name}: ${one.functions.map(functionText).join(', ')}`,
        })),
      ],
    },
    ...planField(plans),
    { kind: 'date', name: 'from', label: 'First day', preset: [dayInput(now)] },
    { kind: 'date', name: 'until', label: 'Last day' },
  ];
}

/** Only somebody who is to run a plan is approved for its acceptance tests. */
function planField(plans: Chosen['plans']): readonly FieldSpec[] {
  if (plans.length === 0) return [];
  return [
    {
      kind: 'select',
      name: 'plan',
      label: 'Plan (only for acceptance tests)',
      choices: [{ value: '', text: 'None' }, ...plans.map(({ id, title }) => ({ value: id, text: title }))],
    },
  ];
}

/** The page that grants an approval for the chosen version. */
export function grantPage({ practitioner, chosen }: ApprovalChoices, shown: ShownForm): FormPage {
  const known = chosen?.modelVersion;
  const held = (chosen?.held ?? []).map(
    ({ mode, from, until, functions }) =>
      `${modeWords(mode).text}, ${dayText(from, shown.timeZone)} to ${lastDayText(until, shown.timeZone)}: ${functions.map(functionText).join(', ')}`,
  );
  const content = {
    back: { text: 'Back to the model versions', href: `/me/register/people/${practitioner.id}/approve` },
    button: 'Grant the approval',
    facts: [
      { key: 'Person', value: practitioner.name },
      ...(known === undefined
        ? []
        : [
            { key: 'Model', value: `${known.title}, ${known.model} ${known.version}` },
            { key: 'State', value: modelStateTag(known.state).text },
          ]),
      { key: 'Held already', value: held.length === 0 ? 'Nothing for this version' : held.join('; ') },
    ],
  };
  return formPage(content, shown);
}

/** The page where the version that approvals are carried over from is chosen. */
export function chooseSourcePage({ sources }: CarryOver, faults: ChoosePage['faults']): ChoosePage {
  return {
    back: { text: 'Back to the register', href: '/me/register' },
    intro: [
      'A new version starts locked for everybody. Approvals of the version before can be granted for it all at once; dates, modes and supervisors stay as they are.',
    ],
    label: 'Version that people are approved for now',
    choices: sources.map((source) => {
      const { value, text } = versionChoice(source);
      return { value, text: `${text} (${source.people === 1 ? '1 person' : `${source.people} people`})` };
    }),
    nothing: 'Nobody but you is approved for any version at the moment, so there is nothing to carry over.',
    action: '/me/register/carry-over',
    faults,
  };
}

/** Nobody ticks more boxes than these: where there are more people, it is for all of them. */
export const MOST_NAMED = 500;

/** Whether there are too many people to name each. */
export function isForAll({ chosen }: Pick<CarryOver, 'chosen'>): boolean {
  return chosen !== undefined && peopleOf(chosen).size > MOST_NAMED;
}

/** To which version, and whose approvals. */
export function carryOverFields({ chosen }: CarryOver, timeZone: string): readonly FieldSpec[] {
  if (chosen === undefined) return [];
  const people = peopleOf(chosen);
  const versions: FieldSpec = {
    kind: 'radios',
    name: 'toVersion',
    label: 'New version',
    choices: chosen.targets.map(({ version, state }) => ({
      value: version,
      text: version,
      hint: modelStateTag(state).text,
    })),
  };
  if (isForAll({ chosen })) return [versions];
  return [
    versions,
    {
      kind: 'checkboxes',
      name: 'practitioners',
      label: 'Whose approvals',
      choices: [...people].map(([id, name]) => ({
        value: id,
        text: name,
        hint: heldText(chosen, id, timeZone),
      })),
      preset: [...people.keys()],
    },
  ];
}

function peopleOf({ approvals }: NonNullable<CarryOver['chosen']>): ReadonlyMap<string, string> {
  return new Map(approvals.map(({ approval, name }) => [approval.practitioner, name]));
}

function heldText({ approvals }: NonNullable<CarryOver['chosen']>, id: string, timeZone: string): string {
  return approvals
    .filter(({ approval }) => approval.practitioner === id)
    .map(
      ({ approval: { functions, mode, until } }) =>
        `${modeWords(mode).text}, to ${lastDayText(until, timeZone)}: ${functions.map(functionText).join(', ')}`,
    )
    .join('; ');
}

/** The page that carries approvals over. */
export function carryOverPage({ chosen }: CarryOver, shown: ShownForm): FormPage {
  const from = chosen?.from;
  const people = chosen === undefined ? 0 : peopleOf(chosen).size;
  const content = {
    back: { text: 'Back to the versions', href: '/me/register/carry-over' },
    button: 'Carry them over',
    facts: from === undefined ? [] : [{ key: 'From', value: `${from.title}, ${from.model} ${from.version}` }],
    intro: [
      'Functions that the new version does not serve are left behind. All of it is granted, or nothing.',
      ...(people > MOST_NAMED
        ? [`It is for all ${people} people who are approved for the version before.`]
        : []),
    ],
  };
  return formPage(content, shown);
}
