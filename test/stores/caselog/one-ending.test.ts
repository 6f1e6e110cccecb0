import { describeOneEnding } from '../one-ending-contract.ts';
import { describeOnBothLogs } from './both-logs.ts';

describeOnBothLogs(describeOneEnding);
