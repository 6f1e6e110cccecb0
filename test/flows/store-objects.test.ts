import { UpstreamFault } from '../../src/domain/errors.ts';
import { element } from '../fakes/part-10.ts';
import { aRegister } from '../fakes/register-builder.ts';
import { createStoreHouse, runStore, type StoreHouse } from '../fakes/store-house.ts';
import { CT, inPieces, multipartBody, nested, STORED_STUDY, storedFile } from '../fakes/stored-files.ts';

const one = storedFile({ sopInstanceUid: '1.77.1' });
const two = storedFile({ sopInstanceUid: '1.77.2' });
const deep = storedFile({ sopInstanceUid: '1.77.3', after: [nested(65)] });
const elsewhere = storedFile({ sopInstanceUid: '1.77.4', study: '1.78' });
const MEBIBYTE = 1024 * 1024;
const pixels = element([0x7fe0, 0x0010], 'OB', 'x'.repeat(3 * MEBIBYTE));
const large = storedFile({ sopInstanceUid: '1.77.5', after: [pixels] });
const cut = large.subarray(0, 2 * MEBIBYTE);

/** Compared as text: a megabyte of bytes one by one takes a minute. */
const text = (bytes: Buffer): string => bytes.toString('latin1');

/** Failure reasons by SOP Instance UID, and of those without one. */
function failuresIn({ dataset }: Awaited<ReturnType<typeof runStore>>): readonly string[] {
  const items = [...(dataset['00081198']?.Value ?? []), ...(dataset['0008119A']?.Value ?? [])];
  return items.map((item) => {
    const { '00081155': uid, '00081197': reason } = item as Record<
      string,
      { Value: readonly (string | number)[] }
    >;
    return `${uid?.Value[0] ?? ''} ${Number(reason?.Value[0]).toString(16)}`;
  });
}

describe('who may store', () => {
  test.each<[string, string | undefined]>([
    ['alice', undefined],
    ['ct', undefined],
    ['ai', undefined],
    ['nobody', 'not-identified'],
    ['alice-token', 'scope-missing'],
    ['alice-unsure', 'not-permitted'],
    ['emergency', 'not-permitted'],
    ['stranger', 'not-permitted'],
    ['events', 'not-permitted'],
    ['endpoint', 'not-permitted'],
  ])('%s: %s', async (token, code) => {
    const house = createStoreHouse();
    let asked = 0;
    async function* body(): AsyncGenerator<Uint8Array> {
      asked += 1;
      yield multipartBody([one]);
    }
    const run = runStore(house, [], { token, body: body() });
    if (code === undefined)
      expect(await run).toMatchObject({ status: 200, counts: { passed: 1, refused: {} } });
    else await expect(run).rejects.toMatchObject({ code });
    // Whoever may not is not asked for a byte.
    expect([asked, house.sent.length]).toEqual(code === undefined ? [1, 1] : [0, 0]);
  });

  test.each<[string, StoreHouse]>([
    ['no profession is named', createStoreHouse({ people: [] })],
    ['another profession is', createStoreHouse({ people: ['physicist'] })],
  ])('nobody where %s', async (_name, house) => {
    await expect(runStore(house, [one], { token: 'alice' })).rejects.toMatchObject({ code: 'not-permitted' });
  });

  test('a login that stands for two people is none of them', async () => {
    const house = createStoreHouse();
    const register = aRegister();
    house.changeRegister({
      ...register,
      practitionersByIdentity: (...login) => {
        const people = register.practitionersByIdentity(...login);
        return [...people, ...people];
      },
    });
    await expect(runStore(house, [one], { token: 'alice' })).rejects.toMatchObject({ code: 'not-permitted' });
  });
});

