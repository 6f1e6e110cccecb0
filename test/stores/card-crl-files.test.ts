import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS, makeCardCast, NOW } from '../../fixtures/certificates/card-cast.ts';
import { issuingPoint } from '../../fixtures/certificates/forge-crl.ts';
import { createCrlWatch } from '../../src/identity/card/crl-watch.ts';
import { openCrlFiles } from '../../src/identity/card/open-crl-files.ts';
import { trustIn, verdict } from '../fakes/card-judge.ts';

const cast = makeCardCast();
const { root, issuing } = cast;
const authorities = { issuers: [issuing], cas: [root] };

describe('files with revocation lists', () => {
  let folder: string;
  let paths: readonly [string, string];
  let warnings: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'crl-files-'));
    paths = [join(folder, 'root.crl'), join(folder, 'issuing.crl')];
    writeFileSync(paths[0], cast.crl(root));
    writeFileSync(paths[1], cast.crl(issuing));
    warnings = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const open = () => openCrlFiles(paths, (message) => warnings.push(message));

  test('are read again when one of them changes, and only then', async () => {
    const files = await open();
    const card = cast.card();
    const trust = trustIn(authorities, [], { crls: files.read });
    expect(await verdict(trust, card)).toBe('good');
    const before = files.read();
    expect(await files.reload()).toBe(false);
    expect(files.read()).toBe(before);
    writeFileSync(`${paths[1]}.new`, cast.crl(issuing, { serials: [card.serial] }));
    renameSync(`${paths[1]}.new`, paths[1]);
    expect(await verdict(trust, card)).toBe('good');
    expect(await files.reload()).toBe(true);
    expect(await verdict(trust, card)).toBe('card-revoked');
  });

  test('of the same length are told apart by when they were written', async () => {
    const files = await open();
    writeFileSync(paths[1], readFileSync(paths[1]).fill(0, 100));
    utimesSync(paths[1], new Date(NOW), new Date(NOW));
    expect(await files.reload()).toBe(true);
  });

  test('that are gone keep what they held, and are told of', async () => {
    const files = await open();
    rmSync(paths[1]);
    expect(await files.reload()).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('issuing.crl')]);
    expect(await verdict(trustIn(authorities, [], { crls: files.read }), cast.card())).toBe('good');
  });

  test('that are not there at the start are a fault', async () => {
    rmSync(paths[0]);
    await expect(open()).rejects.toThrow('root.crl');
  });
});

describe('a watch on revocation lists', () => {
  const states = (crls: readonly Buffer[], nowMs = NOW) => {
    let alarms = 0;
    const trust = trustIn(authorities, crls, { clock: { nowMs: () => nowMs } });
    const check = createCrlWatch(trust, 3 * DAY_MS, () => {
      alarms += 1;
    });
    return { states: check().map(({ authority, state }) => [authority, state]), alarms };
  };

  test.each<{ name: string; crls: () => readonly Buffer[]; expect: readonly string[]; alarms: number }>([
    {
      name: 'six days left',
      crls: () => [cast.crl(issuing), cast.crl(root)],
      expect: ['current', 'current'],
      alarms: 0,
    },
    {
      name: 'two days left of seven',
      crls: () => [
        cast.crl(issuing, { thisUpdate: NOW - 5 * DAY_MS, nextUpdate: NOW + 2 * DAY_MS }),
        cast.crl(root),
      ],
      expect: ['ending', 'current'],
      alarms: 1,
    },
    {
      name: 'most of a day left of one day',
      crls: () => [
        cast.crl(issuing, { thisUpdate: NOW - DAY_MS / 8, nextUpdate: NOW + DAY_MS }),
        cast.crl(root),
      ],
      expect: ['current', 'current'],
      alarms: 0,
    },
    { name: 'one missing', crls: () => [cast.crl(issuing)], expect: ['current', 'missing'], alarms: 1 },
    {
      name: 'one over',
      crls: () => [cast.crl(issuing, { nextUpdate: NOW - 1_000 }), cast.crl(root)],
      expect: ['over', 'current'],
      alarms: 1,
    },
    {
      name: 'one over, and its successor',
      crls: () => [cast.crl(issuing, { nextUpdate: NOW - 1_000 }), cast.crl(issuing), cast.crl(root)],
      expect: ['current', 'current'],
      alarms: 0,
    },
    {
      name: 'one of two parts over',
      crls: () => [
        cast.crl(issuing, { nextUpdate: NOW - 1_000, extensions: [issuingPoint({ urls: ['http://a'] })] }),
        cast.crl(issuing, { extensions: [issuingPoint({ urls: ['http://b'] })] }),
        cast.crl(root),
      ],
      expect: ['over', 'current', 'current'],
      alarms: 1,
    },
    { name: 'none', crls: () => [], expect: ['missing', 'missing'], alarms: 1 },
  ])('$name', ({ crls, expect: expected, alarms }) => {
    const seen = states(crls());
    expect(seen.states.map(([, state]) => state)).toEqual(expected);
    expect(seen.states[0]?.[0]).toContain('Test Card Issuer');
    expect(seen.alarms).toBe(alarms);
  });

  test('raises the alarm once, and again a day later', () => {
    let nowMs = NOW;
    let alarms = 0;
    const crls = [
      cast.crl(issuing, { thisUpdate: NOW - 5 * DAY_MS, nextUpdate: NOW + 2.5 * DAY_MS }),
      cast.crl(root),
    ];
    const trust = trustIn(authorities, crls, { clock: { nowMs: () => nowMs } });
    const check = createCrlWatch(trust, 3 * DAY_MS, () => {
      alarms += 1;
    });
    check();
    check();
    expect(alarms).toBe(1);
    nowMs += DAY_MS;
    check();
    expect(alarms).toBe(2);
  });
});
