import { faultOf } from '../fakes/fault-of.ts';
import { createRetrievalHouse, CT_ONE, CT_SERIES, STUDY } from '../fakes/retrieval-house.ts';
import { runRetrieval } from '../fakes/run-retrieval.ts';
import { runSearch } from '../fakes/run-search.ts';

const JSON_TYPE = 'application/dicom+json';
const XML_TYPE = 'application/dicom+xml';
const XML_PARTS = `multipart/related; type="${XML_TYPE}"`;

test.each([
  ['accept=application/dicom+xml', JSON_TYPE, 'xml'],
  ['accept=application%2Fdicom%2Bxml', undefined, 'xml'],
  ['accept=application/dicom%2Bjson', XML_PARTS, 'json'],
  ['accept=image/png', XML_PARTS, 'xml'],
  ['accept=*/*', XML_PARTS, 'xml'],
  ['accept=', XML_PARTS, 'xml'],
])(
  'a search with %s and the header %s is answered in %s; the PACS is asked for JSON',
  async (query, accept, form) => {
    const house = createRetrievalHouse();
    const answer = await runSearch(house, 'studies', { query, ...(accept === undefined ? {} : { accept }) });
    const isXml = answer.headers['content-type']?.startsWith(XML_PARTS) ?? false;
    expect(isXml).toBe(form === 'xml');
    expect(house.pacs.asked).toMatchObject([{ query: [], headers: { accept: JSON_TYPE } }]);
  },
);

test.each([
  ['twice', 'accept=application/json&accept=application/json'],
  ['in the wrong case', 'Accept=application/json'],
])('given %s it is refused: nobody knows what is meant', async (_name, query) => {
  const asked = (async () => await runSearch(createRetrievalHouse(), 'studies', { query }))();
  expect((await faultOf(asked)).code).toBe('bad-request');
});

test.each([
  [XML_TYPE, '*/*', XML_PARTS],
  [JSON_TYPE, XML_PARTS, JSON_TYPE],
  ['application/dicom', XML_PARTS, XML_PARTS],
])(
  'metadata with accept=%s and the header %s are asked for as %s, and the parameter goes no further',
  async (named, accept, expected) => {
    const house = createRetrievalHouse();
    const path = `studies/${STUDY}/series/${CT_SERIES}/instances/${CT_ONE}/metadata`;
    // What this PACS then answers is not looked at here.
    await runRetrieval(house, path, { query: [['accept', named]], headers: { accept } }).catch(
      () => undefined,
    );
    expect(house.pacs.asked.at(-1)).toMatchObject({ query: [], headers: { accept: expected } });
  },
);
