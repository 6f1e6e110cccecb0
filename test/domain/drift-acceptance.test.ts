import { isAcceptanceRun, PERMITTED_OPENINGS } from '../../src/domain/drift-cells.ts';
import { APPROVAL_MODES } from '../../src/domain/words.ts';

const LEFT_OUT: Readonly<Record<(typeof APPROVAL_MODES)[number], boolean>> = {
  sandbox: false,
  acceptance: true,
  supervised: false,
  independent: false,
};

test.each(APPROVAL_MODES)('a case that was opened in mode %s is counted, unless it is acceptance', (mode) => {
  expect(isAcceptanceRun({ facts: { approval: { id: 'A-1', mode } } })).toBe(LEFT_OUT[mode]);
});

test('an opening that names no approval is no run of an acceptance test', () => {
  expect(isAcceptanceRun({ facts: {} })).toBe(false);
});

test('a call and a look open a case on a permit; a refusal and a result that came by itself do not', () => {
  expect(PERMITTED_OPENINGS).toEqual(['case.intent', 'case.viewed']);
});
