import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { findBinary } from './real-server.ts';

/** A real PACS, as Debian packages it, in a folder of its own. */
export interface OrthancServer {
  /** DICOMweb base. */
  readonly dicomwebUrl: string;
  /** Base of Orthanc's own interface. */
  readonly restUrl: string;
  /** Ends it by its process id and removes its folder. */
  readonly close: () => Promise<void>;
}

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const TRIES = 3;

/** Starts Orthanc with its DICOMweb plugin on free loopback ports and stores the given Part 10 files in it. */
export async function startOrthanc(options: {
  readonly files: readonly Uint8Array[];
  /** Who may come in, by Basic; everybody on this machine when absent. */
  readonly users?: Readonly<Record<string, string>>;
}): Promise<OrthancServer> {
  const binary = findBinary('Orthanc');
  if (binary === undefined) throw new Error('Orthanc is not installed');
  const { users = {} } = options;
  const server = await startOnFreePort(binary, users);
  try {
    for (const file of options.files) await store(server.restUrl, file, loginOf(users));
  } catch (error: unknown) {
    await server.close();
    throw error;
  }
  return server;
}

function loginOf(users: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [first] = Object.entries(users);
  return first === undefined
    ? {}
    : { authorization: `Basic ${Buffer.from(first.join(':')).toString('base64')}` };
}

async function store(
  restUrl: string,
  file: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await fetch(`${restUrl}/instances`, {
    method: 'POST',
    // Orthanc ends a connection that nobody used for a second, which on a busy machine meets the next file half way.
    headers: { ...headers, connection: 'close' },
    body: Buffer.from(file),
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`Orthanc refused a file with status ${String(answer.status)}`);
}

/** A port that was free a moment ago can be taken by now: then another is tried. */
async function startOnFreePort(
  binary: string,
  users: Readonly<Record<string, string>>,
): Promise<OrthancServer> {
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-orthanc-'));
    const port = await freePort();
    const child = await launch(binary, { folder, port, users });
    if (await hasStarted(child)) {
      const restUrl = `http://127.0.0.1:${String(port)}`;
      return { restUrl, dicomwebUrl: `${restUrl}/dicom-web`, close: () => end(child, folder) };
    }
    await end(child, folder);
    if (attempt === TRIES) throw new Error('Orthanc does not start');
  }
}

async function launch(
  binary: string,
  {
    folder,
    port,
    users,
  }: { readonly folder: string; readonly port: number; readonly users: Readonly<Record<string, string>> },
): Promise<ChildProcess> {
  const file = join(folder, 'orthanc.json');
  await writeFile(
    file,
    JSON.stringify({
      Name: 'countersign test',
      StorageDirectory: join(folder, 'storage'),
      IndexDirectory: join(folder, 'storage'),
      HttpPort: port,
      DicomServerEnabled: false,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: Object.keys(users).length > 0,
      RegisteredUsers: users,
      Plugins: [PLUGIN],
      DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: true, WadoRoot: '/wado' },
    }),
  );
  return spawn(binary, [file], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function hasStarted(child: ChildProcess): Promise<boolean> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    if (said.includes('Orthanc has started')) {
      // Left unread, the pipe would fill and stop it.
      child.stderr?.resume();
      return true;
    }
  }
  return false;
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    // Asked to stop, it takes two and a half seconds over it; nothing that it would still write is wanted.
    child.kill('SIGKILL');
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
}
