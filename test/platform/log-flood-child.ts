// Logs more in one turn than waits for a reader, and tells on stderr how many lines were lost.
import { openLog } from '#platform/log.ts';

let dropped = 0;
const log = openLog('child', () => dropped++);
for (let i = 0; i < 300_000; i++) log.info({ i }, 'line');
process.stderr.write(String(dropped));
