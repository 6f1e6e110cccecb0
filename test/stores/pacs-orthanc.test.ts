import { describeWithBinary } from '../fakes/real-server.ts';
import { startOrthanc } from '../fakes/orthanc-server.ts';
import { pacsContract, STUDIES } from './pacs-contract.ts';

describeWithBinary('Orthanc keeps the contract', ['Orthanc'], () => {
  pacsContract(async () => await startOrthanc({ files: STUDIES.flatMap((study) => study.files) }));
});
