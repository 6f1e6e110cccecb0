import fc from 'fast-check';
import { commit, matchesCommitment } from '../../src/domain/commitment.ts';

const SALT = Buffer.alloc(32, 7);

describe('commit', () => {
  // Made with Python's hmac and hashlib.
  test.each([
    {
      label: 'patientId',
      value: '9434765919',
      salt: 'e8bc163c82eee18733288c7d4ac636db3a6deb013ef2d37b68322be20edc45cc',
      expected: 'hmac-sha256:MWQ69_QIyCUG6ZTTEKz8wcN4I-zX14eLA0Hrhw7SNtw',
    },
    {
      label: 'accession',
      value: 'ACC-2026-001',
      salt: 'ad328846aa18b32a335816374511cac1063c704b8c57999e51da9f908290a7a4',
      expected: 'hmac-sha256:zRav88wjXkZRkolYqMXQuWC7pBwPMRXYr0LbFNVhndo',
    },
  ])('golden: $label', ({ label, value, salt, expected }) => {
    expect(commit(label, value, Buffer.from(salt, 'hex'))).toBe(expected);
  });

  test.each([0, 31, 33, 64])('refuses a salt of %d bytes', (bytes) => {
    expect(() => commit('user', 'x', Buffer.alloc(bytes))).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });

  test('label and value cannot run into each other', () => {
    expect(commit('ab', 'c', SALT)).not.toBe(commit('a', 'bc', SALT));
  });

  test('property: opens with exactly its own label, value and salt', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (label, value, salt) => {
          const commitment = commit(label, value, salt);
          const otherSalt = salt.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
          expect(matchesCommitment(commitment, { label, value, salt })).toBe(true);
          expect(matchesCommitment(commitment, { label, value: `${value}x`, salt })).toBe(false);
          expect(matchesCommitment(commitment, { label: `${label}x`, value, salt })).toBe(false);
          expect(matchesCommitment(commitment, { label, value, salt: otherSalt })).toBe(false);
        },
      ),
    );
  });

  test('a salt of the wrong length matches nothing and is no error', () => {
    expect(
      matchesCommitment(commit('user', 'x', SALT), { label: 'user', value: 'x', salt: Buffer.alloc(31) }),
    ).toBe(false);
  });
});
