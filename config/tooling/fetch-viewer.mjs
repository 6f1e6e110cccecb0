// Brings the OHIF viewer that the gateway is tested with: the built files of its npm package, without the packages that it was built
// from. They lie in .viewer/ afterwards; the config names that folder as `viewer: { folder: … }`. Does nothing where they lie there already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@ohif/app@3.13.2';
/** Of the package as its makers published it; another content is refused, whoever gives it. */
const INTEGRITY =
  'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==';
/** What lies in the folder, so that a later version of this script replaces it. No server shows dot files. */
const STAMP = '.integrity';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = join(root, '.viewer');

function isThere() {
  const stamp = join(target, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === INTEGRITY;
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`, { cause: error });
}

/** Beside its place and then into it at once: what is cut off in between leaves nothing half. */
function bring() {
  const work = mkdtempSync(join(root, '.viewer-'));
  try {
    run('npm', ['pack', PACKAGE, '--silent', '--ignore-scripts', '--pack-destination', work], root);
    const [packed = 'nothing'] = readdirSync(work).filter((name) => name.endsWith('.tgz'));
    const found = `sha512-${createHash('sha512')
      .update(readFileSync(join(work, packed)))
      .digest('base64')}`;
    if (found !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: ${found}`);
    run('tar', ['-xzf', packed, 'package/dist', 'package/LICENSE'], work);
    const built = join(work, 'package', 'dist');
    copyFileSync(join(work, 'package', 'LICENSE'), join(built, 'LICENSE'));
    writeFileSync(join(built, STAMP), `${INTEGRITY}\n`);
    rmSync(target, { recursive: true, force: true });
    renameSync(built, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (!isThere()) bring();
