import { GatewayError } from '../domain/errors.ts';
import { parsePractitionerId, type PractitionerId } from '../domain/identifiers.ts';
import { foldLogBook, type LogBook } from '../domain/log-book.ts';
import type { Instant, Practitioner } from '../domain/register.ts';
import { collectSupervisedCases } from './collect-supervised-cases.ts';
import type {
  CaseLogAppender,
  CaseLogReader,
  Clock,
  IdentityVerifier,
  Ids,
  LoginEvidence,
  RegisterReader,
} from './ports.ts';
import { identifyVisitor, personOf, type Visitor } from './register-visitor.ts';

/** What reading a log-book needs. */
export interface LogBookDeps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly caseLogReader: Pick<CaseLogReader, 'entries'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'newId'>;
}

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  /** Whose; one's own where absent. */
  readonly practitioner?: PractitionerId;
}

/** A log-book as somebody sees it. */
export interface LogBookView {
  readonly book: LogBook;
  /** Names of the people it mentions, by their identifiers. */
  readonly names: Readonly<Record<string, string>>;
  /** Whoever looks is the person. */
  readonly isOwn: boolean;
  /** Whoever looks; may sign off the cases that name them. */
  readonly reader: PractitionerId;
  /** As of when. */
  readonly now: Instant;
}

/** Somebody whose cases name whoever looks as their supervisor. */
export interface Supervised {
  readonly practitioner: PractitionerId;
  readonly name: string;
}

/** Cases looked through for the people one supervises: what is older has been seen to, or is found through the person. */
const RECENT_CASES = 500;

/**
 * A log-book. One's own is open to everybody; another's to their supervisors and to those with a duty around the register, and that it
 * was read stands in the case log before it is shown. Throws NotIdentified, NotPermitted, GatewayError('not-permitted' | 'not-found'),
 * RegisterUnavailable, CaseLogUnavailable.
 */
export async function readLogBook(
  deps: LogBookDeps,
  input: Input,
  signal: AbortSignal,
): Promise<LogBookView> {
  const { visitor, view } = await openLogBook(deps, input, signal);
  if (!view.isOwn) await note(deps, input, visitor, { kind: 'audit.read', view });
  return view;
}

/** The same to be taken away, for a portfolio: that it was is an entry of the case log, whoever did it. */
export async function exportLogBook(
  deps: LogBookDeps,
  input: Input & { readonly form: 'csv' | 'print' },
  signal: AbortSignal,
): Promise<LogBookView> {
  const { visitor, view } = await openLogBook(deps, input, signal);
  await note(deps, input, visitor, { kind: 'export', view, form: input.form });
  return view;
}

/** People whose newest cases name me as their supervisor, by name. Throws NotIdentified, NotPermitted, CaseLogUnavailable. */
export async function listSupervised(
  deps: LogBookDeps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<readonly Supervised[]> {
  const { person, register } = await identifyVisitor(deps, input.evidence, signal);
  const openings = await deps.caseLogReader.entries({
    kinds: ['case.intent', 'case.viewed'],
    personal: { label: 'supervisor', value: person.id },
    limit: RECENT_CASES,
  });
  const ids = new Set(openings.map(({ personal }) => parsePractitionerId(personal.user ?? '')));
  return [...ids]
    .flatMap((id) =>
      id === undefined ? [] : [{ practitioner: id, name: register.practitioner(id)?.name ?? id }],
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Without a word in the case log: for what goes on to something that has its own. Throws as `readLogBook` does. */
export async function openLogBook(
  deps: LogBookDeps,
  input: Input,
  signal: AbortSignal,
): Promise<{ readonly visitor: Visitor; readonly view: LogBookView }> {
  const visitor = await identifyVisitor(deps, input.evidence, signal);
  const { person: reader, register, now } = visitor;
  const practitioner = input.practitioner === undefined ? reader : personOf(register, input.practitioner);
  const cases = await collectSupervisedCases(deps, practitioner.id, signal);
  const book = foldLogBook({ practitioner, cases, register }, now);
  const isOwn = practitioner.id === reader.id;
  if (!isOwn && !mayRead(visitor, book)) {
    throw new GatewayError('not-permitted', {
      detail: 'A log-book is for the person, their supervisors, and those who keep the register.',
    });
  }
  return { visitor, view: { book, isOwn, reader: reader.id, names: namesIn(visitor, book), now } };
}

function mayRead({ person, register }: Visitor, { practitioner, lines }: LogBook): boolean {
  if (person.roles.length > 0) return true;
  const approvals = register.approvalsOf(practitioner.id);
  return [...approvals, ...lines].some(({ supervisor }) => supervisor === person.id);
}

function namesIn({ register }: Visitor, { lines, assessments }: LogBook): Readonly<Record<string, string>> {
  const mentioned = [
    ...lines.flatMap(({ supervisor = '', signedOff }) => [supervisor, signedOff?.by ?? '']),
    ...assessments.map(({ attestedBy }) => attestedBy),
  ];
  const people = [...new Set(mentioned)].map((text) => {
    const id = parsePractitionerId(text);
    return id === undefined ? undefined : register.practitioner(id);
  });
  const known = people.filter((one): one is Practitioner => one !== undefined);
  return Object.fromEntries(known.map(({ id, name }) => [id, name]));
}

async function note(
  deps: LogBookDeps,
  { requestId }: Input,
  { principal, person }: Visitor,
  read: { readonly kind: 'audit.read' | 'export'; readonly view: LogBookView; readonly form?: string },
): Promise<void> {
  const { kind, view, form = 'page' } = read;
  await deps.caseLog.append({
    id: deps.ids.newId(),
    kind,
    requestId,
    facts: {
      auth: { method: principal.method, assurance: principal.assurance, at: principal.authenticatedAt },
      change: { what: 'log-book', form, cases: view.book.lines.length },
    },
    personal: { user: person.id, about: view.book.practitioner.id, subject: principal.subject },
    retainClass: 'security',
  });
}
