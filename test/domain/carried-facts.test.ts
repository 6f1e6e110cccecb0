import { carriedFacts } from '../../src/domain/carried-facts.ts';
import type { EntryFacts } from '../../src/domain/log-entry.ts';

const CARRIED: EntryFacts = {
  function: 'detection',
  site: 'general',
  model: { id: 'lung-nodule', version: '2.1.0' },
  policy: { id: 'p', version: '1', digest: 'sha256:0' },
  study: {
    modality: ['CT'],
    bodyPart: [],
    age: 'unknown',
    sopClasses: [],
    instances: 1,
    slice: { maker: 'm', sex: 'unknown', ageBand: 'unknown' },
  },
};

test('what the counters need is carried on, and nothing else', () => {
  expect(carriedFacts({ ...CARRIED, err: 'timeout', timing: { endpointMs: 1 } })).toEqual(CARRIED);
});

test('what is not there is not made up', () => {
  expect(carriedFacts({})).toEqual({});
});
