import { Writable } from 'node:stream';
import fc from 'fast-check';
import { GatewayError } from '../../src/domain/errors.ts';
import { createLogger, type LogFields } from '../../src/telemetry/logger.ts';
import { redact } from '../../src/telemetry/redact.ts';

function logged(fields: LogFields, message = 'message', level = 'debug'): Record<string, unknown> {
  return JSON.parse(rawLine(fields, message, level));
}

function rawLine(fields: LogFields, message: string, level = 'debug'): string {
  let text = '';
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  createLogger({ level, destination }).info(fields, message);
  return text;
}

const UID = '1.2.840.113619.2.55.3.604688119';

describe('the log', () => {
  test('is one JSON object a line, with level in words and time in UTC', () => {
    const line = logged({ requestId: 'r1', status: 200 }, 'request');
    expect(line).toMatchObject({ level: 'info', msg: 'request', requestId: 'r1', status: 200 });
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(line).not.toHaveProperty('hostname');
  });

  test('a field cannot become the prototype of a line', () => {
    const clean = redact(JSON.parse('{"__proto__": {"b": 1}, "c": 2}'));
    expect([clean, Object.getPrototypeOf(clean)]).toEqual([{ c: 2 }, Object.prototype]);
  });

  test('two lines of different times say so', () => {
    const lines: string[] = [];
    const write = (chunk: unknown): boolean => lines.push(String(chunk)) > 0;
    const logger = createLogger({ level: 'info', destination: Object.assign(new Writable(), { write }) });
    jest.useFakeTimers({ now: 0 });
    logger.info({}, 'first');
    jest.setSystemTime(1);
    logger.info({}, 'second');
    jest.useRealTimers();
    const times = lines.map((line): unknown => JSON.parse(line));
    expect(times).toMatchObject([{ time: '1970-01-01T00:00:00.000Z' }, { time: '1970-01-01T00:00:00.001Z' }]);
  });

  test('keeps quiet below its level', () => {
    expect(rawLine({}, 'message', 'warn')).toBe('');
  });

  test('refuses a level that is none', () => {
    expect(() => createLogger({ level: 'loud' })).toThrow(/level/);
  });

  test.each<{ name: string; fields: LogFields; message?: string; hides: string }>([
    { name: 'a UID in a text', fields: { path: `/studies/${UID}/series` }, hides: UID },
    {
      name: 'a UID made from a UUID',
      fields: { path: '/studies/2.25.320047829932792478971' },
      hides: '320047',
    },
    { name: 'a UID in the message', fields: {}, message: `no study ${UID}.`, hides: UID },
    {
      name: 'a query string',
      fields: { url: '/dicom-web/studies?PatientID=SIM-0001 HTTP' },
      hides: 'SIM-0001',
    },
    { name: 'a bearer token', fields: { got: 'Bearer abc.def' }, hides: 'abc.def' },
    { name: 'headers', fields: { headers: { accept: 'secret-accept' } }, hides: 'secret-accept' },
    { name: 'a cookie', fields: { cookie: 'secret-cookie' }, hides: 'secret-cookie' },
    {
      name: 'Set-Cookie, deep down',
      fields: { a: [{ 'set-cookie': 'secret-cookie' }] },
      hides: 'secret-cookie',
    },
    { name: 'a patient’s number', fields: { patientId: 'SIM-0001' }, hides: 'SIM-0001' },
    { name: 'a patient’s number in other spelling', fields: { patient_ID: 'SIM-0001' }, hides: 'SIM-0001' },
    { name: 'an accession number', fields: { accessionNumber: 'A1001' }, hides: 'A1001' },
    { name: 'a login’s NameID', fields: { nameId: 'alice.osei' }, hides: 'alice.osei' },
    { name: 'a SAML answer', fields: { SAMLResponse: 'PHNhbWw' }, hides: 'PHNhbWw' },
    { name: 'a body', fields: { body: { report: 'Findings' } }, hides: 'Findings' },
    { name: 'bytes', fields: { data: Buffer.from('secret') }, hides: '115' },
    {
      name: 'what a foreign error holds beside its message',
      fields: { err: Object.assign(new Error('failed'), { sql: 'select name', parameters: ['Mary'] }) },
      hides: 'Mary',
    },
    { name: 'a UID in an error', fields: { err: new Error(`no ${UID}`) }, hides: UID },
    {
      name: 'a UID in an error’s cause',
      fields: { err: new Error('x', { cause: new Error(UID) }) },
      hides: UID,
    },
    {
      name: 'what lies too deep',
      fields: { a: { b: { c: { d: { e: { f: { g: 'Mary' } } } } } } },
      hides: 'Mary',
    },
  ])('hides $name', ({ fields, message = 'message', hides }) => {
    expect(rawLine(fields, message)).not.toContain(hides);
  });

  test('keeps what operations need: versions, addresses, codes, counts', () => {
    const fields = {
      version: '2.1.0',
      ip: '10.0.0.12',
      code: 'upstream-timeout',
      count: 3,
      ok: false,
      none: null,
    };
    expect(logged(fields)).toMatchObject(fields);
  });

  test('keeps an error’s name, code, message, frames and cause', () => {
    const { err } = logged({ err: new GatewayError('internal', { cause: new TypeError('boom') }) });
    expect(err).toMatchObject({
      name: 'GatewayError',
      code: 'internal',
      stack: expect.stringContaining('logger.test'),
      cause: { name: 'TypeError', message: 'boom' },
    });
  });

  test('cuts long texts', () => {
    expect(String(logged({ text: 'a'.repeat(10_000) })['text']).length).toBeLessThan(2_100);
  });

  test('survives a circle', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(rawLine({ circle }, 'message')).toContain('[too deep]');
  });

  test('no UID gets through, wherever it stands', () => {
    const uid = fc
      .array(fc.nat({ max: 99_999 }), { minLength: 5, maxLength: 10 })
      .map((parts) => parts.join('.'));
    const fromUuid = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((number) => `2.25.${number}`);
    fc.assert(
      fc.property(fc.oneof(uid, fromUuid), fc.constantFrom(' ', '/', '"', '(', '='), (text, before) => {
        expect(rawLine({ a: `x${before}${text}${before}` }, `m ${text}`)).not.toContain(text);
      }),
    );
  });
});
