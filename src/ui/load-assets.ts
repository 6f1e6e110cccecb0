import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file browsers load, whole. */
export interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** All files browsers load, and the digest under which they may be kept for ever. */
export interface Assets {
  /** Part of every asset's address: another content is another address. */
  readonly digest: string;
  readonly files: ReadonlyMap<string, Asset>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads our own assets and those of the NHS design system into memory (under half a megabyte).
 * The design system's fonts come from another host and its typeface is for NHS bodies alone: those rules are taken out,
 * and the stack falls back to Arial. Its pictures are then found beside the style sheet.
 */
export function loadAssets(ownFolder: string, nhsukFolder: string): Assets {
  const pictures = join(nhsukFolder, 'assets', 'images');
  const files = new Map<string, Asset>([
    ...filesIn(ownFolder).map((name) => asset(name, readFileSync(join(ownFolder, name)))),
    ...readdirSync(pictures)
      .filter((name) => name.startsWith('nhsuk-icon-') && name.endsWith('.svg'))
      .map((name) => asset(name, readFileSync(join(pictures, name)))),
    asset('nhsuk-frontend.css', Buffer.from(localStyles(readText(nhsukFolder, 'nhsuk-frontend.min.css')))),
    asset('nhsuk-frontend.js', Buffer.from(withoutSourceMap(readText(nhsukFolder, 'nhsuk-frontend.min.js')))),
  ]);
  return { digest: digestOf(files), files };
}

/** What lies deeper is served at addresses of its own. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

function readText(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

function asset(name: string, bytes: Uint8Array): readonly [string, Asset] {
  return [name, { type: TYPES[extname(name)] ?? 'application/octet-stream', bytes }];
}

function localStyles(css: string): string {
  return withoutSourceMap(css)
    .replace(/@font-face\{[^}]*\}/g, '')
    .replaceAll('url(/assets/images/', 'url(');
}

function withoutSourceMap(text: string): string {
  return text.replace(/\n?\/[/*]# sourceMappingURL=[^\n]*/, '');
}

function digestOf(files: ReadonlyMap<string, Asset>): string {
  const hash = createHash('sha256');
  for (const [name, { bytes }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${bytes.byteLength}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
