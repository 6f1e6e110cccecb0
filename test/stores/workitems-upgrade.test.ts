import { sql } from 'kysely';
import { addStudyOfWorkitem } from '../../src/db/migrations/0012-add-study-of-workitem.ts';
import { addStudyOfWorkitemOnPostgres } from '../../src/db/postgres-migrations/0012-add-study-of-workitem.ts';
import { createWorkitems } from '../../src/register/workitems.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { aStudy } from '../fakes/register-builder.ts';
import { aWorkitem } from '../fakes/workitem-drafts.ts';

describeOnBoth('workitems of an earlier release', ({ make, kind }) => {
  test('are found by their study', async () => {
    const [database] = await make();
    const workitems = createWorkitems(database);
    const claimed = aWorkitem({ state: 'IN PROGRESS', performer: 'chest-ai' });
    await workitems.create(claimed);
    for (const undo of ['drop index workitem_by_work', 'alter table workitem drop column study'])
      await sql.raw(undo).execute(database);
    await (kind === 'sqlite' ? addStudyOfWorkitem : addStudyOfWorkitemOnPostgres)(database);
    const asked = { machine: 'chest-ai', study: aStudy().studyInstanceUid };
    expect(await workitems.performing(asked)).toEqual(claimed);
  });
});
