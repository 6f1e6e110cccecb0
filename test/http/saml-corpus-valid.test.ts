import { VICTIM } from '../../fixtures/saml/corpus-case.ts';
import { VALID_ANSWERS } from '../../fixtures/saml/corpus-valid.ts';
import type { CorpusHouse } from '../fakes/corpus-house.ts';
import { openEmbeddedHouse } from '../fakes/describe-hostile.ts';
import { playValid, writeAhead, writeValid } from '../fakes/play-case.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

describeWithBinary('answers that honest providers give', ['xmlsec1'], ({ xmlsec1 = '' }) => {
  let house: CorpusHouse;
  let written: ReturnType<typeof writeAhead>;
  const patient = VALID_ANSWERS.filter(({ isUrgent = false }) => !isUrgent);
  beforeAll(async () => {
    house = await openEmbeddedHouse(xmlsec1);
    written = writeAhead(patient, (valid) => writeValid(house, valid));
  });
  afterAll(() => house.close());

  test.each(VALID_ANSWERS.map((valid) => ({ ...valid, valid })))('$name signs in', async ({ valid }) => {
    const place = patient.indexOf(valid);
    const answer = place < 0 ? await writeValid(house, valid) : await written(place);
    const { who, assurance } = await playValid(house, valid, answer);
    expect(who).toBe(valid.subject ?? VICTIM);
    if (valid.assurance !== undefined) expect(assurance).toBe(valid.assurance);
  });
});
