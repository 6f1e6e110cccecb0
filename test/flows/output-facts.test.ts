import { outputFacts } from '../../src/flows/output-facts.ts';
import { aResult } from '../fakes/inference-house.ts';
import { aModelVersion } from '../fakes/register-builder.ts';

const { operatingThreshold: _threshold, ...withoutThreshold } = aModelVersion();

function factsOf(changes: Partial<ReturnType<typeof aResult>>): ReturnType<typeof outputFacts> {
  return outputFacts(aResult(changes), aModelVersion({ operatingThreshold: 0.5 }));
}

test.each([
  ['at the threshold', 0.5, { scoreMicro: 500_000, positive: true }],
  ['just below', 0.499_999, { scoreMicro: 499_999, positive: false }],
  ['rounded to millionths', 1 / 3, { scoreMicro: 333_333, positive: false }],
  ['none at all', 0, { scoreMicro: 0, positive: false }],
  ['certain', 1, { scoreMicro: 1_000_000, positive: true }],
])('score %s', (_name, score, expected) => {
  expect(factsOf({ score })).toMatchObject(expected);
});

test('no score -> neither number nor side', () => {
  const { score: _score, ...answer } = aResult();
  const facts = outputFacts(answer, aModelVersion());
  expect(facts).not.toHaveProperty('scoreMicro');
  expect(facts).not.toHaveProperty('positive');
});

test.each([
  ['has none', withoutThreshold],
  ['is not known any more', undefined],
])('where the version’s threshold %s the side is left out', (_name, modelVersion) => {
  const facts = outputFacts(aResult(), modelVersion);
  expect(facts.scoreMicro).toBe(750_000);
  expect(facts).not.toHaveProperty('positive');
});

test.each([
  ['burned-in text', ['burned-in text']],
  ['nodule (6 mm), left', ['nodule (6 mm), left']],
  ['x'.repeat(65), []],
  ['two\nlines', []],
  ['<b>bold</b>', []],
  ['', []],
])('finding %j stands in the log as %j', (finding, codes) => {
  expect(factsOf({ finding }).codes).toEqual(codes);
});
