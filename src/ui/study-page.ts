import type { ReasonInstance } from '../domain/reasons.ts';
import type { EndpointFunction, InputSource, Protocol } from '../domain/words.ts';
import { protocolText } from './endpoint-words.ts';
import { dicomDateText, personNameText } from './plain-time.ts';
import { functionText } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { stepUpWay, type StepUp } from './step-up-way.ts';
import { studyTitle, type StudyFacts } from './studies-page.ts';

/** One function of one exact model version, and whether this person may have it on this study. */
export interface OfferedModel {
  readonly model: string;
  readonly version: string;
  readonly title: string;
  readonly function: EndpointFunction;
  readonly input: InputSource;
  /** The dialect in which it is called. */
  readonly protocol: Protocol;
  readonly permitted: boolean;
  readonly reasons: readonly ReasonInstance[];
}

/** A picture of the study, by address at our own DICOMweb door. */
export interface StudyPicture {
  readonly href: string;
  /** Which image of how many, in words. */
  readonly caption: string;
}

/** One row of "AI on this study". */
export interface ModelRow {
  /** Unique on the page, for labels. */
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly version: string;
  readonly function: string;
  readonly functionText: string;
  /** The dialect in which it is called, where that is not the one that a form means which says nothing. */
  readonly protocol?: Protocol;
  readonly reasons: readonly ReasonInstance[];
  /** Why this page does not run it, and what does. */
  readonly elsewhere?: string;
  /** What puts it right, where only the sign-in stands in the way. */
  readonly confirm?: WayOut;
}

/** The page of one study. */
export interface StudyPage {
  readonly title: string;
  readonly runHref: string;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly picture?: StudyPicture;
  readonly pictureAlt: string;
  /** Where a viewer shows it, if this gateway serves one. */
  readonly viewerHref?: string;
  readonly unlocked: readonly ModelRow[];
  readonly locked: readonly ModelRow[];
  /** Why the list of models cannot be shown, if so. */
  readonly modelsMissing?: string;
}

/** Turns a study and what is unlocked on it into what the template shows. */
export function studyPage(given: {
  readonly study: StudyFacts;
  readonly picture: StudyPicture | undefined;
  readonly models: readonly OfferedModel[];
  readonly modelsMissing: string | undefined;
  readonly stepUp: StepUp | undefined;
  readonly viewerHref?: string | undefined;
}): StudyPage {
  const { study, picture, modelsMissing, stepUp, viewerHref } = given;
  const title = studyTitle(study);
  const rows = given.models.map((model, index) => ({ model, row: modelRow(model, index, stepUp) }));
  return {
    title,
    runHref: `/me/studies/${study.studyInstanceUid}/run`,
    facts: studyFactRows(study),
    ...(picture === undefined ? {} : { picture }),
    pictureAlt: `${title}: one image of the study, for orientation only`,
    ...(viewerHref === undefined ? {} : { viewerHref }),
    unlocked: rows.filter(({ model }) => model.permitted).map(({ row }) => row),
    locked: rows.filter(({ model }) => !model.permitted).map(({ row }) => row),
    ...(modelsMissing === undefined ? {} : { modelsMissing }),
  };
}

function modelRow(offered: OfferedModel, index: number, stepUp: StepUp | undefined): ModelRow {
  const confirm = stepUpWay(offered.reasons, stepUp);
  const { model, version, title, reasons } = offered;
  const elsewhere = elsewhereText(offered);
  return {
    id: `model-${index + 1}`,
    title,
    model,
    version,
    function: offered.function,
    functionText: functionText(offered.function),
    reasons,
    ...(offered.protocol === 'oip-v2' ? {} : { protocol: offered.protocol }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(confirm === undefined ? {} : { confirm }),
  };
}

/** Dialects in which a study is all that a call takes. */
export const RUN_PROTOCOLS = ['oip-v2', 'torchserve'] as const satisfies readonly Protocol[];

/** The page sends no images, and nothing that is marked in them or asked about them. */
function elsewhereText({ input, protocol }: OfferedModel): string | undefined {
  if (input === 'caller') return 'Run it from your viewer: it works on image data that the viewer sends.';
  if (RUN_PROTOCOLS.some((one) => one === protocol)) return undefined;
  return `Run it from your viewer or a program. It is called by: ${protocolText(protocol)}.`;
}

/** The facts of a study a reader checks first: whose it is, then what it is. */
function studyFactRows(study: StudyFacts): StudyPage['facts'] {
  const given = (value: string | undefined): string =>
    value === undefined || value === '' ? 'Not given' : value;
  const dated = (value: string | undefined): string =>
    given(value === undefined ? undefined : dicomDateText(value));
  const name = study.patientName === undefined ? undefined : personNameText(study.patientName);
  return [
    { key: 'Patient', value: given(name) },
    { key: 'Patient ID', value: given(study.patientId) },
    { key: 'Born', value: dated(study.birthDate) },
    { key: 'Sex', value: given(sexText(study.sex)) },
    { key: 'Date', value: dated(study.date) },
    { key: 'Modality', value: given(study.modalities.join(', ')) },
    { key: 'Accession', value: given(study.accession) },
  ];
}

function sexText(sex: string | undefined): string | undefined {
  if (sex === 'F') return 'Female';
  if (sex === 'M') return 'Male';
  return sex === 'O' ? 'Other' : sex;
}
