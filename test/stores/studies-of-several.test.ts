import { GatewayError, UpstreamFault } from '../../src/domain/errors.ts';
import { pacsProfile } from '../../src/domain/dicom/pacs-profile.ts';
import type { StudyContextReader } from '../../src/flows/ports.ts';
import { studiesOfSeveral } from '../../src/upstreams/studies-of-several.ts';
import { createStudyContextReader } from '../../src/upstreams/study-context-reader.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createMemoryPacs } from '../fakes/memory-pacs.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { studyUid } from '../fakes/uids.ts';

const UID = studyUid('1.2');
const never = (): AbortSignal => new AbortController().signal;
type Answer = 'has' | 'has-not' | 'away' | 'slow' | 'broken';

function readersOf(answers: readonly Answer[]): {
  readonly readers: readonly StudyContextReader[];
  readonly asked: number[];
} {
  const asked: number[] = [];
  const readers = answers.map((answer, index) => ({
    studyContext: async () => {
      asked.push(index);
      await Promise.resolve();
      if (answer === 'has-not') throw new GatewayError('not-found', { detail: String(index) });
      if (answer === 'away')
        throw new UpstreamFault('upstream-unreachable', 'pacs', { detail: String(index) });
      if (answer === 'slow') throw new UpstreamFault('upstream-timeout', 'pacs', { detail: String(index) });
      if (answer === 'broken') throw new TypeError('broken');
      return aStudy({ pacs: `pacs-${String(index)}` });
    },
  }));
  return { readers, asked };
}

test.each<[answers: readonly Answer[], gives: string, asks: number]>([
  [['has', 'has'], 'pacs-0', 1],
  [['has-not', 'has'], 'pacs-1', 2],
  [['away', 'has'], 'pacs-1', 2],
  [['has-not', 'slow', 'has'], 'pacs-2', 3],
  [['has-not', 'has-not'], 'not-found 1', 2],
  // It may hold the study: that it does not is not known.
  [['has-not', 'away'], 'upstream-unreachable 1', 2],
  [['away', 'has-not'], 'upstream-unreachable 0', 2],
  [['slow', 'away'], 'upstream-timeout 0', 2],
  [[], 'not-found No PACS holds this study.', 0],
])('%j -> %s', async (answers, gives, asks) => {
  const { readers, asked } = readersOf(answers);
  const said = await studiesOfSeveral(readers)
    .studyContext(UID, never())
    .catch((error: unknown) => error);
  const text = said instanceof GatewayError ? `${said.code} ${said.detail}` : said;
  expect(text).toEqual(gives.startsWith('pacs-') ? aStudy({ pacs: gives }) : gives);
  expect(asked).toHaveLength(asks);
});

test('a mistake of ours is no answer, and who has left asks nobody else', async () => {
  const broken = readersOf(['broken', 'has']);
  await expect(studiesOfSeveral(broken.readers).studyContext(UID, never())).rejects.toThrow(TypeError);
  const left = readersOf(['away', 'has']);
  const fault = await faultOf(studiesOfSeveral(left.readers).studyContext(UID, AbortSignal.abort()));
  expect([fault.code, left.asked]).toEqual(['upstream-unreachable', [0]]);
});

test.each([
  ['the main one', {}, undefined, ['00080061,00081030,00080080,00100030,00100040,00101010,00321060']],
  ['one that wants fields one by one', { name: 'archive', profile: pacsProfile('dcm4chee') }, 'archive', 7],
])('a reader of %s asks it in its way, and tells whose study it is', async (_name, more, pacs, fields) => {
  const answers = { studies: { body: JSON.stringify([{ '0020000D': { vr: 'UI', Value: [UID] } }]) } };
  const memory = createMemoryPacs({
    ...answers,
    [`studies/${UID}/series`]: { body: '[]' },
    [`studies/${UID}/instances`]: { body: '[]' },
  });
  const limits = { nowMs: () => 0, cacheTtlMs: 1, maxEntries: 1 };
  const options = { pacs: memory, sites: [], bodyPartRules: [], simulator: false, ...limits };
  const context = await createStudyContextReader({ ...options, ...more }).studyContext(UID, never());
  expect(context.pacs).toBe(pacs);
  const asked = memory.asked[0]?.query.flatMap(([name, value]) => (name === 'includefield' ? [value] : []));
  if (typeof fields === 'number') expect(asked).toHaveLength(fields);
  else expect(asked).toEqual(fields);
});
