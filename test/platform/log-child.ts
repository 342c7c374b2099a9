// Logs as many lines as its argument says and ends at once, as a program does that failed.
import { openLog } from '#platform/log.ts';

const log = openLog('child');
for (let i = 0; i < Number(process.argv[2]); i++) log.info({ i }, 'line');
process.exit(1);
