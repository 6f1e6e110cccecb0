import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { sandboxRegister } from '../../fixtures/sandbox/sandbox-register.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { REGISTER_KINDS, type RegisterKind } from '../../src/domain/register-acts.ts';
import { createCsvTables } from '../../src/register/create-csv-tables.ts';
import { headerOf, LAYOUTS, type Column } from '../../src/register/csv-columns.ts';
import { RECORD_SCHEMAS } from '../../src/register/register-schema.ts';
import { RANDOM_RECORDS } from '../fakes/random-records.ts';

type Json = Readonly<Record<string, unknown>>;
const tables = createCsvTables();

async function textOf(kind: RegisterKind, ...pages: readonly (readonly Json[])[]): Promise<string> {
  let text = '';
  for await (const piece of tables.write(kind, inOrder(pages))) text += piece;
  return text;
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Of guidelines and model versions each version is a record; a plan only names the version it is for. */
function idOf(kind: RegisterKind, { id, model, version }: Json): string {
  const hasVersions = kind === 'guideline' || kind === 'model-version';
  return hasVersions ? `${String(id ?? model)} ${String(version)}` : String(id);
}

describe.each(REGISTER_KINDS)('%s', (kind) => {
  const records = fc.uniqueArray(RANDOM_RECORDS[kind], {
    minLength: 1,
    maxLength: 5,
    selector: (record) => idOf(kind, record),
  });

  test('what is written reads back as the same records, and is written as the same text again', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        expect(RECORD_SCHEMAS[kind].safeParse(given[0]).error?.issues).toBeUndefined();
        const text = await textOf(kind, given.slice(0, 2), given.slice(2));
        const read = await tables.read(kind, Buffer.from(text));
        expect(read.faults).toEqual([]);
        expect(read.records.map(({ record }) => canonicalJson(record))).toEqual(given.map(canonicalJson));
        expect(
          await textOf(
            kind,
            read.records.map(({ record }) => record),
          ),
        ).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  test('a spreadsheet that writes semicolons, its own line ends and empty rows changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        const text = await textOf(kind, given);
        const again = cellsIn(text).map((row) =>
          row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(';'),
        );
        const saved = `${again.join('\n')}\n;;\n\n`;
        const read = await tables.read(kind, Buffer.from(saved));
        expect(read.faults).toEqual([]);
        expect(read.records.map(({ record }) => canonicalJson(record))).toEqual(given.map(canonicalJson));
      }),
      { numRuns: 15 },
    );
  });

  test('no cell that holds words begins as a formula does', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        for (const cell of cellsIn(await textOf(kind, given)).flat())
          expect(cell).not.toMatch(/^([=+@\t\r]|-(?![\d.]+(e[+-]?\d+)?$))/);
      }),
      { numRuns: 30 },
    );
  });

  test('there is a column for everything that a record can say', () => {
    expect(fieldsOf(RECORD_SCHEMAS[kind]).toSorted()).toEqual(formsOf(kind).toSorted());
  });
});

test('the whole register of the sandbox goes out and comes back', async () => {
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
  const file = sandboxRegister({
    now: Date.parse('2026-08-31T00:00:00Z'),
    endpoints: { ocrUrl: 'http://127.0.0.1:4001', drafterUrl: 'http://127.0.0.1:4002' },
    digests: {
      'burned-in-text@1.0.0': digest('1'),
      'burned-in-text@2.0.0': digest('2'),
      'template-drafter@1.0.0': digest('3'),
    },
  });
  const kinds = {
    practitioner: file.practitioners,
    evidence: file.evidence,
    'model-version': file.modelVersions,
    approval: file.approvals,
  } as const;
  for (const kind of ['practitioner', 'evidence', 'model-version', 'approval'] as const) {
    const read = await tables.read(kind, Buffer.from(await textOf(kind, kinds[kind])));
    expect(read.faults).toEqual([]);
    expect(read.records.map(({ record }) => canonicalJson(record))).toEqual(kinds[kind].map(canonicalJson));
    expect(read.records.length).toBeGreaterThan(2);
  }
});

function cellsIn(text: string): string[][] {
  return parse(text, { bom: true, delimiter: ',' });
}

/** Every field of a schema as `name`, `name.member`, or `name[member]` for lists of objects. */
function fieldsOf(schema: unknown, name = ''): string[] {
  const { type, shape, element, innerType } = parseDef(schema);
  if (type === 'optional') return fieldsOf(innerType, name);
  if (type === 'array' && parseDef(element).shape !== undefined) {
    return fieldsOf(element).map((member) => `${name}[${member}]`);
  }
  if (shape === undefined) return [name];
  return Object.entries(shape).flatMap(([member, inner]) =>
    fieldsOf(inner, name === '' ? member : `${name}.${member}`),
  );
}

interface Def {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly innerType?: unknown;
}
function parseDef(schema: unknown): Def {
  return (schema as { readonly def: Def }).def;
}

function formsOf(kind: RegisterKind): string[] {
  const { columns, perRow } = LAYOUTS[kind];
  const namesOf = ({ name, form }: Column): string[] =>
    typeof form === 'string' ? [name] : form.map((member) => `${name}[${member}]`);
  const more = perRow?.columns ?? [];
  expect(headerOf(LAYOUTS[kind])).toHaveLength(columns.length + more.length);
  const parts = more.flatMap(namesOf).map((name) => `${perRow?.member ?? ''}[${name}]`);
  return [...columns.flatMap(namesOf), ...parts];
}
