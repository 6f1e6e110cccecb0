import { openCardHouse } from '../fakes/card-house.ts';
import { makeSoftCards } from '../fakes/soft-card.ts';
jest.setTimeout(300_000);
test('stress', async () => {
  const cards = await makeSoftCards();
  await cards.makeRogue();
  await cards.issue('rogue-smith', { by: 'rogue' });
  await cards.issueToFile('software', { as: 'software' });
  const house = await openCardHouse({ issuerPems: [cards.text('issuer.crt')], caPems: [cards.text('root.crt')], crlFiles: [cards.path('root.crl'), cards.path('issuer.crl')], server: { keyPem: cards.text('server.key'), certificatePem: cards.text('server.crt') + cards.text('issuer.crt') } });
  const counts: Record<string, number> = {};
  const one = async (name: string, held: object | undefined) => {
    const r = await cards.curl(held, ['--include', '-v', `${house.cardUrl}/auth/card`]);
    const k = `${name} ${r.code} ${/^HTTP\/1\.1 (\d+)/.exec(r.stdout)?.[1]}`;
    counts[k] = (counts[k] ?? 0) + 1;
    if (r.code !== 0) process.stderr.write(r.stderr.slice(-1500) + '\n');
  };
  for (let i = 0; i < 25; i++) {
    await Promise.all([one('good', {}), one('rogue', { certificate: 'rogue-smith' }), one('soft', { certificate: 'software', keyFile: 'software' }), one('none', undefined)]);
  }
  process.stderr.write(JSON.stringify(counts) + '\n');
  await house.close();
  cards.close();
});
