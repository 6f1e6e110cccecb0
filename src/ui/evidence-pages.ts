import type { EvidenceList, EvidencePiece } from '../domain/evidence-file.ts';
import type { EvidenceType } from '../domain/evidence-types.ts';
import type { Profile } from '../domain/profile.ts';
import { detailRows, evidenceRow, type EvidenceRow } from './evidence-rows.ts';
import { evidencePhase, evidencePhases, evidenceText } from './evidence-words.ts';
import { formPage, type FormPage, type ShownForm } from './form-page.ts';
import { momentOfMilliseconds, type Moment } from './plain-time.ts';
import type { WayOut } from './problem-page.ts';
import { isOpen } from './profile-page.ts';
import { recordRows } from './record-rows.ts';

/** The page with all evidence of a person. */
export interface EvidenceListPage {
  readonly back: WayOut;
  /** One kind, or all of them. */
  readonly kinds: readonly { readonly text: string; readonly href: string; readonly current: boolean }[];
  readonly rows: readonly EvidenceRow[];
  readonly total: number;
  readonly previousHref?: string;
  readonly nextHref?: string;
}

/** Turns a list of evidence into what the template shows. */
export function evidenceListPage(
  list: EvidenceList,
  at: {
    readonly type: EvidenceType | undefined;
    readonly page: number;
    readonly perPage: number;
    readonly timeZone: string;
  },
): EvidenceListPage {
  const { practitioner, isOwn, counts, pieces, total, names } = list;
  const home = isOwn ? '/me/profile' : `/me/register/people/${practitioner.id}`;
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const pageHref = (page: number): string => listHref(`${home}/evidence`, at.type, page);
  return {
    back: { text: isOwn ? 'Back to my profile' : `Back to ${practitioner.name}`, href: home },
    kinds: [
      { text: `All (${all})`, href: `${home}/evidence`, current: at.type === undefined },
      ...counts.map(({ type, count }) => ({
        text: `${evidenceText(type)} (${count})`,
        href: listHref(`${home}/evidence`, type, 1),
        current: at.type === type,
      })),
    ],
    rows: pieces.map((piece) =>
      evidenceRow(
        piece,
        { names, timeZone: at.timeZone },
        isOwn ? undefined : `${home}/evidence/${encodeURIComponent(piece.id)}`,
      ),
    ),
    total,
    ...(at.page > 1 ? { previousHref: pageHref(at.page - 1) } : {}),
    ...(at.page * at.perPage < total ? { nextHref: pageHref(at.page + 1) } : {}),
  };
}

function listHref(base: string, type: EvidenceType | undefined, page: number): string {
  const query = new URLSearchParams({
    ...(type === undefined ? {} : { type }),
    ...(page === 1 ? {} : { page: String(page) }),
  }).toString();
  return query === '' ? base : `${base}?${query}`;
}

/** The page of one piece of evidence. */
export interface EvidencePiecePage {
  readonly back: WayOut;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly actions: readonly WayOut[];
  /** What signing in more strongly would open. */
  readonly confirm?: WayOut;
  /** Newest first. */
  readonly history: readonly {
    readonly at: Moment;
    readonly by: string;
    readonly rows: readonly { readonly key: string; readonly value: string }[];
    readonly removedBecause?: string;
  }[];
}

/** Turns a piece of evidence into what the template shows. */
export function evidencePiecePage(
  file: EvidencePiece,
  shown: { readonly timeZone: string; readonly confirm: WayOut | undefined },
): EvidencePiecePage {
  const { practitioner, piece, names, offers, history } = file;
  const home = `/me/register/people/${practitioner.id}`;
  const here = `${home}/evidence/${encodeURIComponent(piece.id)}`;
  return {
    back: { text: `Back to ${practitioner.name}`, href: home },
    facts: detailRows(file, shown.timeZone),
    actions: [
      ...(isOpen(offers, 'correct-evidence') ? [{ text: 'Correct it', href: `${here}/correct` }] : []),
      ...(isOpen(offers, 'withdraw-evidence') ? [{ text: 'Withdraw it', href: `${here}/withdraw` }] : []),
    ],
    ...(shown.confirm === undefined ? {} : { confirm: shown.confirm }),
    history: history.toReversed().map(({ recordedAt, by, record, removedBecause }) => ({
      at: momentOfMilliseconds(recordedAt, shown.timeZone),
      by: by.map((id) => names[id] ?? id).join(', '),
      rows: recordRows(record ?? {}, names),
      ...(removedBecause === undefined ? {} : { removedBecause }),
    })),
  };
}

/** The page where the kind of evidence is chosen. */
export interface EvidenceKindsPage {
  readonly back: WayOut;
  readonly phases: readonly { readonly title: string; readonly ways: readonly WayOut[] }[];
}

/** Turns the kinds that whoever looks may enter into what the template shows. */
export function evidenceKindsPage({ practitioner, attestable }: Profile): EvidenceKindsPage {
  const home = `/me/register/people/${practitioner.id}`;
  const phases = evidencePhases().map((title) => ({
    title,
    ways: attestable
      .filter((type) => evidencePhase(type) === title)
      .map((type) => ({ text: evidenceText(type), href: `${home}/add-evidence/${type}` })),
  }));
  return {
    back: { text: `Back to ${practitioner.name}`, href: home },
    phases: phases.filter(({ ways }) => ways.length > 0),
  };
}

/** The page that adds a piece of evidence of one kind. */
export function addEvidencePage({ practitioner }: Profile, shown: ShownForm): FormPage {
  const content = {
    back: {
      text: 'Back to the kinds of evidence',
      href: `/me/register/people/${practitioner.id}/add-evidence`,
    },
    button: 'Add the evidence',
    intro: [`For ${practitioner.name}. It counts at once, and it stays on record who entered it.`],
  };
  return formPage(content, shown);
}

/** The page that corrects a piece of evidence. */
export function correctEvidencePage(file: EvidencePiece, shown: ShownForm): FormPage {
  const { practitioner, piece, etag } = file;
  const here = `/me/register/people/${practitioner.id}/evidence/${encodeURIComponent(piece.id)}`;
  const content = {
    back: { text: 'Back to this piece of evidence', href: here },
    button: 'Correct it',
    hidden: [{ name: 'etag', value: etag }],
    intro: ['What it said before stays in its history.'],
    // After a clash the page shows both what stands and what was typed.
    ...(shown.state.refused === undefined ? {} : { facts: detailRows(file, shown.timeZone) }),
  };
  return formPage(content, shown);
}
