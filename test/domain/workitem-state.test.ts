import {
  isFinal,
  judgeCancelRequest,
  judgeStateChange,
  judgeUpdate,
  parseWorkitemState,
  WORKITEM_STATES,
  type WorkitemState,
  type WorkitemVerdict,
} from '../../src/domain/dicom/workitem-state.ts';
import { WorkitemRefused } from '../../src/domain/workitem-refused.ts';

const KEY = '1.77';
const OTHER = '1.88';

/** `go`, `already <text>` or `<status> <text>`. */
const said = (verdict: WorkitemVerdict): string => {
  if (verdict.kind === 'go') return 'go';
  return verdict.kind === 'already' ? `already ${verdict.warning}` : `${verdict.status} ${verdict.warning}`;
};
const standing = (state: WorkitemState): { state: WorkitemState; transactionUid?: string } =>
  state === 'SCHEDULED' ? { state } : { state, transactionUid: KEY };

const INCONSISTENT = '409 inconsistent';
type Line = readonly [WorkitemState, WorkitemState, right: string, wrong: string];
const LINES: readonly Line[] = [
  ['SCHEDULED', 'SCHEDULED', INCONSISTENT, INCONSISTENT],
  ['SCHEDULED', 'IN PROGRESS', 'go', 'go'],
  ['SCHEDULED', 'COMPLETED', INCONSISTENT, INCONSISTENT],
  ['SCHEDULED', 'CANCELED', INCONSISTENT, INCONSISTENT],
  ['IN PROGRESS', 'SCHEDULED', INCONSISTENT, '400 incorrect'],
  ['IN PROGRESS', 'IN PROGRESS', INCONSISTENT, INCONSISTENT],
  ['IN PROGRESS', 'COMPLETED', 'go', '400 incorrect'],
  ['IN PROGRESS', 'CANCELED', 'go', '400 incorrect'],
  ['COMPLETED', 'SCHEDULED', INCONSISTENT, '400 incorrect'],
  ['COMPLETED', 'IN PROGRESS', INCONSISTENT, INCONSISTENT],
  ['COMPLETED', 'COMPLETED', 'already completed', '400 incorrect'],
  ['COMPLETED', 'CANCELED', INCONSISTENT, '400 incorrect'],
  ['CANCELED', 'SCHEDULED', INCONSISTENT, '400 incorrect'],
  ['CANCELED', 'IN PROGRESS', INCONSISTENT, INCONSISTENT],
  ['CANCELED', 'COMPLETED', INCONSISTENT, '400 incorrect'],
  ['CANCELED', 'CANCELED', 'already canceled', '400 incorrect'],
];

describe('a change of state', () => {
  test.each(LINES)('%s, asked for %s: with the key %s, with another %s', (state, wanted, right, wrong) => {
    expect(said(judgeStateChange(standing(state), wanted, KEY))).toBe(right);
    expect(said(judgeStateChange(standing(state), wanted, OTHER))).toBe(wrong);
    expect(said(judgeStateChange(standing(state), wanted, undefined))).toBe('400 missing');
  });

  test('every pair of states has a line', () => {
    const pairs = WORKITEM_STATES.flatMap((state) => WORKITEM_STATES.map((wanted) => `${state}>${wanted}`));
    expect(LINES.map(([state, wanted]) => `${state}>${wanted}`).toSorted()).toEqual(pairs.toSorted());
  });

  test('one that was canceled before anybody claimed it has no key that could be right', () => {
    expect(said(judgeStateChange({ state: 'CANCELED' }, 'CANCELED', KEY))).toBe('400 incorrect');
  });
});

test.each<readonly [WorkitemState, string, string, string]>([
  ['SCHEDULED', 'go', 'go', 'go'],
  ['IN PROGRESS', 'go', '400 incorrect', '400 missing'],
  ['COMPLETED', '400 inconsistent', '400 inconsistent', '400 inconsistent'],
  ['CANCELED', '400 inconsistent', '400 inconsistent', '400 inconsistent'],
])('an update, %s: with the key %s, with another %s, without %s', (state, right, wrong, none) => {
  expect(said(judgeUpdate(standing(state), KEY))).toBe(right);
  expect(said(judgeUpdate(standing(state), OTHER))).toBe(wrong);
  expect(said(judgeUpdate(standing(state), undefined))).toBe(none);
});

test.each<readonly [WorkitemState, string, boolean]>([
  ['SCHEDULED', 'go', false],
  ['IN PROGRESS', INCONSISTENT, false],
  ['COMPLETED', '409 completed', true],
  ['CANCELED', '409 canceled', true],
])('a request to cancel, %s -> %s; final: %s', (state, expected, final) => {
  expect(said(judgeCancelRequest({ state }, false))).toBe(expected);
  expect(said(judgeCancelRequest({ state }, true))).toBe(state === 'IN PROGRESS' ? 'go' : expected);
  expect(isFinal(state)).toBe(final);
});

test.each([
  ['IN PROGRESS', 'IN PROGRESS'],
  ['in progress', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j names the state %s', (text, state) => {
  expect(parseWorkitemState(text)).toBe(state);
});

test('a refusal carries the text of the standard, and what there is to say beside it', () => {
  const plain = new WorkitemRefused(400, 'missing');
  expect(plain).toMatchObject({
    code: 'bad-request',
    warning: 'The Transaction UID is missing.',
    detail: 'The Transaction UID is missing.',
    reasons: [],
  });
  const refused = new WorkitemRefused(409, 'inconsistent', { detail: 'Read it again.' });
  expect(refused).toMatchObject({
    code: 'conflict',
    warning: 'The submitted request is inconsistent with the state of the UPS Instance.',
    detail: 'The submitted request is inconsistent with the state of the UPS Instance. Read it again.',
  });
});
