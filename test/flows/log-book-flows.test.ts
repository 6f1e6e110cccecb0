import { GatewayError, NotIdentified, NotPermitted } from '../../src/domain/errors.ts';
import { exportLogBook, listSupervised, readLogBook } from '../../src/flows/read-log-book.ts';
import { signLogBookCase } from '../../src/flows/sign-log-book-case.ts';
import { logBookCsv } from '../../src/http/log-book-csv.ts';
import { parse } from 'csv-parse/sync';
import { as, caseIdOf, createDueHouse, LEAD, never, TRAINEE, type DueHouse } from '../fakes/due-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { practitionerId, RADIOLOGIST } from '../fakes/register-builder.ts';

async function houseWith(cases: number): Promise<DueHouse> {
  const house = createDueHouse();
  for (let number = 1; number <= cases; number += 1) await house.runCase(number);
  return house;
}
const signing = (caseNumber: number) => ({ practitioner: TRAINEE, caseId: caseIdOf(caseNumber) });

describe('reading a log-book', () => {
  test('one’s own fills itself from the case log, and reading it is nobody else’s business', async () => {
    const house = await houseWith(3);
    const { book, isOwn } = await readLogBook(house.deps, as('trainee'), never);
    expect(isOwn).toBe(true);
    expect(book.lines.map(({ ordinal, caseId, supervisor }) => [ordinal, caseId, supervisor])).toEqual([
      [1, caseIdOf(1), RADIOLOGIST],
      [2, caseIdOf(2), RADIOLOGIST],
      [3, caseIdOf(3), RADIOLOGIST],
    ]);
    expect(house.caseLog.all().map(({ kind }) => kind)).not.toContain('audit.read');
  });

  test.each([
    ['the supervisor', 'radiologist', RADIOLOGIST],
    ['the programme lead', 'lead', LEAD],
  ] as const)(
    '%s reads another’s, and that they did is on record before they see it',
    async (_name, session, id) => {
      const house = await houseWith(1);
      const { isOwn, names } = await readLogBook(
        house.deps,
        { ...as(session), practitioner: TRAINEE },
        never,
      );
      expect([isOwn, names[RADIOLOGIST]]).toEqual([false, 'Dr Rae Radiologist']);
      expect(house.caseLog.all().at(-1)).toMatchObject({
        kind: 'audit.read',
        facts: { change: { what: 'log-book', form: 'page', cases: 1 } },
        personal: { user: id, about: TRAINEE },
      });
      house.caseLog.behave('fails');
      await expect(
        readLogBook(house.deps, { ...as(session), practitioner: TRAINEE }, never),
      ).rejects.toMatchObject({
        code: 'case-log-unavailable',
      });
    },
  );

  test('somebody who supervised a case once, though no approval says so any more', async () => {
    const house = createDueHouse();
    await house.runCase(1, 'stranger');
    const { book } = await readLogBook(house.deps, { ...as('stranger'), practitioner: TRAINEE }, never);
    expect(book.lines).toHaveLength(1);
  });

  test.each([
    ['somebody else', 'stranger', TRAINEE, 'not-permitted'],
    ['a login of two people', 'twice', undefined, 'not-permitted'],
    ['a login that names nobody', 'nobody', undefined, 'not-permitted'],
    ['an emergency login', 'emergency', undefined, 'not-permitted'],
    ['a session that cannot be confirmed', 'unconfirmed', undefined, 'sessions-unavailable'],
    ['a token for images', 'images', undefined, 'scope-missing'],
    ['nobody', 'wrong', undefined, 'not-identified'],
    ['the lead, of somebody unknown', 'lead', practitionerId('unknown'), 'not-found'],
  ] as const)('%s does not', async (_name, session, practitioner, code) => {
    const house = await houseWith(1);
    const input = { ...as(session), ...(practitioner === undefined ? {} : { practitioner }) };
    const fault = await faultOf(readLogBook(house.deps, input, never));
    expect(fault).toMatchObject({ code });
    expect(house.caseLog.all()).toHaveLength(2);
  });

  test('hundreds of cases are read page by page, and a stop in between ends it', async () => {
    const house = await houseWith(450);
    const limits: number[] = [];
    const stop = new AbortController();
    const caseLogReader = {
      entries: async (filter: Parameters<typeof house.caseLog.entries>[0]) => {
        limits.push(filter.limit);
        return await house.caseLog.entries(filter);
      },
    };
    const { book } = await readLogBook({ ...house.deps, caseLogReader }, as('trainee'), never);
    expect([book.lines.length, book.lines.at(-1)?.ordinal, limits]).toEqual([
      450,
      450,
      [200, 200, 200, 200, 200],
    ]);
    stop.abort(new Error('left'));
    await expect(readLogBook(house.deps, as('trainee'), stop.signal)).rejects.toThrow('left');
  });
});

