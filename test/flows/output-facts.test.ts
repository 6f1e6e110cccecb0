import { outputFacts } from '../../src/flows/output-facts.ts';
import { aResult } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion } from '../fakes/register-builder.ts';

const { operatingThreshold: _threshold, ...withoutThreshold } = aModelVersion();

function factsOf(changes: Partial<ReturnType<typeof aResult>>): ReturnType<typeof outputFacts> {
  return outputFacts(aResult(changes), {
    modelVersion: aModelVersion({ operatingThreshold: 0.5 }),
    binding: aBinding({ findings: ['burned-in text', 'no text found'] }),
  });
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

test.each([
  ['above the version’s, below its own', 0.6, false],
  ['at its own', 0.7, true],
])('an endpoint with a threshold of its own, %s', (_name, score, positive) => {
  const facts = outputFacts(aResult({ score }), {
    modelVersion: aModelVersion({ operatingThreshold: 0.5 }),
    binding: aBinding({ operatingThreshold: 0.7 }),
  });
  expect(facts.positive).toBe(positive);
});

test('an endpoint whose threshold is nought takes the place of the version’s too', () => {
  const facts = outputFacts(aResult({ score: 0.1 }), {
    modelVersion: aModelVersion({ operatingThreshold: 0.5 }),
    binding: aBinding({ operatingThreshold: 0 }),
  });
  expect(facts.positive).toBe(true);
});

test('no score -> neither number nor side', () => {
  const { score: _score, ...answer } = aResult();
  const facts = outputFacts(answer, { modelVersion: aModelVersion() });
  expect(facts).not.toHaveProperty('scoreMicro');
  expect(facts).not.toHaveProperty('positive');
});

test.each([
  ['has none', { modelVersion: withoutThreshold }],
  ['is not known any more', {}],
])('where the version’s threshold %s the side is left out', (_name, decision) => {
  const facts = outputFacts(aResult(), decision);
  expect(facts.scoreMicro).toBe(750_000);
  expect(facts).not.toHaveProperty('positive');
});

test.each([
  ['burned-in text', ['burned-in text']],
  ['no text found', ['no text found']],
  ['Burned-in text', []],
  ['SMITH JANE', []],
  ['', []],
])('finding %j stands in the log as %j: only what the register lists', (finding, codes) => {
  expect(factsOf({ finding }).codes).toEqual(codes);
});

test('an endpoint for which the register lists no findings -> none stands in the log', () => {
  const { findings: _findings, ...binding } = aBinding();
  expect(outputFacts(aResult(), { binding }).codes).toEqual([]);
});
