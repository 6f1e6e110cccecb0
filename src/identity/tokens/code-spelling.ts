/** Crockford's base 32: no I, L, O or U, which are taken for others, or make words. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 16;
const GROUP = /.{4}/g;
const HANDLE_LENGTH = 4;
const SEPARATORS = /[\s‐-―-]/g;
const MAX_TYPED = 64;

/** A code to read from a page and type elsewhere: 80 bits in four groups. */
export function newCode(randomBytes: (count: number) => Uint8Array): string {
  return (lettersFrom(randomBytes(CODE_LENGTH)).match(GROUP) ?? []).join('-');
}

/** The user name that goes with one code. It names nobody, and whoever does not see the page cannot try codes under it. */
export function newHandle(randomBytes: (count: number) => Uint8Array): string {
  return `code-${lettersFrom(randomBytes(HANDLE_LENGTH)).toLowerCase()}`;
}

/** A code as somebody typed it, in the one spelling: case, dashes and spaces do not matter, nor the letters that look like digits. */
export function plainCode(typed: string): string {
  const code = typed.slice(0, MAX_TYPED).replace(SEPARATORS, '').toUpperCase();
  return code.replace(/O/g, '0').replace(/[IL]/g, '1');
}

/** A user name as somebody typed it, in the one spelling. */
export function plainHandle(typed: string): string {
  return typed.slice(0, MAX_TYPED).trim().toLowerCase();
}

/** Five bits of each byte: 256 is a multiple of 32, so no letter comes more often. */
function lettersFrom(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}