describe('what passes, and what is refused by itself', () => {
  test.each<[string, readonly Buffer[], readonly Buffer[], readonly string[]]>([
    ['all', [one, two], [one, two], []],
    ['a deeply nested one', [one, deep, two], [one, two], ['1.77.3 c000']],
    ['only a deeply nested one', [deep], [], ['1.77.3 c000']],
    ['one of another study', [one, elsewhere], [one], ['1.77.4 a900']],
    ['the same object twice', [one, two, one], [one, two], ['1.77.1 111']],
    ['no DICOM at all', [Buffer.from('hello'), one], [one], [' c000']],
    ['a deflated one', [storedFile({ transferSyntaxUid: '1.2.840.10008.1.2.1.99' })], [], [' c122']],
    ['one that breaks off', [one, two.subarray(0, 250)], [one], [' c000']],
    ['a large one', [one, large], [one, large], []],
  ])('%s', async (_name, files, passed, failures) => {
    const status = passed.length === 0 ? 409 : failures.length > 0 ? 202 : 200;
    for (const pieceBytes of [undefined, 40_000]) {
      const house = createStoreHouse();
      const sending = { study: STORED_STUDY, ...(pieceBytes === undefined ? {} : { pieceBytes }) };
      const answer = await runStore(house, files, sending);
      expect([answer.status, failuresIn(answer)]).toEqual([status, failures]);
      expect(house.sent.map(({ parts }) => parts.map(text))).toEqual(
        passed.length === 0 ? [] : [passed.map(text)],
      );
      expect(house.sent.every(({ isWhole, study }) => isWhole && study === STORED_STUDY)).toBe(true);
    }
  });

  test.each<[string, string]>([
    ['metadata', 'Content-Type: application/dicom+json\r\n'],
    ['text', 'Content-Type: text/plain\r\n'],
    ['base64', 'Content-Type: application/dicom\r\nContent-Transfer-Encoding: base64\r\n'],
  ])('a part of %s is refused without a name', async (_name, head) => {
    const house = createStoreHouse();
    const answer = await runStore(house, [], { body: inPieces(multipartBody([one], 'edge', head)) });
    expect([answer.status, failuresIn(answer), house.sent.length]).toEqual([409, [' c000'], 0]);
  });

  test('one object by itself, without a multipart around it', async () => {
    const house = createStoreHouse();
    const headers = { 'content-type': 'application/dicom' };
    const answer = await runStore(house, [], { headers, body: inPieces(one, 33) });
    expect([answer.status, house.sent.map(({ parts }) => parts)]).toEqual([200, [[one]]]);
  });

  test('UIDs that do not come within the first megabytes are not waited for', async () => {
    const before = [element([0x0009, 0x0001], 'OB', 'x'.repeat(5 * MEBIBYTE))];
    const house = createStoreHouse();
    const answer = await runStore(house, [storedFile({ before })], { pieceBytes: 65_536 });
    expect([answer.status, answer.counts, house.sent.length]).toEqual([
      409,
      { passed: 0, refused: { 'cannot-understand': 1 } },
      0,
    ]);
  });

  test('the boundary is the gateway’s own, and nothing of a part’s headers goes on', async () => {
    const house = createStoreHouse();
    await runStore(house, [], {
      body: inPieces(multipartBody([one], 'edge', 'X-Evil: 1\r\nContent-Type: application/dicom\r\n')),
    });
    expect(house.sent[0]?.contentType).toBe(
      'multipart/related; type="application/dicom"; boundary=gateway-random',
    );
    expect(house.sent[0]?.parts).toEqual([one]);
  });

  test.each<[string, Buffer]>([
    ['that holds no object', multipartBody([])],
    ['without an end', multipartBody([one]).subarray(0, -12)],
    ['that breaks off in a large object', multipartBody([large]).subarray(0, 2 * MEBIBYTE)],
  ])('a request %s is malformed', async (_name, body) => {
    const house = createStoreHouse();
    await expect(runStore(house, [], { body: inPieces(body, 65_536) })).rejects.toMatchObject({
      code: 'bad-request',
    });
    expect(house.sent.some(({ isWhole }) => isWhole)).toBe(false);
  });

  test('more objects than can be remembered are too many', async () => {
    const body = multipartBody(Array.from({ length: 20_001 }, () => Buffer.from('x')));
    await expect(runStore(createStoreHouse(), [], { body: inPieces(body, 65_536) })).rejects.toMatchObject({
      code: 'payload-too-large',
    });
  });
});

describe('an object that turns out to be unfit on its way', () => {
  test.each<[string, Buffer]>([
    ['it breaks off', cut],
    [
      'it is nested too deeply behind its pixels',
      storedFile({ sopInstanceUid: '1.77.5', after: [pixels, nested(65)] }),
    ],
  ])('%s: the PACS never sees an end, and nothing counts as stored', async (_name, file) => {
    const house = createStoreHouse();
    const answer = await runStore(house, [one, file, two], { pieceBytes: 65_536 });
    expect(answer.status).toBe(409);
    expect(failuresIn(answer)).toEqual(['1.77.1 110', '1.77.5 c000']);
    expect(house.sent.map(({ isWhole }) => isWhole)).toEqual([false]);
  });
});

describe('afterwards', () => {
  test('what is remembered of the studies is forgotten, whatever the PACS says', async () => {
    const house = createStoreHouse({
      answer: () => {
        throw new UpstreamFault('upstream-unreachable', 'pacs', { detail: 'Gone.' });
      },
    });
    const run = runStore(house, [one, elsewhere, deep]);
    await expect(run).rejects.toMatchObject({
      code: 'upstream-unreachable',
      detail: expect.stringMatching(/^Gone\. 2 objects had been passed on;/),
    });
    expect(house.forgotten).toEqual([STORED_STUDY, '1.78']);
  });

  test('nothing is forgotten where nothing passed', async () => {
    const house = createStoreHouse();
    await runStore(house, [deep]);
    expect(house.forgotten).toEqual([]);
  });

  test('the counts for the log hold no UIDs', async () => {
    const { counts } = await runStore(createStoreHouse(), [
      one,
      deep,
      deep,
      storedFile({ sopClassUid: CT, study: '' }),
    ]);
    expect(counts).toEqual({ passed: 1, refused: { 'cannot-understand': 3 } });
  });
});
