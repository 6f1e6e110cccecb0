import { digestOfText } from '../../src/domain/byte-digest.ts';
import { foldCase } from '../../src/domain/case-view.ts';
import type { Disposition } from '../../src/domain/words.ts';
import { listDispositionReasons } from '../../src/flows/list-disposition-reasons.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { runInference } from '../../src/flows/run-inference.ts';
import { faultOf } from '../fakes/fault-of.ts';
import {
  aCaseId,
  aRequest,
  aResult,
  createInferenceHouse,
  SESSION,
  type InferenceHouse,
} from '../fakes/inference-house.ts';
import { aPrincipal } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const DRAFT = 'No focal lesion. Heart size normal.';

interface Said {
  readonly disposition?: Disposition;
  readonly reason?: string;
  readonly reasonCode?: string;
  readonly texts?: { readonly draft: string; readonly final: string };
  readonly once?: string;
  readonly disclosed?: boolean;
}

async function houseWithDraft(textDigest: string | undefined = digestOfText(DRAFT)): Promise<InferenceHouse> {
  const house = createInferenceHouse({ people: { [SESSION]: aPrincipal() } });
  house.onInfer(() => aResult(textDigest === '' ? {} : { textDigest }));
  await runInference(house.deps, aRequest(), never);
  return house;
}

function say(house: InferenceHouse, said: Said): ReturnType<typeof recordDisposition> {
  const { disposition = 'edited', reason, disclosed, ...rest } = said;
  const deps = { ...house.deps, caseLogReader: house.log };
  const who = { evidence: { sessionToken: SESSION }, requestId: 'request-2', caseId: aCaseId(1) };
  return recordDisposition(deps, { ...who, disposition, reason, disclosed, ...rest }, never);
}

const saidOf = (house: InferenceHouse) => house.log.all().filter(({ kind }) => kind === 'case.disposition');

test('a coded reason stands in the case, beside the words', async () => {
  const house = await houseWithDraft();
  await say(house, { disposition: 'overridden', reasonCode: 'artefact', reason: 'motion' });
  expect(house.last().facts.human).toEqual({
    disposition: 'overridden',
    reasonCode: 'artefact',
    reason: 'motion',
  });
  expect(foldCase(house.log.all())).toMatchObject({
    dispositionCode: 'artefact',
    dispositionReason: 'motion',
  });
});

test('an amendment without a reason does not keep the one before', async () => {
  const house = await houseWithDraft();
  await say(house, { disposition: 'overridden', reasonCode: 'artefact', disclosed: true });
  await say(house, { disposition: 'ignored' });
  const view = foldCase(house.log.all());
  expect(view).not.toHaveProperty('dispositionCode');
  expect(view).toMatchObject({ disposition: 'ignored', disclosed: true });
});

test.each([
  ['a reason of another disposition', { disposition: 'accepted', reasonCode: 'false-positive' }],
  ['an unknown reason', { reasonCode: 'because' }],
  ['another reason without words', { reasonCode: 'other' }],
  ['texts of more words than any report', { texts: { draft: DRAFT, final: '. '.repeat(20_001) } }],
] as const)('%s -> bad-request, nothing written', async (_name, said) => {
  const house = await houseWithDraft();
  expect(await faultOf(say(house, said))).toMatchObject({ code: 'bad-request' });
  expect(saidOf(house)).toEqual([]);
});

test('of a draft the share that was changed and the digest of the final text, and neither text', async () => {
  const house = await houseWithDraft();
  await say(house, { texts: { draft: DRAFT, final: 'No focal lesion. Heart size enlarged.' } });
  expect(house.last().facts.human).toEqual({
    disposition: 'edited',
    textDigest: digestOfText('No focal lesion. Heart size enlarged.'),
    changedShare: 0.125,
  });
  expect(JSON.stringify(house.log.all())).not.toContain('enlarged');
  expect(foldCase(house.log.all())).toMatchObject({ changedShare: 0.125 });
});

test.each([
  ['ends its lines with CRLF and is sent with LF', 'No focal lesion.\r\nHeart size normal.\r\n'],
  ['ends its lines with LF and is sent so', 'No focal lesion.\nHeart size normal.\n'],
])('a draft that %s, as a form does, is that draft', async (_name, given) => {
  const house = await houseWithDraft(digestOfText(given));
  const draft = given.replaceAll('\r\n', '\n');
  await say(house, { disposition: 'accepted', texts: { draft, final: draft } });
  expect(house.last().facts.human).toMatchObject({ changedShare: 0, textDigest: digestOfText(draft) });
});

test.each([
  ['a text that is not the draft', digestOfText('Another draft.')],
  ['a case that gave no draft', ''],
])('%s -> conflict, nothing written', async (_name, textDigest) => {
  const house = await houseWithDraft(textDigest);
  const fault = await faultOf(say(house, { texts: { draft: DRAFT, final: DRAFT } }));
  expect(fault).toMatchObject({ code: 'conflict', caseId: aCaseId(1) });
  expect(saidOf(house)).toEqual([]);
});

test('one press of a button twice, also at once, is said once; another press is another entry', async () => {
  const house = await houseWithDraft();
  const [first, second] = await Promise.all([say(house, { once: 'p1' }), say(house, { once: 'p1' })]);
  expect(second).toEqual(first);
  expect(saidOf(house)).toHaveLength(1);
  await say(house, { once: 'p2' });
  expect(saidOf(house)).toHaveLength(2);
});

test('other words under the name of an earlier press are not lost', async () => {
  const house = await houseWithDraft();
  await say(house, { once: 'p1', reason: 'Motion.' });
  await say(house, { once: 'p1', reason: 'Metal, not motion.' });
  await say(house, { once: 'p1', reason: 'Metal, not motion.', disclosed: true });
  expect(saidOf(house)).toHaveLength(3);
  expect(house.last().facts.human).toMatchObject({ disclosed: true });
});

test('the lists are for whoever is signed in', async () => {
  const { deps } = await houseWithDraft();
  const lists = await listDispositionReasons(deps, { evidence: { sessionToken: SESSION } }, never);
  expect(lists.map(({ disposition }) => disposition)).toContain('flagged');
  const nobody = listDispositionReasons(deps, { evidence: { sessionToken: 'wrong' } }, never);
  expect(await faultOf(nobody)).toMatchObject({ code: 'not-identified' });
});
