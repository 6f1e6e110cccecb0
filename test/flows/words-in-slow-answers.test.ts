import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import type { PacsAnswer } from '../../src/flows/ports.ts';
import { retrieve } from '../../src/flows/retrieve.ts';
import { askDoor } from '../fakes/every-door.ts';
import {
  createMarkedHouse,
  MARKED_STUDY,
  uidsIn,
  type KindName,
  type MarkedHouse,
} from '../fakes/marked-study.ts';
import { NOW } from '../fakes/register-builder.ts';

const PATH = `studies/${MARKED_STUDY}`;
const IMAGE = '9.8.1.0';
const DRAWING = '9.8.2.1';
const LAST = '9.8.3.2';
const KINDS: readonly KindName[] = ['plain', 'probable, no AI’s', 'plain'];
const MINUTE_MS = 60_000;

const houseOf = (kinds: readonly KindName[]): MarkedHouse =>
  createMarkedHouse(kinds.map((kind, at) => ({ kind, series: at + 1 })));

interface Slow {
  readonly house: MarkedHouse;
  /** What happens while the PACS thinks, or sends nothing. */
  meanwhile: () => void;
}

/** A gateway whose time passes at one place: a minute at a time. */
function slowHouse(where: 'context' | 'first byte' | 'every byte'): Slow {
  const house = houseOf(KINDS);
  let ms = 0;
  const slow = { house, meanwhile: () => undefined };
  const pause = (at: typeof where): void => {
    if (at !== where) return;
    ms += MINUTE_MS;
    slow.meanwhile();
  };
  async function* trickling(body: PacsAnswer['body']): AsyncGenerator<Uint8Array> {
    for await (const bytes of body)
      for (let from = 0; from < bytes.length; from += 64) {
        pause('every byte');
        yield bytes.subarray(from, from + 64);
      }
  }
  const { pacs, studies } = house.deps;
  const deps: MarkedHouse['deps'] = {
    ...house.deps,
    clock: { nowMs: () => NOW + ms, monotonicMs: () => ms },
    studies: {
      studyContext: async (...asked) => {
        pause('context');
        return await studies.studyContext(...asked);
      },
    },
    pacs: {
      ...pacs,
      fetch: async (...asked) => {
        const answer = await pacs.fetch(...asked);
        pause('first byte');
        return { ...answer, body: trickling(answer.body) };
      },
    },
  };
  return Object.assign(slow, { house: { ...house, deps } });
}

const seen = async ({ house }: Slow, address: string): Promise<readonly string[]> =>
  uidsIn((await askDoor(house, address, 'stranger')).body);
const DOORS = [PATH, `${PATH}/metadata`, `${PATH}/series/9.7.2`, `${PATH}/series/9.7.2/instances/${DRAWING}`];

describe.each(['context', 'first byte', 'every byte'] as const)('with a PACS that is slow: %s', (where) => {
  test.each(DOORS)('what no AI made is shown all the same: %s', async (address) => {
    expect(await seen(slowHouse(where), address)).toContain(DRAWING);
  });

  test.each([PATH, `${PATH}/metadata`])(
    'images beside it too, while words cannot be read: %s',
    async (address) => {
      const slow = slowHouse(where);
      slow.meanwhile = () => slow.house.said.goAway();
      expect(await seen(slow, address)).toEqual([IMAGE, LAST]);
    },
  );

  test.each(DOORS.slice(0, 3))(
    'of which AI is said to have made it meanwhile, it is not: %s',
    async (address) => {
      const slow = slowHouse(where);
      slow.meanwhile = () => slow.house.said.say(DRAWING, { verdict: 'ai-unknown' });
      expect(await seen(slow, address)).not.toContain(DRAWING);
    },
  );
});

test('a body that hangs on nobody’s word is passed on as it is, without a copy', async () => {
  const passed: string[] = [];
  const house = houseOf(['plain', 'unlocked']);
  const { pacs } = house.deps;
  const deps: MarkedHouse['deps'] = {
    ...house.deps,
    pacs: {
      ...pacs,
      fetch: async (...asked) => {
        const answer = await pacs.fetch(...asked);
        const { body } = answer;
        const passTo = async (): Promise<void> => void passed.push('without a copy');
        return { ...answer, body: { [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](), passTo } };
      },
    },
  };
  const { signal } = new AbortController();
  const { resource } = parseDicomwebTarget(`/dicom-web/${PATH}`);
  if (resource.kind !== 'retrieve') throw new Error('a study is retrieved');
  const input = { evidence: { bearerToken: 'alice' }, requestId: 'r', resource, query: [], headers: {} };
  const { body } = await retrieve(deps, input, signal);
  await body.passTo?.(() => undefined).catch(() => undefined);
  expect(passed).toEqual(['without a copy']);
});
