import { PacsRefused } from '../../src/flows/pacs-refused.ts';
import { faultOf } from '../fakes/fault-of.ts';
import type { CannedAnswer } from '../fakes/memory-pacs.ts';
import { createStoreHouse, runStore } from '../fakes/store-house.ts';
import { STORED_SERIES, STORED_STUDY, storedFile } from '../fakes/stored-files.ts';

const one = storedFile({ sopInstanceUid: '1.77.1' });
const json = (value: unknown, more: CannedAnswer = {}): CannedAnswer => ({
  body: JSON.stringify(value),
  ...more,
});
const listed = (url: string) => ({
  '00081199': {
    vr: 'SQ',
    Value: [{ '00081155': { vr: 'UI', Value: ['1.77.1'] }, '00081190': { vr: 'UR', Value: [url] } }],
  },
});
const failed = { '00081198': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.77.1'] } }] } };
const answering = (answer: CannedAnswer, isEarly = false) =>
  createStoreHouse({ answer: () => answer, isEarly });

describe('an answer of the PACS becomes ours', () => {
  test('its addresses are the gateway’s, at every place', async () => {
    const base = 'http://pacs:8042/dicom-web/studies/1';
    const house = answering(json({ '00081190': { vr: 'UR', Value: [base] }, ...listed(`${base}/series/2`) }));
    const text = JSON.stringify((await runStore(house, [one])).dataset);
    expect(text).not.toContain('pacs:8042');
    expect(text.match(/https:\/\/gw\.example\/dicom-web\/studies\/1/g)).toHaveLength(2);
    expect(house.unmapped).toEqual([]);
  });

  test('addresses of nobody we know are counted', async () => {
    const house = answering(json(listed('http://elsewhere/1')));
    await runStore(house, [one]);
    expect(house.unmapped).toEqual([1]);
  });

  test.each<[string, CannedAnswer, number, Readonly<Record<string, number>>]>([
    ['200 with its list', json(listed('http://pacs:8042/dicom-web/x')), 200, {}],
    ['202 with a failure', json(failed, { status: 202 }), 409, {}],
    ['409 with failures', json(failed, { status: 409 }), 409, {}],
    ['200 and an empty dataset', json({}), 200, {}],
    ['204 and nothing', { status: 204 }, 200, {}],
    ['200 in a form that cannot be read', { body: '<xml/>' }, 200, {}],
    ['202 in a form that cannot be read', { status: 202, body: '<xml/>' }, 409, { 'processing-failure': 1 }],
    ['409 and nothing', { status: 409 }, 409, { 'processing-failure': 1 }],
  ])('%s', async (_name, answer, status, refused) => {
    const outcome = await runStore(answering(answer), [one]);
    expect([outcome.status, outcome.counts]).toEqual([status, { passed: 1, refused }]);
  });

  test('what it took without a word is listed with our address', async () => {
    const { dataset } = await runStore(answering({ body: '' }), [one]);
    const url = `https://gw.example/dicom-web/studies/${STORED_STUDY}/series/${STORED_SERIES}/instances/1.77.1`;
    expect(JSON.stringify(dataset)).toContain(url);
  });

  test('its Warning goes on', async () => {
    const answer = { ...json(listed('x')), headers: { warning: '299 pacs "Coerced"' } };
    expect((await runStore(answering(answer), [one])).warning).toBe('299 pacs "Coerced"');
  });

  test.each<[string | undefined, string]>([
    [undefined, 'json'],
    ['application/dicom+xml', 'xml'],
    ['application/dicom+xml, application/dicom+json', 'json'],
    ['text/html', 'json'],
  ])('Accept %s: %s', async (accept, format) => {
    const headers = accept === undefined ? {} : { accept };
    expect((await runStore(createStoreHouse(), [one], { headers })).format).toBe(format);
  });
});

describe('an answer that is none', () => {
  const nested = Array.from({ length: 80 }).reduce<unknown>(
    (inner) => ({ '00081199': { vr: 'SQ', Value: [inner] } }),
    {},
  );

  test.each<[string, CannedAnswer, string]>([
    ['a refused login', { status: 401 }, 'upstream-bad-answer'],
    ['a redirect', { status: 302 }, 'upstream-bad-answer'],
    ['too large', { status: 413 }, 'payload-too-large'],
    ['busy', { status: 503 }, 'overloaded'],
    ['too many', { status: 429 }, 'overloaded'],
    ['a failure', { status: 500 }, 'upstream-bad-answer'],
    ['one nested too deeply', json(nested), 'upstream-bad-answer'],
  ])('%s', async (_name, answer, code) => {
    for (const isEarly of [false, true]) {
      const house = answering(answer, isEarly);
      await expect(runStore(house, [one])).rejects.toMatchObject({ code });
      expect(house.forgotten).toEqual([STORED_STUDY]);
    }
  });

  test.each([
    [400, 'bad-request'],
    [403, 'not-permitted'],
    [404, 'not-found'],
    [406, 'bad-request'],
    [415, 'bad-request'],
  ])('a refusal with status %d is the PACS’s word, and goes on as it is', async (status, code) => {
    for (const isEarly of [false, true]) {
      const house = answering({ status, headers: { warning: '299 PACS "full"' } }, isEarly);
      const fault = await faultOf(runStore(house, [one]));
      expect(fault).toBeInstanceOf(PacsRefused);
      expect(fault).toMatchObject({ code, status, headers: { warning: '299 PACS "full"' } });
      expect(house.forgotten).toEqual([STORED_STUDY]);
    }
  });

  test('success before it had everything is no success', async () => {
    await expect(runStore(answering(json(listed('x')), true), [one])).rejects.toMatchObject({
      code: 'upstream-bad-answer',
      detail: expect.stringContaining('0 objects had been passed on'),
    });
  });
});
