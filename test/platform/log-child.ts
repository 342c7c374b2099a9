// Logs a thousand lines and ends at once, as a program does that failed.
import { openLog } from '#platform/log.ts';

const log = openLog('child');
for (let i = 0; i < 1_000; i++) log.info({ i }, 'line');
process.exit(1);
