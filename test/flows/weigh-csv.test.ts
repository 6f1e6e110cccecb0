import type { RecordDraft, RegisterKind } from '../../src/domain/register-acts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { DraftFault, RegisterRecord } from '../../src/flows/ports-register.ts';
import { proposeCsv } from '../../src/flows/propose-csv.ts';
import { faultLines, weighCsv } from '../../src/flows/weigh-csv.ts';
import { writeCsv } from '../../src/flows/write-csv.ts';
import { createCsvTables } from '../../src/register/create-csv-tables.ts';
import { proposalIn } from '../fakes/fake-register-flows.ts';

type Json = Readonly<Record<string, unknown>>;
const tables = createCsvTables();
const HEADER = 'id,plan,item,result,recordedBy,happenedAt,note,document';
const row = (id: string, more: Json = {}): Json => ({
  id,
  plan: 'P',
  item: 'i',
  result: 'pass',
  recordedBy: 'op',
  happenedAt: '2026-01-01',
  ...more,
});

/** A register that holds these acceptance tests, finds these faults, and keeps what is proposed. */
function aRegister(held: readonly Json[], faults: readonly DraftFault[] = []) {
  const proposed: unknown[] = [];
  const checked: (readonly RecordDraft[])[] = [];
  const asRecord = (record: Json): RegisterRecord => ({
    kind: 'acceptance-test',
    id: String(record['id']),
    sequence: 1,
    recordedAt: 0,
    etag: '1',
    by: [],
    record,
  });
  const standing = new Map(held.map((record) => [String(record['id']), asRecord(record)]));
  const register = {
    findAll: async (_kind: RegisterKind, ids: readonly string[]) =>
      ids.map((id) => standing.get(id)).filter((one) => one !== undefined),
    page: async ({ after, limit }: { readonly after: string | undefined; readonly limit: number }) =>
      held
        .map(asRecord)
        .filter(({ id }) => after === undefined || id > after)
        .slice(0, limit),
    check: async (drafts: readonly RecordDraft[]) => {
      checked.push(drafts);
      return faults;
    },
    propose: async (text: string, name: string): Promise<RegisterProposal> => {
      proposed.push({ ...JSON.parse(text), name });
      return proposalIn('pending');
    },
  };
  return { register, proposed, checked };
}

const weigh = (register: ReturnType<typeof aRegister>['register'], text: string) =>
  weighCsv({ tables, register }, { kind: 'acceptance-test', bytes: Buffer.from(text) });

describe('what a table would do', () => {
  test('added, changed and unchanged are told apart; only what differs is proposed, in the order of the rows', async () => {
    const { register, checked } = aRegister([row('A'), row('B', { note: 'seen' }), row('C')]);
    const text = `${HEADER}\nB,P,i,fail,op,2026-01-01,,\nA,P,i,pass,op,2026-01-01,,\nN,P,i,pass,op,2026-01-01,,\n`;
    const { drafts, ...weighed } = await weigh(register, text);
    expect(weighed).toEqual({
      kind: 'acceptance-test',
      added: [{ row: 4, id: 'N' }],
      changed: [{ row: 2, id: 'B', fields: ['result', 'note'] }],
      unchanged: 1,
      faults: [],
    });
    expect(drafts).toEqual([
      { kind: 'acceptance-test', id: 'B', record: row('B', { result: 'fail' }) },
      { kind: 'acceptance-test', id: 'N', record: row('N') },
    ]);
    expect(checked).toEqual([drafts]);
  });

  test('a column that is left out takes nothing away', async () => {
    const { register } = aRegister([row('A', { note: 'seen', document: 'd' }), row('B')]);
    const text = `${HEADER.replace(',note,document', '')}\nB,P,i,fail,op,2026-01-01\nA,P,i,pass,op,2026-01-01\n`;
    const { faults } = await weigh(register, text);
    expect(faults).toEqual([
      { row: 3, column: 'note', message: expect.stringContaining('would be lost') },
      { row: 3, column: 'document', message: expect.stringContaining('would be lost') },
    ]);
  });

  test('what the register finds stands in its row and column, among the table’s own faults', async () => {
    const kind = 'acceptance-test';
    const { register } = aRegister(
      [],
      [
        { kind, id: 'B', field: 'plan', message: 'there is no such plan' },
        { kind, id: 'A', field: 'elsewhere', message: 'is odd' },
        { kind: 'plan', id: 'P', field: 'operator', message: 'is gone' },
      ],
    );
    const text = `${HEADER}\nA,P,i,pass,op,2026-01-01,,\nX,P,i,maybe,op,2026-01-01,,\nB,P,i,pass,op,2026-01-01,,\n`;
    const { faults } = await weigh(register, text);
    expect(faultLines(faults)).toEqual([
      'row 1: plan P: operator: is gone',
      'row 2: elsewhere: is odd',
      expect.stringMatching(/^row 3, result: Invalid option/),
      'row 4, plan: there is no such plan',
    ]);
  });

  test('many faults are told in part, where no more are asked for', () => {
    const faults = Array.from({ length: 60 }, (_, place) => ({ row: place + 2, message: 'm' }));
    expect(faultLines(faults)).toHaveLength(51);
    expect(faultLines(faults).at(-1)).toBe('and 10 more; a dry run lists every one');
    expect(faultLines(faults, Infinity)).toHaveLength(60);
  });
});

describe('at the command line', () => {
  const propose = (register: ReturnType<typeof aRegister>['register'], text: string, isDryRun = false) =>
    proposeCsv(
      { tables, register },
      { kind: 'acceptance-test', bytes: Buffer.from(text), name: 't.csv', isDryRun },
    );
  const GOOD = `${HEADER}\nA,P,i,pass,op,2026-01-01,,\n`;

  test('a good table is proposed as an import file', async () => {
    const { register, proposed } = aRegister([]);
    const { proposal } = await propose(register, GOOD);
    expect(proposal?.state).toBe('pending');
    expect(proposed).toEqual([{ acceptanceTests: [row('A')], name: 't.csv' }]);
  });

  test.each([
    { name: 'a dry run', text: GOOD, isDryRun: true, held: [], says: undefined },
    { name: 'what is there already', text: GOOD, isDryRun: false, held: [row('A')], says: undefined },
    {
      name: 'one bad row among good ones',
      text: `${GOOD}B,P,i,no,op,2026-01-01,,\n`,
      isDryRun: false,
      held: [],
      says: /Nothing was changed\.\nt\.csv: row 3, result: /,
    },
  ])('$name proposes nothing', async ({ text, isDryRun, held, says }) => {
    const { register, proposed } = aRegister(held);
    const run = propose(register, text, isDryRun);
    if (says === undefined) expect((await run).proposal).toBeUndefined();
    else
      await expect(run).rejects.toMatchObject({ code: 'bad-request', detail: expect.stringMatching(says) });
    expect(proposed).toEqual([]);
  });

  test('the whole of a kind is written page by page, and changes nothing when it is taken in again', async () => {
    const held = Array.from({ length: 1_001 }, (_, place) => row(`T-${String(place).padStart(4, '0')}`));
    const { register, proposed } = aRegister(held);
    let text = '';
    for await (const piece of writeCsv({ tables, register }, 'acceptance-test')) text += piece;
    expect(text.split('\r\n')).toHaveLength(1_003);
    const { weighed, proposal } = await propose(register, text);
    expect([weighed.unchanged, weighed.faults, proposal, proposed]).toEqual([1_001, [], undefined, []]);
  });
});
