import type { RegisterKind } from '../../src/domain/register-acts.ts';
import type { TableFault } from '../../src/flows/ports-register.ts';
import { createCsvTables } from '../../src/register/create-csv-tables.ts';

const tables = createCsvTables();
const read = (kind: RegisterKind, text: string | Uint8Array) =>
  tables.read(kind, typeof text === 'string' ? Buffer.from(text) : text);

const TEST = 'id,plan,item,result,recordedBy,happenedAt,note,document';
const EVIDENCE = 'id,practitioner,type,happenedAt,validUntil,attestedBy,score,credits,statements';
const PEOPLE = 'id,name,profession,professionalBody,registrationNumber,roles,identities,scope.modalities';
const MODEL =
  'model,version,family,title,vendor,digest,state,endpoint.function,endpoint.protocol,endpoint.baseUrl,endpoint.endpointModel,endpoint.endpointVersion,endpoint.attestation,endpoint.input,endpoint.simulator,endpoint.timeoutMs';
const VERSION = `m,1.0,f,Title,Vendor,sha256:${'a'.repeat(64)},registered`;
const ENDPOINT = 'detection,oip-v2,http://a.example,e,1,reply,study,TRUE,5000';

interface Row {
  readonly name: string;
  readonly kind?: RegisterKind;
  readonly text: string | Uint8Array;
  readonly faults: readonly (Omit<TableFault, 'message'> & { readonly message: unknown })[];
}
const says = (text: string): unknown => expect.stringContaining(text);