describe('taking it out', () => {
  test.each(['csv', 'print'] as const)(
    '%s: one’s own too is an entry of the case log, written first',
    async (form) => {
      const house = await houseWith(2);
      await exportLogBook(house.deps, { ...as('trainee'), form }, never);
      expect(house.caseLog.all().at(-1)).toMatchObject({
        kind: 'export',
        facts: { change: { what: 'log-book', form, cases: 2 } },
        personal: { user: TRAINEE, about: TRAINEE },
      });
      house.caseLog.behave('fails');
      await expect(exportLogBook(house.deps, { ...as('trainee'), form }, never)).rejects.toMatchObject({
        code: 'case-log-unavailable',
      });
    },
  );

  test('the table holds each case in order, no patient, and nothing that a spreadsheet would run', async () => {
    const house = createDueHouse();
    await house.runCase(1, '=cmd|/c calc');
    await house.runCase(2);
    await house.runCase(3, 'constructor');
    const text = logBookCsv(await exportLogBook(house.deps, { ...as('trainee'), form: 'csv' }, never));
    const rows: Record<string, string>[] = parse(text, { bom: true, columns: true });
    expect(
      rows.map(({ number, case: id, supervisor, opened }) => [number, id, supervisor, opened?.length]),
    ).toEqual([
      ['1', caseIdOf(1), "'=cmd|/c calc", 24],
      ['2', caseIdOf(2), 'Dr Rae Radiologist', 24],
      ['3', caseIdOf(3), 'constructor', 24],
    ]);
    expect(text).not.toMatch(/1\.2\.1|P-1/);
  });
});

