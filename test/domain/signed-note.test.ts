import fc from 'fast-check';
import {
  createNoteSigner,
  decodeBase64,
  openNote,
  parseVerifierKey,
  signNote,
} from '../../src/domain/signed-note.ts';

const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const EXAMPLE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

const LOG = createNoteSigner(
  'caselog.rx1.main/2026-1',
  Buffer.from('2217f7dbe1b801de0bdedcc4c21f27c2224a21be7962447108e43abc5eefc5f5', 'hex'),
);
const CHECKPOINT = 'caselog.rx1.main/2026-1\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n';
const other = (name: string, byte: number): ReturnType<typeof createNoteSigner> =>
  createNoteSigner(name, Buffer.alloc(32, byte));

describe('signing (C2SP signed-note)', () => {
  test('golden: vkey and note of a known seed', () => {
    expect(LOG.vkey).toBe('caselog.rx1.main/2026-1+a8059250+AbeWXKl5dcSyra/b+ONPZxW0d6JFISNGtBGLUKiRYPar');
    expect(signNote(CHECKPOINT, [LOG])).toBe(
      `${CHECKPOINT}\n— caselog.rx1.main/2026-1 qAWSUD3Wy6ziKmCRkhzyJxexb9G4EjWz/SCYESZNZ7yqFjGlHnwINZBGSSbK+f247+ujhdtqJiyLqyaLqpe5OrVf5QE=\n`,
    );
  });

  test.each([
    ['no final newline', 'a', [LOG]],
    ['a carriage return', 'a\r\n', [LOG]],
    ['a tab', 'a\tb\n', [LOG]],
    ['a lone surrogate', 'a\ud800\n', [LOG]],
    ['no signer', 'a\n', []],
  ])('does not sign text with %s', (_name, text, signers) => {
    expect(() => signNote(text, signers)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test.each([[''], ['a b'], ['a+b'], ['a\u00a0b'], ['a\u2003b'], ['a\u0085b'], ['a\nb'], ['a\u0001b']])(
    'no key is named %j',
    (name) => {
      expect(() => other(name, 1)).toThrow(expect.objectContaining({ code: 'internal' }));
    },
  );

  test.each([0, 31, 33, 64])('a seed of %d bytes is none', (bytes) => {
    expect(() => createNoteSigner('a', Buffer.alloc(bytes))).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});

describe('verifier keys', () => {
  test('golden: the key of the specification', () => {
    const key = parseVerifierKey(EXAMPLE_KEY);
    expect([key.name, key.id, key.publicKey.length]).toEqual(['example.com/foo', '530d903a', 32]);
  });

  test.each([
    ['nothing', ''],
    ['no key', 'example.com/foo+530d903a+'],
    ['no name', EXAMPLE_KEY.replace('example.com/foo', '')],
    ['a name with a space', EXAMPLE_KEY.replace('foo', 'f o')],
    ['an id of another key', EXAMPLE_KEY.replace('530d903a', '530d903b')],
    ['an id of seven digits', EXAMPLE_KEY.replace('530d903a', '530d903')],
    ['another name', EXAMPLE_KEY.replace('foo', 'bar')],
    [
      'a signature type of something else',
      'witness.example/w1+720a979f+BB2x056zL0fTS7GdxAZDfXC+H2y/gxePmW1jPFW4lHYE',
    ],
    ['a key of 31 bytes', `a+00000000+${Buffer.concat([Buffer.of(1), Buffer.alloc(31)]).toString('base64')}`],
    ['stray text after it', `${EXAMPLE_KEY}\n`],
    ['no padding', LOG.vkey.replace('YPar', 'YPa')],
  ])('rejects %s', (_name, vkey) => {
    expect(() => parseVerifierKey(vkey)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});

describe('opening', () => {
  const log = parseVerifierKey(LOG.vkey);
  const note = signNote(CHECKPOINT, [LOG]);
  const [, line = ''] = note.split('\n\n');

  test('golden: the example of the specification', () => {
    const opened = openNote(EXAMPLE, [parseVerifierKey(EXAMPLE_KEY)]);
    expect(opened).toMatchObject({ ok: true, text: 'This is an example message.\n' });
    expect(
      openNote(EXAMPLE.replace('example message', 'exampl3 message'), [parseVerifierKey(EXAMPLE_KEY)]).ok,
    ).toBe(false);
  });

  test('the last blank line separates: the text may have some', () => {
    const text = 'a\n\nb\n\n\nc\n';
    expect(openNote(signNote(text, [LOG]), [log])).toMatchObject({ ok: true, text });
    expect(openNote(signNote('\n', [LOG]), [log])).toMatchObject({ ok: true, text: '\n' });
    expect(openNote(signNote('a\n\n', [LOG]), [log])).toMatchObject({ ok: true, text: 'a\n\n' });
  });

  test('a line in the text that looks like a signature is text', () => {
    const text = `${CHECKPOINT}\n${line}`;
    expect(openNote(signNote(text, [LOG]), [log])).toMatchObject({ ok: true, text });
  });

  test('unknown keys are ignored, also those that share the name or the id', () => {
    const sameName = other(LOG.name, 9);
    const sameId = line.replace(LOG.name, 'someone.else');
    const signed = `${CHECKPOINT}\n${other('a', 1).sign(CHECKPOINT)}${sameName.sign(CHECKPOINT)}${sameId}${line}`;
    expect(openNote(signed, [log])).toEqual({ ok: true, text: CHECKPOINT, signedBy: [log] });
  });

  test('a rotated key: both sign, either opens, both are named', () => {
    const next = other(LOG.name, 9);
    const both = signNote(CHECKPOINT, [LOG, next]);
    const nextKey = parseVerifierKey(next.vkey);
    expect(openNote(both, [nextKey])).toMatchObject({ ok: true, signedBy: [nextKey] });
    expect(openNote(both, [log, nextKey])).toMatchObject({ ok: true, signedBy: [log, nextKey] });
  });

  test('the same signature twice counts once', () => {
    expect(openNote(`${note}${line}`, [log])).toEqual({ ok: true, text: CHECKPOINT, signedBy: [log] });
  });

  const friend = other('friend', 3);
  const friendKey = parseVerifierKey(friend.vkey);
  test('a known key that fails rejects the note, whoever else signed', () => {
    const stale = friend.sign('another text\n');
    expect(openNote(`${note}${stale}`, [log]).ok).toBe(true);
    expect(openNote(`${note}${stale}`, [log, friendKey])).toMatchObject({ ok: false });
    expect(openNote(`${CHECKPOINT}\n${stale}${line}`, [log, friendKey])).toMatchObject({ ok: false });
    const short = `— friend ${Buffer.from(`${friendKey.id}00`, 'hex').toString('base64')}\n`;
    expect(openNote(`${note}${short}`, [log, friendKey])).toMatchObject({ ok: false });
  });

  test.each([1, 16, 64, 100])('%d signatures are read', (count) => {
    const others = Array.from({ length: count - 1 }, (_, index) => other(`k${index}`, index));
    expect(openNote(signNote(CHECKPOINT, [...others, LOG]), [log]).ok).toBe(true);
  });

  test('more than a hundred are not', () => {
    expect(openNote(`${CHECKPOINT}\n${line.repeat(101)}`, [log])).toMatchObject({ ok: false });
  });

  test.each([
    ['nothing', ''],
    ['text alone', CHECKPOINT],
    ['text and a blank line', `${CHECKPOINT}\n`],
    ['no blank line', `${CHECKPOINT}${line}`],
    ['no text', `\n${line}`],
    ['no final newline', note.slice(0, -1)],
    ['something after the signatures', `${note}x\n`],
    ['a hyphen for the dash', note.replace('— ', '- ')],
    ['two spaces', note.replace('— ', '—  ')],
    ['a space at the end', note.replace(/=\n$/, '= \n')],
    ['a signature without padding', note.replace(/=\n$/, '\n')],
    ['a signature in base64url', note.replace(/\/SCY/, '_SCY')],
    ['a signature with stray bits', note.replace('5QE=', '5QF=')],
    ['an unknown signature that is malformed', `${note}— someone !!!\n`],
    ['an unknown signature of four bytes', `${note}— someone AAAAAA==\n`],
    ['an unknown name with a plus', `${note}— some+one AAAAAAAA\n`],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['a tab in the text', note.replace('caselog', 'case\tlog')],
    ['a null character', note.replace('caselog', 'case\u0000log')],
    ['a lone surrogate', note.replace('caselog', 'case\ud800log')],
    ['a blank line among the signatures', `${note}\n${line}x`],
  ])('rejects a note with %s', (_name, bad) => {
    expect(openNote(bad, [log])).toMatchObject({ ok: false });
  });

  test('no trusted key, no note', () => {
    expect(openNote(note, [])).toEqual({ ok: false, reason: 'no signature of a trusted key' });
    expect(openNote(note, [friendKey]).ok).toBe(false);
  });

  test('a key that is no point of the curve verifies nothing', () => {
    const noPoint = { ...log, publicKey: Buffer.alloc(5) };
    expect(openNote(note, [noPoint])).toMatchObject({ ok: false });
  });

  test('property: what was signed opens, and any changed character closes it', () => {
    const text = fc.string({ unit: 'grapheme' }).map((words) => `${words.replace(/[\p{Cc}]/gu, ' ')}\n`);
    fc.assert(
      fc.property(text, fc.nat(), (words, at) => {
        const signed = signNote(words, [LOG]);
        expect(openNote(signed, [log])).toMatchObject({ ok: true, text: words });
        const i = at % signed.length;
        const changed = `${signed.slice(0, i)}${signed[i] === 'a' ? 'b' : 'a'}${signed.slice(i + 1)}`;
        expect(openNote(changed, [log]).ok).toBe(false);
      }),
    );
  });
});

test('base64 has one spelling', () => {
  expect(decodeBase64('AAE=')).toEqual(Buffer.of(0, 1));
  expect(['AAE', 'AAF=', ' AAE=', 'AAE=\n', 'A-E='].map(decodeBase64)).toEqual(Array(5).fill(undefined));
});
