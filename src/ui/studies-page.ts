import { dicomDateText, personNameText } from './plain-time.ts';

/** A study as the PACS describes it; whatever it leaves out is absent. */
export interface StudyFacts {
  readonly studyInstanceUid: string;
  /** `YYYYMMDD`. */
  readonly date?: string;
  readonly modalities: readonly string[];
  readonly description?: string;
  /** `FAMILY^Given`. */
  readonly patientName?: string;
  readonly patientId?: string;
  /** `YYYYMMDD`. */
  readonly birthDate?: string;
  readonly sex?: string;
  readonly accession?: string;
}

/** What was searched for, as it stands in the form again. */
export interface StudySearch {
  readonly patientId?: string | undefined;
  readonly accession?: string | undefined;
  readonly modality?: string | undefined;
  /** ISO day. */
  readonly date?: string | undefined;
}

/** Kinds of imaging to choose from (PS3.3 C.7.3.1.1.1). */
export const MODALITIES = ['CT', 'MR', 'CR', 'DX', 'MG', 'US', 'NM', 'PT', 'XA', 'RF'] as const;

const MODALITY_NAMES: Readonly<Record<(typeof MODALITIES)[number], string>> = {
  CT: 'CT',
  MR: 'MR',
  CR: 'CR, computed radiography',
  DX: 'DX, digital radiography',
  MG: 'MG, mammography',
  US: 'US, ultrasound',
  NM: 'NM, nuclear medicine',
  PT: 'PT, PET',
  XA: 'XA, angiography',
  RF: 'RF, fluoroscopy',
};

/** One line of the list. */
export interface StudyRow {
  readonly href: string;
  readonly date: string;
  readonly modality: string;
  readonly description: string;
  readonly patient: string;
  readonly patientId: string;
  readonly accession: string;
}

/** The page with the list of studies. */
export interface StudiesPage {
  readonly rows: readonly StudyRow[];
  readonly search: StudySearch;
  readonly isFiltered: boolean;
  readonly modalities: readonly {
    readonly value: string;
    readonly text: string;
    readonly selected: boolean;
  }[];
  readonly page: number;
  readonly previousHref?: string;
  readonly nextHref?: string;
  /** What in the search form cannot be read. */
  readonly faults: readonly { readonly field: string; readonly text: string }[];
}

/** Turns a page of studies into what the template shows. Pages are counted from 1. */
export function studiesPage(given: {
  readonly studies: readonly StudyFacts[];
  readonly search: StudySearch;
  readonly page: number;
  readonly hasMore: boolean;
  readonly faults?: StudiesPage['faults'];
}): StudiesPage {
  const { search, page } = given;
  return {
    rows: given.studies.map(studyRow),
    search,
    isFiltered: Object.values(search).some((value) => value !== undefined && value !== ''),
    modalities: MODALITIES.map((value) => ({
      value,
      text: MODALITY_NAMES[value],
      selected: search.modality === value,
    })),
    page,
    ...(page > 1 ? { previousHref: pageHref(page - 1) } : {}),
    ...(given.hasMore ? { nextHref: pageHref(page + 1) } : {}),
    faults: given.faults ?? [],
  };
}

/** What a study is called on pages: its description, or what kind of study it is. */
export function studyTitle(study: StudyFacts): string {
  if (study.description !== undefined) return study.description;
  return study.modalities.length === 0
    ? 'Study without a description'
    : `${study.modalities.join(', ')} study`;
}

function studyRow(study: StudyFacts): StudyRow {
  return {
    href: `/me/studies/${study.studyInstanceUid}`,
    date: study.date === undefined ? 'Not given' : dicomDateText(study.date),
    modality: study.modalities.join(', ') || 'Not given',
    description: studyTitle(study),
    patient: study.patientName === undefined ? 'Not given' : personNameText(study.patientName),
    patientId: study.patientId ?? 'Not given',
    accession: study.accession ?? 'Not given',
  };
}

function pageHref(page: number): string {
  return page === 1 ? '/me/studies' : `/me/studies?page=${page}`;
}
