import type { ApprovalRecord } from '../domain/approval-choices.ts';
import type { EvidencePiece } from '../domain/evidence-file.ts';
import type { Profile } from '../domain/profile.ts';
import { dayText, lastDayText } from './day-words.ts';
import { detailRows } from './evidence-rows.ts';
import { evidenceText } from './evidence-words.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { functionText } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { modeWords } from './register-words.ts';
import type { SchemeSection } from './standing-rows.ts';

type Person = Pick<Profile['practitioner'], 'id' | 'name'>;

/** The way back to somebody’s page. */
export function backTo({ id, name }: Person): WayOut {
  return { text: `Back to ${name}`, href: `/me/register/people/${id}` };
}

const REASON: FieldSpec = {
  kind: 'text',
  name: 'reason',
  label: 'Reason',
  hint: 'In a sentence. It stays on record, and the person can read it.',
};

/** What is said when something is taken from somebody, or given back. */
export function reasonFields(): readonly FieldSpec[] {
  return [REASON];
}

/** Whom, or which credential of theirs, a suspension is about. */
export function suspensionFields({ standings }: Pick<Profile, 'standings'>): readonly FieldSpec[] {
  return [
    {
      kind: 'radios',
      name: 'scheme',
      label: 'What is suspended',
      choices: [
        { value: 'all', text: 'The person: all AI', hint: 'Images stay open to them.' },
        ...standings.map(({ scheme }) => ({ value: scheme.id, text: `Only ${scheme.title}` })),
      ],
      preset: ['all'],
    },
    REASON,
  ];
}

/** Which suspension is lifted: the person’s, or that of one credential. */
export function liftingFields({ standings }: Pick<Profile, 'standings'>): readonly FieldSpec[] {
  const [whom, ...rest] = suspensionFields({ standings });
  return whom === undefined ? rest : [{ ...whom, label: 'Which suspension is lifted' }, ...rest];
}

/** The page that suspends somebody. */
export function suspendPage({ practitioner }: Profile, shown: ShownForm): FormPage {
  const content = {
    back: backTo(practitioner),
    button: 'Suspend',
    isWarning: true,
    intro: [
      `AI locks for ${practitioner.name} at once, on every node, and results of calls that are running are withheld.`,
    ],
  };
  return formPage(content, shown);
}

/** The page that lifts a suspension. */
export function liftPage({ practitioner }: Profile, shown: ShownForm): FormPage {
  const content = {
    back: backTo(practitioner),
    button: 'Lift the suspension',
    intro: ['What was missing before is still missing: only the suspension is lifted.'],
  };
  return formPage(content, shown);
}

/** The field of an award. */
export function awardFields(): readonly FieldSpec[] {
  return [
    {
      kind: 'text',
      name: 'document',
      label: 'Document (optional)',
      hint: 'Where the certificate is filed, or its digest: sha256: and 64 hex digits.',
    },
  ];
}

/** The page that awards a credential. */
export function awardPage({ practitioner }: Profile, section: SchemeSection, shown: ShownForm): FormPage {
  const { missing } = section;
  const content = {
    back: backTo(practitioner),
    button: `Award ${section.title}`,
    facts: [
      { key: 'Person', value: practitioner.name },
      { key: 'Credential', value: section.title },
      { key: 'Still missing', value: missing.length === 0 ? 'Nothing' : missing.join('; ') },
    ],
    intro: [`${practitioner.name} is then listed on the register with this credential.`],
  };
  return formPage(content, shown);
}

/** The page that ends an approval. */
export function endApprovalPage(record: ApprovalRecord, shown: ShownForm): FormPage {
  const { approval, practitioner, etag, title } = record;
  const content = {
    back: backTo(practitioner),
    button: 'End the approval',
    isWarning: true,
    hidden: [{ name: 'etag', value: etag }],
    facts: [
      { key: 'Person', value: practitioner.name },
      { key: 'Model', value: `${title ?? approval.model}, ${approval.model} ${approval.version}` },
      { key: 'Functions', value: approval.functions.map(functionText).join(', ') },
      { key: 'Mode', value: modeWords(approval.mode).text },
      {
        key: 'Dates',
        value: `${dayText(approval.from, shown.timeZone)} to ${lastDayText(approval.until, shown.timeZone)}`,
      },
    ],
    intro: ['It ends at once. What was done under it stays on record.'],
  };
  return formPage(content, shown);
}

/** The page that withdraws a piece of evidence. */
export function withdrawPage(file: EvidencePiece, shown: ShownForm): FormPage {
  const { practitioner, piece, etag } = file;
  const content = {
    back: {
      text: 'Back to this piece of evidence',
      href: `/me/register/people/${practitioner.id}/evidence/${encodeURIComponent(piece.id)}`,
    },
    button: 'Withdraw it',
    isWarning: true,
    hidden: [{ name: 'etag', value: etag }],
    facts: [{ key: 'Kind', value: evidenceText(piece.type) }, ...detailRows(file, shown.timeZone)],
    intro: [
      'For a piece that should never have been entered. It counts no more from then on; what it said stays in its history.',
    ],
  };
  return formPage(content, shown);
}
