import type { RegisterKind } from '../domain/register-acts.ts';
import type { CsvTables, RegisterRecord } from './ports-register.ts';
import type { CaseLogAppender, Ids, LoginEvidence } from './ports.ts';
import { readRegisterPage, type RegisterPage } from './read-register.ts';
import { identifyVisitor, type VisitorDeps } from './register-visitor.ts';

type Deps = VisitorDeps &
  Parameters<typeof readRegisterPage>[0] & {
    readonly tables: Pick<CsvTables, 'write'>;
    readonly caseLog: CaseLogAppender;
    readonly ids: Ids;
  };

interface Input {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly kind: RegisterKind;
}

/** A table on its way out. */
export interface ExportedCsv {
  /** How far the register had come when the first record was read. */
  readonly sequence: number;
  /** Each record as it stands when it is written. */
  readonly text: AsyncIterable<string>;
}

const PAGE = 500;

/**
 * All records of a kind as a table, for those who may read them; who took them away is an entry of the case log, durable before the
 * first byte. Throws NotIdentified, GatewayError('not-permitted'), CaseLogUnavailable, RegisterUnavailable; the table itself ends with
 * what reading its next page throws.
 */
export async function exportCsv(deps: Deps, input: Input, signal: AbortSignal): Promise<ExportedCsv> {
  const first = await page(deps, input, undefined, signal);
  await note(deps, input, first, signal);
  return {
    sequence: first.sequence,
    text: deps.tables.write(input.kind, pagesFrom(deps, input, first, signal)),
  };
}

function page(
  deps: Deps,
  input: Input,
  after: string | undefined,
  signal: AbortSignal,
): Promise<RegisterPage> {
  const { evidence, kind } = input;
  return readRegisterPage(deps, { evidence, kind, after, limit: PAGE }, signal);
}

async function* pagesFrom(
  deps: Deps,
  input: Input,
  first: RegisterPage,
  signal: AbortSignal,
): AsyncGenerator<readonly Readonly<Record<string, unknown>>[]> {
  let read = first;
  yield recordsOf(read);
  while (read.next !== undefined) {
    read = await page(deps, input, read.next, signal);
    yield recordsOf(read);
  }
}

function recordsOf({ records }: RegisterPage): readonly NonNullable<RegisterRecord['record']>[] {
  return records.flatMap(({ record }) => (record === undefined ? [] : [record]));
}

async function note(
  deps: Deps,
  input: Input,
  { sequence }: RegisterPage,
  signal: AbortSignal,
): Promise<void> {
  const { principal, person } = await identifyVisitor(deps, input.evidence, signal);
  const { method, assurance, authenticatedAt } = principal;
  await deps.caseLog.append({
    id: deps.ids.newId(),
    kind: 'export',
    requestId: input.requestId,
    facts: {
      auth: { method, assurance, at: authenticatedAt },
      change: { what: 'register', form: 'csv', kind: input.kind, sequence },
    },
    personal: { user: person.id, subject: principal.subject },
    retainClass: 'security',
  });
}
