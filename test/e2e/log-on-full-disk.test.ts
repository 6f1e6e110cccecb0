import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { until } from '../fakes/postgres-nodes.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import { PROJECT } from './command-line.ts';
import { buildRealHouse, type RealHouse } from './real-house.ts';

jest.setTimeout(120_000);

/** Every write always fails here. */
const FULL = '/dev/full';
/** A start on a machine that has other work. */
const READY_WITHIN_MS = 60_000;
const chest = makeStudies().find(({ key }) => key === 'ct-chest');

describeUnlessMissing('a log on a full disk', existsSync(FULL) ? undefined : FULL, () => {
  describeWithBinary('in front of a real PACS', ['Orthanc'], () => {
    let house: RealHouse;
    let gateway: ChildProcess | undefined;
    beforeAll(async () => {
      house = await buildRealHouse(chest?.files ?? []);
    });
    afterAll(async () => {
      gateway?.kill('SIGKILL');
      await house.close();
    });

    test('a gateway starts, shows images, and stops when it is told to', async () => {
      const full = openSync(FULL, 'w');
      const words = ['src/main.ts', 'serve', '--config', house.configFile];
      gateway = spawn(process.execPath, words, { cwd: PROJECT, stdio: ['ignore', full, full] });
      const ended = once(gateway, 'exit');
      const isLive = (): Promise<boolean> =>
        fetch(`${house.url}/health/live`).then(
          (answer) => answer.ok,
          () => false,
        );
      await until(async () => gateway?.exitCode !== null || (await isLive()), READY_WITHIN_MS);
      const username = 'alice.osei';
      const signedIn = { gatewayUrl: house.url, username, password: house.passwordOf(username) };
      const { cookie } = await signIn(signedIn);
      // Each makes lines of the log; in all more than one piece of it.
      const asked = Array.from({ length: 100 }, () =>
        fetch(`${house.url}/dicom-web/studies/${chest?.studyInstanceUid ?? ''}/metadata`, {
          headers: { cookie },
        }),
      );
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect([...new Set(statuses)]).toEqual([200]);
      gateway.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    });
  });
});
