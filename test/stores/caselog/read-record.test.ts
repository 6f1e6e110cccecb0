import { describeReadRecord } from '../read-record-contract.ts';
import { describeOnBothLogs } from './both-logs.ts';

describeOnBothLogs(describeReadRecord);
