import { parseSeriesUid } from '../../src/domain/identifiers.ts';
import { findSeriesStudy } from '../../src/flows/find-series-study.ts';
import { createFixedIdentity } from '../fakes/fixed-identity.ts';
import { aPrincipal, aStudy } from '../fakes/register-builder.ts';

const STUDY = aStudy().studyInstanceUid;
const [series] = [parseSeriesUid('1.2.3')].filter((uid) => uid !== undefined);
const people = {
  person: aPrincipal(),
  images: aPrincipal({ scopes: ['images'] }),
};

const find = async (sessionToken: string, asked: string[] = []) => {
  if (series === undefined) throw new Error('no series');
  return await findSeriesStudy(
    {
      identity: createFixedIdentity(people),
      seriesFinder: {
        studyOf: async (uid) => {
          asked.push(uid);
          return STUDY;
        },
      },
    },
    { evidence: { sessionToken }, series },
    new AbortController().signal,
  );
};

test('the study of a series, as the PACS says', async () => {
  expect(await find('person')).toBe(STUDY);
});

test.each([
  ['nobody', 'not-identified'],
  ['images', 'scope-missing'],
])('%s -> %s, and nothing is looked up', async (who, code) => {
  const asked: string[] = [];
  await expect(find(who, asked)).rejects.toMatchObject({ code });
  expect(asked).toEqual([]);
});
