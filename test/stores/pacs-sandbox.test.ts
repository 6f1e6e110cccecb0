import { startSandboxPacs } from '../../fixtures/sandbox/pacs.ts';
import { pacsContract, STUDIES, study } from './pacs-contract.ts';

describe('the sandbox PACS keeps the contract', () => {
  pacsContract(async () => {
    const pacs = await startSandboxPacs({ port: 0, studies: STUDIES });
    return { dicomwebUrl: pacs.url, close: pacs.close };
  });
});

describe('the sandbox PACS besides', () => {
  let url = '';
  let close: () => Promise<void>;
  beforeAll(async () => {
    const pacs = await startSandboxPacs({ port: 0, studies: STUDIES });
    [url, close] = [pacs.url, pacs.close];
  });
  afterAll(async () => await close());

  const ct = `studies/${study('ct-chest').studyInstanceUid}`;

  test.each([
    ['POST', 'studies', '*/*', 405],
    ['GET', `${ct}/thumbnail`, 'image/png', 200],
    ['GET', `${ct}/rendered`, 'image/jpeg', 406],
    ['GET', `${ct}/rendered`, 'image/jpeg, image/png;q=0.5', 200],
    ['GET', `${ct}/bulkdata`, '*/*', 200],
    ['GET', `${ct}/frames/1`, '*/*', 404],
    ['GET', `${ct}/nonsense`, '*/*', 404],
    ['GET', 'studies?limit=x', '*/*', 400],
    ['GET', '..%2fsystem', '*/*', 404],
  ])('%s %s with Accept %s -> %d', async (method, path, accept, status) => {
    const answer = await fetch(`${url}/${path}`, { method, headers: { accept } });
    await answer.arrayBuffer();
    expect(answer.status).toBe(status);
  });

  test('a window makes another picture', async () => {
    const picture = async (query: string): Promise<string> => {
      const answer = await fetch(`${url}/${ct}/rendered${query}`, { headers: { accept: 'image/png' } });
      return Buffer.from(await answer.arrayBuffer()).toString('base64');
    };
    expect(await picture('?window=-600,1500,linear')).not.toBe(await picture(''));
  });

  test('listens on loopback only', () => {
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });
});
