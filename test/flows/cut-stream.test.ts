import { foldCase } from '../../src/domain/case-view.ts';
import { DISPOSITIONS, type Disposition } from '../../src/domain/words.ts';
import { createOrphanWatch } from '../../src/flows/close-orphans.ts';
import type { StreamEvent } from '../../src/flows/ports-inference.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { aRegister, MODEL, NOW } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const STOPPED = aRegister({
  sequence: 2,
  stopUses: [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong side', by: 'radiologist' }],
});
const piece = (text: string): StreamEvent => ({ kind: 'piece', bytes: Buffer.from(text) });

/** A house whose endpoint answers in pieces; `then` happens once two have come. */
function houseOf(then: (house: InferenceHouse) => void | Promise<void>): InferenceHouse {
  const house = createInferenceHouse();
  async function* eventsOf(): AsyncGenerator<StreamEvent, void, undefined> {
    yield piece('Probably malignant. ');
    yield piece('x');
    await then(house);
    yield piece('y');
    yield { kind: 'end', durationMs: 9 };
  }
  const said = { attestedModel: 'nodules', attestedVersion: '3' };
  house.onInfer(() => ({ kind: 'stream', headers: {}, durationMs: 1, events: eventsOf(), ...said }));
  return house;
}

async function piecesOf(house: InferenceHouse): Promise<AsyncIterableIterator<Uint8Array>> {
  const released = await runInference(house.deps, aRequest(), never);
  if (released.kind !== 'stream') throw new Error('it came in one piece');
  return released.pieces;
}

async function cutByStopUse(): Promise<InferenceHouse> {
  const house = houseOf(({ setRegister }) => setRegister(STOPPED));
  const pieces = await piecesOf(house);
  await pieces.next();
  await faultOf(pieces.next());
  return house;
}

/** The node is gone in mid-stream; the next one closes its case. */
async function leftBehind(): Promise<InferenceHouse> {
  const house = houseOf(() => new Promise(() => undefined));
  await (await piecesOf(house)).next();
  const { caseLog, drift } = house.deps;
  const mine = { isInFlight: () => false, isOurs: () => true, clock: { monotonicMs: () => 0 } };
  const deps = { caseLogReader: house.log, caseLog, drift, ...mine };
  await createOrphanWatch(deps, { patienceMs: 1_000 }).atStart();
  return house;
}

/** Broken off before the first piece was passed on. */
async function leftUnread(): Promise<InferenceHouse> {
  const house = houseOf(() => undefined);
  await (await piecesOf(house)).return?.();
  return house;
}

const say = (house: InferenceHouse, disposition: Disposition) =>
  recordDisposition(
    { ...house.deps, caseLogReader: house.log },
    {
      ...{ evidence: { sessionToken: SESSION }, requestId: 'request-2', caseId: aCaseId(1) },
      ...{ disposition, reason: undefined, disclosed: undefined },
    },
    never,
  );
const viewOf = (house: InferenceHouse) => foldCase(house.log.all());

test('a whole answer was not shown in part', async () => {
  const house = houseOf(() => undefined);
  const texts: string[] = [];
  for await (const bytes of await piecesOf(house)) texts.push(Buffer.from(bytes).toString());
  expect(texts).toEqual(['Probably malignant. ', 'x', 'y']);
  expect(viewOf(house)).not.toHaveProperty('shownInPart');
});

describe.each([
  ['a stop-use cut', 'withheld', cutByStopUse],
  ['a dead node left behind', 'orphaned', leftBehind],
] as const)('an answer that %s', (_name, state, make) => {
  test.each(['overridden', 'ignored', 'flagged'] as const)(
    'can be %s by who has read a part',
    async (said) => {
      const house = await make();
      expect(viewOf(house)).toMatchObject({ state, shownInPart: true });
      await say(house, said);
      expect(viewOf(house)).toMatchObject({ state, shownInPart: true, disposition: said });
    },
  );

  test.each(['accepted', 'edited'] as const)('cannot be %s: nothing whole was given', async (said) => {
    const house = await make();
    const entries = house.kinds();
    expect(await faultOf(say(house, said))).toMatchObject({
      code: 'conflict',
      detail: `Only a part of this answer was shown, so it cannot be ${said}.`,
    });
    expect(house.kinds()).toEqual(entries);
  });
});

test('one of which nothing was passed on has nothing to answer', async () => {
  const house = await leftUnread();
  expect(viewOf(house)).not.toHaveProperty('shownInPart');
  for (const said of DISPOSITIONS) {
    expect((await faultOf(say(house, said))).detail).toContain('there is no AI result to answer');
  }
});
