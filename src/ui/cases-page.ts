import type { CaseView } from '../domain/case-view.ts';
import { momentOfMicroseconds, type Moment } from './plain-time.ts';
import { dispositionText, functionText, stateTag, type Tag } from './plain-words.ts';

/** One line of my cases. */
export interface CaseRow {
  readonly href: string;
  readonly opened: Moment;
  readonly state: Tag;
  readonly functionText: string;
  readonly model: string;
  readonly version: string;
  readonly modality: string;
  readonly disposition: string;
}

/** The page with my cases. */
export interface CasesPage {
  readonly rows: readonly CaseRow[];
  readonly isFirst: boolean;
  readonly nextHref?: string;
}

/** Turns a page of cases into what the template shows. */
export function casesPage(given: {
  readonly cases: readonly CaseView[];
  readonly next: string | undefined;
  readonly isFirst: boolean;
  readonly timeZone: string;
}): CasesPage {
  return {
    rows: given.cases.map((view) => caseRow(view, given.timeZone)),
    isFirst: given.isFirst,
    ...(given.next === undefined ? {} : { nextHref: `/me/cases?cursor=${given.next}` }),
  };
}

function caseRow(view: CaseView, timeZone: string): CaseRow {
  return {
    href: `/me/cases/${view.caseId}`,
    opened: momentOfMicroseconds(view.openedUs, timeZone),
    state: stateTag(view.state),
    functionText: functionText(view.function),
    model: view.model,
    version: view.version,
    modality: view.modality.join(', ') || 'Not known',
    disposition: saidText(view),
  };
}

function saidText(view: CaseView): string {
  const said = view.disposition === undefined ? openDisposition(view) : dispositionText(view.disposition);
  return view.signOff === 'awaited' ? `${said}; awaiting sign-off` : said;
}

function openDisposition(view: CaseView): string {
  const wasShown = view.state === 'released' || view.state === 'viewed' || view.shownInPart === true;
  return wasShown ? 'Waiting for you' : 'Nothing to do';
}
