// Writes src/domain/dicom/dicom-keywords.ts: the keywords of PS3.6 with their tags, from the dictionary in dcmjs. The
// gateway itself does without dcmjs, so what it needs is kept as text. Run `node config/tooling/dicom-keywords.mjs` after
// each new dcmjs; test/domain/dicom-attributes.test.ts fails until it is done.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { data } from 'dcmjs';

/** Below group 0008 stand commands and file headers, in FFFE the marks between items: nothing a dataset holds. */
const NO_DATASET = /^(000[0-7]|FFFE)/;
/** Curves, overlays and variable pixel data stand in many groups each: their keywords name no single tag. */
const REPEATING = /^(50[01]|60[01]|7F[01])/;
const KEYWORDS_PER_LINE = 20;
const TAGS_PER_LINE = 12;

// Retired attributes have keywords as well; dcmjs marks them, and one of them has lost its name there.
const attributes = Object.values(data.DicomMetaDictionary.nameMap)
  .map(({ name, tag, vr }) => ({
    keyword: name.replace(/^RETIRED_/, ''),
    tag: tag.replace(/[(),]/g, ''),
    vr,
  }))
  .filter(({ keyword, tag }) => keyword !== 'undefined' && !NO_DATASET.test(tag) && !REPEATING.test(tag))
  .sort((one, other) => (one.tag < other.tag ? -1 : 1));

const linesOf = (words, perLine) =>
  Array.from({ length: Math.ceil(words.length / perLine) }, (_, line) =>
    words.slice(line * perLine, (line + 1) * perLine).join(' '),
  ).join('\n');

const keywords = attributes.map(({ keyword, tag }) => `${keyword}=${tag}`);
const uids = attributes.filter(({ vr }) => vr === 'UI').map(({ tag }) => tag);
const module = `// Made by config/tooling/dicom-keywords.mjs from the dictionary in dcmjs: not for editing by hand.

/** The keywords of PS3.6 with their tags, retired ones too; repeating groups are left out. */
export const KEYWORDS = \`
${linesOf(keywords, KEYWORDS_PER_LINE)}
\`;

/** The tags among them whose value representation is UI. */
export const UID_ATTRIBUTES = \`
${linesOf(uids, TAGS_PER_LINE)}
\`;
`;
await writeFile(fileURLToPath(new URL('../../src/domain/dicom/dicom-keywords.ts', import.meta.url)), module);
