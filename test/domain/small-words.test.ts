import {
  BadRequest,
  CaseLogUnavailable,
  GatewayError,
  NotIdentified,
  NotPermitted,
  RegisterUnavailable,
  UpstreamFault,
} from '../../src/domain/errors.ts';
import { textOf } from '../../src/domain/dicom/dicom-json.ts';
import { mayReadCaseLog } from '../../src/domain/judge-roles.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { ageBandOf } from '../../src/domain/dicom/study-context.ts';
import { AI_FUNCTIONS, ENDPOINT_FUNCTIONS, REGISTER_ROLES } from '../../src/domain/words.ts';

describe('errors', () => {
  const cause = new Error('why');
  const reasons = [reasonOf('stop-use'), reasonOf('approval-missing')];

  test.each([
    { error: new GatewayError('internal'), code: 'internal', detail: '', caseId: undefined },
    { error: new NotIdentified(), code: 'not-identified', detail: 'Sign in to continue.', caseId: undefined },
    {
      error: new NotIdentified('Your session has ended.', cause),
      code: 'not-identified',
      detail: 'Your session has ended.',
      caseId: undefined,
    },
    {
      error: new CaseLogUnavailable('full', cause, 'c-1'),
      code: 'case-log-unavailable',
      detail: 'full',
      caseId: 'c-1',
    },
    {
      error: new CaseLogUnavailable('full'),
      code: 'case-log-unavailable',
      detail: 'full',
      caseId: undefined,
    },
    {
      error: new RegisterUnavailable('away', cause),
      code: 'register-unavailable',
      detail: 'away',
      caseId: undefined,
    },
    { error: new BadRequest('no study', cause), code: 'bad-request', detail: 'no study', caseId: undefined },
    {
      error: new UpstreamFault('upstream-timeout', 'pacs'),
      code: 'upstream-timeout',
      detail: 'pacs: upstream-timeout',
      caseId: undefined,
    },
    {
      error: new UpstreamFault('upstream-timeout', 'pacs', { detail: 'slow', caseId: 'c-2', cause }),
      code: 'upstream-timeout',
      detail: 'slow',
      caseId: 'c-2',
    },
    {
      error: new NotPermitted(reasons, 'c-3'),
      code: 'not-permitted',
      detail: reasons.map(({ text }) => text).join(' '),
      caseId: 'c-3',
    },
    {
      error: new NotPermitted(reasons),
      code: 'not-permitted',
      detail: reasons.map(({ text }) => text).join(' '),
      caseId: undefined,
    },
  ])('$error.name with $code', ({ error, code, detail, caseId }) => {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code, detail });
    expect(error.caseId).toBe(caseId);
    expect(error.message).toBe(`${code}: ${detail}`);
    expect(error.name).toBe(error.constructor.name);
    expect(error.cause === undefined || error.cause === cause).toBe(true);
  });

  test('a refusal carries its reasons, a fault names its peer', () => {
    expect(new NotPermitted(reasons).reasons).toBe(reasons);
    expect(new GatewayError('conflict').reasons).toEqual([]);
    expect(new UpstreamFault('upstream-unreachable', 'endpoint').peer).toBe('endpoint');
  });
});

test.each([
  [undefined, 'unknown'],
  [0, '0-15'],
  [15.9, '0-15'],
  [16, '16-39'],
  [39, '16-39'],
  [40, '40-64'],
  [64, '40-64'],
  [65, '65-79'],
  [79, '65-79'],
  [80, '80+'],
  [104, '80+'],
])('age %s is counted as %s', (age, band) => {
  expect(ageBandOf(age)).toBe(band);
});

test('an endpoint serves every function but the seeing of stored results', () => {
  expect(ENDPOINT_FUNCTIONS).toEqual(AI_FUNCTIONS.filter((name) => name !== 'view'));
});

test.each(REGISTER_ROLES.map((role) => ({ role })))(
  'the case log is for auditors and programme leads: $role',
  ({ role }) => {
    expect(mayReadCaseLog({ roles: ['it', role] })).toBe(role === 'auditor' || role === 'programme-lead');
    expect(mayReadCaseLog({ roles: [] })).toBe(false);
  },
);

describe('DICOM JSON (PS3.18 Annex F)', () => {
  test.each([
    { name: 'a text', value: ['  CT chest '], expect: 'CT chest' },
    { name: 'a number', value: [12], expect: '12' },
    { name: 'the first of several', value: ['A', 'B'], expect: 'A' },
    {
      name: 'a person’s name',
      value: [{ Alphabetic: 'SANDBOX^ONE', Ideographic: 'x' }],
      expect: 'SANDBOX^ONE',
    },
    { name: 'a name without an alphabetic part', value: [{ Ideographic: 'x' }], expect: undefined },
    { name: 'spaces only', value: ['  '], expect: undefined },
    { name: 'no value', value: [], expect: undefined },
    { name: 'a null', value: [null], expect: undefined },
  ])('$name', ({ value, expect: wanted }) => {
    expect(textOf({ '00081030': { vr: 'LO', Value: value } }, '00081030')).toBe(wanted);
  });

  test('an element that is not there, or has no value at all', () => {
    expect(textOf({}, '00081030')).toBeUndefined();
    expect(textOf({ '00081030': { vr: 'LO' } }, '00081030')).toBeUndefined();
  });
});
