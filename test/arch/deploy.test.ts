import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readImageSteps } from '../fakes/image-steps.ts';
import { REPOSITORY } from '../fakes/planted-tree.ts';

const { instructions, final, assemble, healthCheck, sources } = readImageSteps();
const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const example = parse(readFileSync(join(REPOSITORY, 'config/gateway.example.yaml'), 'utf8'));

describe('the image', () => {
  const only = (word: string): readonly string[] =>
    final.filter((instruction) => instruction.word === word).map(({ rest }) => rest);

  test('is built and runs on the Node line that development uses', () => {
    const [line] = String(manifest.devDependencies.node).split('.');
    const bases = instructions.filter(({ word }) => word === 'FROM').map(({ rest }) => rest);
    expect(bases).toEqual([`node:${line}-slim AS build`, `node:${line}-slim`]);
  });

  test('runs as a numbered user that is not root', () => {
    expect(only('USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  test('holds what the build stage assembled and nothing else', () => {
    expect(only('COPY')).toEqual(['--from=build /app /app']);
    expect(only('ADD')).toEqual([]);
    expect(assemble).toBe('sh config/deploy/assemble.sh /source /app');
  });

  test('has one volume, for the data', () => {
    expect(only('VOLUME')).toEqual(['/data']);
  });

  test('is given no secrets while it is built', () => {
    const given = instructions.filter(({ word }) => word === 'ARG' || word === 'ENV').map(({ rest }) => rest);
    expect(given).toEqual(['NODE_ENV=production']);
  });

  test('asks the admin listener of the example config how it is', () => {
    expect(healthCheck.slice(0, 2)).toEqual(['node', '-e']);
    expect(healthCheck[2]).toContain(`http://127.0.0.1:${String(example.admin.port)}/health/live`);
  });

  test('starts from listed files only; everything else is left out', () => {
    expect(readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8')).toMatch(/^\*$/m);
    expect(sources.filter((name) => !existsSync(join(REPOSITORY, name)))).toEqual([]);
    expect(sources).not.toEqual(expect.arrayContaining(['test']));
  });
});

describe('the compose file', () => {
  const compose = parse(readFileSync(join(REPOSITORY, 'config/deploy/compose.yaml'), 'utf8'));
  const services: readonly (readonly [string, Record<string, unknown>])[] = Object.entries(compose.services);
  const gateway = compose.services.gateway;

  test('starts gateway, PACS and both stores', () => {
    expect(Object.keys(compose.services)).toEqual(['gateway', 'orthanc', 'redis', 'postgresql']);
  });

  test.each(services.map(([name, service]) => ({ name, image: String(service['image']) })))(
    '$name: image pinned by tag',
    ({ image }) => {
      expect(image).toMatch(/^[a-z/]+:\d[\w.-]*$/);
    },
  );

  test('the image is called by the version of the package', () => {
    expect(gateway.image).toBe(`countersign:${String(manifest.version)}`);
  });

  test.each(services.filter(([name]) => name !== 'gateway').map(([name, service]) => ({ name, service })))(
    '$name has a health check (the gateway has its image’s own), and no port to the outside',
    ({ service }) => {
      expect(service['healthcheck']).toBeDefined();
      expect(service['ports']).toBeUndefined();
    },
  );

  test('the gateway gets no more than it needs', () => {
    expect(gateway.read_only).toBe(true);
    expect(gateway.cap_drop).toEqual(['ALL']);
    expect(gateway.tmpfs).toEqual(['/tmp']);
    expect(gateway.security_opt).toEqual(['no-new-privileges:true']);
    expect(gateway.volumes).toEqual([expect.stringMatching(/:\/config:ro$/), 'gateway-data:/data']);
    expect(gateway.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  });

  test('a stop waits longer than the gateway’s own grace', () => {
    expect(Number.parseInt(gateway.stop_grace_period, 10)).toBeGreaterThan(example.stopGraceSeconds);
  });

  test('no secret stands in it', () => {
    const environment = services.flatMap(([, service]) => Object.keys(service['environment'] ?? {}));
    expect(
      environment.filter((name) => /PASSWORD|SECRET|KEY|TOKEN/.test(name) && !name.endsWith('_FILE')),
    ).toEqual([]);
  });
});