describe('a fault of a table is told with its row and column', () => {
  test.each<Row>([
    {
      name: 'nothing at all',
      text: '',
      faults: [{ row: 1, message: says('must name the columns: id, plan') }],
    },
    { name: 'only a mark', text: '\ufeff', faults: [{ row: 1, message: says('must name the columns') }] },
    {
      name: 'a heading nobody knows',
      text: `${TEST},nmae\n`,
      faults: [{ row: 1, message: says('heading 9 is none') }],
    },
    {
      name: 'a heading twice',
      text: `${TEST},note\n`,
      faults: [{ row: 1, column: 'note', message: says('twice') }],
    },
    {
      name: 'tabs',
      text: TEST.replaceAll(',', '\t'),
      faults: [{ row: 1, message: says('heading 1 is none') }],
    },
    {
      name: 'bytes of another code page',
      text: Buffer.from(`${TEST}\nT,p,i,pass,x,2026-01-01,caf\xe9,\n`, 'latin1'),
      faults: [{ row: 1, message: says('not in UTF-8. Save it as “CSV UTF-8”') }],
    },
    {
      name: 'UTF-16',
      text: Buffer.from(`\ufeff${TEST}`, 'utf16le'),
      faults: [{ row: 1, message: says('UTF-16') }],
    },
    {
      name: 'a quotation mark that is not closed',
      text: `${TEST}\nT-1,p,i,pass,x,2026-01-01,,\nT-2,"p,i\n`,
      faults: [{ row: 3, message: says('quotation mark') }],
    },
    {
      name: 'a quotation mark within',
      text: `${TEST}\nT-1,p"q,i,pass,x,2026-01-01,,\n`,
      faults: [{ row: 2, message: says('quotation mark') }],
    },
    {
      name: 'more than 16 MiB',
      text: Buffer.alloc(16 * 1024 * 1024 + 1, 'a'),
      faults: [{ row: 1, message: says('16 MiB') }],
    },
    {
      name: 'more than 20,000 rows',
      text: `${TEST}\n${'\n'.repeat(20_001)}`,
      faults: [{ row: 20_002, message: says('20,000 rows') }],
    },
    {
      name: 'a cell without a heading',
      text: `${TEST}\nT-1,p,i,pass,x,2026-01-01,,,extra\n`,
      faults: [{ row: 2, message: says('without a heading') }],
    },
    {
      name: 'empty rows count, as a spreadsheet counts them',
      text: `${TEST}\r\n\r\n,,,\r\nT-1,p,i,maybe,x,2026-01-01,,\r\n`,
      faults: [{ row: 4, column: 'result', message: says('Invalid option') }],
    },
    {
      name: 'a line end within a cell is no row',
      text: `${TEST}\nT-1,p,i,pass,x,2026-01-01,"a\nb",\nT-2,p,i,pass,,2026-01-01,,\n`,
      faults: [
        { row: 2, column: 'note', message: says('one line of text') },
        { row: 3, column: 'recordedBy', message: 'is missing' },
      ],
    },
    {
      name: 'every fault of a row',
      text: `${TEST}\n,p,i,pass,x,03/04/2026,,\n`,
      faults: [
        { row: 2, column: 'happenedAt', message: says('day and month cannot be told apart') },
        { row: 2, column: 'id', message: 'is missing' },
      ],
    },
    {
      name: 'a day that is none',
      text: `${TEST}\nT,p,i,pass,x,2026-02-30,,\n`,
      faults: [{ row: 2, column: 'happenedAt', message: says('a date like') }],
    },
    {
      name: 'a day without its noughts',
      text: `${TEST}\nT,p,i,pass,x,2026-3-3,,\n`,
      faults: [{ row: 2, column: 'happenedAt', message: says('a date as 2026-04-03') }],
    },
    {
      name: 'a record twice',
      text: `${TEST}\nT,p,i,pass,x,2026-01-01,,\nT,p,i,fail,x,2026-01-01,,\n`,
      faults: [{ row: 3, message: 'is the record of row 2 again' }],
    },
    {
      name: 'a decimal comma',
      kind: 'evidence',
      text: `${EVIDENCE}\nE,p,cpd,2026-01-01,,p,"0,5",1,\n`,
      faults: [{ row: 2, column: 'score', message: says('a number like 12 or 0.5') }],
    },
    {
      name: 'a number too large for any',
      kind: 'evidence',
      text: `${EVIDENCE}\nE,p,cpd,2026-01-01,,p,1e999,1,\n`,
      faults: [{ row: 2, column: 'score', message: says('expected number') }],
    },
    {
      name: 'dates that contradict each other',
      kind: 'evidence',
      text: `${EVIDENCE}\nE,p,registration,2026-01-02,2026-01-01,GMC,,,\n`,
      faults: [{ row: 2, column: 'validUntil', message: says('later than happenedAt') }],
    },
    {
      name: 'a word of a list that nobody knows',
      kind: 'evidence',
      text: `${EVIDENCE}\nE,p,annual-declaration,2026-01-02,,p,,,followed-guidelines;liked-it\n`,
      faults: [{ row: 2, column: 'statements', message: says('entry 2: Invalid option') }],
    },
    {
      name: 'an entry that is empty',
      kind: 'practitioner',
      text: `${PEOPLE}\np,P,other,none,,auditor;,,\n`,
      faults: [{ row: 2, column: 'roles', message: 'entry 2 is empty' }],
    },
    {
      name: 'a part that is missing',
      kind: 'practitioner',
      text: `${PEOPLE}\np,P,other,none,,,urn:a|x;urn:b,\n`,
      faults: [{ row: 2, column: 'identities', message: 'entry 2: subject: is missing' }],
    },
    {
      name: 'a part too many',
      kind: 'practitioner',
      text: `${PEOPLE}\np,P,other,none,,,urn:a|x|y,\n`,
      faults: [{ row: 2, column: 'identities', message: says('entry 1 has more parts') }],
    },
    {
      name: 'a bare backslash',
      kind: 'practitioner',
      text: `${PEOPLE}\np,P,other,none,,,urn:a|TRUST\\ann,\n`,
      faults: [{ row: 2, column: 'identities', message: says('a backslash is written twice') }],
    },
    {
      name: 'a backslash at the end',
      kind: 'practitioner',
      text: `${PEOPLE}\np,P,other,none,,,,CT\\\n`,
      faults: [{ row: 2, column: 'scope.modalities', message: says('a backslash is written twice') }],
    },
    {
      name: 'a bar escaped in a list that has none',
      kind: 'practitioner',
      text: `${PEOPLE}\np,P,other,none,,,,CT\\|MR\n`,
      faults: [{ row: 2, column: 'scope.modalities', message: says('a backslash is written twice') }],
    },
    {
      name: 'a truth value that is none',
      kind: 'model-version',
      text: `${MODEL}\n${VERSION},${ENDPOINT.replace('TRUE', 'yes')}\n`,
      faults: [{ row: 2, column: 'endpoint.simulator', message: 'true or false' }],
    },
    {
      name: 'the second endpoint of a version',
      kind: 'model-version',
      text: `${MODEL}\n${VERSION},${ENDPOINT}\n${VERSION},${ENDPOINT.replace('detection', 'triage').replace('study', 'thin air')}\n`,
      faults: [{ row: 3, column: 'endpoint.input', message: says('Invalid option') }],
    },
    {
      name: 'two endpoints of one function',
      kind: 'model-version',
      text: `${MODEL}\n${VERSION},${ENDPOINT}\n${VERSION},${ENDPOINT}\n`,
      faults: [{ row: 3, column: 'endpoint.function', message: says('served by two endpoints') }],
    },
    {
      name: 'rows of one version that disagree',
      kind: 'model-version',
      text: `${MODEL}\n${VERSION},${ENDPOINT}\n${VERSION.replace('Title', 'Other')},${ENDPOINT.replace('detection', 'triage')}\n`,
      faults: [{ row: 3, column: 'title', message: says('differs from row 2') }],
    },
    {
      name: 'a version without a name',
      kind: 'model-version',
      text: `${MODEL}\n${VERSION.replace('m,1.0', 'm,latest')},${ENDPOINT}\n`,
      faults: [{ row: 2, column: 'version', message: says('an exact version') }],
    },
  ])('$name', async ({ kind = 'acceptance-test', text, faults }) => {
    const table = await read(kind, text);
    expect(table.faults).toEqual(faults);
    expect(table.records.map(({ row }) => row)).not.toContain(faults[0]?.row);
  });

  test('what a cell says is not repeated: it could be somebody’s name', async () => {
    const { faults } = await read(
      'practitioner',
      `${PEOPLE}\nAnn Example,Ann Example ,Ann,Ann,,Ann,Ann,Ann\n`,
    );
    expect(faults.length).toBeGreaterThan(5);
    expect(JSON.stringify(faults)).not.toContain('Ann');
  });
});

