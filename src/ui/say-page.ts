import type { CaseView } from '../domain/case-view.ts';
import type { Disposition } from '../domain/words.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { momentOfMicroseconds } from './plain-time.ts';
import { dispositionText, functionText } from './plain-words.ts';

/** What one link asks to be put on record. */
export interface SayMatter {
  readonly view: CaseView;
  readonly disposition: Disposition;
  /** The coded reason in words. */
  readonly reason?: string;
  /** Names the press of this page's button, so that pressing it twice says it once. */
  readonly once: string;
}

const WORDS: FieldSpec = {
  kind: 'lines',
  name: 'reason',
  label: 'In your own words (optional)',
  hint: 'It stays in the case log, so leave out names and other patient details.',
};
const TEXTS: readonly FieldSpec[] = [
  {
    kind: 'lines',
    rows: 8,
    name: 'draft',
    label: 'The draft as the AI gave it (optional)',
    hint: 'With both texts the case says how much was changed. They are compared and forgotten: neither text is kept.',
  },
  {
    kind: 'lines',
    rows: 8,
    name: 'final',
    label: 'The final text (optional)',
    hint: 'The report as you have signed it.',
  },
];
/** Of a draft that played no part, or looks wrong, no report was made. */
const MAKE_A_REPORT: readonly Disposition[] = ['accepted', 'edited', 'overridden'];

/** What may be said beside it: of a draft also what became of it. */
export function sayFields({
  view,
  disposition,
}: Pick<SayMatter, 'view' | 'disposition'>): readonly FieldSpec[] {
  const isDraft = view.textDigest !== undefined && MAKE_A_REPORT.includes(disposition);
  return isDraft ? [...TEXTS, WORDS] : [WORDS];
}

/** Where a link leads that asks for one disposition of one case, with nothing in it but those. */
export function sayHref(caseId: string, disposition: Disposition, code?: string): string {
  const path = `/me/cases/${caseId}/say/${disposition}`;
  return code === undefined ? path : `${path}/${code}`;
}

/** The page between a link and the record: it says what would be recorded, and has the one button that does it. */
export function sayPage({ view, disposition, reason, once }: SayMatter, shown: ShownForm): FormPage {
  const text = dispositionText(disposition);
  const before = view.disposition === undefined ? [] : [replaced(dispositionText(view.disposition))];
  return formPage(
    {
      back: { text: 'To the case, for anything else', href: `/me/cases/${view.caseId}` },
      intro: ['Nothing is on record yet. The button records it in your name.'],
      facts: [
        { key: 'To be recorded', value: reason === undefined ? text : `${text}: ${reason}` },
        { key: 'AI', value: `${functionText(view.function)}: ${view.model} ${view.version}` },
        { key: 'Case opened', value: momentOfMicroseconds(view.openedUs, shown.timeZone).text },
        ...(view.finding === undefined ? [] : [{ key: 'Finding', value: view.finding }]),
      ],
      hidden: [{ name: 'once', value: once }],
      before,
      button: `Record “${text}”`,
    },
    shown,
  );
}

function replaced(text: string): string {
  return `On record now: ${text}. What you said before stays in the log.`;
}
