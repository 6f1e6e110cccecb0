import { UpstreamFault } from '../../src/domain/errors.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, createInferenceHouse, type InferenceHouse } from '../fakes/inference-house.ts';
import { aStudy } from '../fakes/register-builder.ts';

const CASE = aCaseId(1);

function run({ deps }: Pick<InferenceHouse, 'deps'>, signal: AbortSignal): ReturnType<typeof runInference> {
  return runInference(deps, aRequest(), signal);
}

describe('the person leaves', () => {
  test('while the endpoint works -> it is told, and the case is closed', async () => {
    const house = createInferenceHouse();
    const leave = new AbortController();
    house.onInfer((_call, signal) => {
      leave.abort();
      return { kind: 'failed', failure: signal.aborted ? 'cancelled' : 'timeout', durationMs: 3 };
    });
    await faultOf(run(house, leave.signal));
    expect(house.kinds()).toEqual(['case.intent', 'case.outcome']);
    expect(house.last().facts.err).toBe('cancelled');
  });

  test.each([
    ['by the client', new UpstreamFault('upstream-timeout', 'pacs')],
    ['by the signal', new DOMException('aborted', 'AbortError')],
  ])('while the PACS is asked, told %s -> refused on record, as cancelled', async (_name, cause) => {
    const house = createInferenceHouse();
    const leave = new AbortController();
    const studyContext = (): never => {
      leave.abort();
      throw cause;
    };
    const left = run({ deps: { ...house.deps, studies: { studyContext } } }, leave.signal);
    expect(await faultOf(left)).toMatchObject({ code: 'upstream-timeout', caseId: CASE });
    expect(house.kinds()).toEqual(['case.refused']);
    expect(house.last()).toMatchObject({
      caseId: CASE,
      facts: { err: 'cancelled', decision: { result: 'deny' } },
      personal: { user: 'radiologist', studyUid: aStudy().studyInstanceUid },
    });
    expect(house.calls).toHaveLength(0);
  });

  test('before anybody is known -> no case', async () => {
    const house = createInferenceHouse();
    const leave = new AbortController();
    house.setCaller(new DOMException('aborted', 'AbortError'));
    leave.abort();
    await run(house, leave.signal).catch(() => undefined);
    expect(house.kinds()).toEqual([]);
  });
});
