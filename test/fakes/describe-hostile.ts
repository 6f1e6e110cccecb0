import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostileCase } from '../../fixtures/saml/corpus-case.ts';
import { openGatewayDatabase } from '../../src/db/gateway-database.ts';
import { createSqliteStores } from '../../src/identity/stores/sqlite-stores.ts';
import { openCorpusHouse, type CorpusHouse } from './corpus-house.ts';
import { playHostile, verdictOf, writeAhead, writeHostile } from './play-case.ts';
import { describeWithBinary } from './real-server.ts';

/** A house of one node over an embedded store. */
export async function openEmbeddedHouse(xmlsec1: string): Promise<CorpusHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'saml-corpus-'));
  const database = await openGatewayDatabase(join(folder, 'gateway.sqlite'), { create: true });
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const house = await openCorpusHouse({ xmlsec1, stores: [createSqliteStores(database, clock)] });
  return {
    ...house,
    close: async () => {
      await house.close();
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every so many cases the same browser brings an honest answer afterwards; each time would take twice as long. */
const CONTROL_EVERY = 4;

/**
 * Plays each case in a house: nobody may get in by it, and whoever is honest must get in all the same. `also` adds tests of the
 * same house.
 */
export function playAll(
  cases: readonly HostileCase[],
  open: () => Promise<CorpusHouse>,
  also: (house: () => CorpusHouse) => void = () => undefined,
): void {
  let house: CorpusHouse;
  let written: ReturnType<typeof writeAhead>;
  beforeAll(async () => {
    house = await open();
    written = writeAhead(cases, (hostile) => writeHostile(house, hostile));
  });
  afterAll(() => house.close());

  test.each(cases.map((hostile, place) => ({ ...hostile, hostile, place })))(
    '$attack: $name',
    async ({ hostile, place }) => {
      const isControlled = hostile.attack === 'request burning' || place % CONTROL_EVERY === 0;
      const verdict = await playHostile(house, hostile, await written(place), isControlled);
      expect(verdict).toEqual(verdictOf(hostile, isControlled));
    },
  );
  also(() => house);
}

/** On one node over an embedded store. */
export function describeHostile(
  title: string,
  cases: readonly HostileCase[],
  also?: (house: () => CorpusHouse) => void,
): void {
  describeWithBinary(title, ['xmlsec1'], ({ xmlsec1 = '' }) => {
    playAll(cases, () => openEmbeddedHouse(xmlsec1), also);
  });
}
