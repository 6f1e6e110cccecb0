import { UpstreamFault } from '../../src/domain/errors.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { withLongAnswers } from '../fakes/long-answers.ts';
import { createRetrievalHouse } from '../fakes/retrieval-house.ts';
import { runSearch, textOfBody } from '../fakes/run-search.ts';

/** So many sequences within each other. */
const sequences = (depth: number): string =>
  `{"00400275":{"vr":"SQ","Value":[${depth > 1 ? sequences(depth - 1) : ''}]}}`;
const lists = (depth: number): string =>
  `{"00100020":{"vr":"LO","Value":[${'['.repeat(depth)}${']'.repeat(depth)}]}}`;

test.each([
  ['sequences', sequences(80)],
  ['lists', lists(200_000)],
])('%s nested beyond reason are the PACS’s fault, not the gateway’s', async (_name, row) => {
  const house = createRetrievalHouse({ answers: { studies: { body: `[${row}]` } } });
  for (const answering of [house, withLongAnswers(house)]) {
    const fault = await faultOf(runSearch(answering, 'studies'));
    expect(fault).toBeInstanceOf(UpstreamFault);
    expect(fault.code).toBe('upstream-bad-answer');
  }
});

test('64 sequences are none too many', async () => {
  const house = createRetrievalHouse({ answers: { studies: { body: `[${sequences(64)}]` } } });
  expect(await textOfBody(await runSearch(house, 'studies'))).toBe(`[${sequences(64)}]`);
});
