import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { VIEWER_ROOT } from './viewer-address.ts';

/** A file that the viewer's page loads. */
export interface ViewerFile {
  /** RFC 9110 §8.8.3; another build of the viewer has other ones. */
  readonly etag: string;
  /** True where its name is made of its content, so that browsers may keep it for ever. */
  readonly isLasting: boolean;
  /** What is served in place of the file, where an address in it had to be changed. */
  readonly bytes?: Uint8Array;
}

/** The built files of an OHIF viewer. */
export interface ViewerFiles {
  /** Absolute, without links on the way. */
  readonly folder: string;
  /** By path below the folder, with slashes. What is not in here is not served. */
  readonly files: ReadonlyMap<string, ViewerFile>;
  readonly page: {
    readonly html: string;
    readonly etag: string;
    /** Of its inline scripts, as a content security policy names them (CSP level 3 §2.3.1). */
    readonly scriptHashes: readonly string[];
  };
}

/** The folder holds no viewer that can be served; the message says why, and what to do. */
class ViewerRefused extends Error {
  override readonly name = 'ViewerRefused';
}

const PAGE = 'index.html';
/** Not part of a viewer here: other pages, what other servers are told, and a service worker, which would answer in our place. */
const LEFT_OUT = /\.html$|^(?:app-config\.js|sw\.js|_headers|_redirects|serve\.json)$/;
/** Sixteen hexadecimal digits before the ending: `app.bundle.0f6159c501addfe9.js`, `5130ccb17e3f3f5b.wasm`. */
const NAMED_BY_CONTENT = /(?:^|[./])[0-9a-f]{16}\.[a-z0-9]+$/;
const BUILT_FOR = /window\.PUBLIC_URL\s*=\s*"([^"]*)"/;
/** How files say what they were built for, by their kind: bundles of webpack and rspack, and what OHIF loads beside them; styles; the manifest. */
const MOVED: Readonly<Record<string, readonly string[]>> = {
  '.js': ['__webpack_require__.p = "/"', "browserImportFunction('/"],
  '.css': ['url(/'],
  '.webmanifest': ['"/assets/'],
};

/**
 * Lists the files of a built OHIF, once. A build for `/`, as its npm package is, has that address in its page and in some of its
 * bundles and styles: those are changed to ours and kept in memory (some 20 MB), everything else stays on disk. Links are not
 * followed and dot files left out. Throws ViewerRefused.
 */
export function loadViewer(folder: string): ViewerFiles {
  const { root, html } = openFolder(folder);
  const isOurs = builtFor(html, folder) === VIEWER_ROOT;
  const build = digestOf(html, 'hex').slice(0, 12);
  const names = filesBelow(root, '').filter((name) => !LEFT_OUT.test(name));
  const files = new Map(names.map((name) => [name, fileOf({ root, name, build, isOurs })] as const));
  if (!isOurs && ![...files].some(([name, { bytes }]) => name.endsWith('.js') && bytes !== undefined))
    throw new ViewerRefused(
      `The viewer in ${folder} was built for another address, and its bundles do not say it in a way that can be changed: build it with PUBLIC_URL=${VIEWER_ROOT}.`,
    );
  const page = isOurs ? html : moveHtml(html);
  return { folder: root, files, page: { html: page, etag: etagOf(page), scriptHashes: hashesOf(page) } };
}

function openFolder(folder: string): { readonly root: string; readonly html: string } {
  try {
    const root = realpathSync(folder);
    return { root, html: readFileSync(join(root, PAGE), 'utf8') };
  } catch {
    throw new ViewerRefused(
      `There is no viewer in ${folder}: it must hold the built files of OHIF, with their ${PAGE}.`,
    );
  }
}

/** Names of all files, whatever the depth. By hand: Node's own recursion goes through links to folders, out of this one. */
function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.')) return [];
    const name = `${folder}${entry.name}`;
    if (entry.isDirectory()) return filesBelow(root, `${name}/`);
    return entry.isFile() ? [name] : [];
  });
}

function builtFor(html: string, folder: string): string {
  const found = BUILT_FOR.exec(html)?.[1];
  if (found === '/' || found === VIEWER_ROOT) return found;
  throw new ViewerRefused(
    `The ${PAGE} in ${folder} is not that of an OHIF viewer for / or ${VIEWER_ROOT}: build it with PUBLIC_URL=${VIEWER_ROOT}.`,
  );
}

function fileOf(given: {
  readonly root: string;
  readonly name: string;
  readonly build: string;
  readonly isOurs: boolean;
}): ViewerFile {
  const { root, name, build, isOurs } = given;
  const isLasting = NAMED_BY_CONTENT.test(name);
  const changed = isOurs ? undefined : moveFile(join(root, name));
  if (changed !== undefined) return { etag: etagOf(changed), isLasting, bytes: Buffer.from(changed) };
  // Packages give all their files the same time: the build tells one release's file from the next one's.
  const { size, mtimeMs } = statSync(join(root, name));
  return { etag: `"${build}-${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"`, isLasting };
}

/** What a bundle, a style or the manifest says with our address in place of `/`; undefined where there is nothing to change. */
function moveFile(path: string): string | undefined {
  const kind = basename(path) === 'manifest.json' ? '.webmanifest' : extname(path);
  const changes = MOVED[kind];
  if (changes === undefined) return undefined;
  const bytes = readFileSync(path);
  if (!changes.some((address) => bytes.includes(address))) return undefined;
  return changes.reduce(
    (text, address) => text.replaceAll(address, address.replace('/', VIEWER_ROOT)),
    bytes.toString('utf8'),
  );
}

function moveHtml(html: string): string {
  return html
    .replaceAll(/((?:href|src|content)=")\/(?!\/)/g, `$1${VIEWER_ROOT}`)
    .replaceAll(/(window\.PUBLIC_URL\s*=\s*)"\/"/g, `$1"${VIEWER_ROOT}"`);
}

function hashesOf(html: string): readonly string[] {
  return [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${digestOf(script, 'base64')}'`,
  );
}

function etagOf(text: string): string {
  return `"${digestOf(text, 'hex').slice(0, 32)}"`;
}

function digestOf(text: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(text).digest(encoding);
}
