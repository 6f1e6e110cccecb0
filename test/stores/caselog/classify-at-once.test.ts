import { createClassificationKeeper } from '../../../src/flows/keep-classifications.ts';
import { classifyResult } from '../../../src/flows/classify-result.ts';
import type { CaseLog } from '../../../src/caselog/assemble-case-log.ts';
import type { ResultClassification } from '../../../src/domain/result-verdict.ts';
import { createClassifyHouse, OBJECT } from '../../fakes/classify-house.ts';
import { sopInstanceUid } from '../../fakes/uids.ts';
import { describeOnBothLogs, type LogOfTwo } from './both-logs.ts';

const OBJECTS = 12;
const ALL = Array.from({ length: OBJECTS }, (_, at) => sopInstanceUid(`1.7.1.${String(at)}`));
const never = new AbortController().signal;

type House = ReturnType<typeof createClassifyHouse>;

/** Says it through this node's log. Each object is in doubt, whatever its number. */
function sayOn(house: House, caseLog: CaseLog, token: string, at: number): Promise<ResultClassification> {
  const object = { ...OBJECT, sopInstanceUid: sopInstanceUid(`1.7.1.${String(at)}`) };
  const doubt = { seriesInstanceUid: object.series, sopInstanceUid: object.sopInstanceUid };
  const objectsOf = async () => ({
    objects: new Map([[doubt.sopInstanceUid, doubt]]),
    aiResults: [{ ...doubt, grade: 'probable' as const }],
  });
  const deps = { ...house.deps, caseLog, caseLogReader: caseLog, resultReaders: [{ objectsOf }] };
  const said = { verdict: token === 'rc' ? 'not-ai' : 'ai-unknown' } as const;
  const evidence = { bearerToken: token };
  return classifyResult(
    deps,
    { evidence, requestId: 'r', object, said, reason: undefined, ifMatch: '' },
    never,
  );
}

describeOnBothLogs((name: string, open: () => Promise<LogOfTwo>) => {
  test(`${name}: of two people who answer the same state at once one is on record, in force, and told so`, async () => {
    const { own, other, verify } = await open();
    const house = createClassifyHouse();
    const places = Array.from({ length: OBJECTS }, (_, at) => at);
    const settled = await Promise.allSettled(
      places.flatMap((at) => [sayOn(house, own, 'rc', at), sayOn(house, other, 'other', at)]),
    );
    const kept = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect([kept.length, refused.length]).toEqual([OBJECTS, OBJECTS]);
    expect(new Set(refused)).toEqual(new Set(['precondition-failed']));
    const bySeq = (all: readonly ResultClassification[]) => all.toSorted((a, b) => a.seq - b.seq);
    expect(bySeq(await house.classifications.standingOf(ALL))).toEqual(bySeq(kept));
    expect(await verify()).toBe(true);
  });

  test(`${name}: what is on record and in no table is kept by whoever looks, on any node`, async () => {
    const { own, other, verify } = await open();
    const house = createClassifyHouse();
    const places = Array.from({ length: OBJECTS }, (_, at) => at);
    await Promise.all(places.map((at) => sayOn(house, own, 'rc', at)));
    const { classifications } = createClassifyHouse();
    const keepers = [own, other].map((caseLogReader) =>
      createClassificationKeeper({ caseLogReader, classifications, onPassedOver: () => undefined }),
    );
    await Promise.all(keepers.map((keep) => keep()));
    const said = await house.classifications.standingOf(ALL);
    expect(said).toHaveLength(OBJECTS);
    expect(await classifications.standingOf(ALL)).toEqual(said);
    expect(await verify()).toBe(true);
  });
});