describe('what people may leave out or write otherwise', () => {
  test('columns in any order, and none that has nothing to say', async () => {
    const text = 'happenedAt,recordedBy,result,item,plan,id\n2026-01-01,x,pass,i,p,T\n';
    const { records, faults } = await read('acceptance-test', text);
    expect(faults).toEqual([]);
    expect(records).toEqual([
      {
        row: 2,
        id: 'T',
        record: { id: 'T', plan: 'p', item: 'i', result: 'pass', recordedBy: 'x', happenedAt: '2026-01-01' },
      },
    ]);
  });

  test('a column that is left out is told for a record that has something there', async () => {
    const { leftOut } = await read('acceptance-test', 'id,plan\n');
    const record = { id: 'T', plan: 'p', item: 'i', result: 'pass', note: 'seen' };
    expect(leftOut(record)).toEqual(['item', 'result', 'note']);
    const model = await read('model-version', 'model,version\n');
    expect(model.leftOut({ model: 'm', version: '1', endpoints: [{ function: 'triage' }] })).toEqual([
      'endpoint.function',
    ]);
  });

  test('what an endpoint works on: it is the study', async () => {
    const [header, row] = [MODEL.replace(',endpoint.input', ''), ENDPOINT.replace(',study', '')];
    const { records } = await read('model-version', `${header}\n${VERSION},${row}\n`);
    expect(records[0]?.record['endpoints']).toMatchObject([{ input: 'study' }]);
  });

  test('an apostrophe that is part of a name stays', async () => {
    const { records } = await read('practitioner', `${PEOPLE}\np,'t Hooft,other,none,,,,\n`);
    expect(records[0]?.record['name']).toBe("'t Hooft");
  });

  test('a field of a record is found in its column', async () => {
    const model = await read('model-version', 'model\n');
    const columns = [
      'model',
      'endpoints',
      'endpoints.0.baseUrl',
      'intendedUse',
      'releases.1.site',
      'guideline',
      'nothing',
    ];
    expect(columns.map(model.columnOf)).toEqual([
      'model',
      'endpoint.function',
      'endpoint.baseUrl',
      'intendedUse.modalities',
      'releases',
      'guideline.id',
      undefined,
    ]);
  });
});

test('a long table leaves others their turn', async () => {
  const rows = Array.from({ length: 3_000 }, (_, n) => `T-${n},p,i,pass,x,2026-01-01,,`).join('\n');
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const { records } = await read('acceptance-test', `${TEST}\n${rows}\n`);
  isDone = true;
  expect(records).toHaveLength(3_000);
  expect(turns).toBeGreaterThan(5);
});
