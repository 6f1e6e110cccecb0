import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { addStudyOfWorkitem } from '../../src/db/migrations/0012-add-study-of-workitem.ts';
import { addStudyOfWorkitemOnPostgres } from '../../src/db/postgres-migrations/0012-add-study-of-workitem.ts';
import { createWorkitems } from '../../src/register/workitems.ts';
import { describeOnBoth } from '../fakes/gateway-databases.ts';
import { aPrincipal, aStudy } from '../fakes/register-builder.ts';
import { aWorkitem } from '../fakes/workitem-drafts.ts';

describeOnBoth('workitems of an earlier release', ({ make, kind }) => {
  test('are found by their study', async () => {
    const [database] = await make();
    const workitems = createWorkitems(database);
    // No text of PostgreSQL's own may hold that.
    const study = aStudy({ descriptions: ['CHEST\u0000'] });
    const asked = { caller: aPrincipal(), study };
    const claimed = aWorkitem({ state: 'IN PROGRESS', performer: 'chest-ai', asked });
    await workitems.create(claimed);
    for (const undo of ['drop index workitem_by_work', 'alter table workitem drop column study'])
      await sql.raw(undo).execute(database);
    const up = kind === 'sqlite' ? addStudyOfWorkitem : addStudyOfWorkitemOnPostgres;
    const provider = { getMigrations: () => Promise.resolve({ again: { up } }) };
    const names = { migrationTableName: 'again', migrationLockTableName: 'again_lock' };
    const { error } = await new Migrator({ db: database, provider, ...names }).migrateToLatest();
    expect(error).toBeUndefined();
    const of = { machine: 'chest-ai', study: study.studyInstanceUid };
    expect(await workitems.performing(of)).toMatchObject([{ caseId: claimed.caseId, asked }]);
  });

  test('that a node of it has written meanwhile are found from the next change on', async () => {
    const [database] = await make();
    const workitems = createWorkitems(database);
    await workitems.create(aWorkitem());
    await database.updateTable('workitem').set({ study: null }).execute();
    await workitems.change(aWorkitem({ state: 'IN PROGRESS', performer: 'chest-ai' }));
    const of = { machine: 'chest-ai', study: aStudy().studyInstanceUid };
    expect(await workitems.performing(of)).toMatchObject([{ caseId: aWorkitem().caseId }]);
  });
});
