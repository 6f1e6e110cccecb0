import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAppendQueue } from '../../../src/caselog/append-queue.ts';
import { createBallast } from '../../../src/caselog/ballast.ts';
import { refuseNetworkDisk } from '../../../src/caselog/refuse-network-disk.ts';
import { readSigningKey, writeSigningKey } from '../../../src/caselog/signing-key.ts';
import { serveWriter } from '../../../src/caselog/serve-writer.ts';
import { faultOf, WriterFault } from '../../../src/caselog/writer-fault.ts';
import type {
  EntryVerdict,
  StampedEntry,
  WriterReply,
  WriterRequest,
} from '../../../src/caselog/writer-messages.ts';
import { CaseLogUnavailable } from '../../../src/domain/errors.ts';
import { createNoteSigner } from '../../../src/domain/signed-note.ts';
import { draft, temporaryFolder, unavailable } from './case-log-kit.ts';

const folder = temporaryFolder();
function madeFolder(): string {
  const dir = folder();
  mkdirSync(dir);
  return dir;
}
const stamped = (id: string): StampedEntry => ({ draft: draft(id), wallUs: 1, monoNs: '1', salts: {} });
const written = (entries: readonly StampedEntry[]): readonly EntryVerdict[] =>
  entries.map(({ draft: { id } }) => ({ ok: true, receipt: { seq: 0, id, leaf: '' } }));

describe('the queue of a group commit', () => {
  /** A write that waits for its release. */
  function heldWrites(): {
    readonly batches: (readonly string[])[];
    readonly write: (entries: readonly StampedEntry[]) => Promise<readonly EntryVerdict[]>;
    readonly release: () => void;
  } {
    const batches: string[][] = [];
    const held: (() => void)[] = [];
    return {
      batches,
      write: async (entries) => {
        batches.push(entries.map(({ draft: { id } }) => id));
        await new Promise<void>((resolve) => held.push(resolve));
        return written(entries);
      },
      release: () => held.shift()?.(),
    };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('one batch in flight; who comes meanwhile makes up the next, up to its size', async () => {
    const { batches, write, release } = heldWrites();
    const queue = createAppendQueue({ write, maxBatch: 3, maxWaiting: 100 });
    const receipts = ['a', 'b', 'c', 'd', 'e'].map((id) => queue.append(stamped(id)));
    for (const expected of [[['a']], [['a'], ['b', 'c', 'd']], [['a'], ['b', 'c', 'd'], ['e']]]) {
      await turn();
      expect(batches).toEqual(expected);
      release();
    }
    expect((await Promise.all(receipts)).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('one more than may wait is refused at once, and the others are served', async () => {
    const { write, release } = heldWrites();
    const queue = createAppendQueue({ write, maxBatch: 1, maxWaiting: 2 });
    const receipts = ['a', 'b', 'c'].map((id) => queue.append(stamped(id)));
    await expect(queue.append(stamped('d'))).rejects.toThrow(unavailable(/cannot keep up/));
    const idle = queue.idle();
    for (let round = 0; round < 3; round += 1) {
      await turn();
      release();
    }
    expect(await Promise.all(receipts)).toHaveLength(3);
    await idle;
  });

  test.each([
    ['a failed write', new WriterFault('fatal', 'x'), /could not confirm/],
    ['a failed write that says why', new CaseLogUnavailable('The disk is full.'), /disk is full/],
  ])('%s refuses its whole batch, and the next is tried', async (_name, failure, detail) => {
    const results: (() => Promise<readonly EntryVerdict[]>)[] = [
      () => Promise.reject(failure),
      async () => written([stamped('b')]),
    ];
    const write = (): Promise<readonly EntryVerdict[]> => results.shift()?.() ?? Promise.resolve([]);
    const queue = createAppendQueue({ write, maxBatch: 1, maxWaiting: 9 });
    const [a, b] = await Promise.allSettled([queue.append(stamped('a')), queue.append(stamped('b'))]);
    expect(a).toMatchObject({ status: 'rejected', reason: unavailable(detail) });
    expect(b).toMatchObject({ status: 'fulfilled', value: { id: 'b' } });
  });

  test('a refused entry does not hold up the others of its batch', async () => {
    const write = async (): Promise<readonly EntryVerdict[]> => [
      { ok: false, code: 'conflict', detail: 'no' },
      ...written([stamped('b')]),
    ];
    const queue = createAppendQueue({ write, maxBatch: 2, maxWaiting: 9 });
    // The first batch takes both only if they come in one turn of an idle queue that is busy: hold it first.
    const [a] = await Promise.allSettled([queue.append(stamped('a'))]);
    expect(a).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ code: 'conflict' }) });
  });

  test('nobody waiting is idle', async () => {
    await createAppendQueue({ write: async () => [], maxBatch: 1, maxWaiting: 1 }).idle();
  });
});

