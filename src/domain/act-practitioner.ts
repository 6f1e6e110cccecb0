import type { ActFinding } from './act-finding.ts';
import type { ActMatter, ActNamed, ActOutline, ActOutlines } from './act-matter.ts';
import { parsePractitionerId } from './identifiers.ts';
import type { RecordDraft } from './register-acts.ts';
import type { RegisterSnapshot } from './register.ts';

/** Adding people to the register, and changing what it says of them. */
export const PRACTITIONER_OUTLINES: ActOutlines<'add-practitioner' | 'change-practitioner'> = {
  'add-practitioner': (act, matter) => {
    const isKnown = isInRegister(act.practitioner.id, matter.register);
    return outline(
      act,
      matter,
      isKnown ? [{ code: 'exists-already', facts: { detail: act.practitioner.id } }] : [],
    );
  },
  'change-practitioner': (act, matter) => {
    const isKnown = isInRegister(act.practitioner.id, matter.register);
    return outline(
      act,
      matter,
      isKnown ? [] : [{ code: 'unknown-practitioner', facts: { detail: act.practitioner.id } }],
    );
  },
};

function outline(
  { practitioner }: ActNamed<'add-practitioner'> | ActNamed<'change-practitioner'>,
  { actor, register }: ActMatter,
  findings: readonly ActFinding[],
): ActOutline {
  const changes: readonly RecordDraft[] = [
    { kind: 'practitioner', id: practitioner.id, record: practitioner },
  ];
  const isOwn: readonly ActFinding[] = practitioner.id === actor.id ? [{ code: 'not-for-oneself' }] : [];
  const beside = [...judgeLeads(changes, register), ...judgeNumbers(changes, register)];
  return { findings: [...findings, ...isOwn, ...beside], changes };
}

/** Whether the register holds somebody of this identifier. */
export function isInRegister(id: string, register: RegisterSnapshot): boolean {
  const parsed = parsePractitionerId(id);
  return parsed !== undefined && register.practitioner(parsed) !== undefined;
}

/** Somebody must be left who can sign in as programme lead: without one nobody could put the register right. */
export function judgeLeads(
  changes: readonly RecordDraft[],
  register: RegisterSnapshot,
): readonly ActFinding[] {
  const changed = new Map(
    changes.flatMap((draft) => (draft.kind === 'practitioner' ? [[draft.id, draft] as const] : [])),
  );
  const leads = register.practitioners().filter(isLead);
  const stay = leads.filter(({ id }) => !changed.has(id));
  const come = [...changed.values()].filter((draft) => 'record' in draft && isLead(draft.record));
  return leads.length > 0 && stay.length + come.length === 0 ? [{ code: 'last-programme-lead' }] : [];
}

function isLead({ roles, identities }: { readonly roles?: unknown; readonly identities?: unknown }): boolean {
  return (
    Array.isArray(roles) &&
    roles.includes('programme-lead') &&
    Array.isArray(identities) &&
    identities.length > 0
  );
}

/** A professional number names one person: whoever stood in the register twice could be the second to themselves. */
export function judgeNumbers(
  changes: readonly RecordDraft[],
  register: RegisterSnapshot,
): readonly ActFinding[] {
  const drafts = changes.filter(({ kind }) => kind === 'practitioner');
  const touched = new Set(drafts.map(({ id }) => id));
  const known = new Map(
    register.practitioners().map((one): [string, string | undefined] => [one.id, numberOf(one)]),
  );
  const written = drafts.flatMap((draft) => ('record' in draft ? [numberOf(draft.record)] : []));
  const stay = [...known].flatMap(([id, number]) => (touched.has(id) ? [] : [number]));
  const shared = repeated([...stay, ...written]);
  return drafts.flatMap((draft): readonly ActFinding[] => {
    const number = 'record' in draft ? numberOf(draft.record) : undefined;
    if (number === undefined || number === known.get(draft.id)) return [];
    return shared.has(number) ? [{ code: 'exists-already', facts: { detail: number } }] : [];
  });
}

function repeated(numbers: readonly (string | undefined)[]): ReadonlySet<string | undefined> {
  const [once, again] = [new Set<string | undefined>(), new Set<string | undefined>()];
  for (const number of numbers) (once.has(number) ? again : once).add(number);
  return again;
}

/**
 * The number as it is compared: its letters and digits, without the body's name before it and without zeros in front. Under
 * `none` it is compared with others of no body.
 */
function numberOf({
  professionalBody: body,
  registrationNumber: number,
}: {
  readonly professionalBody?: unknown;
  readonly registrationNumber?: unknown;
}): string | undefined {
  if (typeof body !== 'string' || typeof number !== 'string') return undefined;
  const letters = number.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  const name = body.toUpperCase();
  const bare = letters.startsWith(name) ? letters.slice(name.length) : letters;
  return `${body} ${bare.replaceAll(/^0+(?=.)|(?<![0-9])0+(?=[0-9])/g, '')}`;
}
