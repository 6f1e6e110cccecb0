import { parseSeriesUid } from '../../src/domain/identifiers.ts';
import type { DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import { writeResultObject, type ResultOrder } from '../../src/flows/write-result-object.ts';
import { createResultWriter } from '../../src/upstreams/result-writer.ts';
import { aStudy, MODEL, VERSION } from '../fakes/register-builder.ts';
import { CASE } from '../fakes/result-files.ts';
import { anImage, COLUMNS, inSeries, ROWS } from '../fakes/source-images.ts';
import { createStoreHouse } from '../fakes/store-house.ts';
import { studyUid } from '../fakes/uids.ts';

const STUDY = studyUid('1.2.3');
const [FIRST, SECOND] = ['1.2.3.1', '1.2.3.2'];
const ONE = [anImage(1), anImage(2)];
const SAME = ONE.map((image) => inSeries(SECOND, image));
const SHORTER = SAME.slice(1);
const MASK = {
  ...{ name: 'm', datatype: 'UINT8', shape: [2, ROWS, COLUMNS] },
  data: Array.from({ length: 2 * ROWS * COLUMNS }, (_, place) => place % 3),
};
const named = (uid: string) => ({ name: 'series', datatype: 'BYTES', shape: [1, 1], data: [[uid]] });

type Change = Omit<Partial<ResultOrder>, 'series'> & { readonly series?: string };

/** Every object that is made of a result in a study of these images, and what became of it. */
async function write(images: readonly DicomJsonObject[], { series: called = '', ...change }: Change) {
  const made: DicomJsonObject[] = [];
  const answer = { body: JSON.stringify(images) };
  const house = createStoreHouse({ searches: { 'studies/1.2.3/metadata': answer } });
  const writer = createResultWriter();
  const resultWriter = {
    write: (dataset: DicomJsonObject) => {
      made.push(dataset);
      return writer.write(dataset);
    },
  };
  const series = parseSeriesUid(called);
  const order: ResultOrder = {
    ...{ kind: 'segmentation', caseId: CASE, requestId: 'r-1', study: STUDY, model: MODEL, version: VERSION },
    ...{ context: aStudy({ studyInstanceUid: STUDY }), score: 0.5, body: { outputs: [MASK] } },
    ...(series === undefined ? {} : { series }),
    ...change,
  };
  const written = await writeResultObject(
    { ...house.deps, resultWriter },
    order,
    new AbortController().signal,
  );
  return { text: JSON.stringify(made), written };
}

/** Series whose images it refers to. */
const citedIn = (text: string): readonly string[] =>
  [FIRST, SECOND].filter((series) => text.includes(`"${series}.1"`) || text.includes(`"${series}.2"`));

const BOTH = [...ONE, ...SAME];
const SAID = { body: { outputs: [MASK, named(SECOND)] } };

test.each<[string, readonly DicomJsonObject[], Change, string | readonly string[]]>([
  ['it fits one of two', [...SHORTER, ...ONE], {}, [FIRST]],
  ['it fits both', BOTH, {}, 'ambiguous-series'],
  ['it fits both, and the call named one', BOTH, { series: SECOND }, [SECOND]],
  ['it fits both, and an output names one', BOTH, SAID, [SECOND]],
  ['it fits both, and the outputs name both', BOTH, saying(FIRST, SECOND), 'ambiguous-series'],
  ['call and output name different ones', BOTH, { series: FIRST, ...SAID }, 'no-mask'],
  ['it fits another than the one named', [...SHORTER, ...ONE], { series: SECOND }, 'no-mask'],
  ['the named one is not there', ONE, { series: '1.2.3.9' }, 'no-mask'],
  ['an output is a text of another kind', BOTH, saying('1.2.3.9'), 'ambiguous-series'],
])('a mask: %s', async (_name, images, change, expected) => {
  const { text, written } = await write(images, change);
  if (typeof expected === 'string') expect(written).toEqual({ kind: 'failed', err: expected });
  else expect([written.kind, citedIn(text)]).toEqual(['stored', expected]);
});

test.each<[string, readonly DicomJsonObject[], Change, readonly string[]]>([
  ['the only series', ONE, {}, [FIRST]],
  ['one of two, nobody said which', BOTH, {}, []],
  ['the one that the call named', BOTH, { series: SECOND }, [SECOND]],
  ['the one that an output names', BOTH, SAID, [SECOND]],
  ['one that the call named and that is not there', ONE, { series: '1.2.3.9' }, []],
])('a report on %s', async (_name, images, change, cited) => {
  const { text, written } = await write(images, { kind: 'tid1500', ...change });
  expect([written.kind, citedIn(text)]).toEqual(['stored', cited]);
});

function saying(...uids: readonly string[]): Change {
  return { body: { outputs: [MASK, ...uids.map(named)] } };
}
