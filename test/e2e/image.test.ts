import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import { freePort } from '../fakes/free-port.ts';
import { readImageSteps } from '../fakes/image-steps.ts';
import { REPOSITORY } from '../fakes/planted-tree.ts';
import { describeUnlessMissing } from '../fakes/real-server.ts';

const NOBODY = 65_534;
const BUILD_TIMEOUT_MS = 300_000;
const steps = readImageSteps();

/** What this machine lacks for it: root, and the right to make a mount namespace. */
function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'root';
  const namespace = spawnSync('unshare', ['--mount', 'setpriv', '--version']);
  return namespace.status === 0 ? undefined : 'unshare --mount and setpriv';
}

function run(
  command: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): string {
  const [program = '', ...args] = command;
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
  });
  if (status !== 0) throw new Error(`${command.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

describeUnlessMissing('the image, assembled by its own steps', missing(), () => {
  const house = mkdtempSync(join(tmpdir(), 'image-'));
  const at = (name: string): string => join(house, name);
  const node = at('node');
  let adminPort = 0;
  let server: ChildProcess | undefined;

  /** As the image runs: nobody, a copy of Node, the app folder. */
  const asNobody = (...args: readonly string[]): string =>
    run(
      [
        'setpriv',
        `--reuid=${NOBODY}`,
        `--regid=${NOBODY}`,
        '--clear-groups',
        '--',
        node,
        'dist/main.js',
        ...args,
      ],
      {
        cwd: at('app'),
        env: {},
      },
    );

  beforeAll(async () => {
    chmodSync(house, 0o755);
    mkdirSync(at('source'));
    for (const name of steps.sources)
      cpSync(join(REPOSITORY, name), join(at('source'), name), { recursive: true });
    const assemble = steps.assemble.replace('/source', at('source')).replace('/app', at('app'));
    const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
    run(['sh', '-c', assemble], { cwd: at('source'), env: { ...process.env, PATH: path } });
    copyFileSync(process.execPath, node);
    adminPort = await freePort();
    prepare(house, adminPort);
    asNobody(
      'init',
      '--config',
      at('config/gateway.yaml'),
      '--admin',
      'first',
      '--admin',
      'second',
      '--keys',
      at('keys'),
    );
  }, BUILD_TIMEOUT_MS);

  afterAll(() => {
    server?.kill('SIGKILL');
    rmSync(house, { recursive: true, force: true });
  });

  test('holds compiled code, policies and production packages, and nothing of development', () => {
    const app = readdirSync(at('app'), { recursive: true, encoding: 'utf8' });
    const own = app.filter((path) => !path.startsWith('node_modules/'));
    expect(own).toEqual(
      expect.arrayContaining([
        'dist/main.js',
        'dist/compose-worker.js',
        'config/policy/uk-pathway-2025.yaml',
        'LICENSE',
      ]),
    );
    expect(own.filter((path) => /\.ts$|^(src|test|fixtures)\b|\.env|\.(key|pem|crt)$/.test(path))).toEqual(
      [],
    );
    const manifest = JSON.parse(readFileSync(at('app/package.json'), 'utf8'));
    const installed = JSON.parse(readFileSync(at('app/node_modules/.package-lock.json'), 'utf8')).packages;
    const names = Object.keys(installed).map((path) => path.slice('node_modules/'.length));
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    const ofDevelopment = Object.keys(manifest.devDependencies).filter((name) => !name.startsWith('@types/'));
    expect(names.filter((name) => ofDevelopment.includes(name))).toEqual([]);
  });

  test('serves as nobody on a read-only file system with one data folder, and stops when told', async () => {
    const script = join(REPOSITORY, 'test', 'fakes', 'read-only-house.sh');
    const serve = [node, 'dist/main.js', 'serve', '--config', at('config/gateway.yaml')];
    const started = spawn('unshare', ['--mount', 'sh', script, at('data'), ...serve], {
      cwd: at('app'),
      env: {},
    });
    server = started;
    let errors = '';
    started.stderr.on('data', (chunk) => (errors += String(chunk)));
    const ended = new Promise<number | null>((resolve) => started.once('exit', resolve));
    const url = await Promise.race([
      listeningUrl(started),
      ended.then((code) => Promise.reject(new Error(`ended with ${String(code)}: ${errors}`))),
    ]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(checkHealth(node, adminPort)).toBe(0);
    expect(checkHealth(node, await freePort())).toBe(1);
    started.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(readdirSync(at('data'))).toEqual(expect.arrayContaining(['case-log', 'gateway.sqlite']));
    expect(asNobody('verify', '--data', at('data'))).toMatch(/self-consistent/);
  }, 60_000);
});

/** The health check of the image, asked on this test's port. */
function checkHealth(node: string, port: number): number | null {
  const [, ...args] = steps.healthCheck.map((part) => part.replace(':9090', `:${port}`));
  return spawnSync(node, args, { env: {} }).status;
}

async function listeningUrl(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('its output is piped');
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url] = /^countersign listening (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('it never said that it listens');
}

/** Config, an identity provider's certificate, and the folders it may write to, from the example config. */
function prepare(house: string, adminPort: number): void {
  for (const name of ['data', 'keys', 'config']) mkdirSync(join(house, name));
  for (const name of ['data', 'keys']) chownSync(join(house, name), NOBODY, NOBODY);
  writeFileSync(join(house, 'config', 'trust-idp.crt'), makeKeyPair().certificatePem);
  const example = readFileSync(join(house, 'app', 'config', 'gateway.example.yaml'), 'utf8');
  const changes: readonly (readonly [from: string, to: string])[] = [
    ['host: 0.0.0.0', 'host: 127.0.0.1'],
    ['port: 8080', 'port: 0'],
    ['port: 9090', `port: ${adminPort}`],
    ['dataDir: ./data', `dataDir: ${join(house, 'data')}`],
    ['./policy/', `${join(house, 'app', 'config', 'policy')}/`],
    ['./secrets/trust-idp.crt', './trust-idp.crt'],
  ];
  for (const [from] of changes) expect(example).toContain(from);
  const config = changes.reduce((text, [from, to]) => text.replaceAll(from, to), example);
  writeFileSync(join(house, 'config', 'gateway.yaml'), config);
}
