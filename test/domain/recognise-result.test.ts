import {
  makersByRules,
  markByRules,
  recognisedBy,
  type ResultLook,
} from '../../src/domain/dicom/recognise-result.ts';
import type { RecognitionRule } from '../../src/domain/register.ts';
import { aModelVersion, versionString } from '../fakes/register-builder.ts';

const LOOK: ResultLook = { station: 'AISRV1', maker: 'Example Vendor', description: 'LungAI_overlay v2.1' };

test.each<{ name: string; rules: readonly RecognitionRule[]; look?: ResultLook; fits: boolean }>([
  { name: 'no rule', rules: [], fits: false },
  { name: 'a rule that gives nothing', rules: [{}], fits: false },
  { name: 'the station', rules: [{ station: 'AISRV1' }], fits: true },
  {
    name: 'the station in other letters, with space around it',
    rules: [{ station: ' aisrv1 ' }],
    fits: true,
  },
  { name: 'a part of the station', rules: [{ station: 'AISRV' }], fits: false },
  { name: 'the maker in other letters', rules: [{ maker: 'EXAMPLE VENDOR' }], fits: true },
  { name: 'another maker', rules: [{ maker: 'Example' }], fits: false },
  { name: 'words of the description in any order', rules: [{ description: 'Overlay lungai' }], fits: true },
  { name: 'a word that does not occur', rules: [{ description: 'lungai heatmap' }], fits: false },
  {
    name: 'a part of a word',
    rules: [{ description: 'AI' }],
    look: { description: 'PAIN clinic' },
    fits: false,
  },
  { name: 'a description without words', rules: [{ description: '--' }], fits: false },
  { name: 'all that is given', rules: [{ station: 'aisrv1', maker: 'example vendor' }], fits: true },
  { name: 'all but one', rules: [{ station: 'aisrv1', maker: 'somebody else' }], fits: false },
  { name: 'the second rule', rules: [{ station: 'other' }, { description: 'overlay' }], fits: true },
  { name: 'an object that says nothing', rules: [{ station: 'AISRV1' }], look: {}, fits: false },
  { name: 'an object without a description', rules: [{ description: 'overlay' }], look: {}, fits: false },
  { name: 'an object without a maker', rules: [{ maker: 'Example Vendor' }], look: {}, fits: false },
])('$name -> $fits', ({ rules, look = LOOK, fits }) => {
  expect(recognisedBy(rules, look)).toBe(fits);
});

const versions = [
  aModelVersion({ recognition: [{ station: 'AISRV1' }] }),
  aModelVersion({ version: versionString('3.0.0'), recognition: [{ maker: 'example vendor' }] }),
  aModelVersion({ version: versionString('4.0.0') }),
];

test('every version whose rules fit is a maker, so that all of them must be unlocked', () => {
  expect(makersByRules(versions, LOOK)).toEqual([
    { name: 'lung-nodule', version: '2.1.0' },
    { name: 'lung-nodule', version: '3.0.0' },
  ]);
});

test('an object is looked at by its station, maker and series description', () => {
  const seen: ResultLook[] = [];
  const metadata = {
    '00081010': { vr: 'SH', Value: ['AISRV1'] },
    '00080070': { vr: 'LO', Value: ['Example Vendor'] },
    '0008103E': { vr: 'LO', Value: ['LungAI_overlay v2.1'] },
  };
  const recognise = (look: ResultLook) => {
    seen.push(look);
    return makersByRules(versions, look);
  };
  expect(markByRules(metadata, recognise)).toMatchObject({ grade: 'probable', makers: [{}, {}] });
  expect(markByRules({}, recognise)).toBeUndefined();
  expect(seen).toEqual([LOOK, {}]);
});
