import { createActHouse, type ActHouse } from '../fakes/act-house.ts';
import { evidenceOfPeople, person } from '../fakes/act-people.ts';
import { GUIDELINE_LIFE, GUIDELINE_PAGE } from '../fakes/guideline-life.ts';
import { saidAt } from '../fakes/life-scene.ts';
import { axeFaults } from '../fakes/axe-faults.ts';
import { openPeopleHouse, type PeopleHouse } from '../fakes/people-house.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { aModelVersion } from '../fakes/register-builder.ts';
import { lockedFor, NEXT_PAGE, VERSION_LIFE } from '../fakes/version-life.ts';

// A dozen forms each, opened, filled in and sent, on a machine that may have other work.
jest.setTimeout(120_000);

const MINUTE = 60_000;
const PEOPLE = ['lead', 'director', 'rc-one', 'rc-two', 'op-one'] as const;

describeWithBinary('by the pages, without script,', ['browser'], ({ browser }) => {
  let house: ActHouse;
  let pages: PeopleHouse;
  let faults: unknown[];
  beforeEach(async () => {
    faults = [];
    house = await createActHouse({
      practitioners: PEOPLE.map((name) => person(name)),
      evidence: evidenceOfPeople().filter(({ practitioner }) => PEOPLE.some((name) => name === practitioner)),
      modelVersions: [aModelVersion()],
    });
    pages = await openPeopleHouse(house, browser ?? '', {
      hasScript: false,
      look: async (page) => {
        const found = await axeFaults(page);
        if (found.length > 0) faults.push([new URL(page.url()).pathname, found]);
      },
    });
  });
  afterEach(async () => {
    await pages.close();
    await house.close();
  });

  test.each([
    { what: 'a guideline, from its draft to its yearly review', steps: GUIDELINE_LIFE, path: GUIDELINE_PAGE },
    {
      what: 'a model version, from its registration to its retirement',
      steps: VERSION_LIFE,
      path: NEXT_PAGE,
    },
  ])('$what', async ({ steps, path }) => {
    for (const { step, does, says, locked } of steps) {
      house.later(MINUTE);
      await does({ house, pages });
      const said = await saidAt({ house, pages }, 'rc-two', path);
      for (const words of says)
        expect({ step, said }).toEqual({ step, said: expect.stringContaining(words) });
      if (locked !== undefined)
        expect({ step, locked: lockedFor({ house, pages }) }).toEqual({ step, locked });
      expect({ step, faults }).toEqual({ step, faults: [] });
    }
  });
});
