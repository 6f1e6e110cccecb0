import { element } from './part-10.ts';
import { longHead, sequence } from './stored-files.ts';

type Form = 'explicit' | 'implicit' | 'big-endian';

/** How a content item is written. */
interface Writing {
  readonly form?: Form;
  readonly isOpen?: boolean;
  /** Coding scheme of its concept. */
  readonly scheme?: string;
  /** Its value stands before the concept, as it must not (PS3.5 §7.1). */
  readonly isAstray?: boolean;
}

/** A content item of a report that says something in text (PS3.3 §C.17.3), and the items below it. */
export function textItem(
  code: string,
  text: string,
  how: Writing = {},
  below: readonly (readonly Buffer[])[] = [],
): readonly Buffer[] {
  const { form = 'explicit', scheme = 'DCM', isOpen = false, isAstray = false } = how;
  const concept = [
    element([0x0008, 0x0100], 'SH', code, form),
    element([0x0008, 0x0102], 'SH', scheme, form),
    element([0x0008, 0x0104], 'LO', 'said of the algorithm', form),
  ];
  const said = textValue(text, form);
  const meant = sequence([0x0040, 0xa043], [concept], { form, isOpen });
  return [
    element([0x0040, 0xa010], 'CS', 'HAS CONCEPT MOD', form),
    element([0x0040, 0xa040], 'CS', 'TEXT', form),
    ...(isAstray ? [said, meant] : [meant, said]),
    ...below.slice(0, 1).map(() => contentOf(below, how)),
  ];
}

function textValue(text: string, form: Form): Buffer {
  const padded = Buffer.from(text.length % 2 === 0 ? text : `${text} `, 'latin1');
  return Buffer.concat([longHead([0x0040, 0xa160], 'UT', padded.length, form), padded]);
}

/** The content below something: a report's own, or an item's. */
export function contentOf(items: readonly (readonly Buffer[])[], how: Writing = {}): Buffer {
  const { form = 'explicit', isOpen = false } = how;
  return sequence([0x0040, 0xa730], items, { form, isOpen });
}

/** Items that name an algorithm and its version (PS3.16 TID 4019), side by side; either may be missing. */
export function namingItems(
  name: string | undefined,
  version: string | undefined,
  how: Writing = {},
): readonly (readonly Buffer[])[] {
  return [
    ...(name === undefined ? [] : [textItem('111001', name, how)]),
    ...(version === undefined ? [] : [textItem('111003', version, how)]),
  ];
}