describe('signing a case off', () => {
  test('as the supervisor whom the case names, at its place among all supervised cases', async () => {
    const house = await houseWith(3);
    const proposal = await signLogBookCase(house.deps, { ...as('radiologist'), ...signing(2) }, never);
    expect(proposal.state).toBe('applied');
    expect(house.acts).toEqual([
      {
        act: 'attest-evidence',
        piece: {
          practitioner: TRAINEE,
          type: 'log-book-case',
          happenedAt: expect.any(Number),
          ordinal: 2,
          caseId: caseIdOf(2),
        },
      },
    ]);
    const { book } = await readLogBook(house.deps, as('trainee'), never);
    const [act] = house.acts;
    expect(act?.act === 'attest-evidence' && act.piece.happenedAt).toBe(
      Math.floor((book.lines[1]?.openedUs ?? 0) / 1000),
    );
  });

  test('with the form on which it was assessed, and the supervisor’s words', async () => {
    const house = await houseWith(1);
    const assessment = { form: 'dops', complexity: 'low', ratings: { safety: 5, overall: 4 } } as const;
    const said = { ...as('radiologist'), ...signing(1), assessment, feedback: 'Calm' };
    await signLogBookCase(house.deps, said, never);
    expect(house.acts).toMatchObject([
      { piece: { ratings: 'dops;complexity=low;safety=5;overall=4', note: 'Calm' } },
    ]);
    const bare = { ...assessment, ratings: { safety: 5 } } as const;
    const fault = await faultOf(signLogBookCase(house.deps, { ...said, assessment: bare }, never));
    expect([fault.code, house.acts.length]).toEqual(['bad-request', 1]);
  });

  test('an assessment stands in the log-book as it was given', async () => {
    const house = await houseWith(1);
    house.addEvidence([
      {
        id: 'E-1',
        practitioner: TRAINEE,
        type: 'log-book-case',
        happenedAt: 1,
        attestedBy: RADIOLOGIST,
        ordinal: 1,
        caseId: caseIdOf(1),
        ratings: 'mini-cex;communication=5;overall=4',
        note: 'Well argued',
      },
    ]);
    const { book } = await readLogBook(house.deps, as('trainee'), never);
    expect(book.lines[0]?.signedOff).toMatchObject({
      assessment: { form: 'mini-cex', ratings: { communication: 5, overall: 4 } },
      feedback: 'Well argued',
    });
  });

  test('what was signed off stands in the log-book, and cannot be signed off again', async () => {
    const house = await houseWith(2);
    house.addEvidence([
      {
        id: 'E-1',
        practitioner: TRAINEE,
        type: 'log-book-case',
        happenedAt: 1,
        attestedBy: RADIOLOGIST,
        ordinal: 1,
        caseId: caseIdOf(1),
      },
    ]);
    const { book } = await readLogBook(house.deps, as('trainee'), never);
    expect([book.signedOff, book.run]).toEqual([1, { first: 1, last: 1, count: 1 }]);
    const again = await faultOf(signLogBookCase(house.deps, { ...as('radiologist'), ...signing(1) }, never));
    expect(again).toMatchObject({ code: 'conflict', caseId: caseIdOf(1) });
  });

  test.each([
    ['another supervisor', 'lead', signing(1), 'not-permitted'],
    ['the trainee', 'trainee', signing(1), 'not-permitted'],
    ['somebody else', 'stranger', signing(1), 'not-permitted'],
    ['a case that is not there', 'radiologist', signing(9), 'not-found'],
    ['nobody', 'wrong', signing(1), 'not-identified'],
  ] as const)('%s: refused, and nothing is put on record', async (_name, session, input, code) => {
    const house = await houseWith(2);
    expect(await faultOf(signLogBookCase(house.deps, { ...as(session), ...input }, never))).toMatchObject({
      code,
    });
    expect(house.acts).toEqual([]);
  });

  test('what the register refuses is told as it is', async () => {
    const house = await houseWith(1);
    const performAct = () => Promise.reject(new NotPermitted([]));
    const signed = signLogBookCase(
      { ...house.deps, performAct },
      { ...as('radiologist'), ...signing(1) },
      never,
    );
    await expect(signed).rejects.toThrow(NotPermitted);
  });
});

describe('whom one supervises', () => {
  test('by the newest cases, by name; nobody for who supervises nobody', async () => {
    const house = await houseWith(2);
    await house.caseLog.append({
      id: 'x',
      kind: 'case.viewed',
      caseId: caseIdOf(7),
      facts: {},
      personal: { user: 'gone', supervisor: RADIOLOGIST },
      retainClass: 'imaging-record',
    });
    await house.caseLog.append({
      id: 'y',
      kind: 'case.viewed',
      caseId: caseIdOf(8),
      facts: {},
      personal: { supervisor: RADIOLOGIST },
      retainClass: 'imaging-record',
    });
    expect(await listSupervised(house.deps, as('radiologist'), never)).toEqual([
      { practitioner: TRAINEE, name: '=Tess Trainee' },
      { practitioner: 'gone', name: 'gone' },
    ]);
    expect(await listSupervised(house.deps, as('trainee'), never)).toEqual([]);
    await expect(listSupervised(house.deps, as('wrong'), never)).rejects.toThrow(NotIdentified);
    await expect(listSupervised(house.deps, as('nobody'), never)).rejects.toThrow(GatewayError);
  });
});
