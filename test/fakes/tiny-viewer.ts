import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** As a build of OHIF for `/` has them, cut down to what the gateway looks at. */
export const TINY_PAGE =
  '<!doctype html><head><script>window.PUBLIC_URL="/"</script><link rel="manifest" href="/manifest.json"><script src="/app-config.js"></script><script defer src="/app.bundle.0f6159c501addfe9.js"></script><link href="/app.bundle.css" rel="stylesheet"></head><body><a href="//elsewhere.example">x</a></body>';
const FILES: Readonly<Record<string, string>> = {
  'index.html': TINY_PAGE,
  'manifest.json': '{"icons":[{"src":"/assets/icon.png"}]}',
  'app-config.js': 'window.config = { from: "the package" };',
  'app.bundle.0f6159c501addfe9.js': `start();\nbrowserImportFunction('/microscopy.js');\n__webpack_require__.p = "/";\n`,
  'app.bundle.css': '@font-face{src:url(/a34f9d1faa5f3315.woff2)}',
  '5130ccb17e3f3f5b.wasm': '\0asm',
  'plain.js': 'start();',
  'assets/icon.png': 'picture',
  'sw.js': 'importScripts("https://elsewhere.example/sw.js")',
  'silent-refresh.html': '<script src="https://elsewhere.example/x.js"></script>',
  '.integrity': 'not for browsers',
  '.hidden/file.js': 'not for browsers',
};

/** A folder with these files, changed as said (undefined: left out), and a link that leads out of it. */
export function writeTinyViewer(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-viewer-'));
  const outside = mkdtempSync(join(tmpdir(), 'countersign-outside-'));
  writeFileSync(join(outside, 'secret.js'), 'secret');
  for (const [name, text] of Object.entries({ ...FILES, ...changes })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  symlinkSync(join(outside, 'secret.js'), join(folder, 'linked.js'));
  symlinkSync(outside, join(folder, 'linked'));
  return folder;
}