describe('faults of the writer', () => {
  const coded = (code: string): Error => Object.assign(new Error('SQL and paths'), { code });
  test.each<[string, unknown, WriterFault['kind']]>([
    ['a full disk', coded('SQLITE_FULL'), 'disk-full'],
    ['no room for the shared file', coded('SQLITE_IOERR_SHMSIZE'), 'disk-full'],
    ['no space for a file', coded('ENOSPC'), 'disk-full'],
    ['a held database', coded('SQLITE_BUSY'), 'busy'],
    ['a held snapshot', coded('SQLITE_BUSY_SNAPSHOT'), 'busy'],
    ['a doubled key', coded('SQLITE_CONSTRAINT_PRIMARYKEY'), 'fatal'],
    ['a guard that fired', coded('SQLITE_CONSTRAINT_TRIGGER'), 'fatal'],
    ['a disk error', coded('SQLITE_IOERR_FSYNC'), 'fatal'],
    ['an error without a code', new Error('what'), 'fatal'],
    ['no error at all', 'what', 'fatal'],
    ['one of ours', new WriterFault('busy', 'x'), 'busy'],
  ])('%s', (_name, error, kind) => {
    const fault = faultOf(error);
    expect(fault.kind).toBe(kind);
    expect(fault.detail).not.toContain('SQL and paths');
  });
});

describe('the ballast', () => {
  test('is set aside once, freed, and set aside again', () => {
    const path = join(madeFolder(), 'ballast');
    const ballast = createBallast(path, 1000);
    expect(ballast.setAside()).toBe(true);
    const { ino, mtimeMs } = statSync(path);
    expect(ballast.setAside()).toBe(true);
    expect(statSync(path)).toMatchObject({ ino, mtimeMs, size: 1000 });
    ballast.free();
    expect(existsSync(path)).toBe(false);
    ballast.free();
    expect(ballast.setAside()).toBe(true);
  });

  test('a part of one is made whole', () => {
    const path = join(madeFolder(), 'ballast');
    writeFileSync(path, 'part');
    expect(createBallast(path, 1000).setAside()).toBe(true);
    expect(statSync(path).size).toBe(1000);
  });

  test('more than the disk has is not even tried', () => {
    const path = join(madeFolder(), 'ballast');
    expect(createBallast(path, 2 ** 52).setAside()).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  test('any failure counts as no room', () => {
    expect(createBallast(join(folder(), 'nowhere', 'ballast'), 10).setAside()).toBe(false);
  });
});

describe('the signing key', () => {
  const seed = Buffer.alloc(32, 3);
  const signer = createNoteSigner('caselog.test/1', seed);
  function keyFile(content?: string): string {
    const path = join(madeFolder(), 'signing-key');
    writeSigningKey(path, signer, seed);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  }

  test('comes back as it was, and is never written twice', () => {
    const path = keyFile();
    expect(readSigningKey(path).vkey).toBe(signer.vkey);
    expect(() => writeSigningKey(path, signer, seed)).toThrow(/EEXIST/);
  });

  test.each([0o604, 0o640, 0o660, 0o666, 0o601])('mode %o is too wide', (mode) => {
    const path = keyFile();
    chmodSync(path, mode);
    expect(() => readSigningKey(path)).toThrow(unavailable(/chmod 600/));
  });

  test.each([
    ['nothing', ''],
    ['another prefix', 'PUBLIC+KEY+a+b+c'],
    ['no name', 'PRIVATE+KEY+'],
    ['no key', 'PRIVATE+KEY+a+00000000'],
    ['a key of another type', `PRIVATE+KEY+a+00000000+${Buffer.alloc(33).toString('base64')}`],
    ['a short key', `PRIVATE+KEY+a+00000000+${Buffer.from([1, 2, 3]).toString('base64')}`],
    [
      'an id of another key',
      `PRIVATE+KEY+a+00000000+${Buffer.concat([Buffer.of(1), seed]).toString('base64')}`,
    ],
    ['no base64', 'PRIVATE+KEY+a+00000000+!!!'],
  ])('%s is no key', (_name, content) => {
    expect(() => readSigningKey(keyFile(content))).toThrow(unavailable(/is damaged/));
  });

  test('a missing key is said, with its path', () => {
    const path = join(folder(), 'signing-key');
    expect(() => readSigningKey(path)).toThrow(unavailable(new RegExp(path)));
  });

  test('keys are files of one line', () => {
    expect(readFileSync(keyFile(), 'utf8')).toMatch(
      /^PRIVATE\+KEY\+caselog\.test\/1\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\n$/,
    );
  });
});

describe('a network disk', () => {
  test.each([
    ['NFS', 0x6969, true],
    ['a Windows share', 0xff534d42, true],
    ['ext4', 0xef53, false],
    ['overlay', 0x794c7630, false],
  ])('%s', (_name, type, isRefused) => {
    const check = (): void => refuseNetworkDisk('/data', () => type);
    if (isRefused) expect(check).toThrow(unavailable(/network disk/));
    else expect(check).not.toThrow();
  });

  test('the disk of this machine is asked by itself', () => {
    expect(() => refuseNetworkDisk(madeFolder())).not.toThrow();
  });
});

describe('the line to the append thread', () => {
  test('commands before the log is open, and after it is closed, are faults', () => {
    const replies: WriterReply[] = [];
    const listeners: ((request: WriterRequest) => void)[] = [];
    const port = {
      on: (_event: 'message', listener: (request: WriterRequest) => void) => listeners.push(listener),
      postMessage: (reply: WriterReply) => replies.push(reply),
    };
    serveWriter(port, () => {
      throw new TypeError('no such thing');
    });
    for (const listener of listeners) {
      listener({ do: 'checkpoint', call: 1 });
      listener({ do: 'open', start: stamped('a'), call: 2 });
    }
    expect(replies).toEqual([
      { call: 1, ok: false, kind: 'fatal', detail: 'The case log is not open.' },
      { call: 2, ok: false, kind: 'fatal', detail: 'The case log cannot be written (unknown error).' },
    ]);
  });
});
